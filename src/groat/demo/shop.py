"""The scene: the sites, tills and products of Harbour Court. Prices are whole crowns."""

from typing import Any, NamedTuple


class Item(NamedTuple):
    """A product of the demo."""

    name: str
    price: int
    swatch: str
    choice_groups: tuple[dict[str, Any], ...] = ()
    """What it leaves to choose, as `catalogue.rules.checked_groups` takes it, in minor units of a crown."""


class Place(NamedTuple):
    """A site of the demo with its till and what it sells."""

    name: str
    sector: str
    till: str
    category: str
    items: tuple[Item, ...]


def _group(name: str, pick: str, **choices: int) -> dict[str, Any]:
    """A group of choices, each with what it adds in whole crowns."""
    return {
        "name": name,
        "pick": pick,
        "choices": [{"name": key.replace("_", " "), "price_minor": crowns * 100} for key, crowns in choices.items()],
    }


MILK = _group("Milk", "at_most_one", Oat_milk=10, Almond_milk=12, Lactose_free=8)
EXTRAS = _group("Extras", "any", Extra_shot=15, Vanilla_syrup=10, Decaf=0)
LENGTH = {
    "name": "Length",
    "pick": "one",
    "choices": [
        {"name": "60 minutes", "price_minor": 0},
        {"name": "30 minutes", "price_minor": -34_000},
        {"name": "90 minutes", "price_minor": 40_000},
    ],
}

PLACES = (
    Place(
        "Café",
        "cafe",
        "Café counter",
        "Coffee & cake",
        (
            Item("Espresso", 45, "clay"),
            Item("Cappuccino", 65, "honey", (MILK, EXTRAS)),
            Item("Flat white", 75, "honey", (MILK, EXTRAS)),
            Item("Filter coffee", 55, "clay"),
            Item("Green tea", 50, "moss"),
            Item("Lemonade", 60, "sea"),
            Item("Butter croissant", 48, "stone"),
            Item("Carrot cake", 85, "rose"),
            Item("Ham sandwich", 95, "fern"),
        ),
    ),
    Place(
        "Canteen",
        "canteen",
        "Canteen line",
        "Lunch",
        (
            Item("Soup of the day", 45, "honey"),
            Item("Menu 1", 139, "moss"),
            Item("Menu 2", 149, "fern"),
            Item("Vegetarian menu", 135, "moss"),
            Item("Salad bowl", 129, "sea", (_group("On top", "any", Grilled_chicken=35, Feta=25, Egg=12),)),
            Item("Dessert", 49, "rose"),
            Item("Mineral water", 35, "sky"),
        ),
    ),
    Place(
        "Gym",
        "gym",
        "Gym reception",
        "Sport",
        (
            Item("Single entry", 150, "iris"),
            Item("Sauna", 120, "clay"),
            Item("Squash court, 1 hour", 260, "sky"),
            Item("Towel", 30, "stone"),
            Item("Protein shake", 90, "plum"),
            Item("Personal training", 890, "iris", (LENGTH,)),
        ),
    ),
)

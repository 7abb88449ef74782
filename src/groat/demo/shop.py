"""The scene: the sites, tills and products of Harbour Court. Prices are whole crowns."""

from typing import Any, NamedTuple


class Item(NamedTuple):
    """A product of the demo."""

    name: str
    price: int
    swatch: str
    choice_groups: tuple[dict[str, Any], ...] = ()
    """What it leaves to choose, as `catalogue.rules.checked_groups` takes it, in minor units of a crown."""
    vat_rate: int | None = None
    """Basis points, where it is not the usual 21 %."""


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


FOOD_AND_SPORT = 1200
"""The reduced rate of VAT, which food and the use of sports grounds have in Czechia."""
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
            Item("Butter croissant", 48, "stone", vat_rate=FOOD_AND_SPORT),
            Item("Carrot cake", 85, "rose", vat_rate=FOOD_AND_SPORT),
            Item("Ham sandwich", 95, "fern", vat_rate=FOOD_AND_SPORT),
        ),
    ),
    Place(
        "Canteen",
        "canteen",
        "Canteen line",
        "Lunch",
        (
            Item("Soup of the day", 45, "honey", vat_rate=FOOD_AND_SPORT),
            Item("Menu 1", 139, "moss", vat_rate=FOOD_AND_SPORT),
            Item("Menu 2", 149, "fern", vat_rate=FOOD_AND_SPORT),
            Item("Vegetarian menu", 135, "moss", vat_rate=FOOD_AND_SPORT),
            Item(
                "Salad bowl",
                129,
                "sea",
                (_group("On top", "any", Grilled_chicken=35, Feta=25, Egg=12),),
                FOOD_AND_SPORT,
            ),
            Item("Dessert", 49, "rose", vat_rate=FOOD_AND_SPORT),
            Item("Mineral water", 35, "sky"),
        ),
    ),
    Place(
        "Gym",
        "gym",
        "Gym reception",
        "Sport",
        (
            Item("Single entry", 150, "iris", vat_rate=FOOD_AND_SPORT),
            Item("Sauna", 120, "clay", vat_rate=FOOD_AND_SPORT),
            Item("Squash court, 1 hour", 260, "sky", vat_rate=FOOD_AND_SPORT),
            Item("Towel", 30, "stone"),
            Item("Protein shake", 90, "plum"),
            Item("Personal training", 890, "iris", (LENGTH,)),
        ),
    ),
)

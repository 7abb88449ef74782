"""The scene: the sites, tills and products of Harbour Court. Prices are whole crowns."""

from typing import NamedTuple


class Item(NamedTuple):
    """A product of the demo."""

    name: str
    price: int
    swatch: str


class Place(NamedTuple):
    """A site of the demo with its till and what it sells."""

    name: str
    sector: str
    till: str
    category: str
    items: tuple[Item, ...]


PLACES = (
    Place(
        "Café",
        "cafe",
        "Café counter",
        "Coffee & cake",
        (
            Item("Espresso", 45, "clay"),
            Item("Cappuccino", 65, "honey"),
            Item("Flat white", 75, "honey"),
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
            Item("Salad bowl", 129, "sea"),
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
            Item("Personal training", 890, "iris"),
        ),
    ),
)

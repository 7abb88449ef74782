"""What a gym, a café, a canteen or a spa sells on its first day: names in three languages, prices in two currencies."""

from decimal import Decimal
from typing import NamedTuple

from babel.numbers import get_currency_precision

LANGUAGES = ("en", "cs", "sk")


class Item(NamedTuple):
    """A product of a starter set."""

    names: tuple[str, str, str]
    """In English, Czech, Slovak."""
    crowns: int
    cents: int
    """The price in whole Czech crowns, and in euro cents."""
    swatch: str


class Starter(NamedTuple):
    """A category with its products."""

    names: tuple[str, str, str]
    items: tuple[Item, ...]


COFFEE = Item(("Espresso", "Espresso", "Espresso"), 45, 220, "clay")

STARTERS: dict[str, tuple[Starter, ...]] = {
    "cafe": (
        Starter(
            ("Coffee and tea", "Káva a čaj", "Káva a čaj"),
            (
                COFFEE,
                Item(("Cappuccino", "Cappuccino", "Cappuccino"), 65, 320, "honey"),
                Item(("Flat white", "Flat white", "Flat white"), 75, 370, "honey"),
                Item(("Filter coffee", "Filtrovaná káva", "Filtrovaná káva"), 60, 300, "clay"),
                Item(("Tea", "Čaj", "Čaj"), 50, 250, "moss"),
            ),
        ),
        Starter(
            ("To eat", "Něco k tomu", "Niečo k tomu"),
            (
                Item(("Croissant", "Croissant", "Croissant"), 45, 220, "stone"),
                Item(("Cake of the day", "Dort dne", "Torta dňa"), 85, 390, "rose"),
                Item(("Sandwich", "Sendvič", "Sendvič"), 95, 450, "fern"),
            ),
        ),
        Starter(
            ("Cold drinks", "Studené nápoje", "Studené nápoje"),
            (
                Item(("Home-made lemonade", "Domácí limonáda", "Domáca limonáda"), 65, 320, "sea"),
                Item(("Mineral water", "Minerální voda", "Minerálna voda"), 35, 180, "sky"),
            ),
        ),
    ),
    "canteen": (
        Starter(
            ("Lunch", "Obědy", "Obedy"),
            (
                Item(("Soup of the day", "Polévka dne", "Polievka dňa"), 45, 200, "honey"),
                Item(("Menu 1", "Menu 1", "Menu 1"), 139, 650, "moss"),
                Item(("Menu 2", "Menu 2", "Menu 2"), 149, 690, "fern"),
                Item(("Vegetarian menu", "Vegetariánské menu", "Vegetariánske menu"), 135, 620, "moss"),
                Item(("Salad bowl", "Salátová mísa", "Šalátová misa"), 129, 590, "sea"),
                Item(("Dessert", "Dezert", "Dezert"), 49, 220, "rose"),
            ),
        ),
        Starter(
            ("Drinks", "Nápoje", "Nápoje"),
            (
                Item(("Coffee", "Káva", "Káva"), 40, 180, "clay"),
                Item(("Mineral water", "Minerální voda", "Minerálna voda"), 30, 150, "sky"),
            ),
        ),
    ),
    "gym": (
        Starter(
            ("Entry", "Vstupy", "Vstupy"),
            (
                Item(("Single entry", "Jednorázový vstup", "Jednorazový vstup"), 150, 700, "iris"),
                Item(("Entry before noon", "Vstup dopoledne", "Vstup dopoludnia"), 120, 550, "sky"),
                Item(("Group class", "Skupinová lekce", "Skupinová lekcia"), 180, 800, "plum"),
                Item(
                    ("Personal training, 1 hour", "Osobní trénink, 1 hodina", "Osobný tréning, 1 hodina"),
                    800,
                    3500,
                    "iris",
                ),
                Item(("Sauna", "Sauna", "Sauna"), 120, 600, "clay"),
                Item(("Towel", "Ručník", "Uterák"), 30, 150, "stone"),
            ),
        ),
        Starter(
            ("Bar", "Bar", "Bar"),
            (
                Item(("Protein shake", "Proteinový koktejl", "Proteínový kokteil"), 90, 400, "plum"),
                Item(("Protein bar", "Proteinová tyčinka", "Proteínová tyčinka"), 55, 250, "rose"),
                Item(("Isotonic drink", "Iontový nápoj", "Iónový nápoj"), 55, 250, "sea"),
                COFFEE,
            ),
        ),
    ),
    "spa": (
        Starter(
            ("Wellness", "Wellness", "Wellness"),
            (
                Item(("Entry, 2 hours", "Vstup, 2 hodiny", "Vstup, 2 hodiny"), 390, 1700, "sky"),
                Item(("Entry, whole day", "Celodenní vstup", "Celodenný vstup"), 690, 2900, "sea"),
                Item(("Massage, 30 minutes", "Masáž, 30 minut", "Masáž, 30 minút"), 590, 2500, "moss"),
                Item(("Massage, 60 minutes", "Masáž, 60 minut", "Masáž, 60 minút"), 990, 4200, "fern"),
                Item(("Private whirlpool", "Privátní vířivka", "Súkromná vírivka"), 890, 3900, "iris"),
                Item(("Bathrobe", "Župan", "Župan"), 90, 400, "stone"),
            ),
        ),
        Starter(
            ("Bar", "Bar", "Bar"),
            (
                Item(("Herbal tea", "Bylinný čaj", "Bylinkový čaj"), 60, 290, "moss"),
                Item(("Fruit smoothie", "Ovocné smoothie", "Ovocné smoothie"), 95, 450, "rose"),
                COFFEE,
            ),
        ),
    ),
}

_BY_EURO = {
    "PLN": (430, 50),
    "HUF": (40_000, 5_000),
    "RON": (500, 50),
    "GBP": (90, 10),
    "USD": (120, 25),
    "CHF": (140, 50),
    "SEK": (1_100, 100),
    "DKK": (750, 100),
    "NOK": (1_150, 100),
}
"""Elsewhere: per cent of the price in euro, and the step (in hundredths) that prices are rounded to. A first guess
that the merchant looks over, so it need not follow the exchange."""


def price_of(item: Item, *, currency: str) -> int:
    """What an item costs in a currency, in its minor units."""
    if currency == "CZK":
        return item.crowns * 100
    per_cent, step = _BY_EURO.get(currency, (100, 10))
    hundredths = max(step, (2 * item.cents * per_cent // 100 + step) // (2 * step) * step)
    precision: int = get_currency_precision(currency)
    return max(1, round(Decimal(hundredths).scaleb(precision - 2)))


def named(names: tuple[str, str, str], language: str) -> str:
    """The name in a language; in English where there is none."""
    return names[LANGUAGES.index(language) if language in LANGUAGES else 0]

"""What tests begin with, made by the real actions.

Each function makes whatever it is not given. Names, addresses and card numbers never repeat.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from django.db import transaction

from groat import ids
from groat.cards import queries, showing
from groat.cards.actions import pair
from groat.cards.models import Card
from groat.catalogue.actions import add_category, add_product
from groat.catalogue.models import Category, Product
from groat.customers.actions import open_customer
from groat.customers.models import Customer, Wallet
from groat.ledger import book
from groat.ledger.core import commands
from groat.programmes import actions
from groat.programmes.deeds import SYSTEM, Actor, Deed
from groat.programmes.models import Programme, Role, Sector, Site, Staff, Till
from groat.settlements.actions import make_statements, settle
from groat.settlements.models import Settlement, StatementRun
from groat.settlements.rules import Month
from groat.topups import offering
from groat.topups.actions import top_up
from groat.topups.expiry.actions import set_rule
from groat.topups.models import Offer, OfferKind, TopUp
from groat.topups.offers import Tier

NOW = datetime(2026, 3, 14, 9, 30, tzinfo=UTC)
PASSWORD = "correct horse battery"

_numbers = count(1)
_mint = ids.Minter(worker=0)


def a_deed(*, by: Staff | None = None, now: datetime = NOW, mint: Callable[[], int] = _mint) -> Deed:
    """What somebody does (the system itself, unless told) on a morning in March 2026."""
    return Deed(Actor.of_staff(by, address="192.0.2.7") if by else SYSTEM, now, mint)


def a_programme(**given: Any) -> Programme:
    """A programme in Prague that counts Kč with two decimals and sells one for one crown; `expiry` is its Rule."""
    number = next(_numbers)
    settings: dict[str, Any] = {
        "slug": f"programme-{number}",
        "name": f"Programme {number}",
        "credit_name": "Kč",
        "credit_decimals": 2,
        "currency": "CZK",
        "price_minor": 100,
        "time_zone": "Europe/Prague",
        "language": "cs",
        "owner_email": f"owner{number}@example.org",
        "owner_name": f"Olga {number}",
        "owner_password": PASSWORD,
        "deed": a_deed(),
    }
    rule = given.pop("expiry", None)
    later = {name: given.pop(name) for name in list(given) if name not in settings and name != "identifier_label"}
    programme = actions.open_programme(**settings | given)
    if rule is not None:
        set_rule(programme=programme, rule=rule, deed=a_deed())
    return actions.change_programme(programme=programme, deed=a_deed(), **later) if later else programme


def the_owner(programme: Programme) -> Staff:
    """The owner whom a programme was opened with."""
    return programme.staff.select_related("user", "programme").filter(role=Role.OWNER).earliest("id")


def some_staff(role: str = Role.CASHIER, *, programme: Programme | None = None, **given: Any) -> Staff:
    """Somebody who works in the programme; their password is PASSWORD."""
    number = next(_numbers)
    person = {"email": f"staff{number}@example.org", "name": f"Stanislav {number}", "password": PASSWORD}
    return actions.engage(programme=programme or a_programme(), role=role, deed=a_deed(), **person | given)


def a_site(*, programme: Programme | None = None, name: str = "", sector: str = Sector.CAFE) -> Site:
    """A café of the programme."""
    site = name or f"Café {next(_numbers)}"
    return actions.add_site(programme=programme or a_programme(), name=site, sector=sector, deed=a_deed())


def a_till(*, programme: Programme | None = None, site: Site | None = None, name: str = "Counter") -> Till:
    """A till in use, at a site of its own unless told."""
    return actions.add_till(site=site or a_site(programme=programme), name=name, deed=a_deed())


def a_customer(*, programme: Programme | None = None, **given: Any) -> Customer:
    """A customer with a name and an e-mail, and an empty prepaid wallet."""
    number = next(_numbers)
    person: dict[str, Any] = {"name": f"Jana Nováková {number}", "email": f"jana{number}@example.org"}
    customer, _ = open_customer(programme=programme or a_programme(), deed=a_deed(), **person | given)
    return customer


def a_wallet(*, programme: Programme | None = None, **given: Any) -> Wallet:
    """The empty wallet of a new customer."""
    return a_customer(programme=programme, **given).wallets.get()


def a_token() -> str:
    """The number of a card that no test has used, as a reader sends it."""
    return f"04{next(_numbers):012X}"


def a_card(*, wallet: Wallet | None = None, token: str = "") -> Card:
    """A card that pays from the wallet."""
    return pair(wallet=wallet or a_wallet(), token=token or a_token(), deed=a_deed())


def the_card(*, programme_id: int, token: str) -> Card | None:
    """The card that is known by this token, if there is one."""
    shown = showing.shown(programme_id=programme_id, token=token)
    return queries.by_hash(programme_id=programme_id, token_hash=shown.token_hash)


def funded(wallet: Wallet, minor: int, *, now: datetime = NOW, **given: Any) -> TopUp:
    """The wallet with so much credit bought for cash; it does not expire unless told."""
    return top_up(wallet=wallet, bought_minor=minor, deed=a_deed(now=now), **{"expires_at": None} | given)


def a_package(*, programme: Programme | None = None, **given: Any) -> Offer:
    """1 000,00 credits for 900,00 with a bonus of 50,00, to everybody everywhere."""
    terms: dict[str, Any] = {
        "name": "Ten entries",
        "credits_minor": 100_000,
        "price_minor": 90_000,
        "bonus_minor": 5_000,
    }
    programme = programme or a_programme()
    return offering.add(programme=programme, sort=OfferKind.PACKAGE, deed=a_deed(), **terms | given)


def a_bonus(*, programme: Programme | None = None, **given: Any) -> Offer:
    """5 % from 500,00 on and 10 % from 1 000,00 on, to everybody everywhere."""
    terms: dict[str, Any] = {"name": "Spring", "unit": "percent", "tiers": [Tier(50_000, 500), Tier(100_000, 1_000)]}
    programme = programme or a_programme()
    return offering.add(programme=programme, sort=OfferKind.BONUS, deed=a_deed(), **terms | given)


def a_category(*, programme: Programme | None = None, name: str = "") -> Category:
    """An empty category."""
    category = name or f"Drinks {next(_numbers)}"
    return add_category(programme=programme or a_programme(), name=category, deed=a_deed())


MILK: dict[str, Any] = {
    "name": "Milk",
    "pick": "at_most_one",
    "choices": [{"name": "Oat milk", "price_minor": 1000}, {"name": "Lactose-free milk", "price_minor": 800}],
}
"""What may be chosen with a coffee."""
SIZE: dict[str, Any] = {
    "name": "Size",
    "pick": "one",
    "choices": [{"name": "Small", "price_minor": -500}, {"name": "Large", "price_minor": 2000}],
}
"""What must be."""


def a_product(
    *, category: Category | None = None, name: str = "Espresso", price_minor: int = 4500, **given: Any
) -> Product:
    """Something on sale."""
    category = category or a_category()
    return add_product(
        programme=category.programme,
        category=category,
        name=name,
        price_minor=price_minor,
        swatch="clay",
        deed=a_deed(),
        **given,
    )


def a_debt(wallet: Wallet, minor: int, *, now: datetime) -> int:
    """So much is spent from a wallet that may owe it; the entry."""
    command = commands.Spend(wallet.id, minor)
    with transaction.atomic():
        done = book.post(programme_id=wallet.programme_id, command=command, now=now, mint=_mint)
    assert done.entry is not None
    return done.entry.id


def some_statements(*, programme: Programme | None = None, owing: int = 1, minor: int = 4500) -> StatementRun:
    """Last month's statements of so many who each owe so much."""
    programme = programme or a_programme()
    last_month = NOW - timedelta(days=20)
    for _one in range(owing):
        a_debt(a_wallet(programme=programme, floor_minor=-minor), minor, now=last_month)
    return make_statements(programme=programme, month=Month.of(last_month.date()), deed=a_deed())


def a_settlement(*, programme: Programme | None = None) -> Settlement:
    """The debt of somebody's last month, deducted from the wages."""
    return settle(run=some_statements(programme=programme), way="wages", deed=a_deed())

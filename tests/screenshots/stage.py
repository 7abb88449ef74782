"""What the demo has not by itself, added before its pictures are taken: run by `groat shell`."""

import json
import secrets
import sys
from typing import Any

from groat.cards import actions as cards
from groat.cards.models import Card
from groat.cashiers import actions as cashiers
from groat.catalogue import actions as catalogue
from groat.catalogue.models import Product
from groat.demo import folder
from groat.offline.actions import allow
from groat.programmes import actions as programmes
from groat.programmes.deeds import SYSTEM, Actor, Deed
from groat.programmes.models import Programme, Site, Staff
from groat.receipts import queries as receipts
from groat.till.models import Payment
from groat.topups import actions as topups
from tests import chips
from tests.factories import PASSWORD

FAVOURITES = ("Cappuccino", "Flat white", "Butter croissant", "Menu 1", "Single entry")
TILLS = ("Terrace", "Garden", "Foyer")
PINS = {"manager": "90357", "cashier": "4821"}
CARD_PIN = "4821"
OFFLINE_MINOR = {"payment_minor": 50_000, "card_minor": 60_000, "till_minor": 600_000}
PLENTY_MINOR = 1_000_000
TAPS = 6
BOATHOUSE = "boathouse"
ATTIC = "attic"


def tell() -> None:
    """Set the stage, and print what the walks must know of it."""
    json.dump(set_up(), sys.stdout)


def set_up() -> dict[str, Any]:
    """Favourites, PINs, a chip, limits without network, a closed till; and two programmes that are otherwise."""
    programme = Programme.objects.get(slug=folder.read()["programme"])
    deed = _deed(programme.staff.get(role="owner"))
    for product in Product.objects.filter(programme=programme, name__in=FAVOURITES):
        catalogue.change_product(product=product, is_favourite=True, deed=deed)
    for role, pin in PINS.items():
        cashiers.set_pin(staff=programme.staff.get(role=role), pin=pin, deed=deed)
    allow(programme=programme, hours=12, deed=deed, **OFFLINE_MINOR)
    plenty = _card(programme, "Has plenty")
    topups.top_up(wallet=plenty.wallet, bought_minor=PLENTY_MINOR, means="card", deed=deed)
    site = Site.objects.get(programme=programme, name="Café")
    closed = programmes.add_till(site=site, name="Kiosk", deed=deed)
    programmes.close_till(till=closed, deed=deed)
    more = [programmes.add_till(site=site, name=name, deed=deed) for name in TILLS]
    return {
        "closed_till": str(closed.public_id),
        "more_tills": {till.name: str(till.public_id) for till in more},
        "pins": PINS,
        "receipt": _receipt(programme),
        "taps": _taps(programme, plenty, deed),
        "boathouse": _boathouse(),
        "attic": _attic(),
    }


def _deed(staff: Staff | None = None) -> Deed:
    return Deed.at_once(Actor.of_staff(staff, address="127.0.0.1") if staff else SYSTEM)


def _card(programme: Programme, hint: str) -> Card:
    told = next(one for one in folder.read()["cards"] if one["hint"] == hint)
    return Card.objects.select_related("wallet").get(programme=programme, last_four=told["last_four"])


def _taps(programme: Programme, other: Card, deed: Deed) -> list[str]:
    """Addresses that a chip of that customer wrote at its first taps."""
    chip = chips.a_chip(programme)
    taps = [chip.tap() for _ in range(TAPS)]
    cards.pair(wallet=other.wallet, token=taps.pop(0), deed=deed)
    return taps


def _receipt(programme: Programme) -> str:
    """The address of a customer's latest receipt."""
    payment = Payment.objects.filter(programme=programme, state="paid", customer__name__gt="").latest("at")
    paper = receipts.named(programme_id=programme.id, public_id=payment.public_id)
    return f"/r/{programme.slug}/{receipts.code_of(paper)}"


def _opened(slug: str, name: str) -> tuple[Programme, dict[str, str], str]:
    """Another programme, its owner's login, and its till."""
    programme = programmes.open_programme(
        slug=slug,
        name=name,
        credit_name="Kč",
        credit_decimals=2,
        currency="CZK",
        price_minor=100,
        time_zone="Europe/Prague",
        language="en",
        owner_email=f"{slug}@harbour.example",
        owner_name="Bára Harbour",
        owner_password=PASSWORD,
        deed=_deed(),
    )
    site = programmes.add_site(programme=programme, name="Quay", sector="other", deed=_deed())
    till = programmes.add_till(site=site, name=f"{name} till", deed=_deed())
    return programme, {"email": f"{slug}@harbour.example", "password": PASSWORD}, f"/till/{slug}/{till.public_id}/"


def _boathouse() -> dict[str, Any]:
    """Where the customer types a PIN: its login, its till, and a card with a PIN."""
    programme, login, till = _opened(BOATHOUSE, "Boathouse")
    programme = programmes.change_programme(
        programme=programme, confirm_from_minor=10_000, confirm_by="pin", deed=_deed()
    )
    category = catalogue.add_category(programme=programme, name="Boats", deed=_deed())
    for name, price_minor, swatch in (
        ("Rowing boat", 18_000, "sea"),
        ("Canoe", 15_000, "moss"),
        ("Oars", 4_000, "clay"),
    ):
        catalogue.add_product(
            programme=programme, category=category, name=name, price_minor=price_minor, swatch=swatch, deed=_deed()
        )
    customer = topups.open_account(
        programme=programme, name="Petra Nováková", email="petra@harbour.example", deposit_minor=200_000, deed=_deed()
    )
    token = f"04{secrets.token_hex(6).upper()}"
    card = cards.pair(wallet=customer.wallets.get(), token=token, deed=_deed())
    cards.set_pin(card=card, pin=CARD_PIN, deed=_deed())
    return {"login": login, "till": till, "token": token, "pin": CARD_PIN}


def _attic() -> dict[str, Any]:
    """A programme that has just been opened: nothing is sold, nobody has paid."""
    _programme, login, till = _opened(ATTIC, "Attic")
    return {"login": login, "till": till}

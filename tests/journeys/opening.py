"""The shop opens: what `groat shell` runs before the server starts.

Everybody in it has 200,00 Kč on a card: 80,00 that expire in a year, and 120,00 that do not.
"""

import json
import sys
from dataclasses import asdict
from datetime import timedelta
from typing import Any

from django.core.management import call_command
from django.utils import timezone

from groat.cashiers import actions as cashiers
from groat.demo import folder
from groat.offline.actions import allow
from groat.programmes import actions
from groat.programmes.models import Programme, Scope
from tests import factories
from tests.journeys.shop import Person

PEOPLE = 140
TILLS = 120
CATEGORIES = {
    "Coffee": (("Espresso", 5500), ("Cappuccino", 7550), ("Flat white", 8500)),
    "Bakery": (("Croissant", 4500), ("Větrník", 6590)),
    "Lunch": (("Menu of the day", 16900),),
}
ROLES = ("manager", "cashier")
PINS = {"manager": "90357", "cashier": "4821"}
CONFIRM_FROM_MINOR = 15_000
DEPOSIT_MINOR = 20_000
OFFLINE_MINOR = {"payment_minor": 30_000, "card_minor": 40_000, "till_minor": 60_000}
EXPIRING_MINOR = 8_000


def tell() -> None:
    """Make the shop in an empty database, and print what its visitors know."""
    call_command("migrate", verbosity=0, interactive=False)
    told = open_shop()
    # The till's tray of cards, which exists where GROAT_DEMO is set.
    cards = [{"name": person["name"], "token": person["token"]} for person in told["people"]]
    folder.write({"programme": told["programme"], "cards": cards})
    json.dump(told, sys.stdout)


def open_shop() -> dict[str, Any]:
    """Make the shop by the real actions, now."""
    programme = factories.a_programme(
        slug="harbour", name="Harbour Court", confirm_from_minor=CONFIRM_FROM_MINOR, identifier_label="Employee number"
    )
    passwords = {}
    for role in ROLES:
        email = f"{role}@harbour.example"
        factories.some_staff(role, programme=programme, email=email, name=role.capitalize())
        passwords[email] = factories.PASSWORD
    allow(programme=programme, deed=factories.a_deed(now=timezone.now()), hours=12, **OFFLINE_MINOR)
    site = factories.a_site(programme=programme, name="Café")
    names = [f"Counter {number}" for number in range(1, TILLS + 1)]
    for category, products in CATEGORIES.items():
        row = factories.a_category(programme=programme, name=category)
        for name, price_minor in products:
            factories.a_product(category=row, name=name, price_minor=price_minor)
    deed = factories.a_deed(now=timezone.now())
    _, api_key = actions.issue_key(programme=programme, name="Kiosk", scopes=[*Scope], deed=deed)
    passwords["quay@harbour.example"] = factories.PASSWORD
    return {
        "programme": programme.slug,
        "api_key": api_key,
        "passwords": passwords,
        "tills": [[name, str(factories.a_till(site=site, name=name).public_id)] for name in names],
        "people": [asdict(_person(programme, number)) for number in range(PEOPLE)],
        "own_card": _let_in(programme),
        "quay": _quay(),
    }


def _let_in(programme: Programme) -> str:
    """Both may get in at shared tills by their PIN, and the cashier by a card whose number is told."""
    manager, cashier = [programme.staff.get(user__email=f"{role}@harbour.example") for role in ROLES]
    cashiers.set_pin(staff=manager, pin=PINS["manager"], deed=factories.a_deed(now=timezone.now()))
    cashiers.set_pin(staff=cashier, pin=PINS["cashier"], deed=factories.a_deed(now=timezone.now()))
    token = factories.a_token()
    card = factories.a_card(wallet=factories.a_wallet(programme=programme), token=token)
    cashiers.name_card(staff=cashier, card=card, deed=factories.a_deed(now=timezone.now()))
    return token


def _quay() -> tuple[str, str, dict[str, Any]]:
    """Another programme, which wants a PIN: its address, its till, and who pays there."""
    programme = factories.a_programme(slug="quay", confirm_from_minor=CONFIRM_FROM_MINOR, confirm_by="pin")
    factories.some_staff("manager", programme=programme, email="quay@harbour.example", name="Quentin")
    till = factories.a_till(programme=programme, name="Quay")
    factories.a_product(category=factories.a_category(programme=programme), name="Mooring", price_minor=16_900)
    return programme.slug, str(till.public_id), asdict(_person(programme, PEOPLE))


def _person(programme: Programme, number: int) -> Person:
    now = timezone.now()
    name, identifier, token = f"Jana Nováková {number}", f"E-{1000 + number}", factories.a_token()
    customer = factories.a_customer(programme=programme, name=name, identifier=identifier)
    wallet = customer.wallets.get()
    factories.funded(wallet, EXPIRING_MINOR, now=now, expires_at=now + timedelta(days=365))
    factories.funded(wallet, DEPOSIT_MINOR - EXPIRING_MINOR, now=now)
    card = factories.a_card(wallet=wallet, token=token)
    return Person(
        name=name,
        identifier=identifier,
        token=token,
        card=str(card.public_id),
        customer=str(customer.public_id),
        wallet=str(wallet.public_id),
    )

"""Fill the database that the environment names with a shop, and print what a caller of it needs as JSON."""

import json
import sys
from typing import Any

from django.core.management import call_command

from groat.cards.actions import wait_for_card
from groat.programmes import actions
from groat.programmes.models import Scope
from groat.till import actions as till
from tests.factories import (
    a_card,
    a_category,
    a_customer,
    a_deed,
    a_product,
    a_programme,
    a_site,
    a_till,
    a_token,
    funded,
    some_statements,
)


def shop() -> dict[str, Any]:
    """A programme with everything that an operation could ask for; ids by the name of the parameter."""
    programme = a_programme(confirm_from_minor=50_000)
    site = a_site(programme=programme)
    tills = [a_till(site=site, name=f"Till {number}") for number in range(3)]
    products = [a_product(category=a_category(programme=programme), price_minor=price) for price in (300, 450, 0)]
    tokens = [a_token() for _ in range(6)]
    customers = [a_customer(programme=programme) for _ in tokens]
    wallets = [customer.wallets.get() for customer in customers]
    cards = [a_card(wallet=wallet, token=token) for wallet, token in zip(wallets, tokens, strict=True)]
    top_ups = [funded(wallet, 10_000_000, bonus_minor=1_000) for wallet in wallets[:4]]
    # At tills that nobody is told of, so that no other basket takes their place.
    quiet = [a_till(site=site, name=f"Quiet till {number}") for number in range(10)]
    baskets = [till.open_checkout(till=one, amount_minor=500, deed=a_deed()) for one in quiet]
    wait_for_card(wallet=wallets[5], till=tills[2], deed=a_deed())
    payments = []
    for number, amount_minor in enumerate((700, 900, 60_000)):
        order = till.order(
            programme_id=programme.id,
            till=tills[0],
            token=tokens[number],
            key=f"seed-{number}",
            actor=a_deed().actor,
            amount_minor=amount_minor,
        )
        told = till.take_payment(order=order, deed=a_deed()).payment
        assert told
        payments.append(told["id"])
    _, secret = actions.issue_key(programme=programme, name="Schemathesis", scopes=list(Scope.values), deed=a_deed())
    rows: dict[str, list[Any]] = {
        "till": tills,
        "product": products,
        "category": [product.category for product in products],
        "customer": customers,
        "wallet": wallets,
        "card": cards,
        "top_up": top_ups,
        "checkout": baskets,
        "statement_run": [some_statements(programme=programme)],
    }
    ids = {name: [str(row.public_id) for row in found] for name, found in rows.items()}
    return {"secret": secret, "tokens": tokens, "ids": ids | {"payment": payments}}


def main() -> None:
    """Called in a process of its own, when Django is set up."""
    call_command("migrate", verbosity=0)
    call_command("createcachetable", verbosity=0)
    json.dump(shop(), sys.stdout)

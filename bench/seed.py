"""Fill an empty database: merchants, tills, keys, customers with cards, and a past.

A process of its own, `python -m bench.with_django bench.seed`, because Django knows one database:
GROAT_DATABASE_URL says which. What is wanted comes in as JSON, what the load needs goes out as JSON.
"""

import json
import os
import sys
from dataclasses import asdict
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.db import connection

from bench import databases, history
from bench.merchants import Merchant, Wanted
from groat.cards import tokens
from groat.cards.models import Card
from groat.customers.models import Customer, Wallet
from groat.programmes import actions, minting
from groat.programmes.deeds import SYSTEM, Deed
from groat.programmes.models import Scope

HOUR_MS = 3_600_000
REQUESTS_PER_MINUTE = 100_000_000


def merchant(wanted: Wanted) -> Merchant:
    """Open a programme through its actions, with its many customers and their past through SQL."""
    deed = Deed.at_once(SYSTEM)
    programme = actions.open_programme(
        slug=wanted.slug,
        name=wanted.slug.title(),
        credit_name="credit",
        credit_decimals=2,
        currency="EUR",
        price_minor=100,
        time_zone="Europe/Prague",
        language="en",
        owner_email=f"owner@{wanted.slug}.example",
        owner_name="Olga Owner",
        owner_password="known-to-everybody",
        deed=deed,
    )
    site = actions.add_site(programme=programme, name="Canteen", sector="canteen", deed=deed)
    tills = [actions.add_till(site=site, name=f"Till {number}", deed=deed) for number in range(1, wanted.tills + 1)]
    key, secret = actions.issue_key(
        programme=programme,
        name="Bench",
        scopes=[Scope.PAYMENTS_WRITE, Scope.CUSTOMERS_READ],
        requests_per_minute=REQUESTS_PER_MINUTE,
        deed=deed,
    )
    payers, cards = _customers(programme, wanted.wallets, deed.now, minting.mint)
    past = history.Past(
        programme=programme.id,
        api_key=key.id,
        payers=payers,
        tills=[till.id for till in tills],
        entries=wanted.entries,
        now_ms=int(deed.now.timestamp() * 1000) - HOUR_MS,
    )
    with databases.session(os.environ["GROAT_DATABASE_URL"]) as session:
        history.make(session, past)
    return Merchant(programme.id, programme.slug, secret, [str(till.public_id) for till in tills], cards)


def _customers(programme: Any, count: int, now: Any, mint: Any) -> tuple[list[history.Payer], dict[str, str]]:
    """Anonymous customers, each with a wallet (still without an account in the book) and a card."""
    payers, cards, rows = [], {}, []
    for number in range(count):
        customer = Customer(id=mint(), programme=programme, search="", created_at=now)
        wallet = Wallet(id=mint(), programme=programme, owner=customer, created_at=now)
        text = f"04{number:012X}"
        uid = tokens.uid(text)
        card = Card(
            id=mint(),
            programme=programme,
            wallet=wallet,
            customer=customer,
            token_hash=tokens.hash_of(programme_id=programme.id, uid=uid, key=settings.KEYS.token_key),
            last_four=tokens.last_four(uid),
            paired_at=now,
        )
        rows.append((customer, wallet, card))
        payers.append(history.Payer(wallet.id, customer.id, card.id))
        cards[str(wallet.public_id)] = text
    for model, made in zip((Customer, Wallet, Card), zip(*rows, strict=True), strict=True):
        model._default_manager.bulk_create(made, batch_size=2000)
    return payers, cards


def durability() -> dict[str, str]:
    """What holds on a connection as Groat makes it; `NotDurable` when a commit might be lost."""
    with connection.cursor() as cursor:
        return databases.check_durable(lambda statement: cursor.execute(statement).fetchall(), connection.vendor)


def main() -> None:
    wanted = [Wanted(**facts) for facts in json.load(sys.stdin)]
    call_command("migrate", verbosity=0)
    merchants = [merchant(one) for one in wanted]
    with databases.session(os.environ["GROAT_DATABASE_URL"]) as session:
        session.settle()
    json.dump({"durability": durability(), "merchants": [asdict(one) for one in merchants]}, sys.stdout)


if __name__ == "__main__":
    main()

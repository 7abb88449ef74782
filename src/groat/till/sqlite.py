"""Payments on SQLite: what a batch reads and writes."""

import json
import sqlite3
from datetime import datetime
from typing import TYPE_CHECKING, Any

from pydantic_core import to_json

from groat import ids
from groat.ledger import requests
from groat.ledger.core.wallet import Wallet
from groat.ledger.sqlite import keys, load, text
from groat.till.choosing import groups_of, selling_of, till_of
from groat.till.rules import CardFacts, CheckoutFacts, Facts, Order, ProductFacts

if TYPE_CHECKING:
    from groat.till.payments import Writing

ANSWERED = """
SELECT r.programme, r.client, r.key, r.fingerprint, r.outcome
FROM json_each(?) AS k CROSS JOIN ledger_request AS r
WHERE r.programme = k.value ->> 0 AND r.client = k.value ->> 1 AND r.key = k.value ->> 2
"""
CARDS = """
SELECT c.programme_id, c.token_hash, c.id,
       CASE WHEN c.state = 'active' AND o.blocked_at IS NOT NULL THEN 'owner_blocked' ELSE c.state END,
       c.wallet_id, c.customer_id, c.last_four, c.medium, c.counter,
       c.seen_taps, CASE WHEN c.pin_hash <> '' THEN c.pin_tries END
FROM (VALUES {}) AS k CROSS JOIN groat_card AS c JOIN groat_customer AS o ON o.id = c.customer_id
WHERE c.programme_id = k.column1 AND c.token_hash = k.column2 AND NOT (c.state = 'replaced')
"""
NAMED = """
SELECT w.programme_id, w.id, w.owner_id, CASE WHEN o.blocked_at IS NULL THEN 'active' ELSE 'owner_blocked' END
FROM json_each(?) AS k CROSS JOIN groat_wallet AS w JOIN groat_customer AS o ON o.id = w.owner_id
WHERE w.programme_id = k.value ->> 0 AND w.id = k.value ->> 1
"""
TILLS = """
SELECT t.id, t.programme_id, t.name, t.closed_at IS NOT NULL, p.confirm_from_minor, p.confirm_copyable_from_minor,
       p.confirm_by, p.vat_rate, p.time_zone, t.site_id, COALESCE(t.category_ids, s.category_ids)
FROM json_each(?) AS k CROSS JOIN groat_till AS t JOIN groat_programme AS p ON p.id = t.programme_id
JOIN groat_site AS s ON s.id = t.site_id
WHERE t.id = k.value
"""
PRODUCTS = """
SELECT p.id, p.programme_id, p.name, p.price_minor, p.withdrawn_at IS NULL, p.choice_groups, p.vat_rate,
       p.selling, p.category_id
FROM json_each(?) AS k CROSS JOIN groat_product AS p WHERE p.id = k.value
"""
CHECKOUTS = """
SELECT c.id, c.programme_id, c.till_id, c.state, c.lines, c.amount_minor, c.cash_minor, c.no_debt
FROM json_each(?) AS k CROSS JOIN groat_checkout AS c WHERE c.id = k.value
"""


def read(connection: sqlite3.Connection, orders: list[Order]) -> tuple[Facts, dict[int, Wallet]]:
    """What the database says about these orders, and their cards' wallets."""
    products = {line.product for order in orders for line in order.lines}
    checkouts = {order.checkout for order in orders if order.checkout is not None}
    names = keys((order.programme, order.client, order.key) for order in orders)
    cards = {(order.programme, order.token_hash) for order in orders}
    facts = Facts()
    for programme, client, key, fingerprint, outcome in connection.execute(ANSWERED, names):
        facts.answered[programme, client, key] = (fingerprint, outcome)
    for programme, token_hash, *card in connection.execute(
        # Bytes cannot travel as JSON; there are as many texts of this statement as sizes of a batch.
        CARDS.format(",".join(["(?,?)"] * len(cards))),
        [value for known in cards for value in known],
    ):
        facts.cards[programme, token_hash] = CardFacts(*card)
    named = {(order.programme, order.wallet) for order in orders if order.wallet is not None}
    for programme, wallet, owner, state in connection.execute(NAMED, keys(named)) if named else ():
        facts.wallets[programme, wallet] = CardFacts(None, state, wallet, owner, "", "")
    tills = keys({order.till for order in orders})
    for till, *told in connection.execute(TILLS, tills):
        facts.tills[till] = till_of(*told)
    found = connection.execute(PRODUCTS, keys(products)) if products else ()
    for product, programme, name, price, sold, groups, vat_rate, selling, category in found:
        public_id = ids.public("product", product)
        facts.products[product] = ProductFacts(
            programme, name, price, bool(sold), public_id, groups_of(groups), vat_rate, selling_of(selling), category
        )
    for checkout, programme, till, state, lines, *amounts in (
        connection.execute(CHECKOUTS, keys(checkouts)) if checkouts else ()
    ):
        facts.checkouts[checkout] = CheckoutFacts(programme, till, state, json.loads(lines), *amounts)
    accounts = {(programme, card.wallet) for (programme, _), card in [*facts.cards.items(), *facts.wallets.items()]}
    return facts, load(connection, list(accounts)) if accounts else {}


def write(connection: sqlite3.Connection, writing: "Writing", now: datetime) -> None:
    """Add a batch's requests and payments, and move its checkouts on."""
    at = text(now)
    connection.executemany(
        "INSERT INTO ledger_request (programme, client, key, fingerprint, outcome, at) VALUES (?,?,?,?,?,?)",
        [
            (order.programme, order.client, order.key, fingerprint, outcome, at)
            for order, fingerprint, outcome in writing.requests
        ],
    )
    connection.executemany(
        "INSERT INTO groat_payment (id, programme_id, till_id, wallet_id, customer_id, card_id, checkout_id, "
        "amount_minor, cash_minor, balance_minor, entry_id, state, lines, actor, address, without_card, "
        "refunded_minor, at) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,0,?)",
        [_payment_row(paid, at) for paid in writing.payments],
    )
    connection.executemany(
        "UPDATE groat_checkout SET state = ?, payment_id = ?, refusal = ?, changed_at = ? WHERE id = ?",
        [
            (state, payment, None if no is None else requests.refusal(no), at, checkout)
            for checkout, state, payment, no in writing.checkouts
        ],
    )
    connection.executemany(
        "UPDATE groat_card SET counter = ?, seen_taps = ? WHERE id = ?",
        [(*taps, card) for card, taps in writing.taps.items()],
    )
    connection.executemany(
        "INSERT INTO groat_alarm (id, programme_id, till_id, card_id, what, at) VALUES (?,?,?,?,?,?)",
        [(key, order.programme, order.till, card, what, at) for key, order, card, what in writing.alarms],
    )


def _payment_row(paid: Any, at: str | None) -> tuple[Any, ...]:
    order, card = paid.order, paid.charge.card
    return (
        paid.id,
        order.programme,
        order.till,
        card.wallet,
        card.customer,
        card.id,
        order.checkout,
        paid.charge.amount_minor,
        paid.charge.cash_minor,
        paid.balance_minor,
        paid.entry,
        paid.state,
        to_json(paid.charge.lines).decode(),
        order.actor,
        order.address,
        order.without_card,
        at,
    )

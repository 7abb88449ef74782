"""Payments on PostgreSQL: what a batch reads in one round trip, and what it writes in another."""

import json
from datetime import datetime
from typing import TYPE_CHECKING, Any

from pydantic_core import to_json

from groat import ids
from groat.cards.rules import ALL_SEEN
from groat.ledger import requests
from groat.ledger.core.wallet import Wallet
from groat.ledger.pipeline import Pipeline, Rows, Statement
from groat.ledger.postgresql import array, blobs, columns, loaded, loading, numbers, texts
from groat.till.choosing import groups_of, selling_of, till_of
from groat.till.rules import CardFacts, CheckoutFacts, Facts, Order, ProductFacts

if TYPE_CHECKING:
    from groat.till.payments import Writing

ANSWERED = """
SELECT r.programme, r.client, r.key, r.fingerprint, r.outcome
FROM unnest(%s::bigint[], %s::text[], %s::text[]) AS k (programme, client, key)
JOIN ledger_request AS r ON r.programme = k.programme AND r.client = k.client AND r.key = k.key
"""
# The cards name the wallets, so that these need not wait to be asked for until the cards are known.
CARDS = """(
    SELECT c.programme_id AS programme, c.wallet_id AS account, c.token_hash, c.id,
           CASE WHEN c.state = 'active' AND o.blocked_at IS NOT NULL THEN 'owner_blocked' ELSE c.state END AS state,
           c.customer_id, c.last_four, c.medium, CASE WHEN c.pin_hash <> '' THEN c.pin_tries END AS pin_tries
    FROM unnest(%s::bigint[], %s::bytea[]) AS t (programme, token_hash)
    JOIN groat_card AS c ON c.programme_id = t.programme AND c.token_hash = t.token_hash AND c.state <> 'replaced'
    JOIN groat_customer AS o ON o.id = c.customer_id
)"""
OF_CARDS = ("token_hash", "id", "state", "account", "customer_id", "last_four", "medium", "pin_tries")
LOCK, LOTS = loading(CARDS, more="".join(f", k.{column}" for column in OF_CARDS))
# Those that staff name in place of a card come from the till's page alone, one by one: the order of locks holds.
NAMED = """(
    SELECT w.programme_id AS programme, w.id AS account, w.owner_id,
           CASE WHEN o.blocked_at IS NULL THEN 'active' ELSE 'owner_blocked' END AS state
    FROM unnest(%s::bigint[], %s::bigint[]) AS t (programme, wallet)
    JOIN groat_wallet AS w ON w.id = t.wallet AND w.programme_id = t.programme
    JOIN groat_customer AS o ON o.id = w.owner_id
)"""
LOCK_NAMED, LOTS_NAMED = loading(NAMED, more=", k.owner_id, k.state")
# Counters change with each tap, so they are read after the lock.
COUNTERS = """
SELECT c.id, c.counter, c.seen_taps FROM unnest(%s::bigint[], %s::bytea[]) AS t (programme, token_hash)
JOIN groat_card AS c ON c.programme_id = t.programme AND c.token_hash = t.token_hash AND c.state <> 'replaced'
"""
TILLS = """
SELECT t.id, t.programme_id, t.name, t.closed_at IS NOT NULL, p.confirm_from_minor, p.confirm_copyable_from_minor,
       p.confirm_by, p.vat_rate, p.time_zone, t.site_id, COALESCE(t.category_ids, s.category_ids)::text
FROM groat_till AS t JOIN groat_programme AS p ON p.id = t.programme_id JOIN groat_site AS s ON s.id = t.site_id
WHERE t.id = ANY(%s::bigint[])
"""
PRODUCTS = """
SELECT id, programme_id, name, price_minor, withdrawn_at IS NULL, choice_groups::text, vat_rate, selling::text,
       category_id
FROM groat_product
WHERE id = ANY(%s::bigint[])
"""
# Locked in ascending order, and always before wallets.
CHECKOUTS = """
SELECT id, programme_id, till_id, state, lines::text, amount_minor, cash_minor, no_debt FROM groat_checkout
WHERE id = ANY(%s::bigint[]) ORDER BY id FOR UPDATE
"""
# In one statement: starting and ending one costs the database as much as ten of its rows.
WRITE = """
WITH request AS (
    INSERT INTO ledger_request (programme, client, key, fingerprint, outcome, at)
    SELECT *, %s::timestamptz FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::bytea[], %s::text[])
)
INSERT INTO groat_payment (id, programme_id, till_id, wallet_id, customer_id, card_id, checkout_id, amount_minor,
                           cash_minor, balance_minor, entry_id, state, lines, actor, address, without_card,
                           refunded_minor, at)
SELECT p.id, p.programme, p.till, p.wallet, p.customer, p.card, p.checkout, p.amount_minor, p.cash_minor,
       p.balance_minor, p.entry, p.state, p.lines::jsonb, p.actor, p.address::inet, p.without_card, 0, %s::timestamptz
FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[],
            %s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[], %s::text[], %s::text[], %s::text[], %s::text[],
            %s::text[])
    AS p (id, programme, till, wallet, customer, card, checkout, amount_minor, cash_minor, balance_minor, entry, state,
          lines, actor, address, without_card)
"""
UPDATE_CHECKOUTS = """
UPDATE groat_checkout AS c
SET state = n.state, payment_id = n.payment, refusal = n.refusal::jsonb, changed_at = %s::timestamptz
FROM unnest(%s::bigint[], %s::text[], %s::bigint[], %s::text[]) AS n (id, state, payment, refusal)
WHERE c.id = n.id
"""


COUNT_TAPS = """
UPDATE groat_card AS c SET counter = n.counter, seen_taps = n.seen
FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[]) AS n (id, counter, seen) WHERE c.id = n.id
"""
INSERT_ALARMS = """
INSERT INTO groat_alarm (id, programme_id, till_id, card_id, what, at)
SELECT n.*, %s::timestamptz FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[], %s::text[]) AS n
"""


def read(pipeline: Pipeline, orders: list[Order]) -> tuple[Facts, dict[int, Wallet]]:
    """What the database says about these orders, and their cards' wallets, locked."""
    products = sorted({line.product for order in orders for line in order.lines})
    checkouts = sorted({order.checkout for order in orders if order.checkout is not None})
    tokens = list({(order.programme, order.token_hash) for order in orders})
    cards = (array([programme for programme, _ in tokens]), blobs([token for _, token in tokens]))
    programmes = array([order.programme for order in orders])
    names = (texts([order.client for order in orders]), texts([order.key for order in orders]))
    asked: list[Statement] = [(TILLS, (array({order.till for order in orders}),))]
    if products:
        asked.append((PRODUCTS, (array(products),)))
    if checkouts:
        asked.append((CHECKOUTS, (array(checkouts),)))
    # The keys after the wallets' lock: who waited there for the same key's first request then sees its answer.
    asked += [(LOCK, cards), (LOTS, cards)]
    named = sorted({(order.programme, order.wallet) for order in orders if order.wallet is not None})
    if named:
        asked += [(LOCK_NAMED, numbers(named, 2)), (LOTS_NAMED, numbers(named, 2))]
    asked.append((ANSWERED, (programmes, *names)))
    has_taps = any(order.counter is not None for order in orders)
    if has_taps:
        asked.append((COUNTERS, cards))
    found = pipeline.ask(*asked)
    counters = {card: (last, seen) for card, last, seen in found.pop()} if has_taps else {}
    answered = found.pop()
    named_lots, named_wallets = (found.pop(), found.pop()) if named else ([], [])
    tills, *more, wallets, lots = found
    facts = Facts()
    for programme, client, key, fingerprint, outcome in answered:
        facts.answered[programme, client, key] = (fingerprint, outcome)
    for row in wallets:
        card, state, wallet, customer, last_four, medium, pin_tries = row[8:]
        last, seen = counters.get(card, (None, ALL_SEEN))
        facts.cards[row[1], row[7]] = CardFacts(card, state, wallet, customer, last_four, medium, last, seen, pin_tries)
    for row in named_wallets:
        facts.wallets[row[1], row[0]] = CardFacts(None, row[8], row[0], row[7], "", "")
    for till, *told in tills:
        facts.tills[till] = till_of(*told)
    _add_baskets(facts, more[0] if products else [], more[-1] if checkouts else [])
    return facts, loaded(pipeline, [row[:7] for row in [*wallets, *named_wallets]], [*lots, *named_lots])


def _add_baskets(facts: Facts, products: Rows, checkouts: Rows) -> None:
    for product, programme, name, price, is_sold, groups, vat_rate, selling, category in products:
        public_id = ids.public("product", product)
        facts.products[product] = ProductFacts(
            programme, name, price, is_sold, public_id, groups_of(groups), vat_rate, selling_of(selling), category
        )
    for checkout, programme, till, state, lines, *amounts in checkouts:
        facts.checkouts[checkout] = CheckoutFacts(programme, till, state, json.loads(lines), *amounts)


def write(pipeline: Pipeline, writing: "Writing", now: datetime) -> None:
    """Add a batch's requests and payments, and move its checkouts on."""
    if writing.requests:
        orders, fingerprints, outcomes = columns(writing.requests, 3)
        pipeline.tell(
            WRITE,
            (
                now,
                array([order.programme for order in orders]),
                texts([order.client for order in orders]),
                texts([order.key for order in orders]),
                blobs(fingerprints),
                texts(outcomes),
                now,
                *_payment_columns(writing),
            ),
        )
    if writing.checkouts:
        checkouts, states, payments, refusals = columns(writing.checkouts, 4)
        told = [None if no is None else requests.refusal(no) for no in refusals]
        pipeline.tell(UPDATE_CHECKOUTS, (now, array(checkouts), texts(states), array(payments), nullable(told)))
    if writing.taps:
        # In ascending order, as everything that two batches could both want.
        pipeline.tell(COUNT_TAPS, numbers(sorted((card, *taps) for card, taps in writing.taps.items()), 3))
    if writing.alarms:
        rows = [(key, order.programme, order.till, card) for key, order, card, _ in writing.alarms]
        pipeline.tell(INSERT_ALARMS, (now, *numbers(rows, 4), texts([what for *_, what in writing.alarms])))
    pipeline.settle()


def _payment_columns(writing: "Writing") -> list[str]:
    rows: list[tuple[Any, ...]] = []
    for paid in writing.payments:
        order, card = paid.order, paid.charge.card
        rows.append(
            (
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
            )
        )
    return [
        *numbers(rows, 11),
        texts([paid.state for paid in writing.payments]),
        texts([to_json(paid.charge.lines).decode() for paid in writing.payments]),
        texts([paid.order.actor for paid in writing.payments]),
        nullable([paid.order.address for paid in writing.payments]),
        texts([paid.order.without_card for paid in writing.payments]),
    ]


def nullable(values: list[str | None]) -> str:
    """An array literal of strings and nulls."""
    if None not in values:
        return texts([value for value in values if value is not None])
    return "{" + ",".join(["NULL" if value is None else texts([value])[1:-1] for value in values]) + "}"

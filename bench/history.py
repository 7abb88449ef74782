"""A past for a programme's book: as many entries as asked for, made by SQL in sets, valid to the last posting.

Customers come round in turn. Every twentieth time one tops up by exactly what the nineteen payments
until the next top-up take, so that lots are used up as they are in life; the last top-up leaves a
reserve that no run can spend. The entries lie evenly over the days before now.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from bench.databases import Session
from groat import ids
from groat.ledger.core.accounts import Tally

BETWEEN_TOP_UPS = 20
RESERVE_MINOR = 10**9
DAYS = 90
_VALID_SECONDS = 365 * 86_400


@dataclass(frozen=True, slots=True)
class Payer:
    """A wallet with whom it belongs to and what is presented for it: keys of rows."""

    wallet: int
    customer: int
    card: int


@dataclass(frozen=True, slots=True)
class Past:
    """What history a programme shall have: at least one entry for each of its payers, their first top-up."""

    programme: int
    api_key: int
    payers: Sequence[Payer]
    tills: Sequence[int]
    entries: int
    now_ms: int
    """Unix time; no entry is as young."""


@dataclass(frozen=True, slots=True)
class _Dialect:
    """Where the two databases want other words."""

    moment: str
    """Of a second in Unix time."""
    random_key: str
    fingerprint: str
    postings_first: bool


_DIALECTS = {
    "postgresql": _Dialect("to_timestamp({})", "md5(random()::text)", "sha256(key::bytea)", postings_first=False),
    # Times as Django writes them. A book on SQLite closes an entry by writing it after its postings.
    "sqlite": _Dialect(
        "datetime({}, 'unixepoch')", "lower(hex(randomblob(16)))", "randomblob(32)", postings_first=True
    ),
}


def make(session: Session, past: Past) -> None:
    """Write the past into a book that knows neither these payers nor any entry."""
    if past.entries < len(past.payers):
        raise ValueError("each payer tops up once at least")
    dialect = _DIALECTS[session.vendor]
    with session.transaction():
        session.table(
            "payer",
            ("place integer PRIMARY KEY", "wallet bigint", "customer bigint", "card bigint"),
            [(place, payer.wallet, payer.customer, payer.card) for place, payer in enumerate(past.payers)],
        )
        session.table("desk", ("place integer PRIMARY KEY", "till bigint"), list(enumerate(past.tills)))
        session.execute(_steps(past, dialect))
        for name in ("payer", "desk", "past"):
            session.execute(f"ANALYZE {name}")
        entries, postings = _entries(past), _postings(past)
        for statement in (postings, entries) if dialect.postings_first else (entries, postings):
            session.execute(statement)
        for statement in (*_lots(past), _requests(past, dialect), *_accounts(past)):
            session.execute(statement)
    # By construction they name rows that are there; to look each of them up would take minutes.
    with session.without_foreign_keys():
        session.execute(_payments(past))
        session.execute(_top_ups(past))
    for name in ("payer", "desk", "past"):
        session.execute(f"DROP TABLE {name}")


def _steps(past: Past, dialect: _Dialect) -> str:
    """A row for each entry, in order: whose, what it moves, and what it leaves."""
    payers = len(past.payers)
    step_ms = max(DAYS * 86_400_000 // past.entries, 1)
    first_ms = past.now_ms - past.entries * step_ms - ids.EPOCH_MS
    id_of = f"({first_ms} + {{}} * {step_ms}) * {ids.lowest_at(ids.EPOCH_MS + 1)}"
    second = f"({first_ms + ids.EPOCH_MS} + {{}} * {step_ms}) / 1000"
    first_of_cycle = f"(cycle * {BETWEEN_TOP_UPS * payers} + place)"
    return f"""
        CREATE TEMPORARY TABLE past AS
        WITH RECURSIVE counter (k) AS (
            SELECT CAST(0 AS bigint) UNION ALL SELECT k + 1 FROM counter WHERE k + 1 < {past.entries}
        ),
        visit AS (
            SELECT k, k % {payers} AS place, k / {payers} AS visit, k / {payers * BETWEEN_TOP_UPS} AS cycle,
                   k / {payers} % {BETWEEN_TOP_UPS} = 0 AS is_top_up,
                   100 + (k % {payers} * 31 + k / {payers} * 7) % 900 AS price
            FROM counter
        ),
        granted AS (
            SELECT *,
                   sum(CASE WHEN is_top_up THEN 0 ELSE price END) OVER (PARTITION BY place, cycle) AS bought,
                   cycle = max(cycle) OVER (PARTITION BY place) AS live
            FROM visit
        ),
        moved AS (
            SELECT *,
                   CASE WHEN NOT is_top_up THEN -price WHEN live THEN bought + {RESERVE_MINOR} ELSE bought END AS amount
            FROM granted
        )
        SELECT k, place, is_top_up, live, CAST(amount AS bigint) AS amount, visit + 1 AS sequence,
               CAST(sum(amount) OVER (PARTITION BY place ORDER BY k ROWS UNBOUNDED PRECEDING) AS bigint) AS balance,
               row_number() OVER (PARTITION BY is_top_up ORDER BY k) AS tally_sequence,
               CAST(sum(abs(amount)) OVER (PARTITION BY is_top_up ORDER BY k ROWS UNBOUNDED PRECEDING) AS bigint)
                   AS tally,
               {id_of.format("k")} AS entry,
               {id_of.format(first_of_cycle)} + 1 AS lot,
               {dialect.moment.format(second.format("k"))} AS at,
               {dialect.moment.format(f"{second.format(first_of_cycle)} + {_VALID_SECONDS}")} AS expires_at
        FROM moved ORDER BY k
    """


def _entries(past: Past) -> str:
    return f"""
        INSERT INTO ledger_entry (programme, id, kind, at, reverses, hold, actor, reason)
        SELECT {past.programme}, entry, CASE WHEN is_top_up THEN 'top_up' ELSE 'spend' END, at, NULL, NULL,
               'key:{past.api_key}', ''
        FROM past ORDER BY k
    """


def _postings(past: Past) -> str:
    """Payments against revenue; top-ups against what was issued, and the cash against the takings."""
    return f"""
        INSERT INTO ledger_posting (programme, entry, account, amount_minor, sequence, balance_minor)
        SELECT {past.programme}, entry, wallet, amount, sequence, balance FROM past JOIN payer USING (place)
        UNION ALL
        SELECT {past.programme}, entry, {Tally.REVENUE:d}, -amount, tally_sequence, tally FROM past
        WHERE NOT is_top_up
        UNION ALL
        SELECT {past.programme}, entry, account, sign * amount, tally_sequence, sign * tally
        FROM past CROSS JOIN ({_TOPPED_UP}) AS moved
        WHERE is_top_up
        ORDER BY 2, 3
    """


_TOPPED_UP = " UNION ALL ".join(
    f"SELECT {account:d} AS account, {sign} AS sign"
    for account, sign in ((Tally.ISSUED, -1), (Tally.CASH, 1), (Tally.TAKINGS, -1))
)


def _lots(past: Past) -> tuple[str, str]:
    return (
        f"""
        INSERT INTO ledger_lot (programme, account, id, entry, origin, granted_minor, remaining_minor, held_minor,
                                settled_minor, granted_until, expires_at, live)
        SELECT {past.programme}, wallet, lot, entry, 'purchased', amount,
               CASE WHEN live THEN {RESERVE_MINOR} ELSE 0 END, 0, 0, expires_at, expires_at, live
        FROM past JOIN payer USING (place) WHERE is_top_up ORDER BY k
        """,
        f"""
        INSERT INTO ledger_lot_use (programme, entry, lot, account, amount_minor)
        SELECT {past.programme}, entry, lot, wallet, amount
        FROM past JOIN payer USING (place) WHERE NOT is_top_up ORDER BY k
        """,
    )


def _requests(past: Past, dialect: _Dialect) -> str:
    """One for each payment, under a key that comes in no order; the outcome is as long as one is."""
    outcome = json.dumps({"payment": "0" * 400})
    return f"""
        INSERT INTO ledger_request (programme, client, key, fingerprint, outcome, at)
        SELECT {past.programme}, 'key:{past.api_key}', key, {dialect.fingerprint}, '{outcome}', at
        FROM (SELECT {dialect.random_key} AS key, at FROM past WHERE NOT is_top_up) AS drawn
    """


def _accounts(past: Past) -> tuple[str, ...]:
    """The wallets' accounts as they stand after it all, and what ran up in the programme's own."""
    topped_up = "(SELECT coalesce(sum(amount), 0) FROM past WHERE is_top_up)"
    spent = "(SELECT coalesce(-sum(amount), 0) FROM past WHERE NOT is_top_up)"
    tallies = (
        (Tally.REVENUE, spent, "NOT is_top_up"),
        (Tally.ISSUED, f"-{topped_up}", "is_top_up"),
        (Tally.CASH, topped_up, "is_top_up"),
        (Tally.TAKINGS, f"-{topped_up}", "is_top_up"),
    )
    return (
        f"""
        INSERT INTO ledger_account (programme, id, opened_at)
        SELECT {past.programme}, wallet, at FROM past JOIN payer USING (place) WHERE sequence = 1
        """,
        f"""
        INSERT INTO ledger_balance (programme, account, posted_minor, floor_minor, sequence, next_due)
        SELECT {past.programme}, wallet, sum(amount), 0, count(*), max(expires_at)
        FROM past JOIN payer USING (place) GROUP BY wallet
        """,
        *(
            f"""
            UPDATE ledger_balance
            SET posted_minor = {posted}, sequence = (SELECT count(*) FROM past WHERE {which})
            WHERE programme = {past.programme} AND account = {tally:d}
            """
            for tally, posted, which in tallies
        ),
    )


def _payments(past: Past) -> str:
    return f"""
        INSERT INTO groat_payment (id, programme_id, till_id, wallet_id, customer_id, card_id, checkout_id, state,
                                   amount_minor, balance_minor, refunded_minor, entry_id, lines, actor, address, at)
        SELECT entry, {past.programme}, till, wallet, customer, card, NULL, 'paid', -amount, balance, 0, entry, '[]',
               'key:{past.api_key}', '127.0.0.1', at
        FROM past JOIN payer ON payer.place = past.place JOIN desk ON desk.place = past.k % {len(past.tills)}
        WHERE NOT is_top_up ORDER BY k
    """


def _top_ups(past: Past) -> str:
    return f"""
        INSERT INTO groat_topup (id, programme_id, wallet_id, till_id, bought_minor, bonus_minor, paid_minor, means,
                                 expires_at, actor, at, reversed_minor)
        SELECT entry, {past.programme}, wallet, NULL, amount, 0, amount, 'cash', expires_at,
               'key:{past.api_key}', at, 0
        FROM past JOIN payer USING (place) WHERE is_top_up ORDER BY k
    """

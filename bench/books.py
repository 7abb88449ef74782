"""After a run: is every acknowledged payment in the books, exactly once, and nothing besides."""

import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from bench.databases import Session
from bench.servers import CLONE, GROAT, Installation
from groat import ids
from groat.ledger.core.accounts import LAST_TALLY

TOLD = 3
"""How many wrong rows a message names."""


class WrongBooks(Exception):
    """The books and the answers disagree, or the books are not sound in themselves."""


def last_entry(session: Session) -> int:
    """How far the books have come: ids are minted by time, so all that is added later is greater."""
    return int(session.rows("SELECT coalesce(max(id), 0) FROM ledger_entry")[0][0])


def check(session: Session, programmes: Sequence[int], before: int, answers: Path) -> int:
    """Compare what was added to these programmes' books since with what the tills were told.

    `before` is what `last_entry` was. Returns how many payments there are.
    """
    told: dict[int, tuple[int, int, int]] = {}
    asked = []
    for line in answers.read_text().splitlines():
        payment, wallet, amount, balance, key = line.split()
        told[ids.private("payment", payment)] = (ids.private("wallet", wallet), int(amount), int(balance))
        asked.append((key, payment))
    since = f"programme IN ({_list(programmes)}) AND {{}} > {before}"
    payments = session.rows(
        f"SELECT id, wallet_id, amount_minor, balance_minor FROM groat_payment WHERE id > {before}"
        f" AND programme_id IN ({_list(programmes)}) AND state = 'paid' AND entry_id = id AND refunded_minor = 0"
    )
    _same("payments", _by_entry(payments), told)
    postings = session.rows(
        "SELECT entry, account, -amount_minor, balance_minor FROM ledger_posting "
        f"WHERE {since.format('entry')} AND account > {LAST_TALLY}"
    )
    _same("postings", _by_entry(postings), told)
    used = session.rows(
        f"SELECT entry, -sum(amount_minor) FROM ledger_lot_use WHERE {since.format('entry')} GROUP BY entry"
    )
    _same("lot uses", _by_entry(used), {entry: (amount,) for entry, (_, amount, _) in told.items()})
    kinds = session.rows(f"SELECT kind, count(*) FROM ledger_entry WHERE {since.format('id')} GROUP BY kind")
    if dict(kinds) != ({"spend": len(told)} if told else {}):
        raise WrongBooks(f"{len(told)} payments were answered, and the entries added are {dict(kinds)}")
    _check_requests(session, programmes, asked)
    below = session.rows(
        "SELECT account FROM ledger_balance "
        f"WHERE account > {LAST_TALLY} AND posted_minor - held_minor < floor_minor LIMIT {TOLD}"
    )
    if below:
        raise WrongBooks(f"wallets below their floor: {below}")
    return len(told)


def _check_requests(session: Session, programmes: Sequence[int], asked: Sequence[tuple[str, str]]) -> None:
    """See that under each key the payment is kept that was answered to it."""
    session.table("asked", ("key text", "payment text"), asked)
    session.execute("ANALYZE asked")
    clients = session.rows(f"SELECT id, programme_id FROM groat_apikey WHERE programme_id IN ({_list(programmes)})")
    kept = sum(
        session.rows(
            "SELECT count(*) FROM asked JOIN ledger_request AS request "
            f"ON request.programme = {programme} AND request.client = 'key:{client}' AND request.key = asked.key "
            "WHERE request.outcome LIKE '%' || asked.payment || '%'"
        )[0][0]
        for client, programme in clients
    )
    if kept != len(asked):
        raise WrongBooks(f"of {len(asked)} requests that were answered {kept} are kept with their answer")


def verify(installation: Installation) -> None:
    """Have `groat verify` recompute the whole book."""
    done = subprocess.run(
        [GROAT, "verify"],
        check=False,
        cwd=CLONE,
        env=installation.environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    if done.returncode != 0:
        raise WrongBooks(f"groat verify says:\n{done.stdout[-2000:]}")


type _Rows = Mapping[int, tuple[int, ...]]
"""Facts by entry."""


def _same(what: str, written: _Rows, told: _Rows) -> None:
    if written == told:
        return
    lost = sorted(told.keys() - written.keys())
    more = sorted(written.keys() - told.keys())
    other = sorted(entry for entry in told.keys() & written.keys() if told[entry] != written[entry])
    raise WrongBooks(
        f"{what}: of {len(told)} that were answered {len(lost)} are lost ({lost[:TOLD]}), {len(other)} are "
        f"other than answered ({other[:TOLD]}), and {len(more)} were never answered ({more[:TOLD]})"
    )


def _by_entry(rows: Sequence[tuple[Any, ...]]) -> _Rows:
    """Rows by their first column. PostgreSQL's sums are no ints."""
    return {entry: tuple(map(int, facts)) for entry, *facts in rows}


def _list(numbers: Sequence[int]) -> str:
    return ", ".join(map(str, numbers))

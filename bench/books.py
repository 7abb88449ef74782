"""After a run: is every acknowledged payment in the books, exactly once, and nothing besides."""

import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bench.databases import Session
from bench.servers import CLONE, GROAT, Installation
from groat import ids
from groat.ledger.core.accounts import LAST_TALLY

TOLD = 3
"""How many wrong rows a message names."""


class WrongBooks(Exception):
    """The books and the answers disagree, or the books are not sound in themselves."""


@dataclass(frozen=True, slots=True)
class Mark:
    """How far the books had come before a run."""

    entry: int
    """The id of the last entry: all later ones are greater, for ids are minted by time."""
    requests: int
    entries: int


def mark(session: Session) -> Mark:
    """Note how far the books have come."""
    (entry,) = session.rows("SELECT coalesce(max(id), 0) FROM ledger_entry")[0]
    return Mark(entry, _count(session, "ledger_request"), _count(session, "ledger_entry"))


def check(session: Session, before: Mark, answers: Path) -> int:
    """Compare what was added to the books since with what the tills were told; returns how many payments."""
    told = {}
    for line in answers.read_text().splitlines():
        payment, wallet, amount, balance = line.split()
        told[ids.private("payment", payment)] = (ids.private("wallet", wallet), int(amount), int(balance))
    payments = session.rows(
        f"SELECT id, wallet_id, amount_minor, balance_minor FROM groat_payment WHERE id > {before.entry}"
        " AND state = 'paid' AND entry_id = id AND refunded_minor = 0"
    )
    _same("payments", {row[0]: tuple(row[1:]) for row in payments}, told)
    postings = session.rows(
        "SELECT posting.entry, account, -amount_minor, balance_minor FROM ledger_posting AS posting "
        "JOIN ledger_entry AS entry ON entry.programme = posting.programme AND entry.id = posting.entry "
        f"WHERE posting.entry > {before.entry} AND account > {LAST_TALLY} AND kind = 'spend'"
    )
    _same("postings", {row[0]: tuple(row[1:]) for row in postings}, told)
    used = session.rows(
        f"SELECT entry, -sum(amount_minor) FROM ledger_lot_use WHERE entry > {before.entry} GROUP BY entry"
    )
    if {entry: int(amount) for entry, amount in used} != {entry: amount for entry, (_, amount, _) in told.items()}:
        raise WrongBooks("what was taken from lots is not what was paid")
    for table, count in (("ledger_request", before.requests), ("ledger_entry", before.entries)):
        added = _count(session, table) - count
        if added != len(told):
            raise WrongBooks(f"{len(told)} payments were answered, {added} rows were added to {table}")
    below = session.rows(
        "SELECT account FROM ledger_balance "
        f"WHERE account > {LAST_TALLY} AND posted_minor - held_minor < floor_minor LIMIT {TOLD}"
    )
    if below:
        raise WrongBooks(f"wallets below their floor: {below}")
    return len(told)


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
"""By entry: the wallet, what it paid, what it had left."""


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


def _count(session: Session, table: str) -> int:
    return int(session.rows(f"SELECT count(*) FROM {table}")[0][0])

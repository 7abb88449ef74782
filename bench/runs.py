"""One run: tills that pay (or look at balances) for some seconds, and the books afterwards."""

import json
import secrets
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from bench import books, databases, wire
from bench.load import PATIENCE_SECONDS, Plan, Result, TillPlan
from bench.merchants import Merchant
from bench.places import Place
from bench.servers import CLONE, Server
from groat import ids
from groat.ledger.core.accounts import LAST_TALLY

CHECKING_SECONDS = 120
"""How long the load may take to parse all that it was answered."""

SECONDS_THAT_TELL = 3
FLUSHES_REPORTED = 0.5
"""PostgreSQL's sessions tell once a second what they did, so of a run the last part is not known yet."""


class WrongAnswers(Exception):
    """The server answered something that it must not."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """What a run is of."""

    asks: str
    """`payments` or `balances`."""
    tills: int
    merchants: int
    """How many programmes the tills belong to, in turn."""


@dataclass(frozen=True, slots=True)
class Timing:
    """How long a run goes on; what is answered while it warms up is checked, but not measured."""

    warm_up_seconds: float
    seconds: float


def run(place: Place, server: Server, scenario: Scenario, timing: Timing) -> Result:
    """Put a load on the server, and compare the answers with the books.

    Raises WrongAnswers, books.WrongBooks, databases.NotDurable, servers.DiedUnderLoad.
    """
    workers = server.processes()
    with databases.session(place.installation.url) as session:
        plan = Plan(
            asks=scenario.asks,
            run=secrets.token_hex(8),
            port=server.port,
            tills=_tills(session, place.merchants, scenario),
            seconds=timing.seconds,
            warm_up_seconds=timing.warm_up_seconds,
            answers=str(place.installation.var / "answers"),
        )
        before, flushes = books.last_entry(session), session.flushes()
    used = server.processor_seconds()
    seen = _load(plan)
    server.check(workers)
    seen.server_cost_us = round((server.processor_seconds() - used) / max(seen.answered, 1) * 1e6, 1)
    if seen.faults:
        raise WrongAnswers("\n".join([*seen.faults, "The server wrote:", server.said()]))
    with databases.session(place.installation.url) as session:
        programmes = [merchant.id for merchant in place.merchants]
        if scenario.asks == "payments":
            _check_flushes(flushes, session.flushes(), seen, scenario, timing, len(workers))
        checked = books.check(session, programmes, before, Path(plan.answers))
    if scenario.asks == "payments" and checked != seen.answered:
        raise books.WrongBooks(f"{seen.answered} answers, {checked} payments")
    return seen


def _check_flushes(
    before: int | None, after: int | None, seen: Result, scenario: Scenario, timing: Timing, workers: int
) -> None:
    """`NotDurable` when payments were acknowledged that did not wait for the disk.

    One commit acknowledges at most a payment of each till, and only processes that commit at the
    same moment share a flush. Commits that do not wait are flushed a few times a second instead.
    """
    if before is None or after is None or timing.warm_up_seconds + timing.seconds < SECONDS_THAT_TELL:
        return
    least = seen.answered / scenario.tills / workers
    if after - before < least * FLUSHES_REPORTED:
        raise databases.NotDurable(f"{least:.0f} flushes of the log at least were needed, not {after - before}")


def _tills(session: databases.Session, merchants: Sequence[Merchant], scenario: Scenario) -> list[TillPlan]:
    """Deal tills to merchants and each merchant's wallets to its tills, so that no two tills share a wallet."""
    # The first merchant is the large one; who spreads the load over several does so over the small ones.
    taking = merchants[:1] if scenario.merchants == 1 else merchants[1 : 1 + scenario.merchants]
    if len(taking) != scenario.merchants:
        raise ValueError(f"there are not {scenario.merchants} merchants to spread over")
    tills = []
    for place, merchant in enumerate(taking):
        own = range(place, scenario.tills, len(taking))
        standing = dict(
            session.rows(
                "SELECT account, posted_minor FROM ledger_balance "
                f"WHERE programme = {merchant.id} AND account > {LAST_TALLY}"
            )
        )
        wallets = [
            wire.Wallet(token, wallet, standing[ids.private("wallet", wallet)])
            for wallet, token in merchant.wallets.items()
        ]
        tills += [
            TillPlan(merchant.tills[number], merchant.secret, wallets[number :: len(own)]) for number in range(len(own))
        ]
    return tills


def _load(plan: Plan) -> Result:
    done = subprocess.run(
        [sys.executable, "-m", "bench.load"],
        check=True,
        cwd=CLONE,
        input=json.dumps(asdict(plan)),
        stdout=subprocess.PIPE,
        text=True,
        timeout=plan.warm_up_seconds + plan.seconds + PATIENCE_SECONDS + CHECKING_SECONDS,
    )
    return Result(**json.loads(done.stdout))

"""The load: tills that ask again as soon as they are answered, each over one connection.

Runs as a process of its own (`python -m bench.load`): a plan comes in as JSON, what happened goes
out as JSON. Nothing but the request and its framing is done while the clock runs; afterwards every
single answer is parsed and compared with what it must say.
"""

import asyncio
import gc
import json
import re
import resource
import sys
import time
from array import array
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, cast

import uvloop

from bench import wire

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_END_OF_HEAD = b"\r\n\r\n"
PATIENCE_SECONDS = 30
"""How long after the end an answer may still come; a till unanswered then is a fault."""
FAULTS_TOLD = 2


@dataclass(frozen=True, slots=True)
class TillPlan:
    """One till: who it is, and the wallets that pay or are looked at there, and nowhere else."""

    till: str
    secret: str
    wallets: list[wire.Wallet]

    @classmethod
    def of(cls, facts: dict[str, Any]) -> "TillPlan":
        return cls(facts["till"], facts["secret"], [wire.Wallet(*wallet) for wallet in facts["wallets"]])


@dataclass(frozen=True, slots=True)
class Plan:
    """One run of the load."""

    asks: str
    """`payments` or `balances`."""
    run: str
    """From which the idempotency keys are drawn: no two runs may have the same."""
    port: int
    tills: list[TillPlan]
    seconds: float
    warm_up_seconds: float
    answers: str
    """The file that gets a line for each payment: its id, wallet, amount, balance after it, and its key."""

    @classmethod
    def of(cls, facts: dict[str, Any]) -> "Plan":
        return cls(**{**facts, "tills": [TillPlan.of(till) for till in facts["tills"]]})


@dataclass(slots=True)
class Result:
    """What the load saw. Times in milliseconds; the warm-up counts in `answered` alone."""

    answered: int
    per_second: float
    p50_ms: float
    p99_ms: float
    most_ms: float
    own_cost_us: float
    """Processor time that the load itself needed for one request: it is taken from the server's."""
    server_cost_us: float = 0
    """Processor time that the server's processes needed for one request, without the database's."""
    faults: list[str] = field(default_factory=list)


class Till(asyncio.Protocol):
    """One keep-alive connection with one request under way at a time."""

    __slots__ = ("_asks", "_ends_ns", "_expected", "_partial", "_sent_ns", "_transport", "answers", "done_ns", "fault",
                 "finished", "took_ns")  # fmt: skip

    def __init__(self, asks: Iterator[bytes], expected: bytes, finished: "asyncio.Future[None]") -> None:
        self._asks = asks
        self._expected = expected
        self._partial = b""
        self._ends_ns = 0
        self._sent_ns = 0
        self._transport: asyncio.Transport | None = None
        self.finished = finished
        self.answers: list[bytes] = []
        self.took_ns = array("q")
        self.done_ns = array("q")
        self.fault = ""

    def begin(self, ends_ns: int) -> None:
        self._ends_ns = ends_ns
        self._ask(time.perf_counter_ns())

    def _ask(self, now_ns: int) -> None:
        self._sent_ns = now_ns
        assert self._transport
        self._transport.write(next(self._asks))

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports are no subclasses of asyncio's.
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        now_ns = time.perf_counter_ns()
        if self._partial:
            data = self._partial + data
        head = data.find(_END_OF_HEAD)
        length = _LENGTH.search(data) if head > 0 else None
        if length is None or len(data) < head + 4 + int(length[1]):
            self._partial = data
            if head > 0 and length is None:
                self._stop(f"an answer without a length: {data[:200]!r}")
            return
        self._partial = b""
        self.took_ns.append(now_ns - self._sent_ns)
        self.done_ns.append(now_ns)
        self.answers.append(data[head + 4 :])
        if data[9:12] != self._expected:
            self._stop(f"answered {data[:600].decode(errors='replace')}")
        elif now_ns < self._ends_ns:
            self._ask(now_ns)
        else:
            self._stop("")

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop(f"the connection was closed: {exc}")

    def _stop(self, fault: str) -> None:
        if not self.finished.done():
            self.fault = fault
            self.finished.set_result(None)

    def hang_up(self) -> None:
        if self._transport:
            self._transport.abort()


async def drive(plan: Plan) -> tuple[list[Till], int]:
    """Run the load; returns the tills with all that they were answered, and when they began."""
    loop = asyncio.get_running_loop()
    asks = wire.payments if plan.asks == "payments" else wire.balances
    tills = []
    for number, one in enumerate(plan.tills):
        host = f"127.0.0.1:{plan.port}"
        requests = asks(host=host, run=_of_till(plan, number), till=one.till, secret=one.secret, wallets=one.wallets)
        tills.append(Till(requests, wire.EXPECTED[plan.asks], loop.create_future()))
    await asyncio.gather(
        *(loop.create_connection(lambda till=till: till, "127.0.0.1", plan.port) for till in tills)  # type: ignore[misc]
    )
    # What garbage collection costs grows with what the load keeps; it makes no cycles.
    gc.collect()
    gc.disable()
    began_ns = time.perf_counter_ns()
    seconds = plan.warm_up_seconds + plan.seconds
    for till in tills:
        till.begin(began_ns + int(seconds * 1e9))
    await asyncio.wait([till.finished for till in tills], timeout=seconds + PATIENCE_SECONDS)
    for till in tills:
        if not till.finished.done():
            till.fault = f"a request was not answered within {PATIENCE_SECONDS} s"
        till.hang_up()
    gc.enable()
    return tills, began_ns


def _of_till(plan: Plan, number: int) -> str:
    return f"{plan.run}-{number:03}"


def result(plan: Plan, tills: list[Till], began_ns: int) -> Result:
    """Check all answers and sum up the time after the warm-up."""
    faults = [f"till {number}: {till.fault}" for number, till in enumerate(tills) if till.fault]
    check = wire.check_payments if plan.asks == "payments" else wire.check_balances
    with Path(plan.answers).open("w") as out:
        for number, (one, till) in enumerate(zip(plan.tills, tills, strict=True)):
            # An answer that ended a till was no success, and is told above.
            answers = till.answers[:-1] if till.fault else till.answers
            try:
                out.writelines(check(_of_till(plan, number), one.wallets, answers))
            except wire.WrongAnswer as wrong:
                faults.append(f"till {number}: {wrong}")
    first, last = began_ns + plan.warm_up_seconds * 1e9, began_ns + (plan.warm_up_seconds + plan.seconds) * 1e9
    took = sorted(
        took_ns
        for till in tills
        for took_ns, done_ns in zip(till.took_ns, till.done_ns, strict=True)
        if first <= done_ns < last
    )
    if not took:
        faults.append("nothing was answered in the time that is measured")
        took = [0]
    return Result(
        answered=sum(len(till.answers) for till in tills),
        per_second=len(took) / plan.seconds,
        p50_ms=took[len(took) // 2] / 1e6,
        p99_ms=took[len(took) * 99 // 100] / 1e6,
        most_ms=took[-1] / 1e6,
        own_cost_us=0,
        faults=faults[:FAULTS_TOLD],
    )


def main() -> None:
    plan = Plan.of(json.load(sys.stdin))
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        used = _processor_seconds()
        tills, began_ns = runner.run(drive(plan))
        used = _processor_seconds() - used
    said = result(plan, tills, began_ns)
    said.own_cost_us = round(used / max(said.answered, 1) * 1e6, 1)
    json.dump(asdict(said), sys.stdout)


def _processor_seconds() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


if __name__ == "__main__":
    main()

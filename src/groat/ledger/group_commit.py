"""Group commit: whatever waits when the database is free is booked together.

Nobody waits for a timer. While one batch is being committed the next one gathers, so a lone till
pays for one commit, and many tills share theirs. Each caller gets its own outcome.
"""

import asyncio
import logging
import threading
from collections.abc import Callable, Sequence
from typing import Any

from groat.ledger.links import Link, open_link

log = logging.getLogger(__name__)

MOST = 100
"""The largest batch: beyond it a batch gains nothing and its last caller waits longer."""


PATIENCE_SECONDS = 0.003
"""How long at most an order waits for those that are being read beside it."""


class GroupCommit[Order, Outcome]:
    """Books orders in one thread, with a connection of its own.

    `book` books a batch on a link inside an open transaction. It must be safe to repeat: an order
    whose transaction may or may not have been committed is simply given to it again.
    """

    def __init__(self, book: Callable[[Link, list[Order]], Sequence[Outcome]], *, most: int = MOST) -> None:
        self._book = book
        self._most = most
        self._waiting: list[tuple[Order, asyncio.AbstractEventLoop, asyncio.Future[Outcome]]] = []
        self._expected = 0
        self._wake = threading.Event()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._link: Link | None = None

    def expecting(self) -> "GroupCommit[Order, Outcome]":
        """Say, with `with`, that an order may be about to come; it is put inside.

        Orders that are being read at the same moment are booked together: the first of them to be
        ready does not take a batch for itself while the others come out of the same loop's turn.
        """
        return self

    def __enter__(self) -> None:
        self._expected += 1

    def __exit__(self, *raised: object) -> None:
        self._expected -= 1
        if not self._expected and self._waiting:
            self._wake.set()

    def put(self, order: Order) -> "asyncio.Future[Outcome]":
        """Have an order booked; the outcome comes when it is committed."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Outcome] = loop.create_future()
        with self._lock:
            if not self._waiting:
                # Somebody may be expected who never comes.
                loop.call_later(PATIENCE_SECONDS, self._wake.set)
            self._waiting.append((order, loop, future))
            if self._thread is None:
                # Started here and not at import: a thread does not survive a fork.
                self._thread = threading.Thread(target=self._run, name="group commit", daemon=True)
                self._thread.start()
        if len(self._waiting) >= self._most:
            self._wake.set()
        return future

    def _run(self) -> None:
        while True:
            self._wake.wait()
            with self._lock:
                batch, self._waiting = self._waiting[: self._most], self._waiting[self._most :]
                if not self._waiting:
                    self._wake.clear()
            if batch:
                self._answer(batch, self._booked([order for order, _, _ in batch]))

    def _booked(self, orders: list[Order]) -> Sequence[Outcome | BaseException]:
        """The batch, once more if it fails, then one by one: one bad order must not stop the others."""
        for attempt in ("first", "second"):
            try:
                return self._once(orders)
            except Exception as error:
                # Once is nothing strange: another process may just have booked the same key.
                unusual = attempt == "second"
                log.log(
                    logging.WARNING if unusual else logging.INFO,
                    "a batch of %d failed at the %s attempt: %s",
                    len(orders),
                    attempt,
                    type(error).__name__,
                    exc_info=unusual,
                )
                self._drop_link()
                failure = error
        if len(orders) == 1:
            return [failure]
        return [self._booked_alone(order) for order in orders]

    def _booked_alone(self, order: Order) -> Outcome | BaseException:
        try:
            return self._once([order])[0]
        except Exception as error:
            log.exception("an order could not be booked")
            self._drop_link()
            return error

    def _once(self, orders: list[Order]) -> Sequence[Outcome]:
        if self._link is None:
            self._link = open_link()
        with self._link.transaction():
            return self._book(self._link, orders)

    def _drop_link(self) -> None:
        """Begin the next attempt with a connection that is surely sound."""
        link, self._link = self._link, None
        if link is not None:
            try:
                link.close()
            except Exception:
                log.debug("closing a broken connection failed", exc_info=True)

    @staticmethod
    def _answer(
        batch: Sequence[tuple[Any, asyncio.AbstractEventLoop, "asyncio.Future[Any]"]],
        outcomes: Sequence[Any],
    ) -> None:
        by_loop: dict[asyncio.AbstractEventLoop, list[tuple[asyncio.Future[Any], Any]]] = {}
        for (_, loop, future), outcome in zip(batch, outcomes, strict=True):
            by_loop.setdefault(loop, []).append((future, outcome))
        for loop, answers in by_loop.items():
            if not loop.is_closed():
                loop.call_soon_threadsafe(_deliver, answers)


def _deliver(answers: list[tuple["asyncio.Future[Any]", Any]]) -> None:
    for future, outcome in answers:
        if future.done():
            continue  # the caller has gone; what was booked stays booked, and its key answers for it
        if isinstance(outcome, BaseException):
            future.set_exception(outcome)
        else:
            future.set_result(outcome)

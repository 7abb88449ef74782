"""What changes at a till, told to whoever watches it: its page, its readers.

Every tenth of a second each server process asks once for all tills that somebody watches, and
wakes those where something changed. That serves any number of processes on either database, with
nothing that an action could forget to announce. What changed, the watcher asks for itself: nothing
about money or people is in the news.
"""

import asyncio
import logging
import signal
import threading
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from types import FrameType

from django.db import close_old_connections
from django.db.models import OuterRef, Subquery
from django.http import StreamingHttpResponse

from groat.cards.models import Pairing, PairingState
from groat.programmes.models import Till
from groat.till.models import Checkout, ParkedBasket

log = logging.getLogger(__name__)

LOOKS_EVERY_SECONDS = 0.1
BREATHES_EVERY_SECONDS = 15
"""So that neither the watcher nor a proxy between takes the stream for dead."""
LASTS_SECONDS = 300
"""Then the watcher asks anew, and is let in anew: somebody dismissed or unpaired hears no longer than this."""

type Look = Callable[[Collection[int]], Mapping[int, str]]
"""By till, a text that changes with what is there to be seen."""

_sources: list[Look] = []


def register(source: Look) -> None:
    """Have a feature above count in what there is to be seen at a till."""
    _sources.append(source)


def look(tills: Collection[int]) -> dict[int, str]:
    """By till, a text that changes whenever something at the till did; a fixed number of queries."""
    newest = Checkout.objects.filter(till=OuterRef("pk")).order_by("-id")
    parked = ParkedBasket.objects.filter(till=OuterRef("pk")).order_by("-changed_at")
    waiting = Pairing.objects.filter(till=OuterRef("pk"), state=PairingState.WAITING)
    rows = Till.objects.filter(pk__in=tills).values_list(
        "pk",
        "closed_at",
        Subquery(newest.values("id")[:1]),
        Subquery(newest.values("state")[:1]),
        Subquery(newest.values("changed_at")[:1]),
        Subquery(waiting.values("id")[:1]),
        Subquery(parked.values("changed_at")[:1]),
    )
    seen = {till: repr(facts) for till, *facts in rows}
    for source in _sources:
        for till, told in source(tills).items():
            seen[till] = seen.get(till, "") + told
    return seen


class News:
    """Looks for all watchers of this process, as long as there are any."""

    def __init__(self, look: Look = look, *, every_seconds: float = LOOKS_EVERY_SECONDS) -> None:
        self._look = look
        self._every_seconds = every_seconds
        self._watchers: dict[int, set[asyncio.Event]] = {}
        self._seen: dict[int, str] = {}
        self._looking: asyncio.Task[None] | None = None
        self._is_ending = False
        self._hears_signals = False
        # One thread of its own, with one connection: watching takes nothing from those that serve.
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="news")

    async def of(self, till: int) -> AsyncGenerator[bool]:
        """True at once and whenever something changed at the till; False now and then when nothing did.

        It ends when the process is told to: a server waits for what is still being answered.
        """
        self._end_with_the_process()
        changed = asyncio.Event()
        changed.set()
        self._watchers.setdefault(till, set()).add(changed)
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._go_on_looking())
        try:
            while True:
                try:
                    await asyncio.wait_for(changed.wait(), BREATHES_EVERY_SECONDS)
                except TimeoutError:
                    yield False
                    continue
                changed.clear()
                if self._is_ending:
                    return
                yield True
        finally:
            self._watchers[till].discard(changed)
            if not self._watchers[till]:
                del self._watchers[till]
                self._seen.pop(till, None)

    async def asked(self, question: Callable[[], bool]) -> bool:
        """What the database answers, away from the event loop."""

        def ask() -> bool:
            close_old_connections()
            return question()

        return await asyncio.get_running_loop().run_in_executor(self._thread, ask)

    def end(self) -> None:
        """Let all watchers go."""
        self._is_ending = True
        for watching in self._watchers.values():
            for changed in watching:
                changed.set()

    def _end_with_the_process(self) -> None:
        """Hear the signals that end the process, before whoever hears them now."""
        if self._hears_signals or threading.current_thread() is not threading.main_thread():
            return
        self._hears_signals = True
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            before = signal.getsignal(number)
            if not callable(before):
                continue

            def ended(number: int, frame: FrameType | None, before: Callable[..., object] = before) -> None:
                if not loop.is_closed():
                    loop.call_soon_threadsafe(self.end)
                # An event loop that handles the signal itself learns of it another way and left a placeholder here.
                before(number, frame)

            signal.signal(number, ended)

    async def _go_on_looking(self) -> None:
        while self._watchers:
            try:
                found = await asyncio.get_running_loop().run_in_executor(
                    self._thread, self._asked, list(self._watchers)
                )
            except Exception:
                # The database is away. The watchers have other ways to ask, and this one goes on.
                log.warning("could not look what changed at the tills", exc_info=True)
                await asyncio.sleep(10 * self._every_seconds)
                continue
            for till, seen in found.items():
                if self._seen.get(till, seen) != seen:
                    for changed in self._watchers.get(till, ()):
                        changed.set()
                if till in self._watchers:
                    self._seen[till] = seen
            await asyncio.sleep(self._every_seconds)

    def _asked(self, tills: list[int]) -> Mapping[int, str]:
        close_old_connections()
        return self._look(tills)


_news = News()


def stream(till: Till, *, may_watch: Callable[[], bool] = lambda: True) -> StreamingHttpResponse:
    """Server-sent events (WHATWG HTML, 9.2): `changed` at once and whenever something changed at the till.

    Once something changed and `may_watch` says no, that was the last that this watcher hears.
    """
    answer = StreamingHttpResponse(_events(till.id, may_watch), content_type="text/event-stream")
    answer["Cache-Control"] = "no-store"
    answer["X-Accel-Buffering"] = "no"
    return answer


async def _events(till: int, may_watch: Callable[[], bool]) -> AsyncIterator[bytes]:
    ends_at = asyncio.get_running_loop().time() + LASTS_SECONDS
    yield b"retry: 1000\n\n"
    async for changed in _news.of(till):
        if asyncio.get_running_loop().time() > ends_at:
            return
        yield b"event: changed\ndata: \n\n" if changed else b"event: alive\ndata: \n\n"
        if changed and not await _news.asked(may_watch):
            return

"""Runs the reader: starts what watches and talks, and lets the desk decide."""

import logging
import queue
import time
import uuid

from groat_reader.desk import Desk
from groat_reader.messages import (
    Message,
    ReaderIs,
    Stop,
    Tapped,
    TokenRevoked,
)
from groat_reader.pairing import Outstanding, Pairing
from groat_reader.panel import Panel
from groat_reader.talk import Listener, Presentation, Presenter, Reporter
from groat_reader.watch import Watch

log = logging.getLogger(__name__)

RESTLESS_SECONDS, CALM_SECONDS = 0.1, 1.0
ENDED, UNPAIRED = 0, 3


class SleepWatch:
    """Notices that the machine was asleep: one clock stood still, or nothing ran for long."""

    LATE_SECONDS = 15.0
    APART_SECONDS = 5.0

    def __init__(self, *, wall: float, monotonic: float) -> None:
        self._wall, self._monotonic = wall, monotonic

    def slept(self, *, wall: float, monotonic: float) -> bool:
        """Asked at least once a second while the machine is awake."""
        passed, by_wall = monotonic - self._monotonic, wall - self._wall
        self._wall, self._monotonic = wall, monotonic
        return passed > self.LATE_SECONDS or by_wall - passed > self.APART_SECONDS


class Program:
    """One run, from the start until it is stopped or its token is revoked."""

    def __init__(self, *, pairing: Pairing, outstanding: Outstanding, wanted: str = "") -> None:
        self._messages: queue.SimpleQueue[Message] = queue.SimpleQueue()
        self._outstanding = outstanding
        self._unknown_since = outstanding.found()
        self._desk, self._panel = Desk(language=pairing.language), Panel()
        self._reporter = Reporter(address=pairing.server, token=pairing.token, tell=self.tell)
        self._listener = Listener(address=pairing.server, token=pairing.token, tell=self.tell)
        self._presenter = Presenter(
            address=pairing.server, token=pairing.token, tell=self.tell, outstanding=outstanding
        )
        self._watch = Watch(tell=self.tell, wanted=wanted)
        self._reporter.report(state="absent", device="")

    def tell(self, message: Message) -> None:
        """Hand the program a message; safe from any thread and from a signal handler."""
        self._messages.put(message)

    def run(self) -> int:
        """Returns the exit status: ENDED, or UNPAIRED."""
        if self._unknown_since:
            log.error(
                "The outcome of the card read at %s is unknown: look at the till. The program ended before the "
                "till answered.",
                self._unknown_since,
            )
            self._desk.earlier_outcome_unknown(now=time.monotonic())
        threads = (self._watch, self._listener, self._presenter, self._reporter)
        for thread in threads:
            thread.start()
        revoked = self._serve()
        for thread in threads:
            thread.stop()
        self._watch.join(2)
        if self._desk.unanswered:
            log.error("The outcome of the last card is unknown: look at the till.")
        self._panel.close(self._desk.last_face(why=revoked))
        if revoked:
            log.error("This reader was unpaired: pair it again with a new code from the till's settings.")
            return UNPAIRED
        return ENDED

    def _serve(self) -> TokenRevoked | None:
        asleep = SleepWatch(wall=time.time(), monotonic=time.monotonic())
        while True:
            try:
                pause = RESTLESS_SECONDS if self._desk.restless() else CALM_SECONDS
                message: Message | None = self._messages.get(timeout=pause)
            except queue.Empty:
                message = None
            if asleep.slept(wall=time.time(), monotonic=time.monotonic()):
                log.info("awake again")
                self._renew()
            match message:
                case Stop():
                    return None
                case TokenRevoked():
                    return message
                case ReaderIs():
                    self._use(message)
                case Tapped():
                    self._tapped(message)
                case None:
                    pass
                case _:
                    self._desk.hear(message, now=time.monotonic())
            self._show()

    def _show(self) -> None:
        shown = self._panel.show(self._desk.face(now=time.monotonic()), card=self._desk.card)
        if shown and self._unknown_since and not self._desk.unanswered:
            # Told: it need not be told again after the next start.
            self._unknown_since = None
            self._outstanding.clear()

    def _tapped(self, message: Tapped) -> None:
        key = uuid.uuid4().hex
        if self._desk.tapped(message, key=key, now=time.monotonic()):
            self._presenter.present(Presentation(key, message.token, time.time(), time.monotonic()))
        else:
            log.info("another card while the till has not answered: not presented")

    def _use(self, reader: ReaderIs) -> None:
        if reader.name:
            log.info("reader: %s", reader.name)
        elif reader.failing:
            log.error("The smart card service (PC/SC) does not run: %s", reader.failing.rstrip(".") + ".")
        else:
            log.warning("No card reader is plugged in.")
        self._desk.reader_changed()
        self._panel.use(reader.name, reader.device)
        state = "ready" if reader.name else "failing" if reader.failing else "absent"
        self._reporter.report(state=state, device=(reader.device and reader.device.label) or reader.name or "")

    def _renew(self) -> None:
        self._watch.renew()
        self._listener.renew()
        self._reporter.renew()

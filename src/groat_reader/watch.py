"""The thread that watches readers and cards."""

import logging
import threading
import time

from groat_reader import devices, pcsc, tokens
from groat_reader.messages import NotRead, Problem, ReaderIs, Removed, Tapped, Tell
from groat_reader.pcsc import Sight

log = logging.getLogger(__name__)

ROUND_SECONDS = 1.0  # how often readers are counted where PC/SC does not tell when they come and go
START_SECONDS = 1.5
AGAIN_SECONDS = 1.0  # after PC/SC was not there


def plugged_in(service: pcsc.Service, *, wanted: str) -> tuple[str, devices.Device] | None:
    """The reader to use and what it is. PC/SC that was just started by this very question gets a moment."""
    ends = time.monotonic() + START_SECONDS
    while True:
        chosen = devices.choose(service.readers(), wanted=wanted)
        if chosen or time.monotonic() > ends:
            return chosen
        time.sleep(0.1)


class Watch(threading.Thread):
    """Tells which reader is in use, and what is laid on it. A card that lay there before is no tap."""

    def __init__(self, *, tell: Tell, wanted: str = "") -> None:
        super().__init__(name="watch", daemon=True)
        self._tell, self._wanted = tell, wanted
        self._stopping, self._renewing = threading.Event(), threading.Event()
        self._service: pcsc.Service | None = None
        self._told: ReaderIs | None = None

    def run(self) -> None:
        while not self._stopping.is_set():
            self._renewing.clear()
            try:
                service = self._service = pcsc.Service()
                try:
                    self._watch(service)
                finally:
                    self._service = None
                    service.close()
            except pcsc.NoService as error:
                self._use(ReaderIs(None, failing=str(error)))
                self._stopping.wait(AGAIN_SECONDS)

    def stop(self) -> None:
        self._stopping.set()
        self._wake()

    def renew(self) -> None:
        """Connect to PC/SC anew, after this machine was asleep."""
        self._renewing.set()
        self._wake()

    def _wake(self) -> None:
        if service := self._service:
            service.cancel()

    def _watch(self, service: pcsc.Service) -> None:
        sight: Sight | None = None
        while not (self._stopping.is_set() or self._renewing.is_set()):
            chosen = devices.choose(service.readers(), wanted=self._wanted)
            name = chosen[0] if chosen else None
            if sight is None or name != sight.name:
                sight = Sight(name, pcsc.UNKNOWN) if name else None
            if chosen is None:
                self._use(ReaderIs(None))
            elif self._told is None or self._told.name != name:
                self._use(ReaderIs(*chosen))
            try:
                seen = service.wait([sight] if sight else [], timeout_seconds=ROUND_SECONDS)
            except pcsc.NoReader:
                sight = None
                self._use(ReaderIs(None))
                # PC/SC may name it for a moment yet.
                self._stopping.wait(0.1)
                continue
            if sight and seen and not seen[0].state & pcsc.NOT_THERE:
                before, sight = sight, seen[0]
                self._compare(service, before, sight)

    def _use(self, reader: ReaderIs) -> None:
        if self._told is None or (self._told.name, self._told.failing) != (reader.name, reader.failing):
            self._told = reader
            self._tell(reader)

    def _compare(self, service: pcsc.Service, before: Sight, now: Sight) -> None:
        """Tell what happened between two looks at a reader."""
        if before.state == pcsc.UNKNOWN:
            return
        another = now.changes != before.changes
        if before.card and (another or not now.card):
            self._tell(Removed())
        if now.mute:
            if another or not before.mute:
                log.info("something on the reader does not answer")
                self._tell(NotRead(Problem.MUTE))
        elif now.card and (another or not before.card or before.mute):
            self._read(service, now.name)

    def _read(self, service: pcsc.Service, name: str) -> None:
        try:
            with service.card(name) as card:
                token = tokens.read_token(card.transmit, atr=card.atr())
        except pcsc.CardMute:
            self._tell(NotRead(Problem.MUTE))
        except (pcsc.CardGone, tokens.Unreadable):
            self._tell(NotRead(Problem.UNREADABLE))
        except pcsc.NoReader:
            pass  # told in the next round
        else:
            log.info("card %s", tokens.last_four(token))
            self._tell(Tapped(token))

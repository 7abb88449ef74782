"""The threads that talk to the till: one listens, one presents, one says how the reader is."""

import logging
import queue
import threading
import time
from dataclasses import dataclass, field

from groat_reader import wire
from groat_reader.messages import Answered, Displayed, NotDone, Tell, TokenRevoked, Unanswered
from groat_reader.pairing import Outstanding

log = logging.getLogger(__name__)

SILENCE_SECONDS = 40.0  # the server writes a comment every 15 s
POLL_SECONDS = 3.0  # how often the display is asked for while there are no events
FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.3, 5.0
# A request that has never left this machine is given up, so that a late connection does not book an old tap.
NEVER_SENT_SECONDS = 20.0
STATE_SECONDS = 30.0


class Listener(threading.Thread):
    """Tells what is to be shown while no card is on the reader, as soon as it changes."""

    def __init__(self, *, address: str, token: str, tell: Tell) -> None:
        super().__init__(name="listener", daemon=True)
        self._asked = wire.Server(address, token=token)
        self._heard = wire.Server(address, token=token)
        self._tell = tell
        self._stopping, self._hurry = threading.Event(), threading.Event()
        self._revision = ""

    def run(self) -> None:
        while not self._stopping.is_set():
            try:
                self._listen()
            except wire.Unpaired:
                self._tell(TokenRevoked())
                return
            self._hurry.wait(POLL_SECONDS)
            self._hurry.clear()

    def stop(self) -> None:
        self._stopping.set()
        self._hurry.set()

    def renew(self) -> None:
        """Look at once, after this machine was asleep."""
        self._hurry.set()

    def _listen(self) -> None:
        """Follow the events until they end; look once, however that went. Raises Unpaired."""
        try:
            with self._heard.listen(silence_seconds=SILENCE_SECONDS) as events:
                self._look()
                for event in events:
                    if self._stopping.is_set():
                        return
                    if event.name == "changed" and event.data != self._revision:
                        self._look()
                # The server ends its events from time to time.
                self._hurry.set()
                self._stopping.wait(FIRST_PAUSE_SECONDS)
        except (wire.NotReached, wire.NoAnswer, wire.Refused) as error:
            log.debug("no events: %s", error)
            self._look()

    def _look(self) -> None:
        """Ask what to show. Raises Unpaired."""
        try:
            display = self._asked.display()
        except (wire.NotReached, wire.NoAnswer, wire.Refused) as error:
            log.debug("no display: %s", error)
            self._revision = ""
            self._tell(Displayed(None))
        else:
            self._revision = display.revision
            self._tell(Displayed(display))


@dataclass(frozen=True, slots=True)
class Presentation:
    """A card that was read, on its way to the till."""

    key: str
    token: str = field(repr=False)
    read_at: float
    """Wall clock, in seconds."""
    read_after: float
    """Monotonic clock, in seconds; it may stand still while the machine sleeps."""

    def age_seconds(self) -> float:
        return max(time.time() - self.read_at, time.monotonic() - self.read_after, 0)


class Presenter(threading.Thread):
    """Asks about one presentation until there is an answer, always under its own key."""

    def __init__(self, *, address: str, token: str, tell: Tell, outstanding: Outstanding) -> None:
        super().__init__(name="presenter", daemon=True)
        self._server = wire.Server(address, token=token)
        self._tell, self._outstanding = tell, outstanding
        self._waiting: queue.SimpleQueue[Presentation | None] = queue.SimpleQueue()
        self._stopping = threading.Event()

    def run(self) -> None:
        while presentation := self._waiting.get():
            self._ask(presentation)

    def present(self, presentation: Presentation) -> None:
        self._waiting.put(presentation)

    def stop(self) -> None:
        self._stopping.set()
        self._waiting.put(None)

    def _ask(self, presentation: Presentation) -> None:
        key, pause, sent = presentation.key, FIRST_PAUSE_SECONDS, False
        self._outstanding.note(key=key, at=time.strftime("%Y-%m-%dT%H:%M:%S%z", time.localtime(presentation.read_at)))
        while not self._stopping.is_set():
            wait_seconds = 0.0
            try:
                outcome = self._server.present(
                    token=presentation.token, key=key, seconds_ago=int(presentation.age_seconds())
                )
            except wire.NotReached as error:
                log.warning("the till is not reached: %s", error)
                if not sent and presentation.age_seconds() > NEVER_SENT_SECONDS:
                    return self._over(NotDone(key, reached=False))
            except wire.NoAnswer as error:
                log.warning("no answer from the till, asking again: %s", error)
                sent, wait_seconds = True, error.wait_seconds
            except wire.Refused as refusal:
                log.error("the till refused the request: %s (%s)", refusal, refusal.code)
                return self._over(NotDone(key, reached=True))
            except wire.Unpaired:
                if not sent:
                    self._over(NotDone(key, reached=True))
                return self._tell(TokenRevoked())
            else:
                log.info("%s", outcome.state)
                return self._over(Answered(key, outcome))
            self._tell(Unanswered(key))
            self._stopping.wait(max(pause, wait_seconds))
            pause = min(2 * pause, LONGEST_PAUSE_SECONDS)
        return None

    def _over(self, message: Answered | NotDone) -> None:
        # Told first: writing the note away must not hold up the display.
        self._tell(message)
        self._outstanding.clear()


class Reporter(threading.Thread):
    """Says on the till's screen how the reader is: on each change, and every half minute."""

    def __init__(self, *, address: str, token: str, tell: Tell) -> None:
        super().__init__(name="reporter", daemon=True)
        self._server = wire.Server(address, token=token)
        self._tell = tell
        self._stopping, self._changed = threading.Event(), threading.Event()
        self._state: tuple[str, str] | None = None

    def run(self) -> None:
        while not self._stopping.is_set():
            self._changed.wait(STATE_SECONDS)
            self._changed.clear()
            if self._stopping.is_set() or not self._state:
                continue
            state, device = self._state
            try:
                self._server.tell_state(state=state, device=device)
            except wire.Unpaired:
                return self._tell(TokenRevoked())
            except (wire.NotReached, wire.NoAnswer, wire.Refused) as error:
                log.debug("state not told: %s", error)
                # A change is worth another try soon.
                if self._stopping.wait(POLL_SECONDS):
                    return None
                self._changed.set()
        return None

    def report(self, *, state: str, device: str) -> None:
        """`state` is ready, absent or failing."""
        self._state = state, device
        self._changed.set()

    def renew(self) -> None:
        self._changed.set()

    def stop(self) -> None:
        self._stopping.set()
        self._changed.set()

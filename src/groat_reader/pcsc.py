"""The machine's smart card service (PC/SC) by pyscard's low-level functions."""

import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

try:
    from smartcard import scard
except ImportError:  # pyscard is what the extra `reader` adds
    scard = None

NOTIFICATION = "\\\\?PnP?\\Notification"
"""The reader that is no reader: its state changes when readers come and go."""

UNKNOWN = 0
# How the escape command is called: Microsoft's number for it, which ACS's drivers take everywhere, and the
# one of the free CCID driver.
ESCAPES = (3500, 1)
BUSY_TRIES, BUSY_PAUSE_SECONDS = 10, 0.05


class NotInstalled(Exception):
    """pyscard is missing."""


class NoService(Exception):
    """PC/SC does not run, or has ended; connect again later."""


class NoReader(Exception):
    """The reader is not there any more."""


class CardGone(Exception):
    """The card was taken away while it was read."""


class CardMute(Exception):
    """Something lies on the reader and does not answer: two cards at once, or one that is no card."""


class NoEscape(Exception):
    """The driver does not pass commands to this reader."""


NO_SUCH_READER = (
    (scard.SCARD_E_READER_UNAVAILABLE, scard.SCARD_E_UNKNOWN_READER, scard.SCARD_E_NO_READERS_AVAILABLE)
    if scard
    else ()
)


NOT_THERE = (scard.SCARD_STATE_UNAVAILABLE | scard.SCARD_STATE_UNKNOWN) if scard else 0


def installed() -> bool:
    """Is pyscard there?"""
    return scard is not None


@dataclass(frozen=True, slots=True)
class Sight:
    """What is known of one reader: is it there, is a card on it, and a number that grows with each change."""

    name: str
    state: int

    @property
    def card(self) -> bool:
        return bool(self.state & scard.SCARD_STATE_PRESENT)

    @property
    def mute(self) -> bool:
        return bool(self.state & scard.SCARD_STATE_MUTE)

    @property
    def changes(self) -> int:
        """How many insertions and removals PC/SC has counted; 16 bits."""
        return self.state >> 16 & 0xFFFF


def _raise(code: int) -> None:
    """Raise the exception that a PC/SC code means, if it means one."""
    if code == scard.SCARD_S_SUCCESS:
        return
    if code in NO_SUCH_READER:
        raise NoReader
    if code in (scard.SCARD_W_UNRESPONSIVE_CARD, scard.SCARD_W_UNPOWERED_CARD):
        raise CardMute
    if code in (
        scard.SCARD_W_REMOVED_CARD,
        scard.SCARD_E_NO_SMARTCARD,
        scard.SCARD_W_RESET_CARD,
        scard.SCARD_E_NOT_TRANSACTED,
        scard.SCARD_E_PROTO_MISMATCH,
        scard.SCARD_F_COMM_ERROR,
        scard.SCARD_E_SHARING_VIOLATION,
    ):
        raise CardGone
    raise NoService(scard.SCardGetErrorMessage(code))


class Service:
    """A connection to PC/SC. One for each thread: a call that waits blocks the whole connection."""

    def __init__(self) -> None:
        """Raises NotInstalled, NoService."""
        if scard is None:
            raise NotInstalled
        code, self._context = scard.SCardEstablishContext(scard.SCARD_SCOPE_USER)
        if code != scard.SCARD_S_SUCCESS:
            raise NoService(scard.SCardGetErrorMessage(code))
        self._escape: int | None = None

    def close(self) -> None:
        scard.SCardReleaseContext(self._context)

    def readers(self) -> list[str]:
        """The names of the readers that can be used now. Raises NoService."""
        code, names = scard.SCardListReaders(self._context, [])
        if code == scard.SCARD_S_SUCCESS and names:
            # One that was unplugged may stay in the list, and is not there all the same.
            code, seen = scard.SCardGetStatusChange(self._context, 0, [(name, UNKNOWN) for name in names])
            names = [name for name, state, _ in seen if not state & NOT_THERE]
        if code in NO_SUCH_READER:
            return []  # unplugged in between: it is looked for again soon
        if code != scard.SCARD_S_SUCCESS:
            raise NoService(scard.SCardGetErrorMessage(code))
        return list(names)

    def wait(self, sights: Iterable[Sight], *, timeout_seconds: float) -> list[Sight]:
        """What the readers look like, as soon as that differs from what is known, or after the timeout.

        Readers that come or go end the wait too, where PC/SC tells it. Raises NoService, NoReader.
        """
        known = [(sight.name, sight.state) for sight in sights]
        code, seen = scard.SCardGetStatusChange(
            self._context, int(timeout_seconds * 1000), [*known, (NOTIFICATION, UNKNOWN)]
        )
        if code in (scard.SCARD_E_TIMEOUT, scard.SCARD_E_CANCELLED):
            return [Sight(name, state) for name, state in known]
        if code == scard.SCARD_E_UNKNOWN_READER and not known:
            time.sleep(timeout_seconds)  # macOS has no notification, and says so at once
            return []
        if code in NO_SUCH_READER:
            raise NoReader
        if code != scard.SCARD_S_SUCCESS:
            raise NoService(scard.SCardGetErrorMessage(code))
        changed = scard.SCARD_STATE_CHANGED
        return [Sight(name, state & ~changed) for name, state, _ in seen if name != NOTIFICATION]

    def cancel(self) -> None:
        """End a wait that goes on in another thread."""
        scard.SCardCancel(self._context)

    @contextmanager
    def card(self, name: str) -> "Iterator[Card]":
        """The card on a reader. Raises NoReader, CardGone, CardMute, NoService."""
        handle, protocol = self._connect(name, scard.SCARD_SHARE_SHARED, scard.SCARD_PROTOCOL_ANY)
        try:
            yield Card(handle, protocol)
        finally:
            scard.SCardDisconnect(handle, scard.SCARD_LEAVE_CARD)

    def escape(self, name: str, commands: Iterable[bytes]) -> None:
        """Send commands to the reader itself, with or without a card on it.

        Raises NoEscape if its driver does not pass them, NoReader, NoService.
        """
        try:
            handle, _ = self._connect(name, scard.SCARD_SHARE_DIRECT, scard.SCARD_PROTOCOL_UNDEFINED)
        except (CardGone, CardMute) as error:
            raise NoEscape from error
        try:
            for command in commands:
                self._control(handle, command)
        finally:
            scard.SCardDisconnect(handle, scard.SCARD_LEAVE_CARD)

    def escape_by_card(self, name: str, commands: Iterable[bytes]) -> None:
        """Send commands to the reader as if they were for the card on it, which many readers catch.

        Raises NoReader, CardGone, CardMute, NoService.
        """
        with self.card(name) as card:
            for command in commands:
                card.transmit(command)

    def _control(self, handle: Any, command: bytes) -> None:
        codes = ESCAPES if self._escape is None else (self._escape,)
        for code in codes:
            outcome, _ = scard.SCardControl(handle, scard.SCARD_CTL_CODE(code), list(command))
            if outcome == scard.SCARD_S_SUCCESS:
                self._escape = code
                return
            if outcome in (scard.SCARD_E_READER_UNAVAILABLE, scard.SCARD_E_NO_SERVICE, scard.SCARD_E_SERVICE_STOPPED):
                _raise(outcome)
        raise NoEscape

    def _connect(self, name: str, share: int, protocols: int) -> tuple[Any, int]:
        for left in reversed(range(BUSY_TRIES)):
            code, handle, protocol = scard.SCardConnect(self._context, name, share, protocols)
            if code != scard.SCARD_E_SHARING_VIOLATION or not left:
                break
            # Windows looks at each new card itself for a moment.
            time.sleep(BUSY_PAUSE_SECONDS)
        _raise(code)
        return handle, protocol


class Card:
    """A card that is connected."""

    def __init__(self, handle: Any, protocol: int) -> None:
        self._handle = handle
        self._header = scard.SCARD_PCI_T1 if protocol == scard.SCARD_PROTOCOL_T1 else scard.SCARD_PCI_T0

    def atr(self) -> bytes:
        """The answer to reset. Raises CardGone, NoService."""
        code, _, _, _, atr = scard.SCardStatus(self._handle)
        _raise(code)
        return bytes(atr)

    def transmit(self, apdu: bytes) -> bytes:
        """Send an APDU; the answer with its status word. Raises CardGone, NoReader, NoService."""
        code, answer = scard.SCardTransmit(self._handle, self._header, list(apdu))
        _raise(code)
        if len(answer) < 2:
            raise CardGone
        return bytes(answer)

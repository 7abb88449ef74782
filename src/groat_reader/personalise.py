"""Makes blank NTAG 424 DNA chips into cards: the server computes the commands, this carries them."""

import time
from collections.abc import Callable
from contextlib import AbstractContextManager

from groat_reader import pcsc, tokens, wire
from groat_reader.watch import plugged_in

DONE_WELL = (b"\x90\x00", b"\x91\x00", b"\x91\xaf")
"""Status words after which the next command of a list may be sent."""
WAIT_SECONDS = 0.2


class NotPersonalised(Exception):
    """The chip is not a card now; the message is one sentence."""


def carry(*, server: wire.Server, uid: str, transmit: tokens.Transmit) -> None:
    """Carry one chip through its personalisation. Raises NotPersonalised, and what the server raises."""
    personalisation, apdus, done = server.begin_personalisation(uid=uid)
    while apdus or not done:
        if not apdus:
            raise NotPersonalised("The server has no further command and is not done: try again.")
        responses = list[bytes]()
        for apdu in apdus:
            responses.append(transmit(apdu))
            if responses[-1][-2:] not in DONE_WELL:
                break
        apdus, done = server.go_on(personalisation=personalisation, responses=responses)


def personalise(*, server: wire.Server, wanted: str, count: int, say: Callable[[str], None]) -> None:
    """Personalise chips, one after the other, as they are laid on the reader.

    Raises NotPersonalised, pcsc.NoService, pcsc.NotInstalled and what the server raises.
    """
    service = pcsc.Service()
    try:
        chosen = plugged_in(service, wanted=wanted)
        if not chosen:
            raise NotPersonalised("No card reader is plugged in.")
        name = chosen[0]
        for number in range(1, count + 1):
            say(f"Lay blank chip {number} of {count} on {name}." if count > 1 else f"Lay a blank chip on {name}.")
            with _card(service, name) as card:
                uid = tokens.read_uid(card.transmit)
                carry(server=server, uid=uid, transmit=card.transmit)
            say(f"Chip {tokens.last_four(uid)} is a card now: take it away.")
            _until_taken_away(service, name)
    except pcsc.NoReader as error:
        raise NotPersonalised("The card reader was unplugged.") from error
    except (pcsc.CardGone, pcsc.CardMute, tokens.Unreadable) as error:
        raise NotPersonalised("The chip was not read to the end: lay it down again, alone, and let it lie.") from error
    finally:
        service.close()


def _card(service: pcsc.Service, name: str) -> AbstractContextManager[pcsc.Card]:
    """Waits until a card lies on the reader."""
    while not _sight(service, name).card:
        time.sleep(WAIT_SECONDS)
    return service.card(name)


def _until_taken_away(service: pcsc.Service, name: str) -> None:
    while _sight(service, name).card:
        time.sleep(WAIT_SECONDS)


def _sight(service: pcsc.Service, name: str) -> pcsc.Sight:
    return service.wait([pcsc.Sight(name, pcsc.UNKNOWN)], timeout_seconds=0)[0]

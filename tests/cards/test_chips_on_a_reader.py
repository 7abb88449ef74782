"""The reader's program, the server's commands and a chip, each written apart, understand one another."""

import pytest

from groat.cards import chips, personalising, tokens
from groat.cards.chips import Tap
from groat.cards.personalising import Personalisation
from groat.errors import Refusal
from groat_reader import personalise
from groat_reader import tokens as reader
from groat_reader.wire import Server
from tests.cards.simulated_chip import SimulatedChip

META, MASTER = bytes(range(16)), bytes(range(16, 32))
SMART_CARD = bytes.fromhex("3B8180018080")


class InProcess(Server):
    """Answers as the server does, without the wire between."""

    state: Personalisation

    def __init__(self) -> None:
        pass

    def begin_personalisation(self, *, uid: str) -> tuple[str, list[bytes], bool]:
        self.state, apdus = personalising.begin(
            address="https://groat.example.com/t/harbour-court",
            uid=bytes.fromhex(uid),
            meta_key=META,
            master_key=MASTER,
            chance=bytes(range(32)),
        )
        return "p", apdus, False

    def go_on(self, *, personalisation: str, responses: list[bytes]) -> tuple[list[bytes], bool]:
        self.state, apdus, done = personalising.go_on(state=self.state, responses=responses)
        return apdus, done


def presented(chip: SimulatedChip) -> Tap:
    """What the server makes of what the reader presents."""
    chip.leave_field()
    read = tokens.read(reader.read_token(chip.transmit, atr=SMART_CARD))
    assert isinstance(read, tokens.Written)
    tap = chips.read_tap(meta_key=META, picc_data=read.picc_data)
    assert chips.is_authentic(file_key=chips.file_key(master_key=MASTER, uid=tap.uid), tap=tap, mac=read.mac)
    return tap


def test_a_reader_makes_a_blank_chip_into_a_card_and_reads_it() -> None:
    chip, server = SimulatedChip(), InProcess()

    personalise.carry(server=server, uid=chip.uid.hex(), transmit=chip.transmit)

    assert server.state.tap == Tap(uid=chip.uid, counter=1)
    assert [presented(chip) for _ in range(2)] == [Tap(uid=chip.uid, counter=counter) for counter in (2, 3)]


def test_a_blank_chip_is_known_by_its_number() -> None:
    chip = SimulatedChip()

    assert reader.read_token(chip.transmit, atr=SMART_CARD) == chip.uid.hex().upper()


def test_what_the_chip_refuses_ends_the_readers_list() -> None:
    chip = SimulatedChip()
    chip.keys[3] = b"\x07" * 16

    with pytest.raises(Refusal):
        personalise.carry(server=InProcess(), uid=chip.uid.hex(), transmit=chip.transmit)

    assert chip.keys[:3] == [bytes(16)] * 3

"""A blank chip becomes a card on the way from the server through a reader, and then pays by its taps."""

from datetime import timedelta

import pytest
from django.utils import timezone

from groat.cards.models import Medium
from groat.programmes.models import AuditEntry
from groat.readers import chips
from groat.readers.models import Making, Reader
from groat.till import actions as tills
from tests import factories
from tests.cards.simulated_chip import SimulatedChip
from tests.factories import a_deed
from tests.readers.test_api import Program, code_of

pytestmark = pytest.mark.django_db

ADDRESS = "https://groat.example/t/harbour-court"


def allowed(program: Program) -> Reader:
    return chips.allow(reader=program.till.readers.get(), address=ADDRESS, deed=a_deed(now=timezone.now()))


def made(program: Program, chip: SimulatedChip, *, commands: int = 1000) -> tuple[int, str]:
    """Carry the chip as the reader's program does, as far as so many commands; the last status and code."""
    status, told = program.ask("POST", "personalisations", {"uid": chip.uid.hex()})
    named = told.get("personalisation")
    while status in {200, 201} and not told["done"]:
        responses = []
        for apdu in told["apdus"]:
            if not commands:
                return 0, "taken away"
            commands -= 1
            responses.append(chip.transmit(bytes.fromhex(apdu)).hex())
            if responses[-1][-4:] not in {"9000", "9100", "91af"}:
                break
        status, told = program.ask("POST", f"personalisations/{named}", {"responses": responses})
    return (status, "") if status in {200, 201} else code_of((status, told))


@pytest.fixture
def program() -> Program:
    return Program().paired()


def test_a_blank_chip_becomes_a_card_that_pays(program: Program) -> None:
    allowed(program)
    chip = SimulatedChip()
    assert made(program, chip) == (200, "")

    wallet = factories.a_wallet(programme=program.till.programme)
    factories.funded(wallet, 1000)
    card = factories.a_card(wallet=wallet, token=chip.tap())
    tills.open_checkout(till=program.till, amount_minor=400, deed=a_deed(now=timezone.now()))
    tap = chip.tap()
    status, told = program.presented(tap)

    assert tap.startswith(f"{ADDRESS}?p=")
    assert (card.medium, status, told["state"]) == (Medium.CHIP, 200, "paid")
    status, told = program.presented(tap, key="another-key-of-16")
    assert (status, told["state"], told["good"]) == (200, "refused", False)


def test_an_interrupted_chip_is_begun_again_and_ends_well(program: Program) -> None:
    allowed(program)
    chip = SimulatedChip()
    assert made(program, chip, commands=12) == (0, "taken away")
    chip.leave_field()
    assert made(program, chip) == (200, "")


def test_a_reader_that_nobody_has_let_makes_no_chips(program: Program) -> None:
    assert made(program, SimulatedChip()) == (403, "reader_may_not_make_chips")
    reader = allowed(program)
    assert AuditEntry.objects.latest("id").action == "reader.may_make_chips"
    reader.makes_chips_until = timezone.now() - timedelta(seconds=1)
    reader.save()
    assert made(program, SimulatedChip()) == (403, "reader_may_not_make_chips")


def test_a_chip_that_refuses_ends_it_and_says_so(program: Program) -> None:
    allowed(program)
    _, told = program.ask("POST", "personalisations", {"uid": "04a1b2c3d4e5f6"})
    path = f"personalisations/{told['personalisation']}"
    assert code_of(program.ask("POST", path, {"responses": ["6a82"]})) == (409, "chip_of_another_kind")
    assert code_of(program.ask("POST", path, {"responses": ["9000"]})) == (409, "making_over")


def test_another_readers_chip_is_not_there(program: Program) -> None:
    allowed(program)
    _, told = program.ask("POST", "personalisations", {"uid": "04a1b2c3d4e5f6"})
    other = Program(program.till).paired()
    assert code_of(other.ask("POST", f"personalisations/{told['personalisation']}", {"responses": []})) == (
        404,
        "not_found",
    )


def test_what_is_kept_between_two_steps_is_sealed(program: Program) -> None:
    allowed(program)
    program.ask("POST", "personalisations", {"uid": "04a1b2c3d4e5f6"})
    kept = bytes(Making.objects.get().state)
    assert b"step" not in kept
    assert b"04a1b2c3d4e5f6" not in kept

"""A blank chip becomes a card, shown on a chip made of software that knows nothing of our code."""

import re
from collections.abc import Sequence
from dataclasses import replace
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from groat.cards import chips, personalising, rules
from groat.cards.chips import NotAuthentic, Tap
from groat.cards.personalising import Personalisation, Step
from groat.errors import Refusal
from tests.cards.simulated_chip import SimulatedChip

ADDRESS = "https://groat.example.com/t/harbour-court"
META, MASTER = bytes(range(16)), bytes(range(16, 32))
UID = bytes.fromhex("04a1b2c3d4e5f6")
CHANCE = Random(32).randbytes(32)
TO_CHANGE, TO_TAP = 2 + 1 + 5, 2 + 2
COMMANDS_IN_ALL = 4 + 1 + 1 + 6 + TO_CHANGE + TO_TAP
"""What a blank chip is asked: its kind, challenge, proof, settings; then to change, and to tap."""


def begun(
    chip: SimulatedChip, *, address: str = ADDRESS, meta: bytes = META, master: bytes = MASTER, known: bool = False
) -> tuple[Personalisation, list[bytes]]:
    return personalising.begin(
        address=address, uid=chip.uid, meta_key=meta, master_key=master, chance=CHANCE, known=known
    )


def carried(chip: SimulatedChip, apdus: Sequence[bytes]) -> list[bytes]:
    """What a reader does: one after the other, until one is answered otherwise than well."""
    responses: list[bytes] = []
    for apdu in apdus:
        responses.append(chip.transmit(apdu))
        if responses[-1][-2:].hex() not in {"9000", "9100", "91af"}:
            break
    return responses


def personalised(
    chip: SimulatedChip,
    *,
    address: str = ADDRESS,
    meta: bytes = META,
    master: bytes = MASTER,
    known: bool = False,
    commands: int = 1000,
) -> Tap | None:
    """The whole of it; None if the chip was taken away after so many commands."""
    chip.leave_field()
    state, apdus = begun(chip, address=address, meta=meta, master=master, known=known)
    done = False
    while not done:
        # As the server does between two requests of the reader.
        state = personalising.resumed(personalising.kept(state))
        if commands < len(apdus):
            carried(chip, apdus[:commands])
            return None
        commands -= len(apdus)
        state, apdus, done = personalising.go_on(state=state, responses=carried(chip, apdus))
    assert (state.step, apdus) == (Step.DONE, [])
    return state.tap


def proved(chip: SimulatedChip, *, address: str = ADDRESS, meta: bytes = META, master: bytes = MASTER) -> Tap:
    """What the till makes of a tap."""
    found = re.fullmatch(re.escape(address) + r"\?p=([0-9A-F]{32})&m=([0-9A-F]{16})", chip.tap())
    assert found
    tap = chips.read_tap(meta_key=meta, picc_data=bytes.fromhex(found[1]))
    key = chips.file_key(master_key=master, uid=tap.uid)
    assert chips.is_authentic(file_key=key, tap=tap, mac=bytes.fromhex(found[2]))
    return tap


def test_a_blank_chip_becomes_a_card():
    chip = SimulatedChip()

    assert personalised(chip) == Tap(uid=UID, counter=1)
    # Each tap counts one more, so that one that was copied is known by its counter.
    assert [proved(chip) for _ in range(3)] == [Tap(uid=UID, counter=counter) for counter in (2, 3, 4)]
    assert chip.keys == [
        META if number == 1 else chips.chip_key(master_key=MASTER, uid=UID, number=number) for number in range(5)
    ]
    assert chip.versions == [personalising.key_version(key) for key in chip.keys]
    assert (chip.files[2].rights, chip.files[2].mode) == (0xE000, 0)


def test_no_two_taps_look_alike():
    chip = SimulatedChip()
    personalised(chip)

    taps = [chip.tap() for _ in range(20)]

    assert len({tap[-53:-20] for tap in taps}) == len({tap[-16:] for tap in taps}) == 20
    assert not any(UID.hex() in tap.lower() for tap in taps)


def test_nobody_writes_to_a_card_without_its_key():
    chip = SimulatedChip()
    personalised(chip)
    chip.leave_field()
    chip.transmit(bytes.fromhex("00A4040007D276000085010100"))
    before = bytes(chip.files[2].content)

    assert chip.transmit(bytes.fromhex("908D00000802000000010000FF00")) == bytes.fromhex("919D")
    assert chip.transmit(bytes.fromhex("00A4000C02E104")) == bytes.fromhex("9000")
    assert chip.transmit(bytes.fromhex("00D6000001FF")) == bytes.fromhex("919D")
    assert bytes(chip.files[2].content) == before


@pytest.mark.parametrize("commands", range(COMMANDS_IN_ALL))
def test_what_was_interrupted_anywhere_is_begun_again_and_ends_well(commands: int):
    chip = SimulatedChip()

    assert personalised(chip, commands=commands) is None
    tap = personalised(chip)

    assert tap is not None
    assert proved(chip) == Tap(uid=UID, counter=tap.counter + 1)
    assert chip.keys[0] == chips.chip_key(master_key=MASTER, uid=UID, number=0)


@given(places=st.lists(st.integers(0, COMMANDS_IN_ALL - 1), min_size=2, max_size=4))
def test_what_was_interrupted_again_and_again_ends_well(places: list[int]):
    chip = SimulatedChip()

    for commands in places:
        personalised(chip, commands=commands)

    assert personalised(chip) == replace(proved(chip), counter=chip.files[2].reads - 1)


def test_an_answer_that_was_lost_changes_nothing():
    """The chip did all that it was asked, and the reader heard nothing of it."""
    chip = SimulatedChip()
    state, apdus = begun(chip)
    while state.step is not Step.CHANGES:
        state, apdus, _ = personalising.go_on(state=state, responses=carried(chip, apdus))
    carried(chip, apdus)

    with pytest.raises(rules.ChipRefused) as refused:
        personalising.go_on(state=state, responses=[])

    assert refused.value == rules.ChipRefused(answer="gone")
    assert personalised(chip) == Tap(uid=UID, counter=1)


def test_a_card_that_is_finished_may_be_made_again_and_goes_on_counting():
    chip = SimulatedChip()
    personalised(chip)
    assert [proved(chip).counter for _ in range(5)][-1] == 6

    assert personalised(chip, known=True) == Tap(uid=UID, counter=7)
    assert personalised(chip, known=False) == Tap(uid=UID, counter=8)


def test_a_finished_card_moves_to_an_address_of_equal_length_alone():
    chip = SimulatedChip()
    personalised(chip)
    other = ADDRESS.replace("harbour-court", "station-court")

    assert personalised(chip, address=other) == Tap(uid=UID, counter=2)
    assert proved(chip, address=other) == Tap(uid=UID, counter=3)
    with pytest.raises(rules.ChipHasAnotherAddress):
        personalised(chip, address=ADDRESS + "s")
    assert proved(chip, address=other) == Tap(uid=UID, counter=4)


def test_an_unfinished_chip_may_get_another_address():
    chip = SimulatedChip()
    personalised(chip, commands=COMMANDS_IN_ALL - TO_TAP - 1)
    assert (chip.keys[0], chip.keys[1]) == (bytes(16), META)

    assert personalised(chip, address=ADDRESS + "s") == Tap(uid=UID, counter=1)


def test_who_says_to_be_a_blank_chip_that_we_know_is_told_no_key():
    with pytest.raises(rules.ChipHasOtherKeys):
        personalised(SimulatedChip(), known=True)


@pytest.mark.parametrize("number", range(5))
def test_a_chip_with_somebody_elses_key_is_refused_and_left_as_it_was(number: int):
    chip = SimulatedChip()
    chip.keys[number], chip.versions[number] = b"\x07" * 16, 7
    before = list(chip.keys)

    with pytest.raises(rules.ChipHasOtherKeys):
        personalised(chip)

    assert (chip.keys, bytes(chip.files[2].content)) == (before, bytes(256))


@pytest.mark.parametrize("number", range(1, 5))
def test_a_foreign_key_that_hides_behind_a_blank_keys_version_is_refused(number: int):
    chip = SimulatedChip()
    chip.keys[number] = b"\x07" * 16

    with pytest.raises(rules.ChipHasOtherKeys):
        personalised(chip)

    assert (chip.keys[0], chip.keys[number]) == (bytes(16), b"\x07" * 16)


@pytest.mark.parametrize("number", [1, 2])
def test_a_foreign_key_that_hides_behind_our_keys_version_is_found_by_the_tap(number: int):
    chip = SimulatedChip()
    personalised(chip)
    chip.keys[number] = b"\x07" * 16

    with pytest.raises(rules.ChipHasOtherKeys):
        personalised(chip)


def test_another_programmes_card_is_refused():
    chip = SimulatedChip()
    personalised(chip)

    with pytest.raises(rules.ChipHasOtherKeys):
        personalised(chip, meta=b"\x01" * 16, master=b"\x02" * 16)
    with pytest.raises(NotAuthentic):
        proved(chip, meta=b"\x01" * 16)
    assert proved(chip).uid == UID


def test_a_chip_that_was_tried_too_often_needs_rest():
    with pytest.raises(rules.ChipNeedsRest):
        personalised(SimulatedChip(failures=50))


@pytest.mark.parametrize(
    "hardware",
    [
        "04010133001605",  # DESFire EV3
        "04040210001105",  # an older NTAG
        "05040230001105",  # another maker's
    ],
)
def test_a_chip_of_another_kind_is_refused_before_anything_is_done_to_it(hardware: str):
    chip = SimulatedChip(hardware=bytes.fromhex(hardware))

    with pytest.raises(rules.ChipOfAnotherKind):
        personalised(chip)

    assert (chip.keys, chip.rng.random()) == ([bytes(16)] * 5, Random(424).random())


@pytest.mark.parametrize("responses", [["6A82"], ["9000", "6D00"], ["9000", "911C"]])
def test_a_card_without_the_application_or_the_command_is_of_another_kind(responses: list[str]):
    state, _apdus = begun(SimulatedChip())

    with pytest.raises(rules.ChipOfAnotherKind):
        personalising.go_on(state=state, responses=[bytes.fromhex(response) for response in responses])


@pytest.mark.parametrize("uid", [b"", UID[:4], UID + b"\0\0\0"])
def test_a_card_with_another_kind_of_number_is_of_another_kind(uid: bytes):
    with pytest.raises(rules.ChipOfAnotherKind):
        personalising.begin(address=ADDRESS, uid=uid, meta_key=META, master_key=MASTER, chance=CHANCE)


def test_a_reader_that_tells_another_cards_number_is_found_out_before_anything_is_changed():
    chip = SimulatedChip()
    state, apdus = begun(SimulatedChip(uid=UID[::-1]))
    while state.step is not Step.SETTINGS:
        state, apdus, _ = personalising.go_on(state=state, responses=carried(chip, apdus))

    with pytest.raises(rules.ChipRefused, match="another chip"):
        personalising.go_on(state=state, responses=carried(chip, apdus))

    assert chip.keys == [bytes(16)] * 5


@pytest.mark.parametrize("step", [step for step in Step if step is not Step.DONE])
def test_a_chip_that_is_taken_away_is_said_to_be_gone(step: Step):
    state, _ = _at(step)

    with pytest.raises(rules.ChipRefused) as refused:
        personalising.go_on(state=state, responses=[])

    assert refused.value == rules.ChipRefused(answer="gone")


@pytest.mark.parametrize("step", [step for step in Step if step is not Step.DONE])
def test_an_answer_of_nonsense_is_refused_whatever_the_step(step: Step):
    state, apdus = _at(step)
    for size in (0, 1, 2, 16, 18, 60):
        for status in ("", "9100", "9000", "91AF", "911E", "6A82", "91AE"):
            nonsense = [bytes(size) + bytes.fromhex(status)] * len(apdus)
            try:
                onward, _, done = personalising.go_on(state=state, responses=nonsense)
            except Refusal:
                continue
            # A challenge may be any sixteen bytes; and who has no blank key may have ours.
            assert (step, onward.step, done) in {
                (Step.CHALLENGE, Step.PROOF, False),
                (Step.PROOF, Step.CHALLENGE, False),
            }


@pytest.mark.parametrize("place", range(6))
def test_an_answer_that_was_changed_on_its_way_is_refused(place: int):
    chip = SimulatedChip()
    state, apdus = _at(Step.SETTINGS, chip)
    responses = carried(chip, apdus)
    responses[place] = bytes([responses[place][0] ^ 1]) + responses[place][1:]

    with pytest.raises(rules.ChipRefused, match="wrong MAC"):
        personalising.go_on(state=state, responses=responses)


def _at(step: Step, chip: SimulatedChip | None = None) -> tuple[Personalisation, list[bytes]]:
    chip = chip or SimulatedChip()
    state, apdus = begun(chip)
    while state.step is not step:
        state, apdus, _ = personalising.go_on(state=state, responses=carried(chip, apdus))
    return state, apdus


def test_what_is_done_stays_done():
    state, _ = _at(Step.DONE)

    assert personalising.go_on(state=state, responses=[]) == (state, [], True)


@pytest.mark.parametrize("step", Step)
def test_the_state_is_kept_as_it_is_and_shows_no_key(step: Step):
    state, _ = _at(step)

    assert personalising.resumed(personalising.kept(state)) == state
    assert META.hex() not in repr(state)


@given(
    uid=st.binary(min_size=7, max_size=7),
    meta=st.binary(min_size=16, max_size=16),
    master=st.binary(min_size=16, max_size=16),
    counter=st.integers(0, (1 << 24) - 10),
    slug=st.from_regex(r"[a-z0-9-]{1,50}", fullmatch=True),
)
def test_every_chip_becomes_a_card_and_counts(uid: bytes, meta: bytes, master: bytes, counter: int, slug: str):
    chip, address = SimulatedChip(uid=uid), f"https://groat.example.com/t/{slug}"

    assert personalised(chip, address=address, meta=meta, master=master) == Tap(uid=uid, counter=1)
    chip.files[2].reads = counter
    told = [proved(chip, address=address, meta=meta, master=master) for _ in range(2)]

    assert told == [Tap(uid=uid, counter=counter + 1), Tap(uid=uid, counter=counter + 2)]


# Bytes as NXP's examples have them.


def test_the_file_is_nxps():
    # AN12196, table 16, with its own names of the places.
    ours = personalising.ndef(address="https://choose.url.com/ntag424")

    assert ours.replace(b"?p=", b"?e=").replace(b"&m=", b"&c=") == bytes.fromhex(
        "0051D1014D550463686F6F73652E75726C2E636F6D2F6E7461673432343F653D" + "30" * 32 + "26633D" + "30" * 16
    )


def test_the_settings_are_nxps():
    # AN12196, table 18: key 2 hides, key 1 proves and may ask for the counter.
    settings = personalising.file_settings(picc_data_at=0x20, mac_at=0x43, meta_key=2, file_key=1, counter_key=1)

    assert settings == bytes.fromhex("4000E0C1F121200000430000430000")


def test_the_settings_of_ours_leave_the_counter_to_nobody():
    assert personalising.file_settings(picc_data_at=0x20, mac_at=0x43) == bytes.fromhex(
        "4000E0C1FF12200000430000430000"
    )


def test_new_keys_are_told_as_nxp_does():
    # AN12196, tables 25 and 26.
    key = personalising.change_key(number=2, key=bytes.fromhex("F3847D627727ED3BC9C4CC050489B966"), version=1)
    key_0 = personalising.change_key(number=0, key=bytes.fromhex("5004BF991F408672B1EF00F08F9E8647"), version=1)

    assert (key.header + key.data).hex().upper() == "02F3847D627727ED3BC9C4CC050489B96601789DFADC"
    assert (key_0.header + key_0.data).hex().upper() == "005004BF991F408672B1EF00F08F9E864701"
    assert (key.ends_session, key_0.ends_session) == (False, True)


@pytest.mark.parametrize(
    ("address", "why"),
    [
        ("groat.example.com/t/x", "https"),
        ("https://groat.example.com/t/x?y=1", "neither"),
        ("https://groat.example.com/t/x#y", "neither"),
        ("https://groat.example.com/t/žižkov", "neither"),
        ("https://" + "a" * 200 + "/t/x", "too long"),
    ],
)
def test_an_address_that_a_chip_cannot_hold_is_an_error(address: str, why: str):
    with pytest.raises(ValueError, match=why):
        personalising.ndef(address=address)


def test_an_address_may_be_as_long_as_the_file():
    address = "https://" + "a" * 195

    assert len(personalising.ndef(address=address)) == 256
    assert personalised(SimulatedChip(), address=address) == Tap(uid=UID, counter=1)


def test_chance_has_its_length():
    with pytest.raises(ValueError, match="32"):
        personalising.begin(address=ADDRESS, uid=UID, meta_key=META, master_key=MASTER, chance=bytes(16))

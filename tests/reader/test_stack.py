"""The real stack: pcscd, pyscard and the program as a process, from the card to the display.

The till is one of our own, in this process (till.py). What is marked `also_with_the_server` says
nothing of that till beyond the wire, and shall be played against the real server too.
"""

import re
import signal
import threading
import time

import pytest

from tests.reader.cards import NdefCard, TwoCards, UidCard
from tests.reader.conftest import Rig
from tests.reader.till import until

pytestmark = pytest.mark.rig
also_with_the_server = pytest.mark.also_with_the_server

UID = "04AABBCCDDEEFF"
URL = "https://till.example/t/reka?p=EF963FF7828658A599F3041510671E88&m=94EED9EE65337086"
PAID = {"state": "paid", "good": True, "lines": ["Zaplaceno 45,00", "Zůstatek 312,50"]}
DECLINED = {"state": "declined", "good": False, "lines": ["Nezaplaceno", "Chybí 12,50 Kč"]}
# ACR1222L
GREEN_AND_BEEP = [bytes.fromhex("FF00440100"), bytes.fromhex("E0000028010A")]
RED_AND_LONG_BEEP = [bytes.fromhex("FF00440800"), bytes.fromhex("E00000280146")]


def amount_waits(rig: Rig) -> None:
    rig.till.show("waiting", "K zaplacení", "45,00 Kč")
    rig.display.wait_for_screen("K zaplaceni", "45,00 Kc")


def begin(rig: Rig) -> None:
    rig.till.decide = lambda _: PAID
    rig.start()
    rig.display.wait_for_screen("Kavarna U Reky", "")
    amount_waits(rig)


@also_with_the_server
def test_a_tap_pays_once_and_the_display_says_so(rig: Rig) -> None:
    begin(rig)
    rig.display.lay(UidCard(UID))
    rig.display.wait_for_screen("Zaplaceno 45,00", "Zustatek 312,50")
    rig.display.wait_until(lambda: rig.display.commands[-2:] == GREEN_AND_BEEP)
    assert [token for _, token in rig.till.presented] == [UID]
    assert [len(key) for key, _ in rig.till.presented] == [32]
    assert rig.till.ages == [0]


@also_with_the_server
def test_after_the_outcome_the_display_goes_back_to_what_waits(rig: Rig) -> None:
    begin(rig)
    rig.display.lay(UidCard(UID))
    rig.display.wait_for_screen("Zaplaceno 45,00", "Zustatek 312,50")
    rig.display.take_away()
    rig.till.show("waiting", "K zaplacení", "80,00 Kč")
    rig.display.wait_for_screen("K zaplaceni", "80,00 Kc")
    rig.display.lay(UidCard(UID))
    rig.till.wait_until(lambda: len(rig.till.presented) == 2)
    assert len({key for key, _ in rig.till.presented}) == 2


def test_a_card_that_lies_on_the_reader_is_not_presented_twice(rig: Rig) -> None:
    begin(rig)
    rig.display.lay(UidCard(UID))
    rig.display.wait_for_screen("Zaplaceno 45,00", "Zustatek 312,50")
    rig.till.show("waiting", "K zaplacení", "80,00 Kč")
    rig.display.wait_for_screen("K zaplaceni", "80,00 Kc")
    assert len(rig.till.presented) == 1


def test_a_card_that_lay_there_before_the_start_is_no_tap(rig: Rig) -> None:
    rig.display.lay(UidCard(UID))
    begin(rig)
    assert rig.till.presented == []


@also_with_the_server
def test_a_declined_card_gets_red_and_a_long_beep(rig: Rig) -> None:
    begin(rig)
    rig.till.decide = lambda _: DECLINED
    rig.display.lay(UidCard(UID))
    rig.display.wait_for_screen("Nezaplaceno", "Chybi 12,50 Kc")
    rig.display.wait_until(lambda: rig.display.commands[-2:] == RED_AND_LONG_BEEP)


@also_with_the_server
def test_of_a_chip_the_url_is_presented_and_of_another_address_the_uid(rig: Rig) -> None:
    begin(rig)
    rig.display.lay(NdefCard.with_url(UID, URL))
    rig.till.wait_until(lambda: len(rig.till.presented) == 1)
    rig.display.wait_for_screen("Zaplaceno 45,00", "Zustatek 312,50")
    rig.display.take_away()
    rig.display.lay(NdefCard.with_url(UID, "https://elsewhere.example/menu"))
    rig.till.wait_until(lambda: len(rig.till.presented) == 2)
    assert [token for _, token in rig.till.presented] == [URL, UID]


@also_with_the_server
def test_a_card_taken_away_while_it_pays_pays_once_and_is_told(rig: Rig) -> None:
    begin(rig)
    taken = threading.Event()

    def slowly(_: str) -> dict[str, object]:
        assert taken.wait(10)
        return PAID

    rig.till.decide = slowly
    rig.display.lay(UidCard(UID))
    rig.till.wait_until(lambda: len(rig.till.presented) == 1)
    rig.display.take_away()
    rig.display.wait_for_screen("Okamzik ...", "")
    taken.set()
    rig.display.wait_for_screen("Zaplaceno 45,00", "Zustatek 312,50")
    assert len(rig.till.presented) == 1


def test_two_cards_at_once_are_none(rig: Rig) -> None:
    begin(rig)
    rig.display.lay(TwoCards())
    rig.display.wait_for_screen("Jen jednu kartu", "prosim")
    rig.display.wait_until(lambda: rig.display.commands[-2:] == RED_AND_LONG_BEEP)
    assert rig.till.presented == []
    rig.display.take_away()
    rig.display.lay(UidCard(UID))
    rig.display.wait_for_screen("Zaplaceno 45,00", "Zustatek 312,50")
    assert [token for _, token in rig.till.presented] == [UID]


@also_with_the_server
def test_an_answer_that_was_lost_is_asked_for_under_the_same_key(rig: Rig) -> None:
    begin(rig)
    rig.till.drops = 2
    rig.display.lay(UidCard(UID))
    rig.display.wait_for_screen("Stale se ptam", "Cekejte prosim")
    rig.display.wait_for_screen("Zaplaceno 45,00", "Zustatek 312,50")
    assert len(rig.till.presented) == 3
    assert len({key for key, _ in rig.till.presented}) == 1
    assert len(rig.till.decided) == 1


@also_with_the_server
def test_a_server_killed_between_tap_and_answer_is_asked_again_when_it_is_back(rig: Rig) -> None:
    begin(rig)
    killed = threading.Event()

    def killed_meanwhile(_: str) -> dict[str, object]:
        killed.set()
        rig.till.stop()
        return PAID

    rig.till.decide = killed_meanwhile
    rig.display.lay(UidCard(UID))
    assert killed.wait(10)
    rig.display.take_away()
    rig.display.wait_for_screen("Stale se ptam", "Cekejte prosim")
    assert rig.note.exists()
    # Another card must wait: the first one is not forgotten.
    rig.display.lay(UidCard("04111111111111"))
    rig.display.wait_for_screen("Cekejte prosim", "Predchozi karta")
    rig.display.take_away()
    rig.display.wait_for_screen("Stale se ptam", "Cekejte prosim")
    rig.till.start()
    rig.display.wait_for_screen("Zaplaceno 45,00", "Zustatek 312,50")
    assert {token for _, token in rig.till.presented} == {UID}
    assert len(rig.till.decided) == 1
    until(lambda: not rig.note.exists())


@also_with_the_server
def test_a_restart_between_tap_and_answer_says_that_the_outcome_is_unknown(rig: Rig) -> None:
    begin(rig)
    rig.till.fails = 1000
    rig.display.lay(UidCard(UID))
    rig.display.wait_for_screen("Stale se ptam", "Cekejte prosim")
    note = rig.note.read_text()
    assert UID not in note
    assert rig.till.presented[0][0] in note
    assert rig.programs[-1].stop() == 0
    assert rig.display.screen() == ("Vysledek neznamy", "Viz pokladna")
    rig.display.take_away()
    rig.till.fails = 0
    asked = len(rig.till.presented)
    rig.display.commands.clear()
    again = rig.start()
    rig.display.wait_for_screen("Vysledek neznamy", "Viz pokladna")
    again.wait_until_it_said("look at the till")
    until(lambda: not rig.note.exists())
    assert len(rig.till.presented) == asked
    rig.display.lay(UidCard(UID))
    rig.display.wait_for_screen("Zaplaceno 45,00", "Zustatek 312,50")


def test_without_a_server_nothing_is_paid_and_the_display_says_so_in_the_end(rig: Rig) -> None:
    begin(rig)
    rig.till.stop()
    rig.display.wait_for_screen("Bez spojeni", "s pokladnou")
    rig.till.start()
    rig.display.wait_for_screen("K zaplaceni", "45,00 Kc")


def test_a_reader_that_is_unplugged_and_back_goes_on(rig: Rig) -> None:
    begin(rig)
    rig.display.unplug()
    rig.till.wait_until(lambda: rig.till.states[-1]["state"] == "absent")
    rig.display.commands.clear()
    rig.display.plug_in()
    rig.till.wait_until(lambda: rig.till.states[-1] == {"state": "ready", "device": "ACS ACR1222L"})
    rig.display.wait_for_screen("K zaplaceni", "45,00 Kc")
    rig.display.lay(UidCard(UID))
    rig.display.wait_for_screen("Zaplaceno 45,00", "Zustatek 312,50")


def test_a_reader_unplugged_before_the_answer_tells_it_when_it_is_back(rig: Rig) -> None:
    begin(rig)
    back = threading.Event()

    def slowly(_: str) -> dict[str, object]:
        assert back.wait(10)
        return PAID

    rig.till.decide = slowly
    rig.display.lay(UidCard(UID))
    rig.till.wait_until(lambda: len(rig.till.presented) == 1)
    rig.display.unplug()
    rig.till.wait_until(lambda: rig.till.states[-1]["state"] == "absent")
    rig.display.take_away()
    rig.display.plug_in()
    rig.till.wait_until(lambda: rig.till.states[-1]["state"] == "ready")
    back.set()
    rig.display.wait_for_screen("Zaplaceno 45,00", "Zustatek 312,50")
    assert len(rig.till.presented) == 1


def test_pcscd_that_is_restarted_is_found_again(rig: Rig) -> None:
    begin(rig)
    rig.pcscd.stop()
    rig.till.wait_until(lambda: rig.till.states[-1]["state"] == "failing")
    rig.display.commands.clear()
    rig.pcscd.start()
    rig.display.wait_for_screen("K zaplaceni", "45,00 Kc")
    rig.display.lay(UidCard(UID))
    rig.display.wait_for_screen("Zaplaceno 45,00", "Zustatek 312,50")


def test_an_acr122u_answers_with_light_and_sound(rig_with_lights: Rig) -> None:
    rig = rig_with_lights
    rig.till.decide = lambda _: PAID
    rig.start()
    rig.till.show("waiting", "K zaplacení", "45,00 Kč")
    orange, green_one_beep = bytes.fromhex("FF00400F0400000000"), bytes.fromhex("FF00400E0401000101")
    red_two_beeps, quiet_for_a_card = bytes.fromhex("FF00400D0403010201"), bytes.fromhex("FF00520000")
    rig.lights.wait_until(lambda: rig.lights.commands[-1:] == [orange])
    assert rig.lights.commands[0] == quiet_for_a_card
    rig.lights.lay(UidCard(UID))
    rig.lights.wait_until(lambda: rig.lights.commands[-1:] == [green_one_beep])
    rig.lights.take_away()
    rig.till.decide = lambda _: DECLINED
    rig.lights.lay(UidCard(UID))
    rig.lights.wait_until(lambda: rig.lights.commands[-1:] == [red_two_beeps])
    assert [token for _, token in rig.till.presented] == [UID, UID]


def test_a_driver_that_passes_no_commands_shows_while_a_card_lies_there(rig: Rig) -> None:
    rig.display.escapes = False
    rig.till.decide = lambda _: PAID
    program = rig.start()
    program.wait_until_it_said("does not pass commands")
    rig.display.lay(UidCard(UID))
    rig.display.wait_for_screen("Zaplaceno 45,00", "Zustatek 312,50")


def test_the_till_hears_how_the_reader_is(rig: Rig) -> None:
    rig.start()
    rig.till.wait_until(lambda: {"state": "ready", "device": "ACS ACR1222L"} in rig.till.states)


@also_with_the_server
def test_a_revoked_token_ends_the_program_with_status_3(rig: Rig) -> None:
    program = rig.start()
    rig.display.wait_for_screen("Kavarna U Reky", "")
    rig.till.revoked = True
    rig.display.lay(UidCard(UID))
    assert program.process.wait(10) == 3
    assert rig.display.screen() == ("Ctecka odpojena", "Znovu sparovat")
    assert "This reader was unpaired: pair it again" in program.said()


@pytest.mark.parametrize("ended_by", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_the_program_cleanly(rig: Rig, ended_by: signal.Signals) -> None:
    program = rig.start()
    rig.display.wait_for_screen("Kavarna U Reky", "")
    program.process.send_signal(ended_by)
    assert program.process.wait(10) == 0
    assert rig.display.screen() == ("Ctecka vypnuta", "")
    assert rig.display.commands[-1] == bytes.fromhex("FF00640000")  # backlight off
    assert "Traceback" not in program.said()


def test_no_uid_and_no_token_stands_in_the_log(rig: Rig) -> None:
    begin(rig)
    rig.till.drops = 1
    rig.display.lay(UidCard(UID))
    rig.display.wait_for_screen("Zaplaceno 45,00", "Zustatek 312,50")
    rig.display.take_away()
    rig.display.lay(NdefCard.with_url(UID, URL))
    rig.till.wait_until(lambda: len(rig.till.presented) == 3)
    program = rig.programs[-1]
    program.stop()
    said = program.said()
    assert "…EEFF" in said
    assert "…7086" in said
    assert re.findall(r"gr_\w+|[0-9A-Fa-f]{7,}", said) == []


# Pairing, as commands.


@also_with_the_server
def test_pairing_keeps_the_token_in_a_private_file(rig: Rig) -> None:
    done = rig.run("--server", rig.till.address, "--pair", "k7qm-3xpa")
    assert (done.returncode, done.stdout) == (0, "Paired with Bar, Řeka. Start it with: groat-reader\n")
    assert rig.config.stat().st_mode & 0o777 == 0o600
    assert [(paired["code"], paired["device"]) for paired in rig.till.paired] == [("K7QM-3XPA", "ACS ACR1222L")]
    rig.start()
    rig.display.wait_for_screen("Kavarna U Reky", "")


@also_with_the_server
def test_a_wrong_code_is_told_in_a_sentence(rig: Rig) -> None:
    done = rig.run("--server", rig.till.address, "--pair", "AAAA-AAAA")
    sentence = "groat-reader: This code is wrong, used or expired: take a new one from the till's settings.\n"
    assert (done.returncode, done.stderr) == (1, sentence)
    assert not rig.config.exists()


def test_a_server_that_is_not_there_is_told_in_a_sentence(rig: Rig) -> None:
    rig.till.stop()
    done = rig.run("--server", rig.till.address, "--pair", "K7QM-3XPA")
    assert done.returncode == 1
    assert done.stderr == f"groat-reader: {rig.till.address} cannot be reached: Connection refused.\n"


def test_without_a_reader_pairing_says_so_and_works(rig: Rig) -> None:
    rig.display.unplug()
    time.sleep(0.2)
    done = rig.run("--server", rig.till.address, "--pair", "K7QM-3XPA")
    assert (done.returncode, done.stderr) == (0, "groat-reader: No card reader is plugged in yet.\n")


def test_without_pc_sc_the_program_says_so_and_waits_for_it(rig: Rig) -> None:
    rig.pcscd.stop()
    program = rig.start()
    program.wait_until_it_said("The smart card service (PC/SC) does not run")
    rig.pcscd.start()
    rig.display.wait_for_screen("Kavarna U Reky", "")


# Personalisation.


class Chip:
    """Answers what the script says, and keeps what it got."""

    atr = NdefCard.with_url(UID, URL).atr

    def __init__(self, answers: dict[str, str]) -> None:
        self.answers, self.got = answers, list[str]()

    def transmit(self, apdu: bytes) -> bytes:
        if apdu == bytes.fromhex("FFCA000000"):
            return bytes.fromhex(UID + "9000")
        self.got.append(apdu.hex().upper())
        return bytes.fromhex(self.answers[apdu.hex().upper()])


def test_a_blank_chip_is_carried_through_its_personalisation(rig: Rig) -> None:
    rig.keep_a_pairing()
    rig.till.script = [["00A40400", "90710000"], ["90AF0000"]]
    chip = Chip({"00A40400": "9000", "90710000": "AABB91AF", "90AF0000": "9100"})
    rig.display.lay(chip)
    program = rig.begin("personalise")
    program.wait_until_it_said(f"Chip …{UID[-4:]} is a card now: take it away.")
    rig.display.take_away()
    assert program.process.wait(10) == 0
    assert rig.till.personalised == [{"uid": UID}, {"responses": ["9000", "AABB91AF"]}, {"responses": ["9100"]}]
    assert chip.got == ["00A40400", "90710000", "90AF0000"]


def test_a_chip_that_refuses_ends_its_personalisation(rig: Rig) -> None:
    rig.keep_a_pairing()
    rig.till.script = [["00A40400", "90710000"]]
    rig.display.lay(Chip({"00A40400": "6A82"}))
    done = rig.run("personalise")
    assert (done.returncode, done.stderr) == (1, "groat-reader: The chip was not personalised: chip_refused.\n")
    assert rig.till.personalised == [{"uid": UID}, {"responses": ["6A82"]}]

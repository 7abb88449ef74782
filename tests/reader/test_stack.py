"""The real stack: pcscd, pyscard and the program as a process, from the card to the display."""

import pytest

from tests.reader.cards import NdefCard, TwoCards, UidCard
from tests.reader.conftest import Rig

pytestmark = pytest.mark.rig

UID = "04AABBCCDDEEFF"
PAID = {"state": "paid", "good": True, "lines": ["Zaplaceno 45,00", "Zůstatek 312,50"]}
GREEN, RED = bytes.fromhex("FF00440100"), bytes.fromhex("FF00440800")


def test_a_tap_pays_and_the_display_says_so(rig: Rig) -> None:
    rig.till.decide = lambda _: PAID
    rig.start()
    rig.display.wait_for_screen("Kavarna U Reky", "")
    rig.till.show("waiting", "K zaplacení", "45,00 Kč")
    rig.display.wait_for_screen("K zaplaceni", "45,00 Kc")
    rig.display.lay(UidCard(UID))
    rig.display.wait_for_screen("Zaplaceno 45,00", "Zustatek 312,50")
    assert [token for _, token in rig.till.presented] == [UID]

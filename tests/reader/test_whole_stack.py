"""Nothing stands in but the plastic: pcscd, pyscard, the reader's program, and the real server with its books."""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from tests.cards.simulated_chip import SimulatedChip
from tests.faults.installation import Installation, Till, installed
from tests.reader.cards import ISO_DEP_ATR, UidCard
from tests.reader.conftest import Rig
from tests.reader.till import until

pytestmark = pytest.mark.rig

INVITE = """
import secrets
from groat.programmes.models import Till
from groat.readers import actions
from groat.programmes.deeds import SYSTEM, Deed
print(actions.invite(till=Till.objects.get(), random=secrets.token_bytes(8), deed=Deed.at_once(SYSTEM))[1])
"""
ALLOW = """
from groat.readers import chips
from groat.readers.models import Reader
from groat.programmes.deeds import SYSTEM, Deed
chips.allow(reader=Reader.objects.get(unpaired_at=None), address="https://groat.example/t/stage",
            deed=Deed.at_once(SYSTEM))
"""
PAIR_CARD = """
from groat.programmes.deeds import SYSTEM, Deed
from groat.cards.actions import pair
from groat.customers.models import Wallet
print(pair(wallet=Wallet.objects.order_by("-id").first(), token={token!r}, deed=Deed.at_once(SYSTEM)).medium)
"""
UNPAIR = """
from groat.programmes.deeds import SYSTEM, Deed
from groat.readers import actions
from groat.readers.models import Reader
for reader in Reader.objects.filter(unpaired_at=None): actions.unpair(reader=reader, deed=Deed.at_once(SYSTEM))
"""


class ChipCard:
    """A chip of software on a virtual reader."""

    atr = ISO_DEP_ATR

    def __init__(self, chip: SimulatedChip) -> None:
        self.chip = chip

    def transmit(self, apdu: bytes) -> bytes:
        return self.chip.transmit(apdu)


class Counter:
    """A till of the installation with a reader beside it."""

    def __init__(self, shop: Installation, rig: Rig) -> None:
        self.shop, self.rig = shop, rig
        self.server = shop.serve()
        self.kiosk = Till(shop)
        code = self._done(INVITE)
        address = f"http://127.0.0.1:{shop.port}"
        paired = rig.run("--server", address, "--pair", code)
        assert paired.returncode == 0, paired.stderr

    def _done(self, code: str) -> str:
        return self.shop.python(f"exec({code!r})").strip()

    def let_make_chips(self) -> None:
        self._done(ALLOW)

    def pair_card(self, token: str) -> str:
        return self._done(PAIR_CARD.format(token=token))

    def unpair(self) -> None:
        self._done(UNPAIR)

    def opened(self, amount_minor: int) -> str:
        """A basket that waits, by its id."""
        body = json.dumps({"till": self.shop.stage["till"], "amount_minor": amount_minor})
        answer = self.kiosk.post("/api/v1/checkouts", body, key=f"open-{time.monotonic_ns()}")
        assert answer is not None
        assert answer.status == 201, answer.body
        checkout: str = answer.told["id"]
        return checkout

    def outcome(self, checkout: str) -> str:
        """Where a basket stands in the books."""
        code = "from groat.till.models import Checkout; print(Checkout.objects.get(pk=Checkout.key_of({!r})).state)"
        return self._done(code.format(checkout))


@pytest.fixture(scope="module")
def _shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    folder: Path = tmp_path_factory.mktemp("shop")
    with installed(folder=folder, database_url=f"sqlite:///{folder / 'groat.sqlite3'}") as made:
        yield made


@pytest.fixture
def counter(_shop: Installation, rig: Rig) -> Iterator[Counter]:
    made = Counter(_shop, rig)
    yield made
    made.unpair()
    made.kiosk.close()
    _shop.end()


def test_a_card_pays_what_waits_and_the_display_tells_amount_and_balance(counter: Counter) -> None:
    (token,) = counter.shop.cards(1)
    display = counter.rig.display
    counter.rig.start()
    display.wait_until(lambda: display.screen()[0].startswith("Programme"), "idle")
    before = counter.shop.credit()

    checkout = counter.opened(4500)
    display.wait_for_screen("K zaplaceni", "45,00")
    display.lay(UidCard(token))
    display.wait_for_screen("Zaplaceno 45,00", "Zustat. 9 955,00")

    assert (counter.outcome(checkout), before - counter.shop.credit()) == ("paid", 4500)


def test_a_chip_is_made_paired_and_pays_and_its_number_alone_does_not(counter: Counter) -> None:
    display = counter.rig.display
    chip = SimulatedChip(rng=Random(7))
    counter.let_make_chips()
    display.lay(ChipCard(chip))
    # It waits for the chip to be taken away: the program ends when its reader's card goes.
    made = counter.rig.begin("personalise")
    until(lambda: "is a card now" in made.said(), made.said())
    display.take_away()
    assert made.process.wait(20) == 0
    assert counter.pair_card(chip.tap()) == "chip"

    counter.rig.start()
    first = counter.opened(100)
    display.wait_for_screen("K zaplaceni", "1,00")
    chip.leave_field()
    display.lay(ChipCard(chip))
    display.wait_until(lambda: display.screen()[0] == "Zaplaceno 1,00", "paid by its chip")
    display.take_away()

    second = counter.opened(200)
    display.wait_for_screen("K zaplaceni", "2,00")
    display.lay(UidCard(chip.uid.hex()))
    until(lambda: counter.outcome(second) == "declined", "a copied number")
    assert counter.outcome(first) == "paid"


@pytest.mark.parametrize("pause_seconds", [0.0, 0.01, 0.05])
def test_a_server_killed_after_the_tap_is_asked_again_and_it_is_paid_once(
    counter: Counter, pause_seconds: float
) -> None:
    (token,) = counter.shop.cards(1)
    display = counter.rig.display
    counter.rig.start()
    checkout = counter.opened(4500)
    display.wait_for_screen("K zaplaceni", "45,00")
    before = counter.shop.credit()

    display.lay(UidCard(token))
    time.sleep(pause_seconds)
    counter.shop.kill(counter.server)
    display.take_away()
    counter.server = counter.shop.serve()

    # Paid before the server was killed, the outcome may have been read and gone while it started again.
    display.wait_until_it_showed("Zaplaceno 45,00", "Zustat. 9 955,00")
    assert (counter.outcome(checkout), before - counter.shop.credit()) == ("paid", 4500)
    assert counter.shop.verify()[0] == 0

"""Which reader is used, and what each kind is told to show."""

import pytest

from groat_reader import devices
from groat_reader.devices import Device, Signal
from groat_reader.devices.acr122u import Acr122u
from groat_reader.devices.acr1222l import Acr1222l

ON_LINUX = [f"ACS ACR1222 3S PICC Reader 00 0{slot}" for slot in range(4)]
ON_WINDOWS = [f"ACS ACR1222 3S PICC Reader {slot} 0" for slot in ("SAM", "PICC")]
ON_MACOS = ["ACS ACR1222 3S PICC Reader(2)", "ACS ACR1222 3S PICC Reader(1)"]
LIGHTS = "ACS ACR122U PICC Interface 01 00"
LAPTOP = "Alcor Micro AU9540 00 00"
DUAL = ["ACS ACR1281 1S Dual Reader ICC 0", "ACS ACR1281 1S Dual Reader PICC 0"]


@pytest.mark.parametrize(
    ("names", "chosen", "kind"),
    [
        ([LAPTOP, LIGHTS, *ON_LINUX], ON_LINUX[0], Acr1222l),
        (ON_WINDOWS, "ACS ACR1222 3S PICC Reader PICC 0", Acr1222l),
        (ON_MACOS, "ACS ACR1222 3S PICC Reader(1)", Acr1222l),
        ([LAPTOP, LIGHTS], LIGHTS, Acr122u),
        ([LIGHTS, *ON_LINUX[1:]], LIGHTS, Acr122u),
        (DUAL, "ACS ACR1281 1S Dual Reader PICC 0", Device),
        ([LAPTOP], LAPTOP, Device),
    ],
)
def test_the_best_known_reader_is_used(names: list[str], chosen: str, kind: type[Device]) -> None:
    found = devices.choose(names)
    assert found is not None
    assert (found[0], type(found[1])) == (chosen, kind)


def test_slots_for_security_modules_are_never_used() -> None:
    assert devices.choose([*ON_LINUX[1:], ON_WINDOWS[0]]) is None


def test_a_part_of_the_name_chooses() -> None:
    assert (devices.choose([*ON_LINUX, LIGHTS], wanted="acr122u") or [""])[0] == LIGHTS
    assert devices.choose([*ON_LINUX, LIGHTS], wanted="omnikey") is None


def test_the_display_is_written_over_its_whole_width() -> None:
    assert Acr1222l().showing(["K zaplacení", "45,00 Kč"]) == [
        bytes.fromhex("FF00680010") + b"K zaplaceni     ",
        bytes.fromhex("FF00684010") + b"45,00 Kc        ",
    ]


def test_each_signal_of_each_reader() -> None:
    told = {
        kind.label: {signal: [command.hex().upper() for command in kind().signalling(signal)] for signal in Signal}
        for kind in (Acr1222l, Acr122u)
    }
    assert told == {
        "ACS ACR1222L": {
            Signal.READY: ["FF00440000"],
            Signal.WAITING: ["FF00440200"],
            Signal.ASKING: ["FF00440400"],
            Signal.GOOD: ["FF00440100", "E0000028010A"],
            Signal.BAD: ["FF00440800", "E00000280146"],
        },
        "ACS ACR122U": {
            Signal.READY: ["FF00400C0400000000"],
            Signal.WAITING: ["FF00400F0400000000"],
            Signal.ASKING: ["FF00400F0400000000"],
            Signal.GOOD: ["FF00400E0401000101"],
            Signal.BAD: ["FF00400D0403010201"],
        },
    }


def test_a_reader_that_cannot_show_is_told_nothing() -> None:
    device = Device()
    assert [device.opening(), device.showing(["x"]), device.signalling(Signal.GOOD), device.closing()] == [[]] * 4

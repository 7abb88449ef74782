"""Keys that are remembered for a moment."""

from groat.api.keys import Caller, KeyRing

CALLER = Caller(1, 2, "Kiosk", frozenset({"payments:write"}), None, 2)


class Keys:
    """The database's place: counts how often it is asked."""

    def __init__(self) -> None:
        self.known: dict[str, Caller] = {"good": CALLER}
        self.asked = 0
        self.now = 0.0
        self.ring = KeyRing(find=self.find, clock=lambda: self.now, seconds=30)

    def find(self, secret: str) -> Caller | None:
        self.asked += 1
        return self.known.get(secret)


def test_a_key_is_looked_up_once_in_half_a_minute():
    keys = Keys()

    callers = [keys.ring.known("good") for _ in range(5)]

    assert callers == [CALLER] * 5
    assert keys.asked == 1


def test_a_revoked_key_is_honoured_half_a_minute_at_most():
    keys = Keys()
    keys.ring.known("good")
    del keys.known["good"]

    keys.now = 29.9
    assert keys.ring.known("good") == CALLER
    keys.now = 30.0
    assert keys.ring.known("good") is None


def test_what_is_remembered_needs_no_database():
    keys = Keys()

    assert keys.ring.remembered("good") is None
    keys.ring.known("good")
    assert keys.ring.remembered("good") == CALLER
    assert keys.asked == 1


def test_a_wrong_key_is_not_remembered():
    keys = Keys()
    keys.ring.known("wrong")
    keys.known["wrong"] = CALLER

    assert keys.ring.known("wrong") == CALLER


def test_no_secret_is_kept_in_memory():
    keys = Keys()
    keys.ring.known("good")

    assert "good" not in repr(vars(keys.ring))


def test_a_key_can_be_forgotten_at_once():
    keys = Keys()
    keys.ring.known("good")
    keys.ring.forget()

    assert keys.ring.remembered("good") is None

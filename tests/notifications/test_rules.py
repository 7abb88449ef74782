"""What is told of an address, of a failure, and when a letter is given up."""

from datetime import timedelta

import pytest

from groat.notifications.rules import masked, pause_after, told_failure


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("jana@example.org", "j•••@e•••.org"),
        ("j@mail.example.co.uk", "j•••@m•••.uk"),
        ("jana@localhost", "j•••@•••"),
        ("čeněk@pošta.cz", "č•••@p•••.cz"),
    ],
)
def test_an_address_is_known_again_by_its_owner_alone(address: str, shown: str) -> None:
    assert masked(address) == shown


@pytest.mark.parametrize(
    ("code", "reply", "told"),
    [
        (550, "5.1.1 <jana@example.org>: Recipient address rejected", "550 5.1.1 <…>: Recipient address rejected"),
        (550, "no\nsuch  user jana@example.org", "550 no such user …"),
        (None, "OSError: refused", "OSError: refused"),
        (451, "x" * 300, "451 " + "x" * 196),
    ],
)
def test_a_failure_is_told_without_the_address(code: int | None, reply: str, told: str) -> None:
    assert told_failure(code, reply) == told


def test_the_pauses_grow_until_after_about_a_day_it_is_given_up() -> None:
    pauses = [pause_after(tries) for tries in range(1, 8)]
    assert pauses == sorted(pauses, key=lambda pause: pause or timedelta.max)
    assert pause_after(8) is None
    assert timedelta(hours=20) < sum((pause for pause in pauses if pause), timedelta()) < timedelta(hours=26)

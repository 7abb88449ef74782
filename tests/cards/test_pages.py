"""A chip held to anybody's phone opens its balance, once for each tap."""

import re

import pytest
from django.conf import LazySettings
from django.test import Client

from groat.cards import actions as cards
from groat.cards import pages
from groat.cards.models import Alarm, Card
from tests import factories
from tests.chips import Chip, a_chip

pytestmark = pytest.mark.django_db


@pytest.fixture
def chip() -> Chip:
    pages._taps.cache_clear()
    programme = factories.a_programme()
    wallet, chip = factories.a_wallet(programme=programme, name="Jana Nováková"), a_chip(programme)
    factories.a_card(wallet=wallet, token=chip.tap())
    factories.funded(wallet, 31_250)
    return chip


def opened(address: str) -> tuple[int, str]:
    """Status and text of the page that a phone opens; the host is the test's."""
    answer = Client(headers={"Accept-Language": "en"}).get(address.removeprefix("https://groat.example"))
    main = re.search(r"<main.*</main>", answer.content.decode(), re.DOTALL)
    assert "no-store" in answer["Cache-Control"] or answer.status_code == 429
    return answer.status_code, " ".join(re.sub(r"<[^>]*>", " ", main[0]).split()) if main else ""


def test_a_tap_opens_the_balance_and_names_nobody(chip: Chip) -> None:
    status, text = opened(chip.tap())
    assert (status, "312.50" in text, "Jana" in text) == (200, True, False)
    assert Card.objects.get().counter == 2


def test_a_tap_opens_it_once(chip: Chip) -> None:
    tap = chip.tap()
    opened(tap)
    status, text = opened(tap)
    assert (status, "312.50" in text, "once more" in text) == (403, False, True)
    assert [alarm.what for alarm in Alarm.objects.all()] == ["replayed"]


def test_what_no_chip_of_ours_wrote_opens_nothing(chip: Chip) -> None:
    tap = chip.tap()
    forged = tap[:-1] + ("1" if tap.endswith("0") else "0")
    status, text = opened(forged)
    assert (status, "312.50" in text) == (403, False)


@pytest.mark.parametrize("query", ["", "?p=04A2B9117E5D80", "?p=0&m=0", "?token=04A2B9117E5D80"])
def test_a_number_or_nothing_opens_nothing(chip: Chip, query: str) -> None:
    assert opened(f"https://groat.example/t/{chip.programme.slug}{query}")[0] == 403


def test_a_chip_that_nobody_paired_says_so(chip: Chip) -> None:
    status, text = opened(a_chip(chip.programme).tap())
    assert (status, "not in use yet" in text) == (404, True)


def test_a_blocked_card_says_so(chip: Chip) -> None:
    cards.block(card=Card.objects.get(), reason="blocked", deed=factories.a_deed())
    assert "blocked" in opened(chip.tap())[1]


def test_a_printed_code_read_by_a_phone_says_where_it_is_good(chip: Chip) -> None:
    answer = opened(f"https://groat.example/t/{chip.programme.slug}/K7QM-3XPA-9TRW-2ZHB")
    assert (answer[0], "at the till" in answer[1], "312.50" in answer[1]) == (200, True, False)


def test_a_programme_that_is_not_there_opens_nothing(chip: Chip) -> None:
    assert Client().get("/t/nowhere?p=1").status_code == 404


def test_one_address_cannot_go_on_trying(chip: Chip, settings: LazySettings) -> None:
    settings.STRANGERS_PER_MINUTE = 5
    statuses = {opened(f"https://groat.example/t/{chip.programme.slug}")[0] for _ in range(20)}
    assert statuses == {403, 429}

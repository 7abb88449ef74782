"""One card held to two tills in the same moment, with credit for one of the payments."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Route, StorageState, expect

from tests.journeys.conftest import _opening
from tests.journeys.counter import Counter, Opens
from tests.journeys.shop import Person, Shop

pytestmark = pytest.mark.journey


@pytest.fixture
def elsewhere(
    browser: Browser, shop: Shop, _tills: Iterator[tuple[str, str]], _signed_in: StorageState
) -> Iterator[Opens]:
    """Open another till of the programme."""
    with _opening(browser, shop, next(_tills), _signed_in) as open_it:
        yield open_it


def test_one_card_at_two_tills_at_once_pays_at_one_of_them(opens: Opens, elsewhere: Opens, jana: Person) -> None:
    tills = [opens(), elsewhere()]
    for till in tills:
        till.tap("Espresso", "Flat white")
        till.charge()
    asked: list[Route] = []

    def hold_back(route: Route) -> None:
        asked.append(route)

    for till in tills:
        # Held back until both have asked, so that the server hears them together.
        till.page.route("**/present/", hold_back, times=1)
        till.read(jana.token)
    while len(asked) < len(tills):
        tills[0].page.wait_for_timeout(20)
    for question in asked:
        question.continue_()
    for till in tills:
        expect(till.page.locator("#panel:is([data-panel=paid], [data-panel=declined])")).to_be_visible()
    paid, declined = sorted(tills, key=panel_of, reverse=True)
    assert (panel_of(paid), panel_of(declined)) == ("paid", "declined")
    expect(paid.panel).to_contain_text("60.00")
    expect(declined.panel).to_contain_text("80.00")
    assert paid.balance_minor(jana) == 6_000
    assert [kind for kind, _, _ in paid.statement(jana)].count("spend") == 1


def panel_of(till: Counter) -> str:
    return till.page.locator("#panel").get_attribute("data-panel") or ""

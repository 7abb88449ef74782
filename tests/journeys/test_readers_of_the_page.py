"""The readers inside the page: the camera, the phone's NFC, and keyboards that no person touches."""

import pytest
from playwright.sync_api import expect

from tests.journeys.counter import DESKTOP, PHONE, Sees
from tests.journeys.shop import Person

pytestmark = pytest.mark.journey

KC = "\N{NO-BREAK SPACE}Kč"
devices = pytest.mark.parametrize("device", [PHONE, DESKTOP], ids=["phone", "desktop"])


@devices
def test_a_code_before_the_camera_pays(sees: Sees, jana: Person, device: dict) -> None:
    till = sees(jana.token)(device)
    till.tap("Espresso")
    till.charge()
    till.press("Scan a code")
    till.expect_panel("paid", f"55.00{KC}", jana.first_name)
    expect(till.page.locator("#camera")).to_be_hidden()
    assert till.balance_minor(jana) == 14_500

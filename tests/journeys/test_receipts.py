"""A receipt: scanned from the till by the customer's phone, printed, and sent by e-mail."""

import email
import re
import subprocess
from email import policy
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from playwright.sync_api import Browser, Page, expect

from tests import servers
from tests.journeys.counter import DESKTOP, PHONE, Counter, Opens
from tests.journeys.shop import Person, Shop

pytestmark = pytest.mark.journey

KC = "\N{NO-BREAK SPACE}Kč"
devices = pytest.mark.parametrize("device", [PHONE, DESKTOP], ids=["phone", "desktop"])
# What a phone's camera would make of a picture on this page.
SCANNED = """async (picture) => {
  const { BarcodeDetector, prepareZXingModule } = await import("/static/web/vendor/barcode-detector/ponyfill.js");
  const wasmBinary = await (await fetch(document.querySelector("[data-wasm]").dataset.wasm)).arrayBuffer();
  await prepareZXingModule({ overrides: { wasmBinary }, fireImmediately: true });
  await picture.decode();
  const canvas = new OffscreenCanvas(400, 400);
  canvas.getContext("2d").drawImage(picture, 0, 0, 400, 400);
  const [found] = await new BarcodeDetector({ formats: ["qr_code"] }).detect(canvas);
  return found.rawValue;
}"""


class Post:
    """A mail server that keeps what it gets."""

    def __init__(self) -> None:
        self.got: list[Any] = []

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 (aiosmtpd calls it so)
        self.got.append((envelope.rcpt_tos, email.message_from_bytes(envelope.content, policy=policy.default)))
        return "250 taken"


@devices
def test_a_customer_gets_a_receipt(opens: Opens, browser: Browser, shop: Shop, jana: Person, device: dict) -> None:
    till = opens(device)
    page = till.page
    till.tap("Espresso", "Espresso", "Croissant")
    till.read(jana.token)
    till.expect_panel("confirming")
    till.press("Confirm")
    till.expect_panel("paid", f"155.00{KC}")
    # Whoever asks for more than the code stays on this panel, and types in peace.
    till.press("Receipt")
    dialog = page.locator("#receipt")
    expect(dialog.locator(".slip")).to_contain_text(f"155.00{KC}")
    address = page.locator(".till-receipt img").evaluate(SCANNED)
    assert re.fullmatch(rf"{shop.url}/r/{shop.programme}/[A-Za-z0-9_-]{{36}}", address)
    the_phone_shows_it(browser, shop, address, jana)
    assert till.faults() == []
    typed = dialog.get_by_label("e-mail address")
    typed.press_sequentially(f"7{len(device)}@example.org")
    expect(typed).to_have_value(f"7{len(device)}@example.org")
    dialog.get_by_role("button", name="Send", exact=True).click()
    expect(dialog.locator(".receipt-letters")).to_contain_text("On its way")
    assert till.faults() == []
    if device is DESKTOP:
        the_printer_gets_the_receipt_alone(page)
    the_letter_arrives(shop, to=f"7{len(device)}@example.org", address=address)
    dialog.get_by_role("button", name="Close").click()
    till.press("Next customer")
    till.expect_free()
    # Later, it is still in the list of payments.
    page.get_by_role("button", name="Last payments").click()
    page.locator("#payments-list").get_by_role("button", name="Receipt").click()
    expect(dialog.locator(".receipt-letters")).to_contain_text("Sent")


def the_phone_shows_it(browser: Browser, shop: Shop, address: str, jana: Person) -> None:
    """On a phone that is signed in nowhere."""
    with browser.new_context(**PHONE, locale="sk-SK") as context:
        phone = Counter(context.new_page(), shop, "", "")
        phone.page.goto(address)
        expect(phone.page.locator(".slip")).to_contain_text(f"2 × 55,00{KC}")
        expect(phone.page.locator(".slip .is-sum dd")).to_have_text(f"155,00{KC}")
        assert jana.name not in phone.page.content()
        assert phone.faults() == []


def the_printer_gets_the_receipt_alone(page: Page) -> None:
    printed = page.pdf(prefer_css_page_size=True)
    (box,) = re.findall(rb"/MediaBox *\[0 0 ([0-9.]+) ([0-9.]+)\]", printed)
    width_mm, length_mm = (float(side) * 25.4 / 72 for side in box)
    assert (round(width_mm), 60 < length_mm < 150) == (80, True)


def the_letter_arrives(shop: Shop, *, to: str, address: str) -> None:
    post = Post()
    controller = Controller(post, hostname="127.0.0.1", port=shop.mail_port)
    controller.start()
    try:
        worker = [str(servers.GROAT), "worker", "--once"]
        subprocess.run(worker, env=shop.environment, check=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    finally:
        controller.stop()
    ((receivers, message),) = post.got
    assert receivers == [to]
    text = message.get_body(("plain",)).get_content()
    assert address in text
    assert f"155,00{KC}" in text

"""The readers inside the page: the camera, the phone's NFC, and keyboards that no person touches."""

import json
import re
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Request, expect

from tests.journeys import phones
from tests.journeys.conftest import sign_in
from tests.journeys.counter import DESKTOP, PHONE, Counter, Opens, Sees
from tests.journeys.shop import Person, Shop

pytestmark = pytest.mark.journey

KC = "\N{NO-BREAK SPACE}Kč"
devices = pytest.mark.parametrize("device", [PHONE, DESKTOP], ids=["phone", "desktop"])
TAP = f"https://groat.example/t/harbour?p={'EF' * 16}&m={'94' * 8}"
NEW_UID = "04C0FFEE998877"


def asked(page: Page, what: str) -> list[Request]:
    """The requests that the page makes of such an address, from now on."""
    made: list[Request] = []
    page.on("request", lambda request: made.append(request) if what in request.url else None)
    return made


def said(request: Request) -> Any:
    """What a request brought along."""
    return json.loads(request.post_data or "null")


# ---- The camera ----

# Which tracks a page was given, with a torch that they do not have.
TRACKS = """window.tracks = [];
const give = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
navigator.mediaDevices.getUserMedia = async (...asked) => {
  if (window.cameraFault) throw new DOMException("", window.cameraFault);
  const stream = await give(...asked);
  window.tracks.push(...stream.getTracks());
  return stream;
};"""
TORCH = """window.lit = [];
const { getCapabilities } = MediaStreamTrack.prototype;
MediaStreamTrack.prototype.getCapabilities = function () { return { ...getCapabilities.call(this), torch: true }; };
MediaStreamTrack.prototype.applyConstraints = async function ({ advanced: [{ torch }] }) { window.lit.push(torch); };"""
STEADY = """const { mediaDevices } = navigator;
const name = new Map();
const list = mediaDevices.enumerateDevices.bind(mediaDevices);
mediaDevices.enumerateDevices = async () => (await list()).map(({ kind, label, deviceId }) => {
  name.set(label, deviceId);
  return { kind, label, deviceId: label };
});
const give = mediaDevices.getUserMedia.bind(mediaDevices);
mediaDevices.getUserMedia = async ({ video, ...more }) => {
  const label = video.deviceId?.exact;
  if (label) await mediaDevices.enumerateDevices();
  if (label && !name.has(label)) throw new OverconstrainedError("deviceId");
  return give({ video: label ? { ...video, deviceId: { exact: name.get(label) } } : video, ...more });
};
const { getSettings } = MediaStreamTrack.prototype;
MediaStreamTrack.prototype.getSettings = function () { return { ...getSettings.call(this), deviceId: this.label }; };"""
"""A camera keeps its name for a site, as in every browser that somebody uses; here each page would have names anew."""
LIVE = "window.tracks.map((track) => track.readyState)"


def open_camera(till: Counter, state: str) -> None:
    """From the list of readers, at a till at which nothing waits."""
    till.page.keyboard.press("r")
    till.page.locator("#readers [data-open=camera]").click()
    expect(till.page.locator(f"#camera[data-state={state}]")).to_be_visible()


@devices
def test_a_code_before_the_camera_pays(sees: Sees, jana: Person, device: dict) -> None:
    till = sees(jana.token)(device)
    till.tap("Espresso")
    till.charge()
    till.press("Scan a code")
    till.expect_panel("paid", f"55.00{KC}", jana.first_name)
    expect(till.page.locator("#camera")).to_be_hidden()
    assert till.balance_minor(jana) == 14_500


def test_a_code_pays_the_basket_at_once(sees: Sees, jana: Person) -> None:
    till = sees(jana.token)(PHONE, init=TRACKS)
    till.tap("Espresso")
    till.page.locator("[data-open=readers]").click()
    till.page.locator("#readers [data-open=camera]").click()
    till.expect_panel("paid", f"145.00{KC}")
    assert till.page.evaluate(LIVE) == ["ended"]


def test_a_code_that_stays_in_sight_is_read_every_three_seconds_at_most(sees: Sees, jana: Person) -> None:
    till = sees(jana.token)()
    clock = "performance.now()"
    with till.page.expect_response("**/look/"):
        till.page.keyboard.press("r")
        till.page.locator("#readers [data-open=camera]").click()
    first = till.page.evaluate(clock)
    till.expect_panel("balance", f"200.00{KC}")
    till.press("Done")
    with till.page.expect_response("**/look/"):
        till.page.keyboard.press("r")
        till.page.locator("#readers [data-open=camera]").click()
    # The first answer may have come late by some tenths of a second.
    assert till.page.evaluate(clock) - first > 2_000


def test_what_a_code_says_is_the_token_as_it_is(sees: Sees) -> None:
    till = sees(TAP)()
    with till.page.expect_request("**/look/") as looked:
        till.page.keyboard.press("r")
        till.page.locator("#readers [data-open=camera]").click()
    assert said(looked.value) == {"token": TAP}


def test_the_decoder_is_fetched_when_the_camera_is_opened_and_from_this_server_alone(sees: Sees, shop: Shop) -> None:
    till = sees(NEW_UID)()
    fetched = asked(till.page, "/")
    till.page.reload()
    expect(till.page.locator(".tile").first).to_be_visible()
    assert [request.url for request in fetched if "barcode" in request.url] == []
    till.page.keyboard.press("r")
    till.page.locator("#readers [data-open=camera]").click()
    till.expect_panel("refused")
    decoder = {re.sub(r"\.[0-9a-f]{12}\.", ".", request.url) for request in fetched if "barcode" in request.url}
    folder = f"{shop.url}/static/web/vendor/barcode-detector"
    assert decoder == {f"{folder}/{name}" for name in ("ponyfill.js", "zxing-exported.js", "zxing_reader.wasm")}
    assert {request.url.startswith(shop.url) for request in fetched} == {True}


def test_a_browser_that_decodes_by_itself_fetches_no_decoder(sees: Sees, jana: Person) -> None:
    own = """window.BarcodeDetector = class {
      static async getSupportedFormats() { return ["ean_13", "qr_code"]; }
      async detect() { return [{ rawValue: "TOKEN" }]; }
    };"""
    till = sees()(init=own.replace("TOKEN", jana.token))
    fetched = asked(till.page, "barcode")
    till.tap("Espresso")
    till.charge()
    till.press("Scan a code")
    till.expect_panel("paid")
    assert fetched == []


def test_a_browser_that_only_says_that_it_decodes_gets_a_decoder(sees: Sees, jana: Person) -> None:
    hollow = """window.BarcodeDetector = class {
      static async getSupportedFormats() { return ["qr_code"]; }
      async detect() { throw new DOMException("Barcode detection service unavailable.", "NotSupportedError"); }
    };"""
    till = sees(jana.token)(init=hollow)
    till.tap("Espresso")
    till.charge()
    till.press("Scan a code")
    till.expect_panel("paid")


def test_of_two_codes_in_sight_none_is_taken(sees: Sees, jana: Person, petr: Person) -> None:
    till = sees(jana.token, petr.token)()
    looked = asked(till.page, "/look/")
    open_camera(till, "several")
    expect(till.page.locator("#camera")).to_contain_text("Several codes are in sight. Show one alone.")
    till.page.wait_for_timeout(500)
    assert looked == []


def test_a_code_of_something_else_is_no_card(sees: Sees) -> None:
    till = sees("BEGIN:VCARD\nNOTE:" + "a visitor's card " * 20)()
    looked = asked(till.page, "/look/")
    open_camera(till, "foreign")
    expect(till.page.locator("#camera")).to_contain_text("This code belongs to something else.")
    assert looked == []


def test_escape_closes_the_camera_and_it_sees_no_more(sees: Sees) -> None:
    till = sees()(init=TRACKS)
    till.tap("Espresso")
    till.charge()
    till.press("Scan a code")
    expect(till.page.locator("#camera[data-state=looking]")).to_be_visible()
    assert till.page.evaluate(LIVE) == ["live"]
    till.page.keyboard.press("Escape")
    expect(till.page.locator("#camera")).to_be_hidden()
    assert till.page.evaluate(LIVE) == ["ended"]
    till.expect_panel("waiting", "Hold the card to the reader")
    expect(till.panel.get_by_role("button", name="Scan a code")).to_be_focused()


def test_a_page_that_nobody_sees_takes_no_pictures(sees: Sees) -> None:
    till = sees()(init=TRACKS)
    open_camera(till, "looking")
    hide(till.page)
    assert till.page.evaluate(LIVE) == ["ended"]
    hide(till.page, hidden=False)
    expect(till.page.locator("#camera[data-state=looking]")).to_be_visible()
    assert till.page.evaluate(LIVE) == ["ended", "live"]


def hide(page: Page, *, hidden: bool = True) -> None:
    page.evaluate(
        """(hidden) => {
          Object.defineProperty(document, "hidden", { value: hidden, configurable: true });
          document.dispatchEvent(new Event("visibilitychange"));
        }""",
        hidden,
    )


def test_a_card_at_another_reader_closes_the_camera(sees: Sees, jana: Person) -> None:
    till = sees()(init=TRACKS)
    till.tap("Espresso")
    till.charge()
    till.press("Scan a code")
    expect(till.page.locator("#camera[data-state=looking]")).to_be_visible()
    till.read(jana.token)
    till.expect_panel("paid")
    expect(till.page.locator("#camera")).to_be_hidden()
    assert till.page.evaluate(LIVE) == ["ended"]


def test_the_light_is_switched_where_there_is_one(sees: Sees) -> None:
    till = sees()(init=TORCH)
    open_camera(till, "looking")
    light = till.page.get_by_role("button", name="Light", exact=True)
    light.click()
    expect(light).to_have_attribute("aria-pressed", "true")
    light.click()
    expect(light).to_have_attribute("aria-pressed", "false")
    assert till.page.evaluate("window.lit") == [True, False]
    dark = sees()()
    open_camera(dark, "looking")
    expect(dark.page.get_by_role("button", name="Light", exact=True)).to_be_hidden()


def test_another_camera_is_chosen_and_remembered(sees: Sees) -> None:
    till = sees(cameras=2)(init=STEADY)
    open_camera(till, "looking")
    name = till.page.locator("[data-camera-name]")
    first = name.inner_text()
    till.page.get_by_role("button", name="Another camera").click()
    expect(name).not_to_have_text(first)
    expect(till.page.locator("#camera[data-state=looking]")).to_be_visible()
    second = name.inner_text()
    till.page.reload()
    open_camera(till, "looking")
    expect(name).to_have_text(second)
    till.page.evaluate("localStorage.setItem('groat-camera', 'unplugged')")
    till.page.get_by_role("button", name="Close").last.click()
    open_camera(till, "looking")


def test_who_has_one_camera_is_offered_no_other(sees: Sees) -> None:
    till = sees()()
    open_camera(till, "looking")
    expect(till.page.get_by_role("button", name="Another camera")).to_be_hidden()


def test_a_camera_that_is_not_allowed_is_told(sees: Sees) -> None:
    till = sees()(init=f"window.cameraFault = 'NotAllowedError'; {TRACKS}")
    open_camera(till, "denied")
    expect(till.page.locator("#camera")).to_contain_text("The browser may not use the camera here.")
    expect(till.page.locator("#camera")).to_contain_text("Allow it in the settings of this site")


def test_a_device_without_a_camera_is_told(sees: Sees) -> None:
    till = sees(cameras=0)()
    open_camera(till, "none")
    expect(till.page.locator("#camera")).to_contain_text("This device has no camera.")


def test_a_camera_in_use_is_tried_again(sees: Sees) -> None:
    till = sees()(init=f"window.cameraFault = 'NotReadableError'; {TRACKS}")
    open_camera(till, "busy")
    expect(till.page.locator("#camera")).to_contain_text("Another program uses the camera.")
    till.page.evaluate("window.cameraFault = null")
    till.page.get_by_role("button", name="Try again").click()
    expect(till.page.locator("#camera[data-state=looking]")).to_be_visible()


def test_a_camera_that_is_unplugged_is_told(sees: Sees) -> None:
    till = sees()(init=TRACKS)
    open_camera(till, "looking")
    till.page.evaluate("window.tracks[0].dispatchEvent(new Event('ended'))")
    expect(till.page.locator("#camera[data-state=lost]")).to_contain_text("The camera has stopped.")


def test_an_address_without_https_is_told(sees: Sees) -> None:
    plain = """Object.defineProperty(window, "isSecureContext", { value: false });
    Object.defineProperty(navigator, "mediaDevices", { value: undefined });"""
    till = sees()(init=plain)
    open_camera(till, "insecure")
    expect(till.page.locator("#camera")).to_contain_text("must begin with https")


def test_a_decoder_that_does_not_come_is_told_and_the_camera_let_go(sees: Sees) -> None:
    till = sees()(init=TRACKS)
    till.page.route("**/*.wasm", lambda route: route.abort())
    open_camera(till, "unloaded")
    expect(till.page.locator("#camera")).to_contain_text("could not be loaded")
    assert till.page.evaluate(LIVE) == ["ended"]


# ---- The phone as the reader ----


def nfc_row(page: Page) -> Any:
    return page.locator("#readers-list [data-reader=nfc]")


@devices
def test_a_phone_reads_the_card_after_it_was_allowed_to(opens: Opens, jana: Person, device: dict) -> None:
    till = opens(device, init=phones.nfc())
    till.tap("Espresso")
    till.charge()
    assert till.page.evaluate("window.nfc.isReading") is False
    till.press("Read with this phone")
    expect(till.panel.get_by_text("or to the back of this device")).to_be_visible()
    expect(till.panel.get_by_role("button", name="Read with this phone")).to_be_hidden()
    till.page.evaluate("(uid) => window.nfc.tap(uid)", phones.colons(jana.token))
    till.expect_panel("paid", f"145.00{KC}")


def test_a_chip_gives_the_address_that_it_wrote_and_any_other_card_its_number(opens: Opens) -> None:
    till = opens(PHONE, init=phones.nfc(permission="granted"))
    till.page.wait_for_function("window.nfc.isReading")
    presented = []
    for url in (TAP, "https://groat.example/", None):
        with till.page.expect_request("**/look/") as looked:
            till.page.evaluate("([uid, url]) => window.nfc.tap(uid, url)", [phones.colons(NEW_UID), url])
        presented.append(said(looked.value)["token"])
        till.expect_panel("refused")
        till.press("Back")
    assert presented == [TAP, phones.colons(NEW_UID), phones.colons(NEW_UID)]


def test_who_allowed_it_once_is_not_asked_again(opens: Opens, jana: Person) -> None:
    till = opens(PHONE, init=phones.nfc(permission="granted"))
    till.tap("Espresso")
    till.page.wait_for_function("window.nfc.isReading")
    expect(till.page.locator("[data-open=readers]")).to_have_attribute("data-tone", "good")
    till.page.evaluate("(uid) => window.nfc.tap(uid)", phones.colons(jana.token))
    till.expect_panel("paid", f"145.00{KC}")


def test_who_stopped_the_phone_finds_it_stopped(opens: Opens) -> None:
    till = opens(PHONE, init=phones.nfc(permission="granted"))
    till.page.wait_for_function("window.nfc.isReading")
    till.page.locator("[data-open=readers]").click()
    till.page.get_by_role("button", name="Stop reading").click()
    expect(nfc_row(till.page)).to_contain_text("Use this phone as the reader")
    till.page.reload()
    till.page.locator("[data-open=readers]").click()
    till.page.get_by_role("button", name="Use this phone as the reader").click()
    expect(nfc_row(till.page).get_by_role("button", name="Stop reading")).to_be_visible()
    assert till.page.evaluate("window.nfc.isReading") is True


def test_a_phone_reads_while_its_page_is_seen(opens: Opens) -> None:
    till = opens(PHONE, init=phones.nfc(permission="granted"))
    till.page.wait_for_function("window.nfc.isReading")
    hide(till.page)
    assert till.page.evaluate("window.nfc.isReading") is False
    hide(till.page, hidden=False)
    till.page.wait_for_function("window.nfc.isReading")


def test_a_question_that_was_waved_away_is_not_asked_again_by_itself(opens: Opens) -> None:
    till = opens(PHONE, init=phones.nfc(answer=""))
    till.page.locator("[data-open=readers]").click()
    button = till.page.get_by_role("button", name="Use this phone as the reader")
    button.click()
    expect(button).to_be_visible()
    till.page.evaluate("window.nfc.answers('granted')")
    hide(till.page)
    hide(till.page, hidden=False)
    till.page.wait_for_timeout(300)
    assert till.page.evaluate("window.nfc.isReading") is False
    button.click()
    till.page.wait_for_function("window.nfc.isReading")


def test_nfc_that_was_switched_on_meanwhile_is_found_on_return(opens: Opens) -> None:
    till = opens(PHONE, init=phones.nfc(permission="granted", fault="NotReadableError"))
    till.page.locator("[data-open=readers]").click()
    expect(nfc_row(till.page)).to_contain_text("NFC is switched off.", use_inner_text=True)
    till.page.evaluate("window.nfc.fault = ''")
    hide(till.page)
    hide(till.page, hidden=False)
    till.page.wait_for_function("window.nfc.isReading")


def test_a_card_that_slipped_is_told_once_and_forgotten_when_it_is_read(opens: Opens, jana: Person) -> None:
    till = opens(PHONE, init=phones.nfc(permission="granted"))
    till.page.wait_for_function("window.nfc.isReading")
    till.tap("Espresso")
    till.charge()
    till.page.evaluate("window.nfc.slip(); window.nfc.slip()")
    told = till.page.get_by_text("The card was not read. Hold it still")
    expect(told).to_have_count(1)
    expect(told).to_be_visible()
    till.page.evaluate("(uid) => window.nfc.tap(uid)", phones.colons(jana.token))
    till.expect_panel("paid")
    expect(told).to_have_count(0)


@pytest.mark.parametrize(
    ("script", "words"),
    [
        (phones.nfc(answer="denied"), "The browser may not use NFC here."),
        (phones.nfc(answer=""), "This device can read cards by itself."),
        (phones.nfc(fault="NotReadableError"), "NFC is switched off."),
        (phones.nfc(fault="NotSupportedError"), "this device has no NFC"),
        (phones.nfc(fault="NetworkError"), "NFC did not start."),
    ],
    ids=["denied", "waved away", "switched off", "none", "another fault"],
)
def test_a_phone_that_may_not_read_says_why(opens: Opens, script: str, words: str) -> None:
    till = opens(PHONE, init=script)
    till.page.locator("[data-open=readers]").click()
    till.page.get_by_role("button", name="Use this phone as the reader").click()
    expect(nfc_row(till.page)).to_contain_text(words, use_inner_text=True)
    assert till.page.evaluate("window.nfc.isReading") is False


def test_who_allows_it_in_the_settings_after_all_need_not_press_again(opens: Opens) -> None:
    till = opens(PHONE, init=phones.nfc(answer="denied"))
    till.page.locator("[data-open=readers]").click()
    till.page.get_by_role("button", name="Use this phone as the reader").click()
    expect(nfc_row(till.page)).to_contain_text("The browser may not use NFC here.", use_inner_text=True)
    till.page.evaluate("window.nfc.become('granted')")
    till.page.wait_for_function("window.nfc.isReading")
    till.page.evaluate("window.nfc.become('denied')")
    assert till.page.evaluate("window.nfc.isReading") is False


IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 Version/19.0 Mobile Safari/604.1"
ANDROID = "Mozilla/5.0 (Android 15; Mobile; rv:140.0) Gecko/140.0 Firefox/140.0"


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (DESKTOP, "Not available here: open this page in Chrome on an Android phone"),
        ({**PHONE, "user_agent": IPHONE}, "on iPhone and iPad no web page may read cards"),
        ({**PHONE, "user_agent": ANDROID}, "Not available in this browser"),
        (
            {
                **PHONE,
                "user_agent": ANDROID,
                "init": "Object.defineProperty(window, 'isSecureContext', { value: false });",
            },
            "must begin with https",
        ),
    ],
    ids=["desktop", "iphone", "firefox", "no https"],
)
def test_where_no_phone_reads_the_list_says_so_and_the_counter_stays_clear(
    opens: Opens, options: dict, words: str
) -> None:
    till = opens(**{"device": PHONE, **options})
    expect(nfc_row(till.page).get_by_text(words)).to_be_hidden()
    till.page.locator("[data-open=readers]").click()
    expect(nfc_row(till.page)).to_contain_text(words, use_inner_text=True)
    expect(nfc_row(till.page).get_by_role("button")).to_have_count(0)
    till.page.keyboard.press("Escape")
    till.tap("Espresso")
    till.charge()
    expect(till.panel.get_by_role("button", name="Read with this phone")).to_be_hidden()


# ---- Readers that type ----

# As a browser does with keys that nobody stopped; `keys` are [key, code, shift].
TYPED = """(keys) => {
  let at = performance.now();
  for (const [key, code, shiftKey] of keys) {
    const target = document.activeElement ?? document.body;
    const event = new KeyboardEvent("keydown", { key, code, shiftKey, bubbles: true, cancelable: true });
    Object.defineProperty(event, "timeStamp", { value: at += 9 });
    if (!target.dispatchEvent(event)) continue;
    if (key === "Enter") {
      if (target.form) target.form.requestSubmit();
      else target.click?.();
    } else if (key.length === 1 && target.matches("input")) {
      target.setRangeText(key, target.selectionStart, target.selectionEnd, "end");
      target.dispatchEvent(new Event("input", { bubbles: true }));
    }
  }
}"""
US = {"-": "Minus", "/": "Slash", ".": "Period", ":": "Semicolon", "?": "Slash", "=": "Equal", "&": "Digit7"}
SHIFTED = set(':?&"_')
CZECH = dict(zip("1234567890", "+ěščřžýáíé", strict=True)) | {
    "/": "-", "-": "=", ":": '"', "?": "_", "&": "7", "=": "Dead", "y": "z", "z": "y", "Y": "Z", "Z": "Y",
}  # fmt: skip


def types(page: Page, text: str, layout: dict[str, str] | None = None) -> None:
    """A reader that sends an American keyboard's keys types this, on a computer with that layout."""
    keys = []
    for sign in text:
        is_capital = sign.isalpha() and sign.isupper()
        code = f"Key{sign.upper()}" if sign.isalpha() else US.get(sign, f"Digit{sign}")
        keys.append([(layout or {}).get(sign, sign), code, is_capital or sign in SHIFTED])
    page.evaluate(TYPED, [*keys, ["Enter", "Enter", False]])


def test_a_reader_that_types_into_any_field_of_the_till_pays_and_leaves_it_as_it_was(
    opens: Opens, jana: Person
) -> None:
    till = opens()
    page = till.page
    till.tap("Espresso")
    search = page.get_by_label("Search the products")
    search.fill("esp")
    types(page, jana.token)
    till.expect_panel("paid", f"145.00{KC}")
    assert search.input_value() == "esp"
    till.press("Next customer")
    search.fill("")

    till.tap("Espresso")
    till.charge()
    till.panel.get_by_text("Type the number").click()
    number = till.panel.get_by_label("Number of the card")
    number.fill("04")
    types(page, jana.token)
    till.expect_panel("paid", f"90.00{KC}")
    till.press("Next customer")
    till.expect_basket(total=f"0.00{KC}")
    assert till.balance_minor(jana) == 9_000


@pytest.mark.parametrize("opener", ["readers", "payments", "shortcuts", "camera"])
def test_a_reader_that_types_is_heard_through_an_open_dialog_and_presses_nothing_in_it(
    opens: Opens, jana: Person, opener: str
) -> None:
    till = opens()
    till.tap("Espresso")
    if opener == "shortcuts":
        till.page.keyboard.press("?")
    elif opener == "camera":
        till.page.keyboard.press("r")
        till.page.locator("#readers [data-open=camera]").click()
    else:
        till.page.locator(f"[data-open={opener}]").first.click()
    dialog = till.page.locator(f"#{opener}")
    expect(dialog).to_be_visible()
    buttons = dialog.get_by_role("button")
    buttons.nth(buttons.count() - 1).focus()
    types(till.page, jana.token)
    till.expect_panel("paid", f"145.00{KC}")
    expect(dialog).to_be_hidden()


@pytest.mark.parametrize("focus", [".tile", "[data-act=charge]", "[data-act=clear]", ".stepper button", "summary"])
def test_a_reader_that_types_triggers_no_button(opens: Opens, jana: Person, focus: str) -> None:
    till = opens()
    till.tap("Croissant")
    till.page.locator(focus).first.focus()
    types(till.page, jana.token)
    till.expect_panel("paid", f"45.00{KC}", f"155.00{KC}")


@pytest.mark.parametrize("layout", [None, CZECH], ids=["american", "czech"])
@pytest.mark.parametrize("token", [TAP, "https://z.example/t/yz/AB2C-YZ34-WXY9-HJKM", "AB2C-YZ34-WXY9-HJKM"])
def test_a_typed_code_is_read_whatever_the_layout_and_its_signs_press_nothing(
    opens: Opens, token: str, layout: dict[str, str] | None
) -> None:
    till = opens()
    till.tap("Espresso", "Espresso")
    with till.page.expect_request("**/present/") as presented:
        types(till.page, token, layout)
    assert said(presented.value)["token"] == token
    till.page.wait_for_timeout(200)
    till.page.reload()
    till.expect_basket("2× Espresso", total=f"110.00{KC}")


def test_the_digits_of_a_typed_address_are_no_part_of_an_amount(opens: Opens) -> None:
    till = opens()
    till.page.keyboard.press("k")
    till.page.locator("#keypad").wait_for()
    till.page.keyboard.type("12,5", delay=150)
    till.page.wait_for_timeout(200)
    with till.page.expect_request("**/checkouts/") as opened:
        types(till.page, "https://7.a-rather-long-name-of-a-host.example/t/harbour/AB2C-YZ34-WXY9-HJKM")
    assert said(opened.value)["amount_minor"] == 1250


# ---- In the office, where a card is paired ----


def pairing(page: Page, shop: Shop, person: Person) -> None:
    sign_in(page, shop, "manager")
    page.goto(f"{shop.url}/office/{shop.programme}/customers/{person.customer}/pair/")
    expect(page.get_by_role("heading", name="Hold the card to the reader")).to_be_visible()


def expect_paired(page: Page, person: Person) -> None:
    expect(page).to_have_url(re.compile(f"{person.customer}/$"))
    expect(page.locator(".card-strip", has_text=NEW_UID[-4:])).to_be_visible()


def test_the_office_pairs_a_card_that_the_phone_reads(browser: Browser, shop: Shop, jana: Person) -> None:
    with browser.new_context(**PHONE, locale="en-GB") as context:
        context.add_init_script(phones.nfc())
        page = context.new_page()
        pairing(page, shop, jana)
        page.get_by_role("button", name="Use this phone as the reader").click()
        page.wait_for_function("window.nfc.isReading")
        page.evaluate("(uid) => window.nfc.tap(uid)", phones.colons(NEW_UID[:-4] + "0001"))
        expect(page.locator(".card-strip", has_text="0001")).to_be_visible()


def test_the_office_pairs_a_code_that_the_camera_sees(sees: Sees, shop: Shop, jana: Person) -> None:
    page = sees(NEW_UID[:-4] + "0002")().page
    page.context.clear_cookies()
    pairing(page, shop, jana)
    page.get_by_role("button", name="Scan a code").click()
    expect(page.locator(".card-strip", has_text="0002")).to_be_visible()


def test_the_office_pairs_what_a_keyboard_reader_types(browser: Browser, shop: Shop, jana: Person) -> None:
    with browser.new_context(**DESKTOP, locale="en-GB") as context:
        page = context.new_page()
        pairing(page, shop, jana)
        page.get_by_label("Card number").fill("what stood there")
        types(page, NEW_UID[:-4] + "0003")
        expect(page.locator(".card-strip", has_text="0003")).to_be_visible()


# ---- For everybody's eyes ----


@pytest.mark.parametrize("scheme", ["light", "dark"])
@devices
def test_axe_finds_nothing_in_any_state_of_the_readers(sees: Sees, device: dict, scheme: str) -> None:
    till = sees()(device, color_scheme=scheme, init=phones.nfc())
    found = {}
    till.page.locator("[data-open=readers]").click()
    expect(nfc_row(till.page)).to_contain_text("This device can read cards", use_inner_text=True)
    found["off"] = till.faults()
    till.page.get_by_role("button", name="Use this phone as the reader").click()
    expect(nfc_row(till.page).get_by_role("button", name="Stop reading")).to_be_visible()
    found["on"] = till.faults()
    till.page.locator("#readers [data-open=camera]").click()
    expect(till.page.locator("#camera[data-state=looking]")).to_be_visible()
    found["looking"] = till.faults()
    till.page.evaluate(
        "() => { navigator.mediaDevices.getUserMedia = async () => { throw new DOMException('', 'NotAllowedError'); } }"
    )
    till.page.keyboard.press("Escape")
    till.page.locator("#readers [data-open=camera]").click()
    expect(till.page.locator("#camera[data-state=denied]")).to_be_visible()
    found["denied"] = till.faults()
    assert {state: faults for state, faults in found.items() if faults} == {}

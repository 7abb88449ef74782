"""The reader that poses as a keyboard, in a browser."""

import json
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route

import groat.web

pytestmark = pytest.mark.journey

STATIC = Path(groat.web.__file__).parent / "static"
UID = "04A2B3C4D5E680"
PAGE = """<!doctype html><title>Wedge</title>
<input id="field" value="kept"><select id="choice"><option>Apple<option>Banana</select>
<form id="form"><input id="in-form"><button id="button">Pay</button></form>
<script type="module" src="/page.js"></script>"""
SCRIPT = """import { listen, isReader, decoded } from "/static/web/readers/wedge.js";
Object.assign(window, { isReader, decoded, tokens: [], presses: 0 });
window.deafen = listen((token) => tokens.push(token));
document.getElementById("form").addEventListener("submit", (event) => { event.preventDefault(); presses += 1; });
document.getElementById("button").addEventListener("click", () => { presses += 1; });"""


@pytest.fixture
def till(page: Page) -> Page:
    """A page that listens for cards and counts what else happens."""

    def answer(route: Route) -> None:
        path = route.request.url.removeprefix("http://till.test")
        if path == "/":
            route.fulfill(body=PAGE, content_type="text/html")
        elif path == "/page.js":
            route.fulfill(body=SCRIPT, content_type="text/javascript")
        else:
            route.fulfill(path=STATIC / path.removeprefix("/static/"), content_type="text/javascript")

    page.route("http://till.test/**", answer)
    page.goto("http://till.test/")
    page.wait_for_function("window.tokens", timeout=5000)
    return page


def read(page: Page, token: str) -> None:
    """A reader types a token and Enter. One message to the browser, since ours would be slower than a reader."""
    keys = [{"key": key, "code": code_of(key)} for key in token] + [{"key": "Enter", "code": "Enter"}]
    burst(page, keys)


def burst(page: Page, keys: list[dict[str, str]]) -> None:
    """Keys without a pause, with what a browser does by itself with a key that nobody stopped."""
    page.evaluate(
        """(keys) => {
          for (const { key, code } of keys) {
            const target = document.activeElement;
            const event = new KeyboardEvent("keydown", { key, code, bubbles: true, cancelable: true });
            if (!target.dispatchEvent(event)) continue;
            if (key === "Enter") {
              if (target.form) target.form.requestSubmit();
            } else if (target.matches("input")) {
              target.setRangeText(key, target.selectionStart, target.selectionEnd, "end");
              target.dispatchEvent(new Event("input", { bubbles: true }));
            }
          }
        }""",
        keys,
    )


def code_of(key: str) -> str:
    return f"Digit{key}" if key.isdigit() else f"Key{key.upper()}"


def tokens(page: Page) -> list[str]:
    return list(json.loads(page.evaluate("JSON.stringify(tokens)")))


def test_a_card_is_read_wherever_the_focus_is(till: Page) -> None:
    read(till, UID)
    till.focus("#button")
    read(till, UID)
    assert tokens(till) == [UID, UID]


def test_a_card_leaves_no_trace_in_the_field_it_fell_into(till: Page) -> None:
    till.focus("#field")
    till.evaluate("document.activeElement.setSelectionRange(1, 2)")
    read(till, UID)
    assert tokens(till) == [UID]
    assert till.input_value("#field") == "kept"
    selection = till.evaluate("[document.activeElement.selectionStart, document.activeElement.selectionEnd]")
    assert selection == [1, 2]


def test_a_card_neither_presses_a_button_nor_sends_a_form(till: Page) -> None:
    for place in ("#button", "#in-form"):
        till.focus(place)
        read(till, UID)
    assert (tokens(till), till.evaluate("presses")) == ([UID, UID], 0)


def test_real_keys_of_a_fast_reader_are_read(till: Page) -> None:
    # A busy machine hands keys on slower than any reader does, all or some; then the card is held to it again.
    for _ in range(8):
        till.fill("#field", "kept")
        till.keyboard.type("0123456789", delay=1)
        till.keyboard.press("Enter")
        if tokens(till)[-1:] == ["0123456789"]:
            break
    assert (tokens(till)[-1], till.input_value("#field")) == ("0123456789", "kept")


def test_what_a_person_types_stays(till: Page) -> None:
    till.focus("#in-form")
    till.keyboard.type("Novak 42", delay=60)
    till.keyboard.press("Enter")
    assert (tokens(till), till.input_value("#in-form")) == ([], "Novak 42")
    assert till.evaluate("presses") > 0


def test_a_person_who_typed_before_the_card_came_keeps_what_they_typed(till: Page) -> None:
    till.focus("#in-form")
    till.keyboard.type("Nov", delay=60)
    till.wait_for_timeout(200)
    read(till, UID)
    assert (tokens(till), till.input_value("#in-form")) == ([UID], "Nov")


def test_two_cards_after_each_other_are_two_tokens(till: Page) -> None:
    read(till, UID)
    read(till, "04112233445566")
    assert tokens(till) == [UID, "04112233445566"]


def test_a_short_burst_is_no_card(till: Page) -> None:
    till.focus("#field")
    read(till, "12345")
    assert tokens(till) == []


def test_a_czech_keyboard_layout_is_read_back(till: Page) -> None:
    czech = [("é", "Digit0"), ("č", "Digit4"), ("a", "KeyA"), ("ě", "Digit2"), ("š", "Digit3"), ("ř", "Digit5")]
    burst(till, [{"key": key, "code": code} for key, code in [*czech, ("Enter", "Enter")]])
    assert tokens(till) == ["04a235"]


ADDRESS = "https://yz.example/t/club?p=E8&m=94"
CODE = "AB2C-YZ34-WXY9-HJKM"
SIGNS = {"-": "Minus", "/": "Slash", ".": "Period", ":": "Semicolon", "?": "Slash", "=": "Equal", "&": "Digit7"}
GERMAN = str.maketrans("yzYZ-/:?&", "zyZYß-Ö_/")
CZECH = str.maketrans("yzYZ1234567890-/:?&", 'zyZY+ěščřžýáíé=-"_7')


def pressed(text: str, layout: dict[int, str] | None = None) -> list[dict[str, object]]:
    """The keys of an American keyboard that write a text, as a computer with a layout sees them."""
    return [
        {
            "key": "Dead" if sign == "=" and layout else sign.translate(layout or {}),
            "code": SIGNS.get(sign) or code_of(sign),
            "shift": sign in ":?&" or (sign.isalpha() and sign.isupper()),
        }
        for sign in text
    ]


@pytest.mark.parametrize("layout", [None, GERMAN, CZECH], ids=["american", "german", "czech"])
@pytest.mark.parametrize("text", [ADDRESS, CODE, UID, "0123456789", "ABCD-EFGH-JKLM-NPYZ"])
def test_codes_and_addresses_are_read_back_from_any_layout(till: Page, text: str, layout: dict[int, str]) -> None:
    assert till.evaluate("(keys) => decoded(keys)", pressed(text, layout)) == text


def test_a_reader_that_was_set_to_the_computers_layout_is_believed(till: Page) -> None:
    # A Czech keyboard has the sign of an address elsewhere: & is AltGr and C, - is where the Americans have a slash.
    codes = {"-": "Slash", "&": "KeyC", "/": "BracketLeft", ":": "Period", "?": "Comma", "=": "Minus"}
    keys = [{"key": sign, "code": codes.get(sign) or code_of(sign), "shift": False} for sign in ADDRESS]
    assert till.evaluate("(keys) => decoded(keys)", keys) == ADDRESS


def test_caps_lock_does_not_turn_an_address_round(till: Page) -> None:
    keys = [{**key, "isCaps": True} for key in pressed(ADDRESS.swapcase())]
    assert till.evaluate("(keys) => decoded(keys)", keys) == ADDRESS
    keys = [{**key, "isCaps": False} for key in pressed(ADDRESS.upper())]
    assert till.evaluate("(keys) => decoded(keys)", keys) == ADDRESS.upper()


def test_a_sign_made_with_altgr_is_part_of_what_is_read(till: Page) -> None:
    till.evaluate(
        """() => {
          const altGr = { ctrlKey: true, altKey: true, modifierAltGraph: true };
          const press = (key, code, more = {}) => document.body.dispatchEvent(
            new KeyboardEvent("keydown", { key, code, bubbles: true, cancelable: true, ...more }));
          for (const key of "0412?p=1") press(key, "");
          press("Control", "ControlLeft", { ctrlKey: true });
          press("AltGraph", "AltRight", altGr);
          press("&", "KeyC", altGr);
          for (const key of "m=2") press(key, "");
          press("Enter", "Enter");
        }"""
    )
    assert tokens(till) == ["0412?p=1&m=2"]


def test_a_key_that_is_held_down_is_no_reader(till: Page) -> None:
    faults: list[str] = []
    till.on("pageerror", lambda error: faults.append(str(error)))
    till.focus("#in-form")
    till.evaluate(
        """() => {
          const press = (key, repeat) => document.activeElement.dispatchEvent(
            new KeyboardEvent("keydown", { key, code: "KeyA", repeat, bubbles: true, cancelable: true }));
          press("a", false);
          for (let count = 0; count < 30; count += 1) press("a", true);
          press("Enter", false);
        }"""
    )
    assert (tokens(till), faults) == ([], [])


def test_the_number_pad_and_capitals_are_read(till: Page) -> None:
    keys = [*({"key": key, "code": f"Numpad{key}"} for key in "0412"), {"key": "A", "code": "KeyA"}]
    burst(till, [*keys, {"key": "F", "code": "KeyF"}, {"key": "Enter", "code": "NumpadEnter"}])
    assert tokens(till) == ["0412AF"]


def test_nobody_hears_after_listening_has_stopped(till: Page) -> None:
    till.evaluate("deafen()")
    till.focus("#field")
    read(till, UID)
    assert (tokens(till), till.input_value("#field")) == ([], f"{UID}kept")


@pytest.mark.parametrize(
    ("times", "is_reader"),
    [
        ([0, 5, 10, 15, 20, 25, 30], True),
        ([0, 35, 70, 105, 140, 175, 210], True),
        ([0, 36, 72, 108, 144, 180, 216], False),
        ([0, 5, 10, 15, 20, 25, 300], False),
        ([0, 5, 10, 15, 20, 25], False),
        ([0, 5, 90, 95, 100, 105, 110], True),
    ],
)
def test_the_median_gap_tells_a_reader_from_a_person(till: Page, times: list[int], is_reader: bool) -> None:
    assert till.evaluate("(times) => isReader(times)", times) is is_reader

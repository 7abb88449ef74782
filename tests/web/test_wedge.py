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
    # A busy machine hands the keys on slower than any reader does; then the card is held to it again.
    for _ in range(8):
        till.fill("#field", "kept")
        till.keyboard.type("0123456789", delay=1)
        till.keyboard.press("Enter")
        if tokens(till):
            break
    assert (tokens(till), till.input_value("#field")) == (["0123456789"], "kept")


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

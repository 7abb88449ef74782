"""A till in a browser, and the hands of who stands before and behind it."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.request import Request, urlopen

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, expect

from tests.journeys.shop import Person, Shop

PHONE: dict[str, Any] = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
DESKTOP: dict[str, Any] = {"viewport": {"width": 1280, "height": 800}}
# What a loudspeaker would play: the pitch with which each sound begins.
EARS = """window.heard = [];
const start = AudioScheduledSourceNode.prototype.start;
AudioScheduledSourceNode.prototype.start = function (...at) {
  window.heard.push(this.frequency.value);
  return start.apply(this, at);
};"""
PAID_HZ, DECLINED_HZ = 1046.5, 233
# Real keys carry the time at which they were pressed, however busy the machine is; so do these.
READER = """([token, pause]) => {
  let at = performance.now();
  for (const key of [...token, "Enter"]) {
    const code = key === "Enter" ? key : /[0-9]/.test(key) ? `Digit${key}` : `Key${key}`;
    const event = new KeyboardEvent("keydown", { key, code, bubbles: true, cancelable: true });
    Object.defineProperty(event, "timeStamp", { value: at += pause });
    (document.activeElement ?? document.body).dispatchEvent(event);
  }
}"""
SETTLED = """() => Promise.all(
  document.getAnimations()
    // What lies in a closed menu stands still, and would be waited for without end.
    .filter((one) => one.effect.target.checkVisibility())
    .filter((one) => one.effect.getComputedTiming().iterations === 1 && one.effect.getTiming().duration < 1000)
    .map((one) => one.finished.catch(() => {})),
)"""
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


@dataclass
class Counter:
    """A till's page with somebody signed in."""

    page: Page
    shop: Shop
    name: str
    id: str

    @property
    def panel(self) -> Locator:
        return self.page.locator("#panel")

    @property
    def total(self) -> Locator:
        return self.page.locator("[data-act=charge] [data-fill=total]")

    def tap(self, *products: str) -> None:
        for product in products:
            self.page.locator(".tile:visible", has_text=product).click()

    def charge(self) -> None:
        self.page.locator("[data-act=charge]").click()
        self.expect_panel("waiting", "Hold the card to the reader")

    def press(self, name: str) -> None:
        """A button of the panel."""
        self.panel.get_by_role("button", name=name).click()

    def read(self, token: str, *, pause_ms: int = 0) -> None:
        """A reader that poses as a keyboard: one message to the browser, since ours would be slower than a reader."""
        self.page.evaluate(READER, [token, pause_ms])

    def expect_panel(self, name: str, *texts: str) -> None:
        expect(self.page.locator(f"#panel[open][data-panel={name}]")).to_be_visible()
        for text in texts:
            expect(self.panel).to_contain_text(text)

    def expect_free(self) -> None:
        """Ready for the next customer."""
        expect(self.panel).to_be_hidden()

    def expect_basket(self, *lines: str, total: str) -> None:
        names = self.page.locator(".till-basket .lines [data-fill=name]")
        quantities = self.page.locator(".till-basket .lines output")
        expect(names).to_have_count(len(lines))
        shown = [f"{q}× {n}" for q, n in zip(quantities.all_text_contents(), names.all_text_contents(), strict=True)]
        assert shown == list(lines)
        expect(self.page.locator(".till-basket footer [data-fill=total]").first).to_have_text(total)

    def heard(self) -> list[float]:
        pitches: list[float] = json.loads(self.page.evaluate("JSON.stringify(window.heard)"))
        return pitches

    def faults(self) -> list[str]:
        """What axe finds wrong with what is on the screen."""
        # An animation under way is neither here nor there.
        self.page.evaluate(SETTLED)
        found = Axe().run(self.page, options={"runOnly": {"type": "tag", "values": WCAG}})
        return [
            f"{fault['id']}: {node['target']} {node['failureSummary']}"
            for fault in found.response["violations"]
            for node in fault["nodes"]
        ]

    # ---- What an integrator sees ----

    def rest(self, method: str, path: str, body: Any = None, *, key: str = "") -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {self.shop.api_key}", "Content-Type": "application/json"}
        if key:
            headers["Idempotency-Key"] = key
        data = None if body is None else json.dumps(body).encode()
        asked = Request(f"{self.shop.url}/api/v1/{path}", data=data, headers=headers, method=method)
        with urlopen(asked) as answer:
            told: dict[str, Any] = json.load(answer)
        return told

    def balance_minor(self, person: Person) -> int:
        balance: int = self.rest("GET", f"wallets/{person.wallet}")["posted_minor"]
        return balance

    def lots(self, person: Person) -> list[tuple[int, bool]]:
        """(remaining, whether it expires), in the order in which they are used."""
        lots = self.rest("GET", f"wallets/{person.wallet}")["lots"]
        return [(lot["remaining_minor"], lot["expires_at"] is not None) for lot in lots]

    def statement(self, person: Person) -> list[tuple[str, int, int]]:
        """(kind, amount, balance after it), newest first."""
        lines = self.rest("GET", f"wallets/{person.wallet}/statement")["items"]
        return [(line["kind"], line["amount_minor"], line["balance_minor"]) for line in lines]


type Opens = Callable[..., Counter]
type Sees = Callable[..., Opens]

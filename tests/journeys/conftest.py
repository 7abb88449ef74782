"""A real server in a process of its own, and browsers before it."""

import itertools
import json
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserType, StorageState, expect

from tests import servers
from tests.journeys import videos
from tests.journeys.counter import DESKTOP, EARS, Counter, Opens, Sees
from tests.journeys.shop import Person, Shop

OF_OUR_OWN_MAKING = (
    "Failed to load resource",
    # Most journeys are not about the app that works without a network; in the others it is cut off.
    "Service Worker registration blocked",
    "An unknown error occurred when fetching the script",
)
"""What the browser complains of because a test wanted it so."""
PATIENCE_MS = 45_000
"""A machine that runs other things beside the tests may be slow."""


expect.set_options(timeout=PATIENCE_MS)


@pytest.fixture(scope="session")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """The shop, open: `groat serve` on a free port, with a database of its own."""
    var = tmp_path_factory.mktemp("shop")
    database_url = f"sqlite:///{var / 'groat.sqlite3'}"
    # As an operator runs it, not with the settings of the tests.
    mail_port = servers.free_port()
    settings = {
        "DJANGO_SETTINGS_MODULE": "groat.config.settings",
        "GROAT_DEMO": "1",
        "GROAT_MAIL_URL": f"smtp://127.0.0.1:{mail_port}?tls=no",
    }
    environment = servers.environment(var=var, database_url=database_url, **settings)
    said = "from tests.journeys import opening; opening.tell()"
    opening = [str(servers.GROAT), "shell", "--verbosity", "0", "--command", said]
    made = subprocess.run(opening, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    with servers.serving(environment, log=var / "server.log") as url:
        yield Shop.told(url, json.loads(made.stdout), mail_port=mail_port, environment=environment)


@pytest.fixture(scope="session")
def _people(shop: Shop) -> Iterator[Person]:
    return iter(shop.people)


@pytest.fixture
def jana(_people: Iterator[Person]) -> Person:
    """Somebody who has 200,00 Kč and whom no other test has met."""
    return next(_people)


@pytest.fixture
def petr(_people: Iterator[Person]) -> Person:
    """Somebody else."""
    return next(_people)


@pytest.fixture(scope="session")
def _signed_in(browser: Browser, shop: Shop) -> StorageState:
    """What a browser keeps of a cashier who has signed in, so that not every test has to."""
    with browser.new_context() as context:
        sign_in(context.new_page(), shop, "cashier")
        return context.storage_state()


def sign_in(page: Any, shop: Shop, role: str) -> None:
    email = f"{role}@harbour.example"
    page.goto(f"{shop.url}/account/login/")
    page.fill("[name=login]", email)
    page.fill("[name=password]", shop.passwords[email])
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "/account/" not in url)


@pytest.fixture(scope="session")
def _tills(shop: Shop) -> Iterator[tuple[str, str]]:
    return iter(shop.tills)


@pytest.fixture
def place(_tills: Iterator[tuple[str, str]]) -> tuple[str, str]:
    """Name and id of a till at which no other test has left anything."""
    return next(_tills)


@contextmanager
def _opening(browser: Browser, shop: Shop, place: tuple[str, str], signed_in: StorageState) -> Iterator[Opens]:
    """What opens a till in this browser; in the end nothing may have been complained of."""
    contexts = []

    def open_it(device: dict[str, Any] = DESKTOP, *, init: str = "", **options: Any) -> Counter:
        # A service worker fetches all that a page is made of once more: only where it is needed.
        usual = {"locale": "en-GB", "service_workers": "block"}
        context = browser.new_context(storage_state=signed_in, **{**usual, **device, **options})
        contexts.append(context)
        context.set_default_timeout(PATIENCE_MS)
        context.add_init_script(EARS)
        context.add_init_script(init)
        page = context.new_page()
        # Nothing that a page complains of is let pass, its own refusals apart.
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda said: _hear(said, complaints))
        page.goto(f"{shop.url}/till/{shop.programme}/{place[1]}/")
        return Counter(page, shop, *place)

    complaints: list[str] = []
    yield open_it
    for context in contexts:
        context.close()
    assert complaints == []


@pytest.fixture
def opens(browser: Browser, shop: Shop, place: tuple[str, str], _signed_in: StorageState) -> Iterator[Opens]:
    """Open the test's till on a device: `opens(PHONE, color_scheme="dark")`."""
    with _opening(browser, shop, place, _signed_in) as open_it:
        yield open_it


@pytest.fixture
def sees(
    browser_type: BrowserType,
    browser_type_launch_args: dict[str, Any],
    shop: Shop,
    place: tuple[str, str],
    _signed_in: StorageState,
    tmp_path: Path,
) -> Iterator[Sees]:
    """As `opens`, in a browser before whose camera these codes are held: `sees(jana.token)(PHONE)`.

    `cameras` is how many it has.
    """
    number = itertools.count()
    with ExitStack() as stack:

        def see(*texts: str, cameras: int = 1) -> Opens:
            flags = [*browser_type_launch_args["args"], "--use-fake-ui-for-media-stream"]
            if cameras:
                flags.append(f"--use-fake-device-for-media-stream=device-count={cameras}")
            # A file makes one camera; two see what Chromium draws for them.
            if cameras == 1:
                video = videos.of_codes(*texts, to=tmp_path / f"{next(number)}.y4m")
                flags.append(f"--use-file-for-fake-video-capture={video}")
            launched = browser_type.launch(**{**browser_type_launch_args, "args": flags})
            stack.callback(launched.close)
            return stack.enter_context(_opening(launched, shop, place, _signed_in))

        yield see


def _hear(said: Any, complaints: list[str]) -> None:
    if said.type in {"error", "warning"} and not any(text in said.text for text in OF_OUR_OWN_MAKING):
        complaints.append(said.text)

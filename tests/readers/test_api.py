"""What a reader's program asks over the wire."""

import json
import secrets
from typing import Any

import pytest
from django.conf import LazySettings
from django.test import Client
from django.utils import timezone, translation
from django.utils.translation import gettext

from groat.cards import actions as cards
from groat.programmes import actions as programmes
from groat.programmes.models import Programme, Till
from groat.readers import actions, api
from groat.till import actions as tills
from tests import factories
from tests.factories import a_deed

pytestmark = pytest.mark.django_db

KEY = "a-key-of-sixteen"


class Program:
    """A paired reader's program."""

    def __init__(self, till: Till | None = None) -> None:
        api._strangers.cache_clear()
        api._readers.cache_clear()
        self.till = till or factories.a_till(programme=factories.a_programme(language="cs"))
        _, self.code = actions.invite(till=self.till, random=secrets.token_bytes(8), deed=a_deed(now=timezone.now()))
        self._client = Client()
        self.token = ""

    def ask(self, method: str, name: str, body: Any = None, **headers: str) -> tuple[int, Any]:
        named = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        raw = b"" if body is None else json.dumps(body).encode()
        answer = self._client.generic(
            method, f"/api/v1/reader/{name}", raw, "application/json" if raw else "", headers={**named, **headers}
        )
        return answer.status_code, json.loads(answer.content) if answer.content else None

    def paired(self) -> "Program":
        status, told = self.ask("POST", "pair", {"code": self.code, "device": "ACR1222L", "version": "0.1"})
        assert (status, told.pop("reader")[14]) == (201, "7")
        self.token = told.pop("token")
        assert told == {"programme": self.till.programme.name, "till": "Counter", "language": "cs"}
        return self

    def presented(self, token: str, key: str = KEY) -> tuple[int, Any]:
        return self.ask("POST", "presentations", {"token": token}, **{"Idempotency-Key": key})


def a_programme_with(program: Program) -> Programme:
    programme = program.till.programme
    assert isinstance(programme, Programme)
    return programme


@pytest.fixture
def program() -> Program:
    return Program().paired()


def code_of(answer: tuple[int, Any]) -> tuple[int, str]:
    return answer[0], answer[1]["code"]


def test_the_display_follows_what_waits_at_the_till(program: Program) -> None:
    status, idle = program.ask("GET", "display")
    tills.open_checkout(till=program.till, amount_minor=4500, deed=a_deed(now=timezone.now()))
    _, waiting = program.ask("GET", "display")

    assert (status, idle["state"], idle["lines"][0]) == (200, "idle", a_programme_with(program).name)
    assert (waiting["state"], waiting["lines"]) == ("waiting", ["K zaplacení", "45,00"])
    assert idle["revision"] != waiting["revision"]


def test_a_payment_is_answered_with_what_the_reader_shows(program: Program) -> None:
    wallet, token = factories.a_wallet(programme=a_programme_with(program)), factories.a_token()
    factories.a_card(wallet=wallet, token=token)
    factories.funded(wallet, 35_750)
    tills.open_checkout(till=program.till, amount_minor=4500, deed=a_deed(now=timezone.now()))

    paid = (200, {"state": "paid", "good": True, "lines": ["Zaplaceno 45,00", "Zůstatek 312,50"]})
    assert [program.presented(token), program.presented(token)] == [paid, paid]
    assert program.presented(token, key="another-key-later") == (
        200,
        {"state": "balance", "good": True, "lines": ["Zůstatek", "312,50"]},
    )


def test_a_declined_card_is_told_what_is_missing(program: Program) -> None:
    token = factories.a_token()
    factories.a_card(wallet=factories.a_wallet(programme=a_programme_with(program)), token=token)
    tills.open_checkout(till=program.till, amount_minor=4500, deed=a_deed(now=timezone.now()))
    assert program.presented(token) == (
        200,
        {"state": "declined", "good": False, "lines": ["Málo kreditu", "Chybí 45,00"]},
    )


def test_what_is_no_card_is_refused(program: Program) -> None:
    assert program.presented("nonsense") == (200, {"state": "refused", "good": False, "lines": ["Nečitelné", ""]})


@pytest.mark.parametrize("name", ["display", "events"])
def test_an_unpaired_reader_is_let_in_nowhere(program: Program, name: str) -> None:
    program.token = "gr_guessed"
    assert code_of(program.ask("GET", name)) == (401, "reader_unknown")
    program.token = ""
    assert code_of(program.ask("GET", name)) == (401, "reader_unknown")


def test_a_wrong_code_is_told_and_soon_not_even_looked_at() -> None:
    program = Program()
    answers = [code_of(program.ask("POST", "pair", {"code": "9999-9998"})) for _ in range(12)]
    assert answers == [(404, "reader_code_unknown")] * 10 + [(429, "rate_limited")] * 2


def test_a_token_is_not_guessed_for_long(program: Program, settings: LazySettings) -> None:
    settings.STRANGERS_PER_MINUTE = 5
    program.token = "gr_guessed"
    answers = {code_of(program.ask("GET", "display")) for _ in range(20)}
    assert answers == {(401, "reader_unknown"), (429, "rate_limited")}


def test_a_tap_that_was_long_on_its_way_does_not_pay_for_who_stands_there_now(program: Program) -> None:
    wallet, token = factories.a_wallet(programme=a_programme_with(program)), factories.a_token()
    factories.a_card(wallet=wallet, token=token)
    factories.funded(wallet, 10_000)
    tills.open_checkout(till=program.till, amount_minor=4500, deed=a_deed(now=timezone.now()))

    def late(key: str, seconds: int) -> Any:
        headers = {"Idempotency-Key": key, "Groat-Seconds-Since-Tap": str(seconds)}
        return program.ask("POST", "presentations", {"token": token}, **headers)[1]["state"]

    # What was decided in time is told however late it is asked for.
    assert [late(KEY, 16), late("another-key-of-16", 15), late("another-key-of-16", 600)] == ["refused", "paid", "paid"]


def test_a_presentation_needs_a_key_and_a_body_that_says_something(program: Program) -> None:
    assert code_of(program.presented("04A2", key="short")) == (400, "idempotency_key_missing")
    assert code_of(program.ask("POST", "presentations", {}, **{"Idempotency-Key": KEY})) == (422, "invalid_request")
    assert code_of(program.ask("PUT", "state", {"state": "bored"})) == (422, "invalid_request")


def test_a_reader_says_how_it_is(program: Program) -> None:
    assert program.ask("PUT", "state", {"state": "ready", "device": "ACS ACR1222L 3S PICC"}) == (204, None)
    assert program.till.readers.get().state == "ready"


def test_the_stream_of_events_is_one(program: Program) -> None:
    answer = Client().get("/api/v1/reader/events", headers={"Authorization": f"Bearer {program.token}"})
    assert (answer.status_code, answer["Content-Type"], answer.streaming) == (200, "text/event-stream", True)


def test_while_the_pin_is_typed_the_display_points_to_the_till(program: Program) -> None:
    programme = a_programme_with(program)
    programmes.change_programme(programme=programme, confirm_from_minor=1000, confirm_by="pin", deed=a_deed())
    wallet, token = factories.a_wallet(programme=programme), factories.a_token()
    cards.set_pin(card=factories.a_card(wallet=wallet, token=token), pin="4821", deed=a_deed())
    factories.funded(wallet, 10_000, now=timezone.now())
    tills.open_checkout(till=program.till, amount_minor=4500, deed=a_deed(now=timezone.now()))

    status, told = program.presented(token)
    _, shown = program.ask("GET", "display")

    with translation.override("cs"):
        first = gettext("PIN at the till")
    assert (status, told["state"], told["lines"]) == (200, "confirming", [first, "45,00"])
    assert (shown["state"], shown["lines"]) == ("confirming", [first, "45,00"])
    assert len(first) <= 16

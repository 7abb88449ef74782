"""What every operation has in common: paths, methods, bodies, limits, faults."""

import json
import logging
from typing import Any

import pytest
from django.test import Client

from groat.customers import queries
from tests.factories import a_customer, some_staff
from tests.rest import Caller, code, told

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("path", ["/api/", "/api/v1/", "/api/v1/payment", "/api/v2/payments", "/api/v1/programme/"])
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_any_other_path_answers_a_problem(path: str, method: str):
    assert code(Caller().call(method, path)) == (404, "not_found")


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("POST", "/api/v1/programme", {"GET"}),
        ("DELETE", "/api/v1/customers", {"GET", "POST"}),
        ("PUT", "/api/v1/payments", {"GET", "POST"}),
        ("TRACE", "/api/v1/payments", {"GET", "POST"}),
    ],
)
def test_what_is_not_done_here_is_told_with_what_is(method: str, path: str, allowed: set[str]):
    answer = Caller().call(method, path)

    assert code(answer) == (405, "method_not_allowed")
    assert set(answer["Allow"].split(", ")) == allowed


def test_a_body_that_is_no_json_by_its_header_is_refused():
    caller = Caller()

    answers = [
        caller.call("POST", "/api/v1/customers", b"{}", content_type=content_type)
        for content_type in ("text/plain", "application/x-www-form-urlencoded", "application/xml")
    ]

    assert [code(answer) for answer in answers] == [(415, "unsupported_media_type")] * 3
    told(caller.call("POST", "/api/v1/customers", b"{}", content_type="Application/JSON; charset=utf-8"), 201)


def test_a_body_that_is_too_large_is_refused():
    caller = Caller()

    assert code(caller.call("POST", "/api/v1/customers", b" " * 65_537)) == (413, "too_large")
    assert code(caller.call("POST", "/api/v1/customers", b"{}", headers={"Content-Length": "65537"})) == (
        413,
        "too_large",
    )
    told(caller.call("POST", "/api/v1/customers", b"{}" + b" " * 65_534), 201)


def test_a_body_that_is_no_json_is_refused():
    assert code(Caller().call("POST", "/api/v1/customers", b"{")) == (400, "malformed_json")


def test_a_missing_body_is_an_invalid_request():
    answer = Caller().post("/api/v1/customers")

    assert code(answer) == (422, "invalid_request")
    assert told(answer, 422)["errors"] == [{"in": "body", "pointer": "", "message": "Field required"}]


def test_every_answer_tells_the_state_of_the_limit():
    caller = Caller(per_minute=60)

    answers = [caller.get("/api/v1/programme"), caller.get("/api/v1/customers/x"), caller.post("/api/v1/customers", 1)]

    assert [answer["RateLimit-Policy"] for answer in answers] == ['"key";q=60;w=60'] * 3
    assert [answer["RateLimit"].split(";")[1] for answer in answers] == ["r=59", "r=58", "r=57"]


def test_too_many_requests_are_refused_with_when_to_come_again():
    caller = Caller(per_minute=2)

    answers = [caller.get("/api/v1/programme") for _ in range(3)]

    assert code(answers[2]) == (429, "rate_limited")
    assert 1 <= int(answers[2]["Retry-After"]) <= 30


def test_a_key_that_is_not_told_or_not_known_is_refused():
    caller = Caller()

    for authorization, problem in (("", "key_missing"), ("Bearer groat_unknown", "key_invalid")):
        answer = caller.call("GET", "/api/v1/programme", headers={"Authorization": authorization})
        assert code(answer) == (401, problem)
        assert answer["WWW-Authenticate"].startswith("Bearer")


def test_who_is_signed_in_on_the_pages_is_nobody_here():
    staff = some_staff("owner")
    browser = Client()
    browser.force_login(staff.user)

    assert code(browser.get("/api/v1/programme")) == (401, "key_missing")  # type: ignore[arg-type]


def test_no_cross_site_token_is_asked_for_and_no_cookie_set():
    caller = Caller()
    caller._client = Client(enforce_csrf_checks=True)

    answer = caller.post("/api/v1/customers", {})

    assert answer.status_code == 201
    assert not answer.cookies


def test_a_fault_of_ours_is_recorded_and_tells_nothing(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    def broken(**_: Any) -> None:
        raise RuntimeError("the secret of the house")

    monkeypatch.setattr(queries, "search", broken)
    caller = Caller()
    caller._client = Client(raise_request_exception=False)

    with caplog.at_level(logging.ERROR, "groat.api.http"):
        answer = caller.get("/api/v1/customers")

    assert json.loads(answer.content) == {
        "type": "/api/problems#internal_error",
        "title": "Something went wrong on our side",
        "status": 500,
        "detail": "The error was recorded.",
        "code": "internal_error",
    }
    assert "the secret of the house" in caplog.text


def test_answers_are_in_english_whatever_the_browser_speaks():
    caller = Caller()
    customer = a_customer(programme=caller.programme)

    answer = caller.call(
        "PATCH", f"/api/v1/customers/{customer.public_id}", {"email": ""}, headers={"Accept-Language": "cs"}
    )

    assert told(answer, 422)["detail"] == "A customer with a name needs an e-mail address or a phone number."

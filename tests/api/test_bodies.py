"""How bodies are read, and what is said when they cannot be."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from groat.api import bodies
from groat.api.bodies import Amount, Body, Id, Line, Moment, Text, optional, read
from groat.api.problems import ProblemRaised


class Note(Body):
    by: Id = optional()
    at: Moment = optional()
    title: Line = ""
    text: Text = ""
    stars: Amount = optional()


def refused(body: bytes) -> dict[str, Any]:
    with pytest.raises(ProblemRaised) as raised:
        read(Note, body)
    told: dict[str, Any] = json.loads(raised.value.answer.body)
    return told


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        (b"{", "Expecting property name enclosed in double quotes: line 1, column 2."),
        (b"\xff", "It cannot be read as UTF-8 JSON."),
        (b'{"title": NaN}', "It cannot be read as UTF-8 JSON."),
        (b'{"title": Infinity}', "It cannot be read as UTF-8 JSON."),
        (b'{"n": ' + b"9" * 5000 + b"}", "It cannot be read as UTF-8 JSON."),
        (b'{"a":' * 10_000 + b"1" + b"}" * 10_000, "It is nested too deeply."),
    ],
)
def test_what_is_no_json_says_where(body: bytes, detail: str):
    assert refused(body[: bodies.LARGEST_BYTES]) == {
        "type": "/api/problems#malformed_json",
        "title": "The body is no JSON",
        "status": 400,
        "detail": detail,
        "code": "malformed_json",
    }


def test_a_body_has_a_largest_size():
    assert refused(b" " * (bodies.LARGEST_BYTES + 1))["code"] == "too_large"


def test_each_value_that_cannot_be_is_named_by_its_place():
    told = refused(b'{"by": 1, "title": "a\\u0007", "surprise/~": 1}')

    assert told["errors"] == [
        {"in": "body", "pointer": "/by", "message": "UUID input should be a string, bytes or UUID object"},
        {"in": "body", "pointer": "/title", "message": told["errors"][1]["message"]},
        {"in": "body", "pointer": "/surprise~1~0", "message": "Extra inputs are not permitted"},
    ]
    assert told["detail"] == "body /by: UUID input should be a string, bytes or UUID object"


def test_what_was_sent_is_not_repeated():
    assert "SECRET" not in json.dumps(refused(b'{"by": "SECRET", "at": "SECRET"}'))


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("2027-01-31T22:59:59Z", datetime(2027, 1, 31, 22, 59, 59, tzinfo=UTC)),
        ("2027-01-31t22:59:59z", datetime(2027, 1, 31, 22, 59, 59, tzinfo=UTC)),
        ("2027-02-01T00:59:59.5+02:00", datetime(2027, 1, 31, 22, 59, 59, 500_000, tzinfo=UTC)),
    ],
)
def test_a_moment_is_read_as_in_rfc_3339(text: str, at: datetime):
    assert read(Note, json.dumps({"at": text}).encode()).at == at


@pytest.mark.parametrize(
    "text",
    ["2027-01-31", "2027-01-31T22:59:59", "2027-13-01T00:00:00Z", "20270131T225959Z", "9999-12-31T23:59:59-14:00", ""],
)
def test_what_is_no_moment_is_refused(text: str):
    assert refused(json.dumps({"at": text}).encode())["code"] == "invalid_request"


@pytest.mark.parametrize("text", ["0190a5c27f2e7c318a4e5d1c2b3a4f50", "{0190a5c2-7f2e-7c31-8a4e-5d1c2b3a4f50}", "x"])
def test_an_id_is_written_in_one_way(text: str):
    assert refused(json.dumps({"by": text}).encode())["code"] == "invalid_request"


def test_only_text_may_have_line_breaks():
    assert read(Note, b'{"text": "a\\n\\tb"}').text == "a\n\tb"
    for body in (b'{"title": "a\\nb"}', b'{"text": "a\\u0000"}', b'{"title": "a\\n"}', b'{"text": "\\ud800"}'):
        assert refused(body)["code"] == "invalid_request"


def test_a_whole_number_is_one_however_it_is_written():
    assert read(Note, b'{"stars": 3.0}').stars == 3
    for stars in ("3.5", "true", '"3"', "null", "1e400", "0"):
        assert refused(b'{"stars": %s}' % stars.encode())["code"] in {"invalid_request", "malformed_json"}


def test_what_is_left_out_is_not_null():
    assert read(Note, b"{}").model_fields_set == set()
    assert refused(b'{"by": null}')["code"] == "invalid_request"


def test_two_spellings_of_a_body_are_one():
    assert bodies.canonical(bodies.parsed(b'{"b": 1, "a": [1, 2]}')) == bodies.canonical(
        bodies.parsed(b'{ "a":[1,2],"b":1 }')
    )

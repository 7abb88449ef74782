"""JSON as this API writes it."""

from datetime import UTC, datetime, timedelta, timezone
from enum import StrEnum
from uuid import UUID

import pytest
from pydantic_core import PydanticSerializationError

from groat.api.answers import Answer, dumped, moment, of_json
from groat.api.operations import At, Out


class Colour(StrEnum):
    RED = "red"


class Thing(Out):
    at: At


def test_json_is_compact_and_in_utf8():
    assert dumped({"name": "Žaneta", "amounts": [1, None, True]}) == (
        '{"name":"Žaneta","amounts":[1,null,true]}'.encode()
    )


def test_a_time_is_told_in_utc():
    at = datetime(2026, 3, 1, 10, 30, tzinfo=timezone(timedelta(hours=1)))

    assert dumped([moment(at), Thing(at=at)]) == b'["2026-03-01T09:30:00Z",{"at":"2026-03-01T09:30:00Z"}]'


def test_ids_choices_and_tuples_have_a_form():
    assert dumped([UUID(int=0), Colour.RED, ("a",)]) == b'["00000000-0000-0000-0000-000000000000","red",["a"]]'


def test_what_has_no_form_is_a_bug():
    with pytest.raises(PydanticSerializationError, match="no form"):
        dumped(object())


def test_an_answer_takes_more_headers():
    answer = of_json(201, {}, headers=[("Location", "/x")]).with_headers([("RateLimit", "r")])

    assert answer == Answer(
        201,
        (("Content-Type", "application/json"), ("Cache-Control", "no-store"), ("Location", "/x"), ("RateLimit", "r")),
        b"{}",
    )


def test_a_moment_is_exact_to_the_microsecond():
    assert dumped(datetime(2026, 3, 1, 0, 0, 0, 123456, tzinfo=UTC)) == b'"2026-03-01T00:00:00.123456Z"'

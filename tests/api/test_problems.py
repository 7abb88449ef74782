"""One table from code to status, and the answers made by it."""

import json
import pkgutil
from dataclasses import dataclass, fields
from importlib import import_module

import pytest

import groat
from groat.api.answers import Answer
from groat.api.document import FACTS
from groat.api.problems import KINDS, problem, refused
from groat.errors import Refusal

MEMBERS = {"type", "title", "status", "detail", "code", "errors"}


def refusals(cls: type[Refusal] = Refusal) -> list[type[Refusal]]:
    return [found for sub in cls.__subclasses__() for found in (sub, *refusals(sub))]


def every_refusal() -> list[type[Refusal]]:
    for module in pkgutil.walk_packages(groat.__path__, "groat."):
        if "migrations" not in module.name and not module.name.endswith((".asgi", ".__main__")):
            import_module(module.name)
    return sorted(
        (cls for cls in refusals() if cls.__module__.startswith("groat.")), key=lambda cls: (cls.code, cls.__module__)
    )


def test_each_refusal_has_a_status():
    assert [cls.__qualname__ for cls in every_refusal() if cls.code not in KINDS] == []


def test_a_code_means_one_refusal():
    codes = [cls.code for cls in every_refusal()]

    assert sorted(codes) == sorted(set(codes))


def test_each_code_that_is_no_refusal_is_the_apis_own():
    own = {
        "malformed_json",
        "idempotency_key_missing",
        "idempotency_key_invalid",
        "cursor_invalid",
        "key_missing",
        "key_invalid",
        "scope_missing",
        "method_not_allowed",
        "too_large",
        "unsupported_media_type",
        "invalid_request",
        "rate_limited",
        "internal_error",
        "reader_unknown",
    }

    assert set(KINDS) - {cls.code for cls in every_refusal()} == own


def test_no_fact_of_a_refusal_hides_a_member_of_the_problem():
    hidden = {cls.code for cls in every_refusal() if MEMBERS & set(_facts(cls))}

    assert hidden == set()


def test_the_documents_examples_have_the_facts_of_their_refusals():
    facts = {cls.code: set(_facts(cls)) for cls in every_refusal() if _facts(cls)}

    assert {code: set(FACTS.get(code, {})) for code in facts} == facts


def _facts(cls: type[Refusal]) -> list[str]:
    return [field.name for field in fields(cls)] if hasattr(cls, "__dataclass_fields__") else []  # type: ignore[arg-type]


@dataclass(unsafe_hash=True)
class Owing(Refusal):
    """As the ledger's."""

    code = "insufficient_credit"
    sentence = "%(missing_minor)s of %(asked_minor)s is missing."

    missing_minor: int
    asked_minor: int


@pytest.mark.parametrize(
    ("decimals", "sentence"),
    [(0, "-5 of 12345 is missing."), (2, "-0.05 of 123.45 is missing."), (4, "-0.0005 of 1.2345 is missing.")],
)
def test_amounts_are_written_out_in_the_programmes_decimals(decimals: int, sentence: str):
    answer = refused(Owing(-5, 12345), credit_decimals=decimals)

    assert json.loads(answer.body) == {
        "type": "/api/problems#insufficient_credit",
        "title": "Not enough credit",
        "status": 402,
        "detail": sentence,
        "code": "insufficient_credit",
        "missing_minor": -5,
        "asked_minor": 12345,
    }


def test_a_problem_says_its_media_type_and_its_headers():
    assert problem("not_found", headers=[("Allow", "GET")]) == Answer(
        404,
        (("Content-Type", "application/problem+json"), ("Cache-Control", "no-store"), ("Allow", "GET")),
        b'{"type":"/api/problems#not_found","title":"Nothing here by that name","status":404,'
        b'"detail":"Nothing here by that name.","code":"not_found"}',
    )

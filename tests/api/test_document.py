"""The OpenAPI document is whole: nothing that an operation can say is left to be guessed."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from jsonschema import Draft202012Validator, FormatChecker

from groat.api.problems import KINDS
from groat.config import rest
from groat.config.rest import openapi
from groat.programmes.models import Scope


def operations() -> Iterator[Any]:
    for path, methods in openapi()["paths"].items():
        for method, operation in methods.items():
            yield pytest.param(method, path, operation, id=operation["operationId"])


each_operation = pytest.mark.parametrize(("method", "path", "operation"), list(operations()))


def errors(schema: dict[str, Any], value: object) -> list[str]:
    whole = {**schema, "components": openapi()["components"]}
    return [error.message for error in Draft202012Validator(whole, format_checker=FormatChecker()).iter_errors(value)]


def resolved(node: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in node:
        found: Any = openapi()
        for step in node["$ref"].removeprefix("#/").split("/"):
            found = found[step]
        node = found
    return node


def test_the_surface_is_what_was_agreed():
    assert {f"{method.upper()} {path.removeprefix('/api/v1/')}" for method, path, _ in _triples()} == {
        "GET programme",
        *("GET customers", "POST customers", "GET customers/{customer}", "PATCH customers/{customer}"),
        "GET customer-groups",
        *("GET wallets/{wallet}", "PATCH wallets/{wallet}", "GET wallets/{wallet}/statement"),
        *("GET cards", "POST cards", "GET cards/{card}", "POST cards/{card}/block", "POST cards/{card}/unblock"),
        *("GET categories", "POST categories", "GET categories/{category}", "PATCH categories/{category}"),
        *("GET products", "POST products", "GET products/{product}", "PATCH products/{product}"),
        *("POST products/{product}/withdraw", "POST products/{product}/restore"),
        *("GET offers", "GET wallets/{wallet}/quote", "GET wallets/{wallet}/packages"),
        *("GET top-ups", "POST top-ups", "GET top-ups/{top_up}", "POST top-ups/{top_up}/reversals"),
        *("GET statement-runs", "GET statement-runs/{statement_run}/statements"),
        *("GET payments", "POST payments", "GET payments/{payment}"),
        *("POST payments/{payment}/confirm", "POST payments/{payment}/cancel"),
        *("GET payments/{payment}/refunds", "POST payments/{payment}/refunds"),
        *("POST checkouts", "GET checkouts/{checkout}"),
        *("POST checkouts/{checkout}/token", "POST checkouts/{checkout}/abandon"),
        "POST tills/{till}/presentations",
    }


def _triples() -> list[tuple[str, str, dict[str, Any]]]:
    return [(method, path, told) for path, methods in openapi()["paths"].items() for method, told in methods.items()]


@each_operation
def test_an_operation_says_what_it_is(method: str, path: str, operation: dict[str, Any]):
    assert operation["summary"][0].isupper()
    assert not operation["summary"].endswith(".")
    assert len(operation["description"]) > 40
    assert operation["tags"] in [[tag["name"]] for tag in openapi()["tags"]]
    assert list(operation["security"][0]) == ["ApiKey"]
    assert set(operation["security"][0]["ApiKey"]) < set(Scope.values)
    assert all(parameter.get("description") for parameter in operation["parameters"])


@each_operation
def test_examples_of_requests_keep_to_their_schema(method: str, path: str, operation: dict[str, Any]):
    if "requestBody" not in operation:
        assert method in {"get", "post"}
        return
    content = operation["requestBody"]["content"]["application/json"]
    assert content["examples"]
    for name, example in content["examples"].items():
        assert errors(content["schema"], example["value"]) == [], name


@each_operation
def test_examples_of_answers_keep_to_their_schema(method: str, path: str, operation: dict[str, Any]):
    assert any(int(status) < 300 for status in operation["responses"])
    for status, answer in operation["responses"].items():
        assert answer["description"]
        ((media_type, content),) = answer["content"].items()
        assert media_type == ("application/json" if int(status) < 300 else "application/problem+json")
        assert content["examples"]
        for example in content["examples"].values():
            assert errors(content["schema"], resolved(example)["value"]) == [], status


@each_operation
def test_each_problem_stands_under_its_status(method: str, path: str, operation: dict[str, Any]):
    for status, answer in operation["responses"].items():
        if int(status) >= 400:
            codes = answer["content"]["application/problem+json"]["examples"]
            assert {KINDS[code].status for code in codes} == {int(status)}
            assert {resolved(example)["value"]["code"] for example in codes.values()} == set(codes)


@each_operation
def test_an_operation_tells_what_can_happen_to_any(method: str, path: str, operation: dict[str, Any]):
    told = {
        code
        for status, answer in operation["responses"].items()
        if int(status) >= 400
        for code in answer["content"]["application/problem+json"]["examples"]
    }
    assert {"key_missing", "key_invalid", "scope_missing", "rate_limited"} <= told
    if "requestBody" in operation:
        assert {"malformed_json", "too_large", "unsupported_media_type", "invalid_request"} <= told
    if "{" in path:
        assert {"not_found", "invalid_request"} <= told
    if any(parameter["name"] == "cursor" for parameter in operation["parameters"]):
        assert {"cursor_invalid", "invalid_request"} <= told


@each_operation
def test_what_moves_money_needs_a_key(method: str, path: str, operation: dict[str, Any]):
    keys = [parameter for parameter in operation["parameters"] if parameter["name"] == "Idempotency-Key"]
    moves_money = method == "post" and path.endswith(
        ("/payments", "/top-ups", "/refunds", "/reversals", "/token", "/presentations")
    )

    assert [key["required"] for key in keys] == ([moves_money] if method == "post" else [])


@each_operation
def test_links_lead_to_operations(method: str, path: str, operation: dict[str, Any]):
    parameters = {
        told["operationId"]: {one["name"] for one in told["parameters"] if one["in"] == "path"}
        for _, _, told in _triples()
    }
    for answer in operation["responses"].values():
        for link in answer.get("links", {}).values():
            assert set(link["parameters"]) == parameters[link["operationId"]]


def test_no_two_operations_have_one_name():
    names = [told["operationId"] for _, _, told in _triples()]

    assert sorted(names) == sorted(set(names))


def test_every_reference_leads_somewhere():
    def walk(node: Any) -> None:
        if isinstance(node, dict):
            if "$ref" in node:
                assert resolved(node)
            for value in node.values():
                walk(value)
        elif isinstance(node, list):
            for value in node:
                walk(value)

    walk(openapi())


def test_every_field_that_is_no_matter_of_course_is_described():
    schemas = openapi()["components"]["schemas"]

    assert [
        name for name, schema in schemas.items() if schema["type"] == "object" and not schema.get("description")
    ] == []


def test_no_card_number_is_in_any_answer():
    answers = [name for name in openapi()["components"]["schemas"] if name.endswith("Out")]

    assert [name for name in answers if "token" in openapi()["components"]["schemas"][name]["properties"]] == []


def test_the_document_is_served_and_not_sent_twice():
    first = Client().get("/api/openapi.json")
    again = Client().get("/api/openapi.json", headers={"If-None-Match": first["ETag"]})

    assert json.loads(first.content)["openapi"] == "3.1.0"
    assert json.loads(first.content)["servers"] == [{"url": "/", "description": "This installation."}]
    assert (first["Content-Type"], again.status_code, again.content) == ("application/json", 304, b"")


def test_the_document_is_made_once():
    assert rest.openapi() is rest.openapi()

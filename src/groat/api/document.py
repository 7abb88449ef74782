"""The OpenAPI document: what each operation says of itself, and what they all have in common.

ninja writes paths, parameters and schemas. Here are added the keys, the limits, the headers, the
examples, and every problem that an operation can answer with, each with an example of it.
"""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from groat.api import bodies, examples
from groat.api.answers import JSON, PROBLEM
from groat.api.operations import EXTENSION, Idempotency
from groat.api.problems import KINDS, problem, refused
from groat.errors import Refusal

SECURITY = "ApiKey"
ANY_CALLER = ("key_missing", "key_invalid", "scope_missing", "rate_limited")
ANY_BODY = ("malformed_json", "too_large", "unsupported_media_type", "invalid_request")
LIMITED = ("RateLimit", "RateLimit-Policy")

FACTS: Mapping[str, Mapping[str, object]] = {
    "cash_not_there": {"there_currency_minor": 150000},
    "insufficient_credit": {"available_minor": 250, "missing_minor": 130},
    "card_blocked": {"state": "lost"},
    "pin_wrong": {"tries_left": 2},
    "till_pin_paused": {"until": examples.AT},
    "card_of_another_cashier": {"name": "Klára"},
    "expiry_rule_invalid": {"field": "months"},
    "till_closed": {"till": "Counter"},
    "checkout_closed": {"state": "paid"},
    "choices_do_not_fit": {"product": "Flat white", "group": "Milk"},
    "product_sold_out": {"product": "Flat white"},
    "product_out_of_hours": {"product": "Flat white"},
    "too_many_parked": {"most": 30},
    "too_many_schedules": {"most": 50},
    "offer_not_open": {"name": "Ten entries"},
    "top_up_too_small": {"least_minor": 1000},
    "top_up_too_large": {"most_minor": 50000},
    "quote_changed": {"bonus_minor": 500, "paid_currency_minor": 10000},
    "host_taken": {"host": "credit.example.org"},
    "already_invited": {"email": "jana@example.org"},
    "invited_has_login": {"email": "jana@example.org"},
    "refund_above_limit": {"most_minor": 50000},
    "top_up_above_limit": {"most_currency_minor": 200000},
    "debt_not_allowed": {"available_minor": 250, "missing_minor": 130},
    "has_login": {"email": "jana@example.org"},
    "too_many_items": {"most": 200},
    "payment_not_paid": {"state": "cancelled"},
    "payment_not_waiting": {"state": "paid"},
    "more_than_left_to_refund": {"left_minor": 280},
    "more_than_held": {"held_minor": 380},
    "more_than_the_debt": {"debt_minor": 1500},
    "category_not_empty": {"products": 3},
    "chip_refused": {"answer": "9140"},
    "address_taken": {"slug": "harbour-house"},
    "already_staff": {"email": "jana@example.com"},
    "file_too_large": {"rows": 500000, "megabytes": 50},
    "column_missing": {"column": "amount"},
    "column_twice": {"column": "email"},
    "cell_unreadable": {"text": "31.2.2026", "column": "at"},
    "no_such_group": {"group": "Acme"},
    "not_so_many": {"found": 38},
    "more_than_unpaid": {"unpaid_minor": 1500},
    "group_withdrawn": {"group": "Acme"},
    "name_taken": {"name": "Coffee"},
    "phone_invalid": {"phone": "12345"},
    "value_invalid": {"field": "email", "problem": "invalid"},
}
"""Of the refusals that carry some: what the examples show."""

_HEADERS: Mapping[str, tuple[str, dict[str, Any]]] = {
    "RateLimit-Policy": (
        "How many requests (q) may be made in how many seconds (w).",
        {"type": "string", "examples": ['"key";q=1200;w=60']},
    ),
    "RateLimit": (
        "How many more may be made now (r), and in how many seconds all of them may be again (t).",
        {"type": "string", "examples": ['"key";r=1199;t=1']},
    ),
    "Retry-After": ("Seconds after which the next request may pass.", {"type": "integer", "examples": [1]}),
    "WWW-Authenticate": ("How to authenticate.", {"type": "string", "examples": ['Bearer realm="Groat"']}),
    "Location": ("Where the thing that was made can be read.", {"type": "string", "format": "uri-reference"}),
    "Idempotency-Replayed": (
        "Present when this is the answer that was given before under the same key.",
        {"type": "string", "enum": ["true"]},
    ),
}


def completed(document: dict[str, Any], *, tags: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """The document with all that ninja does not know."""
    used: set[str] = set()
    for path in document["paths"].values():
        for operation in path.values():
            used |= _complete(operation)
    components = document["components"]
    # Parameters are written where they belong.
    components["schemas"].pop("PageIn", None)
    components["schemas"]["Problem"] = _PROBLEM_SCHEMA
    components["securitySchemes"] = {
        SECURITY: {
            "type": "http",
            "scheme": "bearer",
            "description": "An API key of the programme, made in the office. It carries scopes: what it may not do is "
            "answered with 403.",
        }
    }
    components["headers"] = {
        name: {"description": description, "schema": schema} for name, (description, schema) in _HEADERS.items()
    }
    components["examples"] = {code: {"summary": KINDS[code].title, "value": example(code)} for code in sorted(used)}
    document["tags"] = [{"name": name, "description": description} for name, description in tags]
    _untitle(components["schemas"], inside_properties=True)
    return document


def example(code: str) -> dict[str, Any]:
    """An example of the problem with this code."""
    if code == "invalid_request":
        answer = bodies.invalid([(("body", "lines", 0, "quantity"), "Input should be greater than or equal to 1")])
    elif code == "scope_missing":
        answer = problem(code, facts={"scope": "payments:write"})
    elif any(cls.code == code for cls in _refusals(Refusal)):
        answer = refused(Refusal.revived(code, FACTS.get(code, {})), credit_decimals=2)
    else:
        answer = problem(code)
    told: dict[str, Any] = json.loads(answer.body)
    return told


def _refusals(cls: type[Refusal]) -> list[type[Refusal]]:
    return [found for sub in cls.__subclasses__() for found in (sub, *_refusals(sub))]


def _complete(operation: dict[str, Any]) -> set[str]:
    """Complete one operation; returns the codes of the problems that it can answer with."""
    told = operation.pop(EXTENSION)
    operation["security"] = [{SECURITY: [told["scope"]]}]
    operation["description"] += f"\n\nNeeds the scope `{told['scope']}`."
    codes = [*ANY_CALLER, *told["refusals"]]
    if told["idempotency"] is not Idempotency.NONE:
        operation["parameters"].append(_key_parameter(told["idempotency"]))
        codes += ["idempotency_key_invalid", "idempotency_key_reused"]
        codes += ["idempotency_key_missing"] if told["idempotency"] is Idempotency.REQUIRED else []
    if "requestBody" in operation:
        codes += ANY_BODY
        content = operation["requestBody"]["content"][JSON]
        content["examples"] = {name: {"value": value} for name, value in told["body"].items()}
    if any(parameter["in"] in {"path", "query"} for parameter in operation["parameters"]):
        codes.append("invalid_request")
    if any(parameter["in"] == "path" for parameter in operation["parameters"]):
        codes.append("not_found")
    for parameter in operation["parameters"]:
        _describe(parameter)
    for status, response in operation["responses"].items():
        _succeed(response, int(status), told)
    for status in sorted({KINDS[code].status for code in codes}):
        operation["responses"][status] = _failure(status, sorted(set(codes), key=codes.index), told)
    return set(codes)


def _describe(parameter: dict[str, Any]) -> None:
    schema = parameter["schema"]
    _untitle(schema)
    if "anyOf" in schema:
        # What may be left out is None to us; on the wire there is no null in an address.
        (parameter["schema"],) = (kind for kind in schema["anyOf"] if kind.get("type") != "null")
    parameter["schema"].pop("description", None)
    if parameter["in"] == "path":
        parameter.setdefault("description", f"The {parameter['name'].replace('_', '-')}'s id.")


def _succeed(response: dict[str, Any], status: int, told: Mapping[str, Any]) -> None:
    headers = list(LIMITED)
    if status in {201, 202}:
        headers.append("Location")
    if told["idempotency"] is not Idempotency.NONE:
        headers.append("Idempotency-Replayed")
    response["headers"] = _refer("headers", headers)
    response["content"][JSON]["examples"] = {"example": {"value": told["answers"][status]}}
    if status == 201 and told["links"]:
        response["links"] = {
            name: {"operationId": operation, "parameters": dict(parameters)}
            for name, (operation, parameters) in told["links"].items()
        }


def _failure(status: int, codes: list[str], told: Mapping[str, Any]) -> dict[str, Any]:
    here = [code for code in codes if KINDS[code].status == status]
    headers = list(LIMITED)
    headers += {401: ["WWW-Authenticate"], 429: ["Retry-After"]}.get(status, [])
    if told["idempotency"] is not Idempotency.NONE and {"idempotency_key_reused", *told["refusals"]} & set(here):
        headers.append("Idempotency-Replayed")
    return {
        "description": "; ".join(f"`{code}`: {KINDS[code].title}" for code in here) + ".",
        "headers": _refer("headers", headers),
        "content": {
            PROBLEM: {
                "schema": {"$ref": "#/components/schemas/Problem"},
                "examples": _refer("examples", here),
            }
        },
    }


def _key_parameter(idempotency: Idempotency) -> dict[str, Any]:
    return {
        "in": "header",
        "name": "Idempotency-Key",
        "required": idempotency is Idempotency.REQUIRED,
        "description": "New for each thing that shall happen once, and the same when it is asked for again: then the "
        "first answer comes again, and nothing happens twice. A UUID is a good one.",
        "schema": {"type": "string", "pattern": bodies.KEY_PATTERN},
        "example": "5b8ee0f6-6a52-4a4c-9d5b-0a9a4e7e3c11",
    }


def _refer(component: str, names: Iterable[str]) -> dict[str, Any]:
    return {name: {"$ref": f"#/components/{component}/{name}"} for name in names}


def _untitle(schema: Any, *, inside_properties: bool = False) -> None:
    """Take away the titles that pydantic makes up of the fields' names."""
    if isinstance(schema, list):
        for item in schema:
            _untitle(item)
    if not isinstance(schema, dict):
        return
    if not inside_properties and isinstance(schema.get("title"), str):
        del schema["title"]
    for name, value in schema.items():
        if name not in {"example", "examples", "default", "enum", "const"} or inside_properties:
            _untitle(value, inside_properties=name == "properties" and not inside_properties)


_PROBLEM_SCHEMA = {
    "type": "object",
    "description": "What went wrong (RFC 9457). `code` is stable: programs branch on it. Facts of the problem stand "
    "beside it, such as `missing_minor`.",
    "required": ["type", "title", "status", "detail", "code"],
    "properties": {
        "type": {"type": "string", "format": "uri-reference", "description": "Where the problem is described."},
        "title": {"type": "string", "description": "What all problems of this code have in common."},
        "status": {"type": "integer", "description": "The HTTP status."},
        "detail": {"type": "string", "description": "What is particular to this one, for a person."},
        "code": {"type": "string", "enum": sorted(KINDS)},
        "errors": {
            "type": "array",
            "description": "With `invalid_request`: each value that cannot be used.",
            "items": {
                "type": "object",
                "required": ["in", "pointer", "message"],
                "properties": {
                    "in": {"type": "string", "enum": ["body", "query", "path", "header"]},
                    "pointer": {"type": "string", "description": "The way to the value (JSON pointer)."},
                    "message": {"type": "string"},
                },
            },
        },
    },
}

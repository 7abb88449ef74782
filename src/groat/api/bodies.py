"""What request bodies are made of: the types of fields, and how a body is read."""

import json
import re
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic.config import JsonDict

from groat.api.answers import Answer
from groat.api.problems import ProblemRaised, problem, raised

LARGEST_BYTES = 64 * 1024
"""No body that makes sense here is larger."""
LARGEST_MINOR = 10**15
"""No single amount is larger; far inside what a double holds exactly."""


class Body(BaseModel):
    """A request's body. What it does not know it refuses, so that a slip of the pen is seen."""

    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True)


def optional() -> Any:
    """For a field that may be left out but is never null: whether it came, `model_fields_set` tells."""
    return Field(default=None)


def _moment(value: object) -> datetime:
    if not isinstance(value, str) or not _RFC3339.fullmatch(value):
        raise ValueError("must be a time as in RFC 3339, such as 2027-01-31T22:59:59Z")
    try:
        return datetime.fromisoformat(value.upper()).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise ValueError("is no time of the calendar") from error


_RFC3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)", re.ASCII)


def _id(value: object) -> object:
    if isinstance(value, str) and not _UUID.fullmatch(value):
        raise ValueError("must be a UUID, such as 0190a5c2-7f2e-7c31-8a4e-5d1c2b3a4f50")
    return value


_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE | re.ASCII)


def _whole(value: object) -> object:
    # To JSON 12.0 is a whole number as 12 is; true is none.
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if not isinstance(value, int) or isinstance(value, bool):
        raise ValueError("must be a whole number")
    return value


WHOLE = BeforeValidator(_whole)
"""Stands last in the type of a whole number, so that its bounds are the number's own."""
Id = Annotated[UUID, BeforeValidator(_id)]
Moment = Annotated[
    datetime, BeforeValidator(_moment), Field(json_schema_extra={"type": "string", "format": "date-time"})
]
Amount = Annotated[int, Field(ge=1, le=LARGEST_MINOR), WHOLE]
AmountOrNothing = Annotated[int, Field(ge=0, le=LARGEST_MINOR), WHOLE]
LINE_PATTERN = r"^[^\x00-\x1f\x7f]*$"
Line = Annotated[str, Field(pattern=LINE_PATTERN)]
"""Text without line breaks and other control characters, which no database and no page can keep."""
FilledLine = Annotated[str, Field(pattern=r"^[^\s\x00-\x1f\x7f\x85][^\x00-\x1f\x7f]*$")]
"""The same, beginning with something to see. What is a space to us (U+0085) and none to JSON Schema is named."""
Text = Annotated[str, Field(pattern=r"^[^\x00-\x08\x0b-\x1f\x7f]*$")]
"""Text that may have line breaks."""


def parsed(body: bytes) -> Any:
    """The JSON of a body; raises the problem that it is none."""
    try:
        return _JSON.decode(body.decode())
    except (ValueError, RecursionError) as error:
        raise raised("malformed_json", _why(error)) from error


def canonical(data: object) -> bytes:
    """JSON in one spelling, to tell whether two bodies say the same."""
    return json.dumps(data, sort_keys=True, separators=(",", ":")).encode()


def checked_key(idempotency_key: str | None) -> str:
    """The Idempotency-Key; raises the problem that there is none, or none that can be used."""
    if not idempotency_key:
        raise raised("idempotency_key_missing", "Send the header Idempotency-Key with a new UUID for each payment.")
    if not _KEY.fullmatch(idempotency_key):
        raise raised("idempotency_key_invalid", "It must be 1 to 255 visible ASCII characters.")
    return idempotency_key


KEY_PATTERN = "^[!-~]{1,255}$"
_KEY = re.compile(KEY_PATTERN)


def _why(error: Exception) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"{error.msg}: line {error.lineno}, column {error.colno}."
    return "It is nested too deeply." if isinstance(error, RecursionError) else "It cannot be read as UTF-8 JSON."


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON")


# Made once: json.loads with options makes a decoder for each call.
_JSON = json.JSONDecoder(parse_constant=_refuse_constant)


def read[B: Body](model: type[B], body: bytes) -> B:
    """The body as its model; raises the problem that it is not."""
    if len(body) > LARGEST_BYTES:
        raise raised("too_large")
    if not body:
        raise ProblemRaised(invalid([(("body",), "Field required")]))
    try:
        # Text and values in one go; what it refuses is read again, to say in our words what is wrong.
        return model.model_validate_json(body)
    except ValidationError:
        data = parsed(body)
    try:
        return model.model_validate(data)
    except ValidationError as error:
        found = [(("body", *one["loc"]), one["msg"]) for one in error.errors(include_url=False, include_input=False)]
        raise ProblemRaised(invalid(found)) from error


def invalid(errors: Iterable[tuple[tuple[int | str, ...], str]]) -> Answer:
    """The problem that values do not keep to the schema: for each its place and what is wrong.

    A place is where (body, query, path, header) and the way to the value from there.
    """
    told = [{"in": place[0], "pointer": _pointer(place[1:]), "message": _plain(message)} for place, message in errors]
    first = told[0]
    where = f"{first['in']} {first['pointer']}".strip()
    return problem("invalid_request", f"{where}: {first['message']}", facts={"errors": told})


def _pointer(way: Iterable[int | str]) -> str:
    """A JSON pointer (RFC 6901)."""
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in way)


def _plain(message: str) -> str:
    return message.removeprefix("Value error, ")


def only_one_of(*names: str) -> JsonDict:
    """For a model's JSON schema: exactly one of these fields is there."""
    return {"oneOf": [{"required": [name]} for name in names]}

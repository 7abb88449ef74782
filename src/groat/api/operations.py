"""How an operation describes itself, next to its code.

What every operation has in common (keys, limits, bodies that cannot be read) is added to the
document by `groat.api.document`; here is said only what is particular to one.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from enum import Enum
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict

EXTENSION = "x-groat"
"""Under which the document's maker finds what an operation said of itself."""


class Idempotency(Enum):
    """Whether a POST may, or must, carry an Idempotency-Key."""

    NONE = "none"
    OPTIONAL = "optional"
    REQUIRED = "required"


def described(
    *,
    scope: str,
    summary: str,
    description: str,
    answers: Mapping[int, tuple[Any, object]],
    body: Mapping[str, object] | None = None,
    refusals: tuple[str, ...] = (),
    idempotency: Idempotency = Idempotency.NONE,
    links: Mapping[str, tuple[str, Mapping[str, str]]] | None = None,
) -> dict[str, Any]:
    """The arguments of a router's decorator.

    `answers`: by status, the model of the body and an example of it. `body`: examples of the
    request's body by name. `refusals`: the codes of the problems that are particular to it.
    `links`: by name, the operation that can follow, and its parameters as runtime expressions.
    """
    return {
        "summary": summary,
        "description": description,
        "response": {status: model for status, (model, _) in answers.items()},
        "openapi_extra": {
            EXTENSION: {
                "scope": scope,
                "answers": {status: example for status, (_, example) in answers.items()},
                "body": dict(body or {}),
                "refusals": refusals,
                "idempotency": idempotency,
                "links": dict(links or {}),
            }
        },
    }


At = Annotated[datetime, AfterValidator(lambda at: at.astimezone(UTC))]
"""A time, told in UTC wherever it was reckoned."""


class Out(BaseModel):
    """The body of an answer."""

    model_config = ConfigDict(use_attribute_docstrings=True)

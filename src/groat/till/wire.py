"""A payment on the wire: how it is asked for and answered, with no framework's request or response.

The documented operation and the lane in front of it both use these functions, so what they say is
the same to the byte.
"""

from typing import Annotated, Any, Self

from pydantic import ConfigDict, Field, model_validator

from groat.api.answers import CONTENT_TYPE_JSON, NO_STORE, Answer, dumped
from groat.api.bodies import WHOLE, Amount, Body, Id, checked_key, only_one_of, optional, read
from groat.api.problems import refused
from groat.cards.wire import TokenIn
from groat.errors import Refusal
from groat.till.payments import Outcome

SCOPE = "payments:write"
MOST_LINES = 100
MOST_CHOICES = 100
"""Of one line."""


class LineIn(Body):
    """A product of the basket."""

    product: Id
    quantity: Annotated[int, Field(ge=1, le=999), WHOLE] = 1
    choices: Annotated[list[Id], Field(max_length=MOST_CHOICES)] = Field(default=[])
    """What was chosen of it: the ids of choices of the product."""


class BasketIn(Body):
    """What is to be paid: lines of products at today's prices, or a free amount."""

    model_config = ConfigDict(json_schema_extra=only_one_of("lines", "amount_minor"))

    lines: Annotated[list[LineIn], Field(min_length=1, max_length=MOST_LINES)] = optional()
    amount_minor: Amount = optional()

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if len({"lines", "amount_minor"} & self.model_fields_set) != 1:
            raise ValueError("give either lines or amount_minor")
        return self

    def basket(self) -> dict[str, Any]:
        """`lines` or `amount_minor`, as the till's actions take them."""
        if self.lines is None:
            return {"amount_minor": self.amount_minor}
        return {"lines": [(line.product, line.quantity, line.choices) for line in self.lines]}


class PaymentIn(BasketIn):
    """A card held to a till, and what it shall pay."""

    till: Id
    token: TokenIn


def payment_in(body: bytes) -> PaymentIn:
    """What is asked for; raises `ProblemRaised` with the answer when it cannot be read."""
    return read(PaymentIn, body)


def key_in(idempotency_key: str | None) -> str:
    """The Idempotency-Key; raises `ProblemRaised` when there is none, or none that can be used."""
    return checked_key(idempotency_key)


def paid(outcome: Outcome) -> Answer:
    """The answer to a payment that was made (201), or that waits for confirmation (202)."""
    payment = outcome.payment or {}
    status = 201 if payment["state"] == "paid" else 202
    told = outcome.json or dumped(payment)
    location = ("Location", f"/api/v1/payments/{payment['id']}")
    return Answer(status, (CONTENT_TYPE_JSON, NO_STORE, location, *_replayed(outcome.replayed)), told)


def declined(refusal: Refusal, *, credit_decimals: int, replayed: bool) -> Answer:
    """The answer to a payment that was not made."""
    return refused(refusal, credit_decimals=credit_decimals).with_headers(_replayed(replayed))


def _replayed(replayed: bool) -> list[tuple[str, str]]:
    return [("Idempotency-Replayed", "true")] if replayed else []

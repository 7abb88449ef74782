"""What was asked once is done once.

A request is known by programme, client and the client's key. The same again gets the first answer
again, a refusal included; another request under the same key is refused; of two at once the unique
key lets one through, and the other waits and answers with the first one's outcome.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from pydantic_core import to_json

from groat.errors import Refusal, _
from groat.ledger.models import Request

_UNDECIDED = ""


@dataclass(unsafe_hash=True)
class KeyReused(Refusal):
    """The key came before, with another request."""

    code = "idempotency_key_reused"
    sentence = _("This key was already used for something else.")


def answer(result: bytes) -> str:
    """An outcome, given as JSON, as it is stored."""
    return f'{{"result":{result.decode()}}}'


def refusal(refused: Refusal) -> str:
    """A refusal as it is stored."""
    return to_json({"refusal": refused.code, "facts": refused.facts()}).decode()


def read(outcome: str) -> dict[str, Any]:
    """The result that was stored; raises the refusal that was."""
    stored = json.loads(outcome)
    if "refusal" in stored:
        raise Refusal.revived(stored["refusal"], stored["facts"])
    result: dict[str, Any] = stored["result"]
    return result


def once(
    *,
    programme_id: int,
    client: str,
    key: str,
    fingerprint: bytes,
    act: Callable[[], dict[str, Any]],
    now: datetime,
) -> tuple[dict[str, Any], bool]:
    """Do it, or answer as when it was done: the result, and whether it is a repetition.

    `act` returns what JSON can hold. What it writes commits together with its answer.
    """
    with transaction.atomic():
        try:
            with transaction.atomic():
                Request.objects.bulk_create(
                    [
                        Request(
                            programme=programme_id,
                            client=client,
                            key=key,
                            fingerprint=fingerprint,
                            outcome=_UNDECIDED,
                            at=now,
                        )
                    ]
                )
        except IntegrityError:
            return _first(programme_id=programme_id, client=client, key=key, fingerprint=fingerprint), True
        refused: Refusal | None = None
        result: dict[str, Any] = {}
        try:
            with transaction.atomic():
                result = act()
        except Refusal as no:
            refused = no
        outcome = refusal(refused) if refused else answer(to_json(result))
        Request.objects.filter(programme=programme_id, client=client, key=key).update(outcome=outcome)
    if refused:
        raise refused
    return result, False


def _first(*, programme_id: int, client: str, key: str, fingerprint: bytes) -> dict[str, Any]:
    made = Request.objects.get(programme=programme_id, client=client, key=key)
    if bytes(made.fingerprint) != fingerprint:
        raise KeyReused
    return read(made.outcome)

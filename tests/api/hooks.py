"""What a caller of this API knows that no document can say: the ids and cards that exist.

Schemathesis loads this before it calls a server that `tests.api.seed` filled.
"""

import json
import os
import re
import secrets
from pathlib import Path
from typing import Any
from uuid import uuid4

import schemathesis
from hypothesis import strategies as st

from groat import ids
from groat.api.bodies import KEY_PATTERN
from groat.cards.wire import PATTERN

SHOP = json.loads(Path(os.environ["GROAT_TESTS_SHOP"]).read_text())
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
OTHER_NAMES = {"replaces": "card"}

# Addresses that somebody can have, and numbers of a country that gives them out.
schemathesis.openapi.format("email", st.from_regex(r"\A[a-z0-9]{1,20}(\.[a-z0-9]{1,20})?@[a-z]{1,20}\.(com|cz|sk)\Z"))
schemathesis.openapi.format("phone", st.from_regex(r"\A\+4206(0[1-8]|77)[0-9]{6}\Z"))


@schemathesis.hook
def before_call(context: Any, case: Any, kwargs: Any) -> None:
    """Three of four ids and card numbers that were made up give way to some that exist.

    An Idempotency-Key that could be used is made new, as each caller has to.
    """
    for part in (case.path_parameters, case.query, case.body):
        _put_known(part)
    _put_new_card(case)
    key = (case.headers or {}).get("Idempotency-Key")
    if isinstance(key, str) and re.fullmatch(KEY_PATTERN, key):
        case.headers["Idempotency-Key"] = str(uuid4())


def _put_new_card(case: Any) -> None:
    """Every other card to be paired is one that only tells its number: of the other kinds none can be made up."""
    is_good = case.meta is not None and case.meta.generation.mode.is_positive
    if not is_good or case.operation.definition.raw["operationId"] != "pair_card" or not isinstance(case.body, dict):
        return
    token = case.body.get("token")
    if isinstance(token, dict) and sum(str(token.get("value")).encode(errors="replace")) % 2:
        case.body["token"] = {"kind": "uid", "value": f"04{secrets.token_hex(6)}"}


def _put_known(node: Any) -> None:
    if isinstance(node, list):
        for item in node:
            _put_known(item)
    elif isinstance(node, dict):
        for name, value in node.items():
            if isinstance(value, str):
                node[name] = _known(str(OTHER_NAMES.get(name, name)), value)
            else:
                _put_known(value)


def _known(name: str, made_up: str) -> str:
    chance = sum(made_up.encode(errors="replace"))
    exist = SHOP["tokens"] if name == "value" else SHOP["ids"].get(name, [])
    is_like_one = re.fullmatch(PATTERN, made_up) if name == "value" else UUID.fullmatch(made_up)
    if not exist or not is_like_one or chance % 4 == 0 or _exists(name, made_up):
        return made_up
    return str(exist[chance % len(exist)])


def _exists(name: str, public_id: str) -> bool:
    """Whether it is an id that the server has given out: a link has brought it."""
    try:
        return name != "value" and ids.private(name, public_id) > 0
    except ids.NotAnId:
        return False


@schemathesis.check
def the_schema_keeps_its_word(ctx: Any, response: Any, case: Any) -> None:
    """What keeps to the schema may be refused by a rule, but is never called a request that does not."""
    if case.meta is None or not case.meta.generation.mode.is_positive or response.status_code < 400:
        return
    code = response.json().get("code")
    assert code not in {"invalid_request", "malformed_json", "unsupported_media_type", "too_large"}, response.text


@schemathesis.hook
def after_call(context: Any, case: Any, response: Any) -> None:
    """Note what was reached, for the test that runs this to judge."""
    with Path(os.environ["GROAT_TESTS_REACHED"]).open("a") as reached:
        reached.write(f"{case.operation.definition.raw['operationId']} {response.status_code}\n")

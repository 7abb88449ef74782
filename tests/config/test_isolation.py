"""Every address that there is, asked by those who have no business there: refused, and nothing changes.

The office's pages are asked in `test_office.py`, in the same way.
"""

import hashlib
import json
import re
import secrets
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import pytest
from django.apps import apps
from django.conf import LazySettings
from django.db import connection
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from groat import walls
from groat.api import examples
from groat.cards import actions as cards
from groat.config import office, rest
from groat.customers.queries import wallet_of
from groat.drawers import actions as drawers
from groat.programmes import access, callers
from groat.programmes.models import Programme, Role
from groat.readers import actions as readers
from groat.till import actions as till
from groat.till import parking
from tests import factories
from tests.offices import just_now, paid, signed_in
from tests.rest import Caller

pytestmark = pytest.mark.django_db

# Every page of the till: how it is asked, and which roles it answers. A new one must be entered here.
TILL = {
    "tills": ("get", access.TILL),
    "till": ("get", access.TILL),
    "till_payments": ("get", access.TILL),
    "till_parked": ("get", access.TILL),
    "till_park": ("post", access.TILL),
    "till_take_up": ("post", access.TILL),
    "till_parked_remove": ("post", access.TILL),
    "till_parked_restore": ("post", access.TILL),
    "till_sold_out": ("get", access.TILL),
    "till_sell_out": ("post", access.TILL),
    "till_sell_again": ("post", access.TILL),
    "till_customers": ("post", access.TILL),
    "till_customer": ("post", access.TILL),
    "till_card_lost": ("post", access.TILL),
    "till_pay_without_card": ("post", access.TILL),
    "till_state": ("get", access.TILL),
    "till_events": ("get", access.TILL),
    "till_checkouts": ("post", access.TILL),
    "till_abandon": ("post", access.TILL),
    "till_split": ("post", access.TILL),
    "till_present": ("post", access.TILL),
    "till_look": ("post", access.TILL),
    "till_confirm": ("post", access.TILL),
    "till_cancel": ("post", access.TILL),
    "till_undo": ("post", access.TILL),
    "till_drawer": ("get", access.TILL),
    "drawer_put_in": ("get", access.TILL),
    "drawer_take_out": ("get", access.TILL),
    "drawer_close": ("get", access.TILL),
    "drawer_report": ("get", access.TILL),
    "drawer_report_pdf": ("get", access.TILL),
    "till_top_up": ("get", access.TILL),
    "till_top_up_card": ("post", access.TILL),
    "till_top_up_sees": ("get", access.TILL),
    "till_top_up_undo": ("post", access.TILL),
    "till_manifest": ("get", access.TILL),
    "till_offline": ("post", access.TILL),
    "till_receipt": ("get", access.TILL),
    "till_receipt_code": ("get", access.TILL),
    "till_receipt_send": ("post", access.TILL),
    "till_pin": ("get", access.TILL),
    "till_share": ("post", access.TILL),
}
LOCKED = {"till_lock", "till_locked", "till_enter", "till_stay"}
"""For a browser that is a shared till, whoever is in: without its cookie there is nothing there."""
OF_READERS = {
    "reader_display": "get",
    "reader_events": "get",
    "reader_state": "put",
    "reader_presentations": "post",
    "reader_personalisations": "post",
    "reader_personalisation": "post",
}
"""What a paired reader's token opens."""
OPEN = {
    "accent", "logo", "design", "design_say",
    "till_offline_taps", "home", "set_language", "health", "till_worker", "reader_pair", "openapi", "api_docs",
    "invitation", "open", "open_example", "open_programme",
    "api_problems", "receipt_page", "receipt_pdf", "tapped", "printed",
}  # fmt: skip
"""For everybody: they show nothing of a programme, or what a secret in the address, a code or a signature opens."""


# ---- Which addresses there are ----


def every_address(patterns: Iterable[Any] | None = None, before: str = "") -> Iterator[tuple[str, URLPattern]]:
    """Every address with its route."""
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        route = before + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from every_address(pattern.url_patterns, route)
        else:
            yield route, pattern


def named(start: str) -> set[str]:
    """The names of all addresses that begin so."""
    return {str(pattern.name) for route, pattern in every_address() if route.startswith(start)}


def test_every_address_is_asked_here_or_with_the_office():
    operations = {operation["operationId"] for _, _, operation in every_operation()}
    in_office = {pattern.name for pattern in office.urlpatterns}
    own_account = {name for name in named("account/") if name.startswith(("account_", "mfa_"))}

    known = {*TILL, *LOCKED, *OF_READERS, *OPEN, *in_office, *operations, *own_account}

    assert {str(pattern.name) for route, pattern in every_address() if route != "api/"} == known


# ---- Two programmes ----


class World:
    """A programme with a row of each kind that an address or a body can name."""

    def __init__(self) -> None:
        self.programme: Programme = factories.a_programme(confirm_from_minor=50_000)
        place = factories.a_till(programme=self.programme)
        customer = factories.a_customer(programme=self.programme)
        wallet = wallet_of(customer)
        self.token = factories.a_token()
        top_up = factories.funded(wallet, 500_000)
        card = factories.a_card(wallet=wallet, token=self.token)
        payment = paid(wallet=wallet, token=self.token, till=place)
        category = factories.a_category(programme=self.programme)
        product = factories.a_product(category=category, choice_groups=[factories.MILK])
        basket = till.open_checkout(till=place, amount_minor=500, deed=just_now())
        beside = factories.a_till(site=place.site, name="Beside")
        drawer = drawers.open_drawer(till=place, float_minor=0, deed=just_now())
        pairing = cards.wait_for_card(wallet=wallet, till=beside, deed=just_now())
        coffee = factories.a_product(category=category, name="Filter coffee")
        parked = parking.park(till=place, lines=[(coffee.public_id, 1)], name="Table 4", deed=just_now())
        _, code = readers.invite(till=place, random=secrets.token_bytes(8), deed=just_now())
        self.reader = secrets.token_hex(8)
        readers.pair(code=code, token=self.reader, device="ACR122U", version="", deed=just_now())
        run = factories.some_statements(programme=self.programme)
        self.ids = {
            name: str(row.public_id)
            for name, row in {
                "till": place, "site": place.site, "customer": customer, "wallet": wallet, "card": card,
                "category": category, "product": product, "top_up": top_up, "checkout": basket, "payment": payment,
                "pairing": pairing, "drawer": drawer, "paper": payment, "basket": parked,
                "statement_run": run,
                "offer": factories.a_package(programme=self.programme),
            }.items()
        }  # fmt: skip

    def url(self, name: str, parts: dict[str, str], *, programme: Programme | None = None) -> str:
        """The address of a page, with these rows in it."""
        (pattern,) = [pattern for _, pattern in every_address() if pattern.name == name]
        row = programme or self.programme
        own = {part: parts[part] for part in pattern.pattern.converters if part != "programme"}
        return reverse(name, kwargs={"programme": row.slug, **own})

    def fingerprint(self) -> dict[str, str]:
        """Of everything that the programme has, by table."""
        prints = {}
        with connection.cursor() as cursor:
            for table, column in walls.tables().items():
                cursor.execute(f'SELECT * FROM "{table}" WHERE "{column}" = %s', [self.programme.id])
                rows = sorted(repr(row) for row in cursor.fetchall())
                prints[table] = hashlib.sha256("\n".join(rows).encode()).hexdigest()
        return prints


@pytest.fixture
def theirs(db: None) -> World:
    return World()


# ---- The till ----


def told(name: str, world: World) -> dict[str, Any]:
    """What a page must be told before it looks whose rows it is about."""
    bodies: dict[str, dict[str, Any]] = {
        "till_split": {"cash_minor": 100},
        "till_pay_without_card": {"checkout": world.ids["checkout"], "why": "forgotten", "key": secrets.token_hex(8)},
    }
    return bodies.get(name, {})


def asked(client: Client, method: str, url: str, body: dict[str, Any] | None = None) -> int:
    """The status with which a page answers."""
    if method == "get":
        return int(client.get(url).status_code)
    return int(client.post(url, body or {}, content_type="application/json").status_code)


def test_the_tills_pages_are_for_those_who_take_payments(theirs: World):
    before = theirs.fingerprint()
    for role in Role:
        client = signed_in(factories.some_staff(role, programme=theirs.programme))
        before = theirs.fingerprint()
        shut = [name for name, (_, roles) in TILL.items() if role not in roles]
        statuses = {name: asked(client, TILL[name][0], theirs.url(name, theirs.ids)) for name in shut}
        assert statuses == dict.fromkeys(shut, 403)
        assert theirs.fingerprint() == before


def test_somebody_from_elsewhere_finds_no_till_and_changes_nothing(theirs: World):
    stranger, nobody, before = signed_in(factories.the_owner(factories.a_programme())), Client(), theirs.fingerprint()
    pages = {**{name: method for name, (method, _) in TILL.items()}, **dict.fromkeys(LOCKED, "post")}

    statuses = {name: asked(stranger, method, theirs.url(name, theirs.ids)) for name, method in pages.items()}
    signed_out = {name: asked(nobody, TILL[name][0], theirs.url(name, theirs.ids)) for name in TILL}

    assert {name: status for name, status in statuses.items() if name not in LOCKED} == dict.fromkeys(TILL, 404)
    assert {statuses[name] for name in LOCKED} <= {302, 404, 405}
    assert signed_out == dict.fromkeys(TILL, 302)
    assert theirs.fingerprint() == before


def test_ones_own_tills_pages_know_nothing_of_what_another_programme_has(theirs: World):
    mine = World()
    owner, before = signed_in(factories.the_owner(mine.programme)), theirs.fingerprint()
    of_a_row = {
        name: part
        for name in TILL
        for part in re.findall(r"<uuid:(\w+)>", next(route for route, found in every_address() if found.name == name))
    }

    # The last row that the address names is theirs; whatever stands before it is one's own.
    statuses = {
        name: asked(owner, TILL[name][0], mine.url(name, {**mine.ids, part: theirs.ids[part]}), told(name, mine))
        for name, part in of_a_row.items()
    }

    assert statuses == dict.fromkeys(of_a_row, 404)
    assert theirs.fingerprint() == before


# ---- REST ----


def every_operation() -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Method, path and description of each."""
    for path, found in rest.openapi()["paths"].items():
        for method, operation in found.items():
            if method != "parameters":
                yield method.upper(), path, operation


_EXAMPLES = {value: name.lower() for name, value in vars(examples).items() if isinstance(value, str)}


def with_rows_of(world: World, body: Any) -> Any:
    """An example of the document, with rows of a programme in place of those that it speaks of."""
    text = json.dumps(body)
    for example, name in _EXAMPLES.items():
        if name in world.ids:
            text = text.replace(example, world.ids[name])
    return json.loads(text)


class Call(NamedTuple):
    """A request as `Caller.call` takes it."""

    method: str
    path: str
    body: Any = None
    query: dict[str, str] | None = None

    def by(self, caller: Caller, **headers: str) -> Any:
        return caller.call(self.method, self.path, self.body, query=self.query, headers=headers)


def calls(operation: dict[str, Any], method: str, path: str, world: World) -> Iterator[Call]:
    """How an operation may be called so that it names rows of this programme."""
    there = path.format_map(world.ids)
    asked = [one for one in operation.get("parameters", []) if one["in"] == "query"]
    needed = {one["name"]: "1" for one in asked if one.get("required")}
    told = [one for one in asked if one["name"] in world.ids]
    for one in told:
        yield Call(method, there, query=needed | {one["name"]: world.ids[one["name"]]})
    bodies = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("examples", {})
    for example in bodies.values():
        yield Call(method, there, with_rows_of(world, example["value"]))
    if not told and not bodies:
        yield Call(method, there)


def test_another_programmes_key_finds_nothing_and_changes_nothing(theirs: World):
    caller, before = Caller(), theirs.fingerprint()
    wrong = []
    for method, path, operation in every_operation():
        for one in calls(operation, method, path, theirs):
            answer = one.by(caller, **({"Idempotency-Key": secrets.token_hex(8)} if method == "POST" else {}))
            said = answer.content.decode()
            asks_for_theirs = any(row in json.dumps(one) for row in theirs.ids.values())
            # A chip's tap is proved first, and this one proves nothing to anybody.
            refused = {404, 409} if '"tap"' in json.dumps(one) else {404}
            if (asks_for_theirs and answer.status_code not in refused) or any(
                row in said for row in theirs.ids.values()
            ):
                wrong.append((one, answer.status_code, said[:200]))

    assert wrong == []
    assert theirs.fingerprint() == before


def test_a_key_with_another_scope_and_no_key_at_all_get_nowhere(theirs: World):
    powerless = {scope: Caller(theirs.programme, scopes=[scope]) for scope in ("customers:read", "products:read")}
    before = theirs.fingerprint()
    statuses: dict[str, tuple[int, int]] = {}
    for method, path, operation in every_operation():
        ((scope,),) = (one.values() for one in operation["security"])
        other = next(caller for name, caller in powerless.items() if [name] != scope)
        for one in calls(operation, method, path, theirs):
            # From somewhere else each time: who has no key is let try so often and no more.
            nobody = Client(REMOTE_ADDR=f"198.51.100.{len(statuses)}").generic(one.method, one.path)
            statuses[repr(one)] = one.by(other).status_code, nobody.status_code

    assert statuses == dict.fromkeys(statuses, (403, 401))
    assert theirs.fingerprint() == before


# ---- Readers ----


def test_a_readers_token_opens_what_readers_may_and_nothing_else(theirs: World, settings: LazySettings):
    settings.STRANGERS_PER_MINUTE = 10_000
    mine, before = World(), theirs.fingerprint()
    reader = {"Authorization": f"Bearer {mine.reader}"}
    making = {"reader_personalisation": {"making": theirs.ids["card"]}}
    asks = [(name, method.upper(), reverse(name, kwargs=making.get(name, {}))) for name, method in OF_READERS.items()]

    without = {name: Client().generic(method, url).status_code for name, method, url in asks}
    callers.gate.cache_clear()
    at_the_api = {
        (method, path): Client().generic(method, path.format_map(mine.ids), headers=reader).status_code
        for method, path, _ in every_operation()
    }
    not_its_own = Client().post(asks[-1][2], {"responses": []}, content_type="application/json", headers=reader)

    assert without == dict.fromkeys(OF_READERS, 401)
    assert at_the_api == dict.fromkeys(at_the_api, 401)
    assert not_its_own.status_code == 404
    assert theirs.fingerprint() == before


def test_the_world_names_a_row_of_each_kind_that_an_operation_names():
    world, unknown = World(), set()
    for _, path, _ in every_operation():
        unknown |= {part for part in re.findall(r"{(\w+)}", path) if part not in world.ids}

    assert unknown == set()
    assert {model._meta.db_table for model in apps.get_app_config("groat").get_models()} >= set(walls.tables())

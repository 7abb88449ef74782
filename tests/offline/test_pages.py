"""What the till's page asks and sends, and what makes it an app."""

import json
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from groat.ledger import queries as ledger
from groat.offline import actions
from groat.offline.models import OfflineDevice, OfflineTap, TapState
from groat.programmes.models import Role
from tests import factories
from tests.devices import Device, allowed
from tests.offices import Answer, Office, just_now, queries_of, signed_in

pytestmark = pytest.mark.django_db


@dataclass
class Page:
    """A till's page with a cashier, and a browser behind it."""

    client: Client
    device: Device

    @classmethod
    def opened(cls) -> "Page":
        programme = factories.a_programme(language="en")
        allowed(programme)
        cashier = factories.some_staff(programme=programme)
        device = Device(factories.a_till(programme=programme), cashier, now=timezone.now() - timedelta(minutes=30))
        return cls(signed_in(cashier), device)

    def url(self, name: str) -> str:
        till = self.device.till
        return reverse(name, kwargs={"programme": till.programme.slug, "till": till.public_id})

    def asks(self, body: dict[str, Any]) -> Answer:
        return self.client.post(self.url("till_offline"), json.dumps(body), content_type="application/json")

    def sends(self, *taps: str, **more: Any) -> Answer:
        body = {"device": str(self.device.row.public_id), "taps": list(taps)} | more
        # Whoever was signed in may long be gone: the device's signature is what counts.
        client = Client(enforce_csrf_checks=True)
        return client.post(self.url("till_offline_taps"), json.dumps(body), content_type="application/json")


def test_a_browser_learns_how_far_it_is_trusted() -> None:
    page = Page.opened()
    answer = page.asks({"jwk": page.device.key.as_dict(private=False), "name": "Chrome, Android"})
    told = answer.json()
    assert told["grant"] == {
        "number": 1,
        "seconds": 12 * 3600,
        "payment_minor": 10_000,
        "copyable_minor": 10_000,
        "card_minor": 20_000,
        "till_minor": 50_000,
    }
    assert (told["device"], set(told["key"])) == (str(page.device.row.public_id), {"kty", "crv", "x", "y"})


def test_a_browser_that_may_not_is_told_why() -> None:
    page = Page.opened()
    jwk = page.device.key.as_dict(private=False)
    actions.forbid(programme=page.device.till.programme, deed=just_now())
    assert (page.asks({"jwk": jwk}).status_code, page.asks({"jwk": jwk}).json()["code"]) == (422, "offline_not_allowed")
    assert page.asks({"jwk": "nonsense"}).json()["code"] == "device_key_invalid"


def test_taps_are_sent_without_a_session_and_answered_one_by_one() -> None:
    page = Page.opened()
    wallet, token = factories.a_wallet(programme=page.device.till.programme, name="Jana Nováková"), factories.a_token()
    factories.a_card(wallet=wallet, token=token)
    factories.funded(wallet, 1000)
    taps = [page.device.keeps(token, 700), page.device.keeps(token, 700), page.device.keeps(token, 100, is_void=True)]
    told = page.sends(*taps).json()
    assert told["taps"] == [
        {"sequence": 1, "state": "booked", "sentence": "", "customer": "Jana"},
        {
            "sequence": 2,
            "state": "owed",
            "sentence": "Not enough credit: 4.00\N{NO-BREAK SPACE}Kč missing. Top up, or pay less.",
            "customer": "Jana",
        },
        {"sequence": 3, "state": "voided", "sentence": "", "customer": "Jana"},
    ]
    assert told["grant"]["number"] == 2
    assert page.sends(*taps).json()["taps"] == told["taps"]
    assert ledger.balance(programme_id=wallet.programme_id, wallet=wallet.id, now=timezone.now()).posted_minor == 300


@pytest.mark.parametrize(
    ("more", "status"),
    [
        ({"taps": ["nonsense"]}, 404),
        ({"taps": "nonsense"}, 400),
        ({"taps": [1]}, 400),
        ({"device": 7}, 404),
        ({"device": "nonsense"}, 404),
        ({"device": str(uuid4())}, 404),
    ],
)
def test_what_no_device_sent_is_refused(more: dict[str, Any], status: int) -> None:
    page = Page.opened()
    assert page.sends(**more).status_code == status
    assert not OfflineTap.objects.exists()


def test_no_json_is_refused() -> None:
    page = Page.opened()
    for body in ("", "[]", "7", "{}"):
        answer = page.client.post(page.url("till_offline_taps"), body, content_type="application/json")
        assert answer.status_code == 400


def test_another_till_takes_nothing_of_the_device_s() -> None:
    page, other = Page.opened(), Page.opened()
    body = {"device": str(page.device.row.public_id), "taps": [page.device.keeps(factories.a_token(), 100)]}
    assert other.sends(**body).status_code == 404
    assert not OfflineTap.objects.exists()


def test_many_taps_cost_as_many_queries_as_few() -> None:
    page = Page.opened()
    wallet, token = factories.a_wallet(programme=page.device.till.programme), factories.a_token()
    factories.a_card(wallet=wallet, token=token)
    factories.funded(wallet, 100_000)
    page.sends(page.device.keeps(token, 100))
    batches = iter([[page.device.keeps(token, 100) for _ in range(many)] for many in (2, 2, 20, 20)])
    few = queries_of(lambda: page.sends(*next(batches)))
    many = queries_of(lambda: page.sends(*next(batches)))
    assert OfflineTap.objects.filter(state=TapState.BOOKED).count() == 1 + 2 * 2 + 2 * 20
    assert many == few


def test_the_app_s_files_are_served_where_browsers_want_them() -> None:
    page = Page.opened()
    worker = Client().get("/till/worker.js")
    assert (worker["Content-Type"], worker["Cache-Control"]) == ("text/javascript; charset=utf-8", "no-cache")
    assert b"addEventListener" in worker.content
    told = page.client.get(page.url("till_manifest"))
    assert told["Content-Type"] == "application/manifest+json"
    about = json.loads(told.content)
    assert about["start_url"] == about["id"] == page.url("till")
    assert about["name"] == f"Counter · {page.device.till.programme.name}"
    assert [icon["sizes"] for icon in about["icons"]] == ["any", "192x192", "512x512"]


# ---- The office ----


def test_the_owner_sets_how_far_tills_are_trusted_and_ends_it() -> None:
    office = Office(role=Role.OWNER)
    assert "Tills wait when the network is away" in office.get("offline").content.decode()
    typed = {"payment_minor": "100", "card_minor": "50", "till_minor": "500", "hours": "12"}
    refused = office.post("offline_terms", typed)
    assert (refused.status_code, "at least one payment" in refused.content.decode()) == (422, True)
    assert office.post("offline_terms", typed | {"card_minor": "200"}).status_code == 302
    assert "200.00" in office.get("offline").content.decode()
    office.post("offline_forbid")
    assert "Tills wait when the network is away" in office.get("offline").content.decode()


def test_a_manager_collects_settles_and_shuts_out() -> None:
    office = Office(role=Role.MANAGER)
    allowed(office.programme)
    device = Device(factories.a_till(programme=office.programme), office.staff)
    customer = office.a_customer(name="Jana Nováková")
    token = factories.a_token()
    wallet = customer.wallets.get()
    factories.a_card(wallet=wallet, token=token)
    first, second = device.sends(device.keeps(token, 700), device.keeps(token, 800))
    page = office.get("offline").content.decode()
    assert "2 payments could not be booked" in page
    assert "Jana Nováková" in page
    factories.funded(wallet, 1000)
    office.post("offline_collect", tap=first)
    office.post("offline_collect", tap=second)
    assert [TapState(tap.state) for tap in OfflineTap.objects.order_by("sequence")] == [TapState.BOOKED, TapState.OWED]
    assert office.balance(customer) == 300
    assert "Owed from payments without network" in office.get("customer", customer=customer).content.decode()
    assert office.post("offline_settle", {"state": "forgiven", "reason": ""}, tap=second).status_code == 422
    assert office.post("offline_settle", {"state": "forgiven", "reason": "Ours"}, tap=second).status_code == 302
    assert OfflineTap.objects.get(sequence=2).state == TapState.FORGIVEN
    office.post("offline_shut_out", device=device.row)
    assert OfflineDevice.objects.get().revoked_at is not None


def test_the_list_costs_as_many_queries_with_many_taps_as_with_few() -> None:
    office = Office()
    allowed(office.programme)
    device = Device(factories.a_till(programme=office.programme), office.staff)

    def taken(count: int) -> None:
        wallet, token = factories.a_wallet(programme=office.programme), factories.a_token()
        factories.a_card(wallet=wallet, token=token)
        device.sends(*[device.keeps(token, 100) for _ in range(count)])

    taken(1)
    few = queries_of(lambda: office.get("offline"))
    taken(10)
    assert queries_of(lambda: office.get("offline")) == few

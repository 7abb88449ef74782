"""What the office's navigation shows to whom."""

import pytest
from django.http import HttpResponse
from django.urls import path

from groat.web import navigation
from groat.web.navigation import Item

ALL = frozenset({"owner", "cashier"})
OVERVIEW = Item("Overview", "overview", "house", ALL)
CUSTOMERS = Item("Customers", "customers", "users", ALL)
STAFF = Item("Staff", "staff", "id-card", frozenset({"owner"}), "Programme")

urlpatterns = [
    path("office/<slug:programme>/", HttpResponse, name="overview"),
    path("office/<slug:programme>/customers/", HttpResponse, name="customers"),
    path("office/<slug:programme>/staff/", HttpResponse, name="staff"),
]
pytestmark = pytest.mark.urls(__name__)


@pytest.fixture(autouse=True)
def _three_places(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(navigation, "_items", [])
    navigation.register(OVERVIEW, CUSTOMERS, STAFF)


def seen(*, role: str, path: str = "/") -> list[tuple[str, str, bool]]:
    links = navigation.links(programme="harbour", role=role, path=path)
    return [(str(link.label), link.url, link.is_current) for link in links]


def test_an_owner_sees_everything_in_the_order_of_registration() -> None:
    assert seen(role="owner") == [
        ("Overview", "/office/harbour/", False),
        ("Customers", "/office/harbour/customers/", False),
        ("Staff", "/office/harbour/staff/", False),
    ]


def test_a_cashier_sees_nothing_that_is_not_theirs() -> None:
    assert [label for label, _, _ in seen(role="cashier")] == ["Overview", "Customers"]


def test_only_the_place_that_one_is_in_is_current() -> None:
    assert [here for _, _, here in seen(role="owner", path="/office/harbour/customers/7/")] == [False, True, False]
    assert [here for _, _, here in seen(role="owner", path="/office/harbour/")] == [True, False, False]
    assert [here for _, _, here in seen(role="owner", path="/elsewhere/")] == [False, False, False]


def test_registering_twice_shows_it_once() -> None:
    navigation.register(CUSTOMERS)
    assert len(seen(role="owner")) == 3


def test_links_stand_under_their_groups() -> None:
    groups = navigation.grouped(navigation.links(programme="harbour", role="owner", path="/"))
    assert [(group, [link.label for link in links]) for group, links in groups] == [
        ("", ["Overview", "Customers"]),
        ("Programme", ["Staff"]),
    ]

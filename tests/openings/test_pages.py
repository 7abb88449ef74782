"""Opening a programme: the code, the first login, what the programme is."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from groat.openings import actions, queries, rules
from groat.openings.models import OpeningCode
from groat.programmes.models import AuditEntry, Programme, Role, User
from tests import factories
from tests.offices import signed_in, text

pytestmark = pytest.mark.django_db

ME = {"name": "Hana Nová", "email": "Hana@example.org", "password": factories.PASSWORD}
CAFE = {
    "name": "Kavárna U Mlýna",
    "language": "cs",
    "time_zone": "Europe/Prague",
    "currency": "CZK",
    "unit": "currency",
}


def a_code(**given) -> str:
    return actions.issue_code(
        random=given.pop("random", b"8 random"), deed=factories.a_deed(now=timezone.now()), **given
    )


@pytest.fixture
def visitor() -> Any:
    return Client(headers={"Accept-Language": "en"})


def test_where_nobody_can_sign_in_the_first_visit_leads_to_the_opening(visitor: Any):
    assert visitor.get("/").url == reverse("open")
    assert "Welcome to Groat" in text(visitor.get("/open/"))


def test_whoever_has_the_code_makes_a_login_and_opens_a_programme_in_money(visitor: Any):
    answer = visitor.post("/open/", {"code": a_code(), **ME})

    assert answer.url == "/open/programme/"
    assert visitor.post("/open/programme/", CAFE).url == "/office/kavarna-u-mlyna/setup/site/"
    programme = Programme.objects.get()
    owner = programme.staff.get()
    assert (owner.role, owner.user.email, owner.user.name) == (Role.OWNER, "hana@example.org", "Hana Nová")
    assert (programme.credit_name, programme.credit_decimals, programme.currency, programme.price_minor) == (
        "Kč", 2, "CZK", 100,
    )  # fmt: skip
    assert visitor.get("/").url == reverse("office", kwargs={"programme": programme.slug})


def test_a_programme_may_count_a_credit_of_its_own(visitor: Any):
    visitor.post("/open/", {"code": a_code(), **ME})

    visitor.post(
        "/open/programme/",
        CAFE | {"currency": "EUR", "unit": "own", "credit_name": "beans", "credit_decimals": "0", "price": "0,5"},
    )

    programme = Programme.objects.get()
    assert (programme.credit_name, programme.credit_decimals, programme.currency, programme.price_minor) == (
        "beans", 0, "EUR", 50,
    )  # fmt: skip


def test_a_credit_of_ones_own_wants_a_name_and_a_price(visitor: Any):
    visitor.post("/open/", {"code": a_code(), **ME})

    answer = visitor.post("/open/programme/", CAFE | {"unit": "own", "price": "0"})

    assert answer.status_code == 422
    assert sorted(answer.context["form"].errors) == ["credit_name", "price"]
    assert not Programme.objects.exists()


@pytest.mark.parametrize(
    ("typed", "example"),
    [
        ({}, "A coffee for <strong>CZK 45.00</strong> takes <strong>45.00 Kč</strong> from the card."),
        (
            {"unit": "own", "credit_name": "beans", "credit_decimals": "0", "price": "10"},
            "A coffee for <strong>CZK 45.00</strong> takes <strong>5 beans</strong> from the card.",
        ),
        ({"unit": "own", "price": "10"}, "Name the credit and its price to see what a coffee costs."),
    ],
)
def test_the_example_follows_what_is_typed(visitor: Any, typed: dict[str, str], example: str):
    visitor.post("/open/", {"code": a_code(), **ME})

    assert example in text(visitor.post("/open/example/", CAFE | typed))


@pytest.mark.parametrize("code", ["", "AAAA-BBBB-CCCC"])
def test_without_a_good_code_there_is_no_login(visitor: Any, code: str):
    a_code()

    answer = visitor.post("/open/", {"code": code, **ME})

    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == ["code"]
    assert not User.objects.exists()


def test_a_code_is_read_however_it_was_typed_and_good_once(visitor: Any):
    code = a_code()
    visitor.post("/open/", {"code": f" {code.lower().replace('-', ' ')} ", **ME})

    other = Client().post("/open/", {"code": code, **ME, "email": "other@example.org"})

    assert other.status_code == 422
    assert [user.email for user in User.objects.all()] == ["hana@example.org"]


def test_a_code_that_is_too_old_is_not_good(visitor: Any):
    code = actions.issue_code(
        random=b"8 random", deed=factories.a_deed(now=timezone.now() - rules.CODE_LASTS - timedelta(seconds=1))
    )

    assert visitor.post("/open/", {"code": code, **ME}).status_code == 422


def test_a_new_code_of_the_empty_twin_replaces_the_one_before():
    first = a_code()
    second = a_code(random=b"8 others", replaces_others=True)

    now = timezone.now()
    assert queries.good_code(first, now=now) is None
    assert queries.good_code(second, now=now) is not None


def test_the_code_itself_is_kept_nowhere():
    code = a_code()

    kept = bytes(OpeningCode.objects.get().code_hash)
    assert len(kept) == 32
    assert rules.bare(code).encode() not in kept
    assert code not in str(list(AuditEntry.objects.values()))


def test_a_weak_password_is_refused_and_the_code_stays_good(visitor: Any):
    code = a_code()

    answer = visitor.post("/open/", {"code": code, **ME, "password": "hana"})

    assert list(answer.context["form"].errors) == ["password"]
    assert queries.good_code(code, now=timezone.now()) is not None


def test_who_has_a_login_signs_in_first_and_then_types_the_code(visitor: Any):
    owner = factories.the_owner(factories.a_programme())
    code = a_code()

    assert list(visitor.post("/open/", {"code": code, **ME, "email": owner.user.email}).context["form"].errors) == [
        "email"
    ]
    browser: Any = signed_in(owner)
    assert browser.post("/open/", {"code": code}).url == "/open/programme/"
    browser.post("/open/programme/", CAFE)

    assert sorted(owner.user.places.values_list("programme__slug", flat=True)) == sorted(
        ["kavarna-u-mlyna", owner.programme.slug]
    )


def test_a_code_opens_one_programme(visitor: Any):
    visitor.post("/open/", {"code": a_code(), **ME})
    visitor.post("/open/programme/", CAFE)

    assert visitor.post("/open/programme/", CAFE).url == "/open/"
    assert Programme.objects.count() == 1


def test_of_two_programmes_of_one_name_the_second_has_an_address_of_its_own(visitor: Any):
    factories.a_programme(slug="kavarna-u-mlyna")
    visitor.post("/open/", {"code": a_code(), **ME})

    assert visitor.post("/open/programme/", CAFE).url == "/office/kavarna-u-mlyna-2/setup/site/"


def test_an_owner_opens_a_further_programme_only_where_the_installation_lets_them(settings):
    owner = factories.the_owner(factories.a_programme())
    browser: Any = signed_in(owner)

    assert browser.post("/open/programme/", CAFE).url == "/open/"

    settings.OWNERS_MAY_OPEN = True
    assert "Open another programme" in text(browser.get("/?choose"))
    assert browser.post("/open/programme/", CAFE).url == "/office/kavarna-u-mlyna/setup/site/"
    manager: Any = signed_in(factories.some_staff(Role.MANAGER, programme=owner.programme))
    assert manager.post("/open/programme/", CAFE).url == "/open/"


def test_nobody_who_is_not_signed_in_sees_a_programme_opened(visitor: Any):
    assert visitor.get("/open/programme/").url == "/open/"
    assert visitor.post("/open/example/", CAFE).status_code == 403

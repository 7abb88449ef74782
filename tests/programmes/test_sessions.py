"""Where somebody is signed in, and how they are signed out there; several programmes and where one lands."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from groat.programmes.models import Role, SignedIn, Staff
from tests import factories
from tests.offices import Office, queries_of, signed_in, text

pytestmark = pytest.mark.django_db

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0"
PHONE = "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/128.0 Mobile Safari/537.36"


def a_browser(staff: Staff, agent: str = FIREFOX) -> Any:
    """A browser in which somebody works."""
    client: Any = Client(headers={"Accept-Language": "en", "User-Agent": agent})
    client.force_login(staff.user)
    assert client.get(customers_of(staff)).status_code == 200
    return client


def customers_of(staff: Staff) -> str:
    return reverse("customers", kwargs={"programme": staff.programme.slug})


def browsers(client: Any) -> list[tuple[str, bool]]:
    """What the page lists: the device, and whether it is this one."""
    return [(row.device, is_here) for row, is_here in client.get(reverse("mfa_index")).context["browsers"]]


def test_each_browser_is_listed_with_where_it_was_last_seen():
    manager = factories.some_staff(Role.MANAGER)
    desk, phone = a_browser(manager), a_browser(manager, PHONE)

    assert browsers(phone) == [("Chrome · Android", True), ("Firefox · Linux", False)]
    assert "127.0.0.1" in text(desk.get(reverse("mfa_index")))


def test_one_browser_is_signed_out_at_its_next_request():
    manager = factories.some_staff(Role.MANAGER)
    desk, phone = a_browser(manager), a_browser(manager, PHONE)
    other = SignedIn.objects.get(browser=PHONE)

    desk.post(reverse("account_session_end", kwargs={"session": other.public_id}))

    assert phone.get(customers_of(manager)).url.startswith(reverse("account_login"))
    assert desk.get(customers_of(manager)).status_code == 200
    assert browsers(desk) == [("Firefox · Linux", True)]


def test_everywhere_else_is_signed_out_at_once():
    manager = factories.some_staff(Role.MANAGER)
    desk, phone, tablet = a_browser(manager), a_browser(manager, PHONE), a_browser(manager, PHONE)

    desk.post(reverse("account_sessions_end_others"))

    assert {one.get(customers_of(manager)).status_code for one in (phone, tablet)} == {302}
    assert browsers(desk) == [("Firefox · Linux", True)]


def test_a_browser_that_was_signed_out_is_forgotten():
    manager = factories.some_staff(Role.MANAGER)
    desk = a_browser(manager)
    desk.post(reverse("account_logout"))

    phone = a_browser(manager, PHONE)

    assert browsers(phone) == [("Chrome · Android", True)]
    assert SignedIn.objects.filter(user=manager.user).count() == 1


def test_nobody_signs_somebody_else_out():
    manager, stranger = factories.some_staff(Role.MANAGER), factories.some_staff(Role.MANAGER)
    desk, other = a_browser(manager), a_browser(stranger)
    mine = SignedIn.objects.get(user=manager.user)

    other.post(reverse("account_session_end", kwargs={"session": mine.public_id}))
    other.post(reverse("account_sessions_end_others"))

    assert desk.get(customers_of(manager)).status_code == 200


def test_that_a_browser_was_seen_is_written_once_in_some_minutes():
    office = Office(role=Role.MANAGER)
    office.get("customers")
    before = SignedIn.objects.get()

    quiet = queries_of(lambda: office.get("customers"))
    SignedIn.objects.update(seen_at=before.seen_at - timedelta(minutes=1))
    office.get("customers")
    assert SignedIn.objects.get().seen_at < before.seen_at

    session = office.client.session
    row, key, _at, place = session["signed_in"]
    session["signed_in"] = (row, key, timezone.now().timestamp() - 301, place)
    session.save()
    office.get("customers")
    assert SignedIn.objects.get().seen_at >= before.seen_at
    assert queries_of(lambda: office.get("customers")) == quiet


# ---- Several programmes ----


def test_one_lands_where_one_worked_last():
    first = factories.some_staff(Role.MANAGER, email="eva@example.org")
    second = factories.some_staff(Role.ACCOUNTANT, email="eva@example.org")
    browser: Any = signed_in(first)
    assert "Where to?" in text(browser.get("/"))

    for place in (first, second, first):
        browser.get(customers_of(place))
        assert browser.get("/").url == reverse("office", kwargs={"programme": place.programme.slug})
        assert signed_in(place).get("/").headers["Location"] == browser.get("/").url
    assert "Where to?" in text(browser.get("/?choose"))


def test_the_other_programmes_are_in_the_menu_at_the_programmes_name():
    first = factories.some_staff(Role.MANAGER, email="eva@example.org")
    second = factories.some_staff(Role.CASHIER, email="eva@example.org")
    browser: Any = signed_in(first)
    browser.get(customers_of(first))

    page = text(browser.get(customers_of(first)))

    assert f'<a href="/till/{second.programme.slug}/">{second.programme.name}</a>' in page
    alone = factories.some_staff(Role.MANAGER)
    assert "Switch to another programme" not in text(signed_in(alone).get(customers_of(alone)))

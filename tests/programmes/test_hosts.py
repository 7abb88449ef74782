"""Programmes with host names of their own."""

from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from groat.programmes import actions
from groat.programmes.hosts import Hosts
from groat.programmes.models import Role
from groat.programmes.rules import HostTaken, InvalidValue
from tests import factories
from tests.offices import just_now

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _read_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("groat.programmes.hosts.KNOWN_FOR_SECONDS", -1.0)


def at(host: str) -> Any:
    return Client(headers={"Accept-Language": "en", "Host": host})


def test_at_its_own_host_there_is_a_programme_alone():
    eva = factories.some_staff(Role.MANAGER, email="eva@example.org")
    other = factories.some_staff(Role.MANAGER, email="eva@example.org")
    actions.give_host(programme=eva.programme, host="Credit.Example.org.", deed=just_now())
    browser = at("credit.example.org")
    browser.force_login(eva.user)

    assert browser.get("/").url == reverse("office", kwargs={"programme": eva.programme.slug})
    assert browser.get(reverse("customers", kwargs={"programme": eva.programme.slug})).status_code == 200
    assert browser.get(reverse("customers", kwargs={"programme": other.programme.slug})).status_code == 404


def test_at_a_common_host_all_programmes_are_reached_by_their_paths():
    eva = factories.some_staff(Role.MANAGER)
    actions.give_host(programme=eva.programme, host="credit.example.org", deed=just_now())
    browser = at("localhost:8000")
    browser.force_login(eva.user)

    assert browser.get(reverse("customers", kwargs={"programme": eva.programme.slug})).status_code == 200


@pytest.mark.parametrize("host", ["evil.example.org", "credit.example.org.evil.com", "", "a b"])
def test_a_host_that_is_nobodys_is_refused(host: str):
    factories.a_programme()

    assert at(host).get("/").status_code == 400


def test_two_programmes_have_not_one_host():
    actions.give_host(programme=factories.a_programme(), host="credit.example.org", deed=just_now())

    with pytest.raises(HostTaken):
        actions.give_host(programme=factories.a_programme(), host="CREDIT.example.org", deed=just_now())


@pytest.mark.parametrize("host", ["localhost", "http://x.org", "x.org/path", "x.org:80", "-a.org", "a..org"])
def test_what_is_no_host_name_is_refused(host: str):
    with pytest.raises(InvalidValue):
        actions.give_host(programme=factories.a_programme(), host=host, deed=just_now())


def test_the_operator_gives_and_takes_it_by_a_command(capsys: pytest.CaptureFixture[str]):
    programme = factories.a_programme(slug="gym", name="Gym")

    call_command("host", "gym", "credit.example.org")
    assert at("credit.example.org").get("/health").status_code == 200
    call_command("host", "gym")

    assert capsys.readouterr().out == "Gym is at credit.example.org.\nGym has no host name of its own.\n"
    assert at("credit.example.org").get("/health").status_code == 400
    programme.refresh_from_db()
    assert programme.host == ""
    with pytest.raises(CommandError):
        call_command("host", "nobody", "x.example.org")


def test_the_hosts_are_read_from_the_database_now_and_then_alone(
    monkeypatch: pytest.MonkeyPatch, django_assert_num_queries: Any, rf: Any
):
    monkeypatch.setattr("groat.programmes.hosts.KNOWN_FOR_SECONDS", 30.0)
    actions.give_host(programme=factories.a_programme(), host="credit.example.org", deed=just_now())
    hosts = Hosts(lambda _request: HttpResponse())

    with django_assert_num_queries(1):
        for _time in range(3):
            hosts(rf.get("/", headers={"Host": "credit.example.org"}))

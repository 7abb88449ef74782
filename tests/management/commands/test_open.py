"""Opening a programme from the command line."""

from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from groat.programmes.models import Programme, User
from tests.factories import PASSWORD, a_programme, the_owner

pytestmark = pytest.mark.django_db

ASKED = {"name": "Grand Café", "owner_email": "olga@example.org", "owner_name": "Olga Malá"}


def open_programme(monkeypatch: pytest.MonkeyPatch, slug: str, *, password: str = PASSWORD, **options: Any) -> str:
    monkeypatch.setattr("sys.stdin", StringIO(f"{password}\n"))
    told = StringIO()
    call_command("open", slug, stdout=told, **ASKED | options)
    return told.getvalue()


def test_a_programme_opens_with_an_owner_who_can_sign_in(monkeypatch):
    told = open_programme(monkeypatch, "grand-cafe", currency="CZK", price="1.50", credit="Kč", language="cs")

    programme = Programme.objects.get()
    owner = the_owner(programme)
    assert told == "Grand Café is open: its owner signs in and goes on at /office/grand-cafe/.\n"
    assert (programme.slug, programme.name, programme.credit_name) == ("grand-cafe", "Grand Café", "Kč")
    assert (programme.currency, programme.price_minor, programme.language) == ("CZK", 150, "cs")
    assert (owner.user.email, owner.user.check_password(PASSWORD)) == ("olga@example.org", True)


def test_who_has_a_login_already_keeps_their_password(monkeypatch):
    a_programme(owner_email="olga@example.org")

    open_programme(monkeypatch, "grand-cafe", password="")

    assert User.objects.get().check_password(PASSWORD)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"password": "short"}, "Choose a password of at least 10 characters"),
        ({"price": "free"}, "The value of “price_minor” cannot be used."),
        ({"price": "0"}, "The value of “price_minor” cannot be used."),
        ({"currency": "crowns"}, "The value of “currency” cannot be used."),
        ({"time_zone": "Prague"}, "The value of “time_zone” cannot be used."),
    ],
)
def test_what_makes_no_programme_is_told_and_nothing_is_opened(monkeypatch, options, sentence):
    with pytest.raises(CommandError, match=sentence):
        open_programme(monkeypatch, "grand-cafe", **options)

    assert (Programme.objects.count(), User.objects.count()) == (0, 0)


def test_an_address_is_given_once(monkeypatch):
    open_programme(monkeypatch, "grand-cafe")

    with pytest.raises(CommandError, match=r"The address “grand-cafe” is already used\."):
        open_programme(monkeypatch, "grand-cafe")

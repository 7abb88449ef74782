"""A programme's colour and logo."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from groat.programmes import actions
from groat.programmes.models import AuditEntry, Programme, Role
from groat.programmes.rules import InvalidValue
from tests import factories
from tests.offices import Office, a_photograph, just_now, text, toasts

pytestmark = pytest.mark.django_db


def dressed(office: Office, **typed: object) -> Programme:
    """The programme after its owner has chosen this."""
    answer = office.client.post(office.url("look"), {"accent": "#2545b0", **typed})
    assert answer.status_code == 302, text(answer)
    return Programme.objects.get(pk=office.programme.pk)


def logo_of(programme: Programme) -> str:
    return reverse("logo", kwargs={"programme": programme.slug, "name": programme.logo_name})


def test_the_owners_colour_is_on_every_page():
    office = Office(role=Role.OWNER)

    row = dressed(office, accent="#B02A25", own_accent="on")

    assert row.accent == "#b02a25"
    sheet = reverse("accent", kwargs={"colour": "b02a25"})
    assert all(sheet in text(office.get(page)) for page in ("office", "customers", "look"))
    answer = Client().get(sheet)
    assert (answer.headers["Content-Type"], answer.content[:15]) == ("text/css", b"@layer tokens {")
    assert dressed(office).accent == ""
    assert sheet not in text(office.get("office"))


def test_a_logo_is_shown_and_another_one_takes_its_place():
    office = Office(role=Role.OWNER)
    first = dressed(office, logo=a_photograph())
    address = logo_of(first)

    assert address in text(office.get("office"))
    answer = Client().get(address)
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "image/webp")

    second = dressed(office, logo=a_photograph("black"))
    assert logo_of(second) != address
    assert Client().get(address).status_code == 404

    assert dressed(office, without_logo="on").logo_name == ""
    assert "/look/" not in text(office.get("office"))


def test_saving_the_colour_leaves_the_logo_as_it_is():
    office = Office(role=Role.OWNER)
    before = dressed(office, logo=a_photograph())

    assert dressed(office, own_accent="on").logo_name == before.logo_name


def test_what_is_no_picture_is_refused_and_nothing_is_changed():
    office = Office(role=Role.OWNER)
    notes = AuditEntry.objects.count()

    answer = office.client.post(
        office.url("look"), {"accent": "#000000", "own_accent": "on", "logo": SimpleUploadedFile("logo.png", b"<svg/>")}
    )

    assert answer.status_code == 422
    assert "This is no picture that can be shown" in text(answer)
    assert AuditEntry.objects.count() == notes
    assert toasts(answer) == []


def test_what_is_no_colour_is_refused():
    with pytest.raises(InvalidValue):
        actions.change_programme(programme=factories.a_programme(), accent="red", deed=just_now())
    assert Client().get("/look/red.css").status_code == 404


@pytest.mark.django_db(transaction=True)
def test_a_logo_that_was_replaced_is_deleted():
    office = Office(role=Role.OWNER)
    row = dressed(office, logo=a_photograph())

    dressed(office, without_logo="on")

    assert not row.logo.storage.exists(str(row.logo.name))

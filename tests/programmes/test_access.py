"""Who may see which page, and as whom they act there."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.test import RequestFactory
from django.utils import timezone
from pytest_django import Settings

from groat.programmes import access, actions
from groat.programmes.models import Programme, Role, User
from tests.factories import a_deed, a_programme, a_site, some_staff, the_owner

pytestmark = pytest.mark.django_db


def asked(user: User | None, **meta: Any) -> HttpRequest:
    request = RequestFactory().get("/office/somewhere/?page=2", **meta)
    request.user = user or AnonymousUser()
    return request


@access.staff_required(*access.MANAGE)
def view(request: HttpRequest, *, programme: Programme, word: str = "") -> HttpResponse:
    midnight = timezone.localtime(datetime(2026, 1, 31, 23, tzinfo=UTC))
    return HttpResponse(f"{access.staff_of(request).role} {programme.name} {midnight:%d %H:%M} {word}".strip())


def test_staff_in_the_role_see_the_page_in_the_programmes_time_zone():
    programme = a_programme(name="Grand Café", time_zone="Europe/Prague")
    manager = some_staff("manager", programme=programme)

    response = view(asked(manager.user), programme=programme.slug, word="hello")

    assert isinstance(response, HttpResponse)
    assert response.content.decode() == "manager Grand Café 01 00:00 hello"
    assert timezone.get_current_timezone_name() == "UTC"


def test_whoever_is_not_signed_in_is_sent_to_do_so_and_back():
    response = view(asked(None), programme=a_programme().slug)

    assert (response.status_code, response["Location"]) == (302, "/account/login/?next=/office/somewhere/%3Fpage%3D2")


@pytest.mark.parametrize("role", ["cashier", "accountant"])
def test_another_role_is_refused(role: str):
    staff = some_staff(role)

    with pytest.raises(PermissionDenied):
        view(asked(staff.user), programme=staff.programme.slug)


def test_the_programme_of_others_does_not_exist():
    mine, other = some_staff("owner"), a_programme()

    with pytest.raises(Http404):
        view(asked(mine.user), programme=other.slug)
    with pytest.raises(Http404):
        view(asked(mine.user), programme="no-such-programme")


def test_whoever_was_dismissed_is_out_at_once():
    manager = some_staff("manager")
    request = asked(manager.user)
    assert view(request, programme=manager.programme.slug).status_code == 200

    actions.dismiss(staff=manager, deed=a_deed())

    with pytest.raises(Http404):
        view(request, programme=manager.programme.slug)


def test_an_id_of_another_programme_is_not_found():
    @access.staff_required(*Role)
    def named(_request: HttpRequest, *, programme: Programme, site: str) -> HttpResponse:
        return HttpResponse(type(foreign).named(programme_id=programme.id, public_id=site).name)

    foreign, mine = a_site(), some_staff()

    with pytest.raises(Http404):
        named(asked(mine.user), programme=mine.programme.slug, site=str(foreign.public_id))
    with pytest.raises(Http404):
        named(asked(mine.user), programme=mine.programme.slug, site="7")


def test_a_deed_says_who_acts_and_from_where():
    owner = the_owner(a_programme(owner_name="Olga"))
    request = asked(owner.user, REMOTE_ADDR="192.0.2.7")
    view(request, programme=owner.programme.slug)

    deed = access.deed(request)

    assert (deed.actor.code, deed.actor.name, deed.actor.role, deed.actor.address) == (
        f"staff:{owner.id}",
        "Olga",
        Role.OWNER,
        "192.0.2.7",
    )
    assert deed.mint() < deed.mint()
    assert abs((timezone.now() - deed.now).total_seconds()) < 5


def test_nobody_acts_in_a_view_that_is_not_guarded():
    with pytest.raises(TypeError):
        access.deed(asked(some_staff().user))


def test_a_forwarded_address_is_believed_only_as_far_as_our_proxies_wrote_it(settings: Settings):
    request = asked(None, REMOTE_ADDR="10.0.0.1", HTTP_X_FORWARDED_FOR="6.6.6.6, 192.0.2.7")

    assert access.client_address(request) == "10.0.0.1"
    settings.TRUSTED_PROXIES = 1
    assert access.client_address(request) == "192.0.2.7"

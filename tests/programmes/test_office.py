"""The office's pages about the programme itself."""

import re
from typing import Any
from uuid import uuid4

import pytest

from groat.ledger.models import Request
from groat.programmes import actions, queries
from groat.programmes.models import ApiKey, Role, Sector, Site, Till
from tests import factories
from tests.offices import Office, just_now, queries_of, text, toasts

pytestmark = pytest.mark.django_db


@pytest.fixture
def office() -> Office:
    return Office(role=Role.OWNER)


# ---- Settings ----

SETTINGS: dict[str, Any] = {
    "name": "Grand Café",
    "credit_name": "credits",
    "price_minor": "1,10",
    "identifier_label": "Locker",
    "time_zone": "Europe/Bratislava",
    "language": "sk",
    "undo_seconds": "120",
    "confirm_from_minor": "500",
    "confirm_by": "pin",
    "lock_after_minutes": "10",
}


def test_the_settings_are_saved(office: Office):
    response = office.post("programme", SETTINGS)

    programme = office.programme
    programme.refresh_from_db()
    assert toasts(response) == ["The settings were saved."]
    assert {name: getattr(programme, name) for name in SETTINGS} == SETTINGS | {
        "price_minor": 110,
        "undo_seconds": 120,
        "confirm_from_minor": 50_000,
        "lock_after_minutes": 10,
    }


def test_what_may_be_empty_is_emptied(office: Office):
    office.post("programme", SETTINGS)
    emptied = SETTINGS | {"confirm_from_minor": "", "identifier_label": ""}

    office.post("programme", emptied)

    programme = office.programme
    programme.refresh_from_db()
    assert (
        programme.confirm_from_minor,
        programme.identifier_label,
    ) == (None, "")


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"name": ""}, "This field is required."),
        ({"price_minor": "0"}, "Enter at least 0.01 CZK"),
        ({"time_zone": "Moon/Base"}, "Select a valid choice."),
        ({"undo_seconds": "-1"}, "greater than or equal to 0"),
        ({"confirm_from_minor": "0"}, "Enter at least 0.01 Kč."),
        ({"credit_name": "x" * 21}, "at most 20 characters"),
    ],
)
def test_settings_that_cannot_be_are_refused(office: Office, wrong: dict[str, str], said: str):
    before = office.programme.name

    response = office.post("programme", SETTINGS | wrong)

    office.programme.refresh_from_db()
    assert response.status_code == 422
    assert said in text(response)
    assert office.programme.name == before


# ---- Sites and tills ----


def test_a_site_is_added_and_asks_for_its_till(office: Office):
    response = office.post("site_new", {"name": "Gym", "sector": "gym"})

    site = Site.objects.get(programme=office.programme)
    assert (site.name, site.sector) == ("Gym", Sector.GYM)
    assert response["Location"] == office.url("till_new", site=site)

    office.post("till_new", {"name": "Reception"}, site=site)
    assert Till.objects.get(site=site).name == "Reception"
    page = text(office.get("sites"))
    assert "Gym" in page
    assert "Reception" in page


def test_two_sites_have_not_one_name(office: Office):
    factories.a_site(programme=office.programme, name="Gym")

    response = office.post("site_new", {"name": "GYM", "sector": "gym"})

    assert response.status_code == 422
    assert "“GYM” is already used." in text(response)


def test_a_till_is_renamed_and_moves_to_another_site_of_the_programme_alone(office: Office):
    till = factories.a_till(programme=office.programme)
    gym, foreign = factories.a_site(programme=office.programme, name="Gym"), factories.a_site()

    office.post("till_edit", {"name": "Desk", "site": str(gym.public_id)}, till=till)
    refused = office.post("till_edit", {"name": "Desk", "site": str(foreign.public_id)}, till=till)

    till.refresh_from_db()
    assert (till.name, till.site, refused.status_code) == ("Desk", gym, 422)


def test_a_site_is_renamed(office: Office):
    site = factories.a_site(programme=office.programme)

    office.post("site_edit", {"name": "Annex", "sector": "spa"}, site=site)

    site.refresh_from_db()
    assert (site.name, site.sector) == ("Annex", Sector.SPA)


def test_a_till_is_closed_and_opened_again_from_its_toast(office: Office):
    till = factories.a_till(programme=office.programme)

    response = office.post("till_close", till=till)
    till.refresh_from_db()
    assert (till.closed_at is not None, toasts(response)) == (True, ["The till Counter is closed."])
    assert office.url("till_reopen", till=till) in text(office.get("sites"))

    office.post("till_reopen", till=till)
    till.refresh_from_db()
    assert till.closed_at is None


def test_many_tills_take_as_many_queries_as_one(office: Office):
    factories.a_till(programme=office.programme)
    alone = queries_of(lambda: office.get("sites"))
    for _more in range(20):
        factories.a_till(programme=office.programme)

    assert queries_of(lambda: office.get("sites")) == alone


# ---- Keys ----


def test_a_keys_secret_is_shown_once_and_opens(office: Office):
    response = office.post("api_key_new", {"name": "Shop", "scopes": ["products:read", "payments:write"]})

    (secret,) = re.findall(r'data-copy="([^"]+)"', text(response))
    key = queries.key_by_secret(secret)
    assert key is not None
    assert (key.programme, key.name, key.scopes) == (office.programme, "Shop", ["products:read", "payments:write"])
    assert "no-store" in response["Cache-Control"]
    page = text(office.get("api_keys"))
    assert secret not in page
    assert secret[-4:] in page
    assert "Take payments" in page


def test_a_double_click_issues_one_key_and_shows_its_secret_again(office: Office):
    typed, key = {"name": "Shop", "scopes": ["products:read"]}, str(uuid4())

    shown = [text(office.post("api_key_new", typed, key=key)) for _click in range(2)]

    (secret,), again = (re.findall(r'data-copy="([^"]+)"', page) for page in shown)
    assert again == [secret]
    issued = queries.key_by_secret(secret)
    assert list(ApiKey.objects.all()) == [issued]
    assert key not in set(Request.objects.values_list("key", flat=True))


def test_another_form_issues_another_key(office: Office):
    typed = {"name": "Shop", "scopes": ["products:read"]}

    secrets = [re.findall(r'data-copy="([^"]+)"', text(office.post("api_key_new", typed))) for _form in range(2)]

    assert secrets[0] != secrets[1]
    assert ApiKey.objects.count() == 2


def test_the_page_of_a_new_key_brings_what_makes_it_be_issued_once(office: Office):
    assert 'name="request_key"' in text(office.get("api_key_new"))


def test_a_key_that_may_do_nothing_is_not_made(office: Office):
    response = office.post("api_key_new", {"name": "Shop"})

    assert response.status_code == 422
    assert "Choose at least one thing that it may do." in text(response)
    assert not ApiKey.objects.exists()


def test_a_key_limits_its_requests_if_told(office: Office):
    office.post("api_key_new", {"name": "Shop", "scopes": ["products:read"], "requests_per_minute": "30"})

    assert ApiKey.objects.get().requests_per_minute == 30


def test_a_revoked_key_opens_nothing(office: Office):
    key, secret = actions.issue_key(programme=office.programme, name="Shop", scopes=["products:read"], deed=just_now())

    response = office.client.post(office.url("api_key_revoke", key=key))

    assert toasts(response) == ["The key Shop opens nothing any more."]
    assert queries.key_by_secret(secret) is None
    assert "1 revoked key" in text(office.get("api_keys"))

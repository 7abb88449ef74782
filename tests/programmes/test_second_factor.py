"""The second factor of sign-in: setting it up, signing in with it, and being asked for it."""

from base64 import b64decode
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from groat.programmes import actions
from groat.programmes.models import AuditEntry, Role, Staff
from tests import factories
from tests.offices import just_now, text

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _no_guesses_so_far():
    cache.clear()


def a_browser(staff: Staff) -> Any:
    """A browser in which somebody has just typed their password."""
    client: Any = Client(headers={"Accept-Language": "en"})
    client.post(reverse("account_login"), {"login": staff.user.email, "password": factories.PASSWORD})
    return client


def code_of(secret: str) -> str:
    """What an app shows now."""
    return str(format_hotp_value(hotp_value(secret, next(iter(yield_hotp_counters_from_time())))))


def vouch(browser: Any) -> None:
    """Type the password once more: whoever finds a browser open changes nothing of its owner's sign-in."""
    assert browser.get(reverse("mfa_activate_totp")).url.startswith(reverse("account_reauthenticate"))
    browser.post(reverse("account_reauthenticate"), {"password": factories.PASSWORD})


def set_up(browser: Any) -> str:
    """Have an app as the second factor; its secret."""
    vouch(browser)
    secret = str(browser.get(reverse("mfa_activate_totp")).context["form"].secret)
    answer = browser.post(reverse("mfa_activate_totp"), {"code": code_of(secret)})
    assert answer.status_code == 302
    # A code is good once, and the same half minute shows the same one.
    cache.clear()
    return secret


def test_an_app_is_set_up_and_asked_for_at_the_next_sign_in():
    manager = factories.some_staff(Role.MANAGER)
    customers = reverse("customers", kwargs={"programme": manager.programme.slug})
    secret = set_up(a_browser(manager))

    other = a_browser(manager)

    assert other.get(customers).status_code == 302
    assert "Type the code of your app" in text(other.get(reverse("mfa_authenticate")))
    assert "Incorrect code" in text(other.post(reverse("mfa_authenticate"), {"code": "000000"}))
    other.post(reverse("mfa_authenticate"), {"code": code_of(secret)})
    assert other.get(customers).status_code == 200


def test_the_code_for_the_app_is_a_picture_by_itself():
    browser = a_browser(factories.some_staff(Role.MANAGER))
    vouch(browser)

    drawn = browser.get(reverse("mfa_activate_totp")).context["totp_svg_data_uri"]

    assert drawn.startswith("data:image/svg+xml;")
    assert "http://www.w3.org/2000/svg" in b64decode(drawn.partition(",")[2]).decode()


def test_a_recovery_code_opens_once():
    manager = factories.some_staff(Role.MANAGER)
    browser = a_browser(manager)
    set_up(browser)
    codes = browser.get(reverse("mfa_view_recovery_codes")).context["unused_codes"]

    first, second = a_browser(manager), a_browser(manager)

    assert first.post(reverse("mfa_authenticate"), {"code": codes[0]}).status_code == 302
    assert "Incorrect code" in text(second.post(reverse("mfa_authenticate"), {"code": codes[0]}))


def test_the_secret_is_kept_encrypted():
    manager = factories.some_staff(Role.MANAGER)

    secret = set_up(a_browser(manager))

    kept = Authenticator.objects.get(user=manager.user, type=Authenticator.Type.TOTP)
    assert secret not in str(kept.data)
    assert kept.wrap().validate_code(code_of(secret))


def test_what_changes_stands_in_the_trail(django_capture_on_commit_callbacks: Any):
    manager = factories.some_staff(Role.MANAGER)
    browser = a_browser(manager)

    with django_capture_on_commit_callbacks(execute=True):
        set_up(browser)
    browser.post(reverse("mfa_deactivate_totp"))

    noted = AuditEntry.objects.filter(programme=manager.programme, action__startswith="second_factor")
    assert [entry.action for entry in noted.order_by("id")] == ["second_factor.added", "second_factor.removed"]
    assert not Authenticator.objects.filter(user=manager.user).exists()


@pytest.mark.parametrize("role", [Role.OWNER, Role.MANAGER, Role.ACCOUNTANT])
def test_where_it_is_wanted_nobody_goes_on_without(role: Role):
    programme = actions.change_programme(programme=factories.a_programme(), wants_second_factor=True, deed=just_now())
    browser = a_browser(factories.some_staff(role, programme=programme))
    customers = reverse("customers", kwargs={"programme": programme.slug})

    assert browser.get(customers).url == reverse("mfa_index")
    assert "asks for a second factor" in text(browser.get(reverse("mfa_index")))
    set_up(browser)
    assert browser.get(customers).status_code == 200


def test_cashiers_are_not_asked():
    programme = actions.change_programme(programme=factories.a_programme(), wants_second_factor=True, deed=just_now())
    factories.a_till(programme=programme)
    browser = a_browser(factories.some_staff(Role.CASHIER, programme=programme))

    assert browser.get(reverse("tills", kwargs={"programme": programme.slug}), follow=True).status_code == 200


def test_the_pages_of_the_second_factor_are_ours():
    manager = factories.some_staff(Role.MANAGER)
    browser = a_browser(manager)
    vouch(browser)
    for name in ("mfa_index", "mfa_activate_totp", "mfa_add_webauthn"):
        assert "narrow-card" in text(browser.get(reverse(name)))
    secret = str(browser.get(reverse("mfa_activate_totp")).context["form"].secret)
    browser.post(reverse("mfa_activate_totp"), {"code": code_of(secret)})
    for name in ("mfa_view_recovery_codes", "mfa_generate_recovery_codes", "mfa_deactivate_totp", "mfa_reauthenticate"):
        assert "narrow-card" in text(browser.get(reverse(name)))

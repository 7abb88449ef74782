"""Signing in and out, and where people land."""

import re
from typing import Any

import pytest
from django.core import mail
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from groat.programmes import actions
from groat.programmes.models import AuditEntry, Programme, User
from tests.factories import PASSWORD, a_deed, a_programme, some_staff, the_owner

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _no_guesses_so_far():
    cache.clear()


def sign_in(client: Client, email: str, password: str = PASSWORD, **meta: Any):
    return client.post(reverse("account_login"), {"login": email, "password": password}, **meta)


def noted(programme: Programme | None) -> list[tuple[str, str, str, str | None]]:
    entries = AuditEntry.objects.filter(programme=programme, action__startswith="sign_in.").order_by("id")
    return [(entry.action, entry.actor_name, entry.subject_name, entry.address) for entry in entries]


def test_staff_sign_in_and_out_and_both_is_noted(client: Client):
    cashier = some_staff("cashier", email="petr@example.org", name="Petr")
    till = reverse("tills", args=[cashier.programme.slug])

    response = sign_in(client, "Petr@Example.org", REMOTE_ADDR="192.0.2.7")
    assert (response.status_code, response["Location"]) == (302, "/")
    assert client.get("/")["Location"] == till

    client.post(reverse("account_logout"), REMOTE_ADDR="192.0.2.8")
    assert client.get("/")["Location"] == reverse("account_login")
    assert noted(cashier.programme) == [
        ("sign_in.done", "Petr", "Petr", "192.0.2.7"),
        ("sign_in.ended", "Petr", "Petr", "192.0.2.8"),
    ]


def test_a_sign_in_is_noted_wherever_the_person_works(client: Client):
    place = some_staff("cashier", email="petr@example.org", name="Petr")
    other = some_staff("manager", email="petr@example.org")

    sign_in(client, "petr@example.org")

    assert len(noted(place.programme)) == len(noted(other.programme)) == 1


def test_a_wrong_password_is_refused_and_noted(client: Client):
    cashier = some_staff("cashier", email="petr@example.org", name="Petr")

    response = sign_in(client, "petr@example.org", "correct horse batteri", REMOTE_ADDR="192.0.2.7")

    assert response.status_code == 200
    assert "not correct" in response.content.decode()
    assert noted(cashier.programme) == [("sign_in.failed", "", "Petr", "192.0.2.7")]


def test_an_unknown_address_is_refused_in_the_same_words(client: Client):
    cashier = some_staff("cashier", email="petr@example.org")

    def said(email: str) -> list[str]:
        return list(sign_in(client, email, "correct horse batteri").context["form"].non_field_errors())

    assert said("nobody@example.org") == said("petr@example.org") != []
    assert noted(None) == [("sign_in.failed", "", "nobody@example.org", "127.0.0.1")]
    assert len(noted(cashier.programme)) == 1


def test_guessing_ends_after_five_wrong_passwords(client: Client):
    cashier = some_staff("cashier", email="petr@example.org")
    for number in range(5):
        sign_in(client, "petr@example.org", f"guess number {number}")

    response = sign_in(client, "petr@example.org", PASSWORD)

    assert response.status_code == 200
    assert "Too many failed login attempts" in response.content.decode()
    assert client.get("/")["Location"] == reverse("account_login")
    assert len(noted(cashier.programme)) == 5


def test_the_guesses_of_one_address_do_not_lock_out_another(client: Client):
    some_staff("cashier", email="petr@example.org")
    for number in range(5):
        sign_in(client, "olga@example.org", f"guess number {number}")

    assert sign_in(client, "petr@example.org").status_code == 302


def test_a_place_that_tries_too_often_is_told_to_wait(client: Client):
    for number in range(60):
        sign_in(client, f"guess{number}@example.org", "")

    response = sign_in(client, "petr@example.org")

    assert response.status_code == 429
    assert "Wait a minute" in response.content.decode()


def test_a_password_is_never_written_down(client: Client):
    some_staff("cashier", email="petr@example.org")

    sign_in(client, "petr@example.org", "my secret of secrets")

    assert "my secret of secrets" not in repr(list(AuditEntry.objects.values()))


def test_somebody_locked_out_by_the_operator_cannot_sign_in(client: Client):
    cashier = some_staff("cashier", email="petr@example.org")
    User.objects.filter(pk=cashier.user_id).update(is_active=False)

    response = sign_in(client, "petr@example.org")

    assert response["Location"] == reverse("account_inactive")
    assert client.get(reverse("account_inactive")).status_code == 200
    assert client.get("/")["Location"] == reverse("account_login")


def test_nobody_signs_up(client: Client):
    response = client.post(
        reverse("account_signup"), {"email": "eve@example.org", "password1": PASSWORD, "password2": PASSWORD}
    )

    assert "Nobody can sign up here" in response.content.decode()
    assert User.objects.count() == 0


def test_signing_out_takes_a_click(client: Client):
    client.force_login(some_staff().user)

    assert client.get(reverse("account_logout")).status_code == 200
    assert client.get("/")["Location"] != reverse("account_login")


def test_signing_in_leads_back_to_where_one_wanted(client: Client):
    some_staff("manager", email="petr@example.org")

    response = client.post(
        reverse("account_login"), {"login": "petr@example.org", "password": PASSWORD, "next": "/office/x/customers/"}
    )

    assert response["Location"] == "/office/x/customers/"


def test_signing_in_leads_to_no_other_site(client: Client):
    some_staff("manager", email="petr@example.org")

    response = client.post(
        reverse("account_login"), {"login": "petr@example.org", "password": PASSWORD, "next": "https://evil.example/"}
    )

    assert response["Location"] == "/"


# ---- Passwords ----


def test_a_changed_password_ends_the_other_sessions_and_is_noted(client: Client):
    cashier = some_staff("cashier", name="Petr")
    elsewhere = Client()
    client.force_login(cashier.user)
    elsewhere.force_login(cashier.user)

    response = client.post(
        reverse("account_change_password"),
        {"oldpassword": PASSWORD, "password1": "another long sentence", "password2": "another long sentence"},
    )

    assert response.status_code == 302
    assert User.objects.get(pk=cashier.user_id).check_password("another long sentence")
    assert client.get("/")["Location"] != reverse("account_login")
    assert elsewhere.get("/")["Location"] == reverse("account_login")
    assert noted(cashier.programme) == [("sign_in.password_changed", "Petr", "Petr", "127.0.0.1")]


@pytest.mark.parametrize("password", ["short", "password123", "stanislav the cashier"])
def test_a_weak_password_is_refused(client: Client, password: str):
    cashier = some_staff("cashier", name="Stanislav the Cashier")
    client.force_login(cashier.user)

    response = client.post(
        reverse("account_change_password"), {"oldpassword": PASSWORD, "password1": password, "password2": password}
    )

    assert response.status_code == 200
    assert User.objects.get(pk=cashier.user_id).check_password(PASSWORD)


def test_a_lost_password_is_set_anew_by_a_link_in_an_e_mail(client: Client):
    cashier = some_staff("cashier", email="petr@example.org", name="Petr")

    client.post(reverse("account_reset_password"), {"email": "petr@example.org"})
    (letter,) = mail.outbox
    assert letter.to == ["petr@example.org"]
    found = re.search(r"http://testserver(\S+)", str(letter.body))
    assert found is not None
    # The link leads on to an address without the secret in it.
    page = client.get(found[1], follow=True)
    address = page.redirect_chain[-1][0]
    client.post(address, {"password1": "another long sentence", "password2": "another long sentence"})

    assert User.objects.get(pk=cashier.user_id).check_password("another long sentence")
    assert noted(cashier.programme) == [("sign_in.password_changed", "Petr", "Petr", "127.0.0.1")]
    assert client.get(found[1], follow=True).context["token_fail"]


def test_nobody_learns_by_a_lost_password_who_works_here(client: Client):
    some_staff("cashier", email="petr@example.org")

    answers = [
        client.post(reverse("account_reset_password"), {"email": email}, follow=True)
        for email in ("petr@example.org", "nobody@example.org")
    ]

    assert answers[0].redirect_chain == answers[1].redirect_chain
    assert [letter.to for letter in mail.outbox] == [["petr@example.org"]]


# ---- Home ----


def test_an_owner_lands_in_the_office(client: Client):
    owner = the_owner(a_programme())
    client.force_login(owner.user)

    assert client.get("/")["Location"] == reverse("office", args=[owner.programme.slug])


def test_whoever_works_in_several_programmes_chooses(client: Client):
    first = some_staff("cashier", email="petr@example.org", programme=a_programme(name="Grand Café"))
    second = some_staff("manager", email="petr@example.org", programme=a_programme(name="City Gym"))
    client.force_login(first.user)

    page = client.get("/").content.decode()

    found = re.findall(r'href="([^"]+)".*?<strong>(.*?)</strong>', page)
    assert found == [
        (reverse("office", args=[second.programme.slug]), "City Gym"),
        (reverse("tills", args=[first.programme.slug]), "Grand Café"),
    ]


def test_whoever_works_nowhere_any_more_is_told_so(client: Client):
    cashier = some_staff()
    actions.dismiss(staff=cashier, deed=a_deed())
    client.force_login(cashier.user)

    assert "You do not work in any programme at the moment" in client.get("/").content.decode()


# ---- Language ----


def test_the_language_that_somebody_chose_waits_for_them_at_another_device(client: Client):
    some_staff("manager", email="petr@example.org")
    sign_in(client, "petr@example.org")
    client.post(reverse("set_language"), {"language": "sk", "next": "/"})
    assert User.objects.get(email="petr@example.org").language == "sk"

    elsewhere = Client()
    assert sign_in(elsewhere, "petr@example.org").cookies["django_language"].value == "sk"


def test_a_language_that_there_is_not_is_ignored(client: Client):
    cashier = some_staff()
    client.force_login(cashier.user)

    client.post(reverse("set_language"), {"language": "tlh", "next": "/"})

    assert User.objects.get(pk=cashier.user_id).language == ""

"""The office's pages about the staff: roles and limits, invitations, who leaves."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from groat.notifications import delivery
from groat.notifications.models import Letter
from groat.programmes import actions, inviting, keys, queries
from groat.programmes.deeds import Limits
from groat.programmes.models import AuditEntry, Role, Staff, StaffInvitation
from tests import factories
from tests.offices import Office, just_now, queries_of, signed_in, text, toasts

pytestmark = pytest.mark.django_db

EVA = {"name": "Eva", "email": "eva@example.org", "role": "cashier"}


@pytest.fixture
def office() -> Office:
    return Office(role=Role.OWNER)


def the_link() -> str:
    """The link in the newest letter."""
    found = re.search(r"http://testserver(/invitation/\S+)", Letter.objects.latest("id").text)
    assert found is not None
    return found[1]


def a_visitor() -> Any:
    return Client(headers={"Accept-Language": "en"})


def test_where_no_e_mail_is_sent_somebody_new_gets_a_password_that_is_shown_once(office: Office, settings: Any):
    settings.SENDS_MAIL = False
    response = office.post("staff_new", {"name": "Eva", "email": "eva@example.org", "role": "cashier"})

    page = text(response)
    (password,) = re.findall(r'data-copy="([^"]+)"', page)
    assert response["Cache-Control"].count("no-store") == 1
    eva = Staff.objects.get(programme=office.programme, user__email="eva@example.org")
    assert (eva.role, eva.user.check_password(password)) == (Role.CASHIER, True)
    assert re.fullmatch(r"[a-z2-9]{4}(-[a-z2-9]{4}){3}", password)
    assert password not in text(office.get("staff"))
    client = Client()
    client.post(reverse("account_login"), {"login": "eva@example.org", "password": password})
    assert client.get(reverse("tills", kwargs={"programme": office.programme.slug})).status_code in {200, 302}
    assert client.get(office.url("customers")).status_code == 403


def test_where_no_e_mail_is_sent_who_has_a_login_keeps_their_password(office: Office, settings: Any):
    settings.SENDS_MAIL = False
    known = factories.some_staff("cashier", email="eva@example.org")

    response = office.post("staff_new", {"name": "Eva", "email": "EVA@example.org", "role": "manager"})

    known.user.refresh_from_db()
    assert "data-copy" not in text(response)
    assert "signs in with the password it has" in text(response)
    assert known.user.check_password(factories.PASSWORD)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"email": "eva"}, "Enter a valid email address."),
        ({"name": " "}, "This field is required."),
        ({"role": "emperor"}, "Select a valid choice."),
        ({"email": "there@example.org"}, "there@example.org already works here."),
    ],
)
def test_nobody_is_engaged_by_mistake(office: Office, wrong: dict[str, str], said: str):
    factories.some_staff(programme=office.programme, email="there@example.org")
    before = Staff.objects.count()

    response = office.post("staff_new", {"name": "Eva", "email": "eva@example.org", "role": "cashier"} | wrong)

    assert response.status_code == 422
    assert said in text(response)
    assert Staff.objects.count() == before


def test_a_role_is_changed_but_the_last_owner_stays(office: Office):
    eva = factories.some_staff("cashier", programme=office.programme, name="Eva")
    first = factories.the_owner(office.programme)

    response = office.post("staff_role", {"role": "manager"}, member=eva)
    assert toasts(response) == ["The role of Eva is now: Manager."]

    office.post("staff_role", {"role": "cashier"}, member=first)
    refused = office.post("staff_role", {"role": "cashier"}, member=office.staff)
    assert refused.status_code == 422
    assert "A programme needs an owner" in text(refused)


def test_who_is_dismissed_is_out_and_stays_known(office: Office):
    eva = factories.some_staff("cashier", programme=office.programme, name="Eva")

    office.post("staff_dismiss", member=eva)

    eva.refresh_from_db()
    page = text(office.get("staff"))
    assert eva.left_at is not None
    assert "1 person who left" in page
    assert office.url("staff_dismiss", member=eva) not in page


def test_the_last_owner_cannot_be_dismissed(office: Office):
    office.post("staff_dismiss", member=factories.the_owner(office.programme))

    assert toasts(office.post("staff_dismiss", member=office.staff))[-1].startswith("A programme needs an owner")
    assert queries.place_of(office.staff.user, office.programme.slug) is not None


# ---- Invitations ----


def test_somebody_new_is_invited_chooses_a_password_and_is_in(office: Office):
    assert toasts(office.post("staff_new", EVA)) == ["Eva is invited."]
    link, visitor = the_link(), a_visitor()

    assert "You are invited to the staff, as: Cashier." in text(visitor.get(link))
    answer = visitor.post(link, {"name": "Eva Nová", "password": factories.PASSWORD})

    assert answer.url == office.url("tills")
    eva = Staff.objects.get(programme=office.programme, user__email="eva@example.org")
    assert (eva.role, eva.user.name) == (Role.CASHIER, "Eva Nová")
    assert visitor.get(office.url("customers")).status_code == 403
    assert queries.invitations(programme_id=office.programme.id) == []


def test_a_link_is_good_once(office: Office):
    office.post("staff_new", EVA)
    link = the_link()
    a_visitor().post(link, {"name": "Eva", "password": factories.PASSWORD})

    again = a_visitor().post(link, {"name": "Eve", "password": factories.PASSWORD})

    assert again.status_code == 404
    assert "This invitation is no longer good" in text(again)


def test_who_has_a_login_joins_with_it(office: Office):
    eva = factories.some_staff(Role.MANAGER, email="eva@example.org")
    office.post("staff_new", EVA)
    link, visitor = the_link(), a_visitor()

    assert "has a login already" in text(visitor.get(link))
    refused = visitor.post(link, {"name": "Eve", "password": factories.PASSWORD})
    assert not Staff.objects.filter(programme=office.programme, user=eva.user).exists()
    assert "Sign in with it to join" in text(refused)

    browser: Any = signed_in(eva)
    assert "You are signed in as" in text(browser.get(link))
    assert browser.post(link).url == office.url("tills")
    eva.user.refresh_from_db()
    assert eva.user.check_password(factories.PASSWORD)
    assert len(queries.places(eva.user)) == 2


def test_who_works_here_already_is_told_so_when_they_join(office: Office):
    office.post("staff_new", EVA)
    browser: Any = signed_in(office.staff)

    answer = browser.post(the_link())

    assert answer.status_code == 422
    assert "already works here" in text(answer)


def test_a_weak_password_is_refused_and_the_link_stays_good(office: Office):
    office.post("staff_new", EVA)
    link, visitor = the_link(), a_visitor()

    assert list(visitor.post(link, {"name": "Eva", "password": "eva"}).context["form"].errors) == ["password"]
    assert visitor.get(link).status_code == 200


def test_an_invitation_sent_again_has_another_link(office: Office):
    office.post("staff_new", EVA)
    first = the_link()
    (row,) = queries.invitations(programme_id=office.programme.id)

    office.post("invitation_again", invitation=row)

    assert a_visitor().get(first).status_code == 404
    assert a_visitor().get(the_link()).status_code == 200


def test_a_withdrawn_invitation_is_good_no_more_and_cannot_be_sent(office: Office):
    office.post("staff_new", EVA)
    (row,) = queries.invitations(programme_id=office.programme.id)

    assert toasts(office.post("invitation_withdraw", invitation=row))[-1] == "The invitation of Eva is withdrawn."

    assert a_visitor().get(the_link()).status_code == 404
    assert toasts(office.post("invitation_again", invitation=row))[-1].startswith("This invitation is no longer good")


def test_after_seven_days_a_link_is_dead_and_the_list_says_so(office: Office):
    office.post("staff_new", EVA)
    StaffInvitation.objects.update(expires_at=timezone.now() - timedelta(seconds=1))

    assert a_visitor().get(the_link()).status_code == 404
    assert "link too old" in text(office.get("staff"))


def test_nobody_is_invited_twice_at_a_time(office: Office):
    office.post("staff_new", EVA)

    answer = office.post("staff_new", EVA | {"email": "EVA@example.org"})

    assert answer.status_code == 422
    assert "was invited already" in text(answer)
    assert Letter.objects.count() == 1


def test_of_the_token_only_a_hash_is_kept_once_the_letter_is_sent(office: Office):
    office.post("staff_new", EVA)
    token = the_link().split("/")[2]

    delivery.deliver(clock=timezone.now)

    letter = Letter.objects.get()
    assert (letter.state, letter.address, letter.text, letter.html) == ("sent", "", "", "")
    assert bytes(StaffInvitation.objects.get().token_hash) == keys.hash_of(token)
    assert token not in str(list(AuditEntry.objects.values()))


def test_the_list_takes_as_many_queries_with_many_invitations(office: Office):
    def invite(number: int) -> None:
        inviting.invite(
            programme=office.programme, email=f"a{number}@example.org", name="A", role=Role.CASHIER,
            token=keys.fresh(), address=str, deed=just_now(by=[office.staff, None][number % 2]),
        )  # fmt: skip

    invite(0)
    few = queries_of(lambda: office.get("staff"))
    for number in range(1, 50):
        invite(number)

    assert queries_of(lambda: office.get("staff")) == few


# ---- Limits ----


def test_limits_are_set_beside_the_role_and_stand_in_the_trail(office: Office):
    eva = factories.some_staff("cashier", programme=office.programme, name="Eva")

    office.post("staff_role", {"role": "cashier", "refund_minor": "500", "top_up_minor": "2000"}, member=eva)

    eva.refresh_from_db()
    assert Limits.of_staff(eva) == Limits(50_000, 200_000, lets_debt=False)
    assert "with limits" in text(office.get("staff"))
    noted = AuditEntry.objects.filter(action="staff.limits_changed").get()
    assert noted.details == {
        "refund_limit_minor": [None, 50_000], "top_up_limit_minor": [None, 200_000], "lets_debt": [True, False],
    }  # fmt: skip


def test_limits_are_a_cashiers():
    manager = factories.some_staff(Role.MANAGER)
    limits = Limits(0, 0, lets_debt=False)

    changed = actions.change_role(staff=manager, role=Role.MANAGER, limits=limits, deed=just_now())

    assert Limits.of_staff(changed) == Limits()


# ---- Leaving ----


def test_who_leaves_the_last_place_is_signed_out_at_once(office: Office):
    eva = factories.some_staff("manager", programme=office.programme)
    browser: Any = signed_in(eva)
    assert browser.get(office.url("customers")).status_code == 200

    office.post("staff_dismiss", member=eva)

    assert browser.get(office.url("customers")).url.startswith(reverse("account_login"))
    assert not Session.objects.filter(session_key=browser.session.session_key).exists()


def test_who_works_elsewhere_too_stays_signed_in_there(office: Office):
    eva = factories.some_staff("manager", programme=office.programme, email="eva@example.org")
    other = factories.some_staff("manager", email="eva@example.org")
    browser: Any = signed_in(eva)
    browser.get(office.url("customers"))

    office.post("staff_dismiss", member=eva)

    assert browser.get(office.url("customers")).status_code == 404
    assert browser.get(reverse("customers", kwargs={"programme": other.programme.slug})).status_code == 200

"""Running a programme: sites, tills, staff, keys."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from groat.errors import NotFound, Refusal
from groat.ledger.models import Account
from groat.programmes import actions, queries, rules
from groat.programmes.models import AuditEntry, Programme, Role, Scope, Sector, Staff, Till, User
from tests.factories import (
    NOW,
    PASSWORD,
    a_deed,
    a_programme,
    a_site,
    a_till,
    some_staff,
    the_owner,
)
from tests.races import at_once

pytestmark = pytest.mark.django_db


def noted(programme: Programme) -> list[tuple[str, str, dict[str, object]]]:
    """What the trail says since the programme was opened, oldest first."""
    entries = AuditEntry.objects.filter(programme=programme).order_by("id")
    return [(entry.action, entry.subject_name, entry.details) for entry in entries][2:]


# ---- The programme ----


def test_a_programme_opens_with_its_book_and_its_owner():
    programme = a_programme(name=" Grand Café ", owner_email="Olga@Example.org", owner_name="Olga Malá")

    owner = the_owner(programme)
    assert (programme.name, programme.created_at) == ("Grand Café", NOW)
    assert (owner.role, owner.user.email, owner.user.name) == (Role.OWNER, "olga@example.org", "Olga Malá")
    assert owner.user.check_password(PASSWORD)
    assert Account.objects.filter(programme=programme.id).count() == 11
    assert [(entry.action, entry.subject) for entry in queries.trail(programme_id=programme.id)] == [
        ("staff.engaged", f"staff:{owner.id}"),
        ("programme.opened", f"programme:{programme.id}"),
    ]


def test_two_programmes_cannot_have_the_same_address():
    a_programme(slug="grand-cafe")

    with pytest.raises(rules.AddressTaken) as refused:
        a_programme(slug="grand-cafe")

    assert refused.value.facts() == {"slug": "grand-cafe"}
    assert Programme.objects.count() == 1


@pytest.mark.parametrize(
    ("given", "refusal"),
    [
        ({"name": "  "}, rules.InvalidValue("name", "blank")),
        ({"name": "x" * 121}, rules.InvalidValue("name", "max_length")),
        ({"name": "a\0b"}, rules.InvalidValue("name", "invalid")),
        ({"name": "a\ud800b"}, rules.InvalidValue("name", "invalid")),
        ({"slug": "Grand Café"}, rules.InvalidValue("slug", "invalid")),
        ({"currency": "KCS"}, rules.InvalidValue("currency", "invalid_choice")),
        ({"currency": "czk"}, rules.InvalidValue("currency", "invalid_choice")),
        ({"time_zone": "Europe/Brno"}, rules.InvalidValue("time_zone", "invalid_choice")),
        ({"credit_decimals": 5}, rules.InvalidValue("credit_decimals", "max_value")),
        ({"price_minor": 0}, rules.InvalidValue("price_minor", "min_value")),
        ({"price_minor": 2**63}, rules.InvalidValue("price_minor", "max_value")),
        ({"owner_email": "nobody"}, rules.InvalidValue("email", "invalid")),
        ({"owner_password": "short"}, rules.WeakPassword()),
        ({"owner_password": "password123"}, rules.WeakPassword()),
        ({"owner_name": "Olga Malá Veliká", "owner_password": "Olga Malá Veliká"}, rules.WeakPassword()),
    ],
)
def test_a_programme_that_cannot_be_is_refused_and_leaves_nothing(given: dict[str, object], refusal: Refusal):
    with pytest.raises(type(refusal)) as refused:
        a_programme(**given)

    assert refused.value.facts() == refusal.facts()
    assert (Programme.objects.count(), User.objects.count(), AuditEntry.objects.count()) == (0, 0, 0)


def test_a_change_of_settings_notes_what_was_before():
    programme = a_programme(price_minor=100)

    changed = actions.change_programme(programme=programme, price_minor=120, undo_seconds=300, deed=a_deed())

    assert changed.price_minor == 120
    assert noted(programme) == [("programme.changed", programme.name, {"price_minor": [100, 120]})]


def test_settings_that_stay_the_same_note_nothing():
    programme = a_programme()

    actions.change_programme(programme=programme, price_minor=programme.price_minor, deed=a_deed())

    assert noted(programme) == []


@pytest.mark.parametrize(
    ("field", "value", "problem"),
    [
        ("price_minor", 0, "min_value"),
        ("confirm_from_minor", 0, "min_value"),
        ("undo_seconds", -1, "min_value"),
        ("time_zone", "Mars/Base", "invalid_choice"),
        ("credit_name", "", "blank"),
    ],
)
def test_a_setting_that_makes_no_sense_is_refused(field: str, value: Any, problem: str):
    programme = a_programme()

    with pytest.raises(rules.InvalidValue) as refused:
        actions.change_programme(programme=programme, deed=a_deed(), **{field: value})

    assert refused.value.facts() == {"field": field, "problem": problem}
    assert getattr(Programme.objects.get(), field) == getattr(programme, field)


def test_the_unit_of_a_programme_is_for_good():
    with pytest.raises(TypeError, match="currency"):
        actions.change_programme(programme=a_programme(), currency="EUR", deed=a_deed())  # type: ignore[call-arg]


# ---- Sites and tills ----


def test_sites_and_tills_are_added_changed_and_noted():
    programme = a_programme()

    site = actions.add_site(programme=programme, name=" Café ", sector=Sector.CAFE, deed=a_deed())
    gym = actions.add_site(programme=programme, name="Gym", sector=Sector.GYM, deed=a_deed())
    till = actions.add_till(site=site, name="Counter", deed=a_deed())
    actions.change_site(site=gym, name="Gym", sector=Sector.SPA, deed=a_deed())
    actions.change_till(till=till, name="Desk", site=gym, deed=a_deed())

    assert [(s.name, s.sector, [t.name for t in s.tills.all()]) for s in queries.sites(programme_id=programme.id)] == [
        ("Café", "cafe", []),
        ("Gym", "spa", ["Desk"]),
    ]
    assert noted(programme) == [
        ("site.added", "Café", {}),
        ("site.added", "Gym", {}),
        ("till.added", "Counter", {}),
        ("site.changed", "Gym", {"sector": ["gym", "spa"]}),
        ("till.changed", "Desk", {"name": ["Counter", "Desk"], "site": ["Café", "Gym"]}),
    ]


def test_two_sites_of_a_programme_cannot_have_the_same_name_whatever_its_case():
    site = a_site(name="Lobby")

    with pytest.raises(rules.NameTaken):
        a_site(programme=site.programme, name="LOBBY")

    other = a_site(programme=site.programme, name="Roof")
    with pytest.raises(rules.NameTaken):
        actions.change_site(site=other, name="lobby", sector="cafe", deed=a_deed())


def test_two_programmes_may_have_sites_of_the_same_name():
    assert a_site(name="Lobby").programme_id != a_site(name="Lobby").programme_id


def test_two_tills_of_a_site_cannot_have_the_same_name():
    till = a_till(name="Counter")

    with pytest.raises(rules.NameTaken):
        a_till(site=till.site, name="counter")

    other = a_till(site=till.site, name="Bar")
    with pytest.raises(rules.NameTaken):
        actions.change_till(till=other, name="Counter", site=till.site, deed=a_deed())


def test_a_till_cannot_move_to_another_programme():
    with pytest.raises(NotFound):
        actions.change_till(till=a_till(), name="Counter", site=a_site(), deed=a_deed())


def test_a_sector_that_does_not_exist_is_refused():
    with pytest.raises(rules.InvalidValue):
        a_site(sector="casino")


def test_a_till_is_closed_once_and_reopened():
    till = a_till(name="Counter")

    closed = actions.close_till(till=till, deed=a_deed())
    again = actions.close_till(till=till, deed=a_deed(now=NOW + timedelta(hours=1)))
    assert (closed.closed_at, again.closed_at) == (NOW, NOW)
    assert queries.tills(programme_id=till.programme_id) == []
    assert queries.tills(programme_id=till.programme_id, closed=True) == [till]

    actions.reopen_till(till=till, deed=a_deed())
    assert Till.objects.get().closed_at is None
    assert [action for action, _, _ in noted(till.programme)][-2:] == ["till.closed", "till.reopened"]


# ---- Staff ----


def test_somebody_engaged_can_sign_in_with_the_password_given():
    programme = a_programme()

    cashier = some_staff("cashier", programme=programme, email="Petr@Example.org", name="Petr")

    assert (cashier.role, cashier.user.email) == (Role.CASHIER, "petr@example.org")
    assert cashier.user.check_password(PASSWORD)
    assert noted(programme) == [("staff.engaged", "Petr", {"role": "cashier"})]


def test_a_person_known_from_elsewhere_keeps_their_password_and_name():
    known = some_staff(email="petr@example.org", name="Petr").user

    place = some_staff(
        "owner", programme=a_programme(), email="PETR@example.org", name="Evil", password="attack at dawn"
    )

    known.refresh_from_db()
    assert place.user == known
    assert (known.name, known.check_password(PASSWORD)) == ("Petr", True)


def test_nobody_is_engaged_twice():
    cashier = some_staff(email="petr@example.org")

    with pytest.raises(rules.AlreadyStaff) as refused:
        some_staff("manager", programme=cashier.programme, email="petr@example.org")

    assert refused.value.facts() == {"email": "petr@example.org"}
    assert Staff.objects.get(pk=cashier.pk).role == Role.CASHIER


def test_somebody_dismissed_loses_their_place_and_may_come_back():
    cashier = some_staff("cashier", email="petr@example.org")
    programme = cashier.programme

    gone = actions.dismiss(staff=cashier, deed=a_deed())
    assert gone.left_at == NOW
    assert queries.place_of(cashier.user, programme.slug) is None

    back = some_staff("manager", programme=programme, email="petr@example.org")
    assert (back.pk, back.role, back.left_at) == (cashier.pk, Role.MANAGER, None)
    assert [action for action, _, _ in noted(programme)] == ["staff.engaged", "staff.dismissed", "staff.engaged"]


def test_somebody_who_left_cannot_be_changed():
    cashier = some_staff()
    actions.dismiss(staff=cashier, deed=a_deed())

    with pytest.raises(rules.NoLongerStaff):
        actions.change_role(staff=cashier, role=Role.OWNER, deed=a_deed())
    with pytest.raises(rules.NoLongerStaff):
        actions.dismiss(staff=cashier, deed=a_deed())


def test_a_role_is_changed_and_noted():
    cashier = some_staff("cashier", name="Petr")

    assert actions.change_role(staff=cashier, role=Role.MANAGER, deed=a_deed()).role == Role.MANAGER

    assert noted(cashier.programme)[-1] == ("staff.role_changed", "Petr", {"role": ["cashier", "manager"]})


def test_a_role_that_does_not_exist_is_refused():
    with pytest.raises(rules.InvalidValue):
        actions.change_role(staff=some_staff(), role="emperor", deed=a_deed())


def test_the_last_owner_can_neither_leave_nor_step_down():
    owner = the_owner(a_programme())

    with pytest.raises(rules.LastOwner):
        actions.dismiss(staff=owner, deed=a_deed())
    with pytest.raises(rules.LastOwner):
        actions.change_role(staff=owner, role=Role.MANAGER, deed=a_deed())

    assert Staff.objects.get() == owner
    assert Staff.objects.get().left_at is None


def test_an_owner_who_left_does_not_count():
    programme = a_programme()
    second = some_staff("owner", programme=programme)
    actions.dismiss(staff=second, deed=a_deed())

    with pytest.raises(rules.LastOwner):
        actions.dismiss(staff=the_owner(programme), deed=a_deed())


def test_one_of_two_owners_can_leave():
    programme = a_programme()
    first = the_owner(programme)
    some_staff("owner", programme=programme)

    assert actions.dismiss(staff=first, deed=a_deed()).left_at == NOW


@pytest.mark.postgresql_only
@pytest.mark.django_db(transaction=True)
def test_of_two_owners_who_dismiss_each_other_one_stays():
    programme = a_programme()
    first, second = the_owner(programme), some_staff("owner", programme=programme)

    outcomes = at_once(
        lambda: actions.dismiss(staff=first, deed=a_deed()),
        lambda: actions.dismiss(staff=second, deed=a_deed()),
    )

    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["LastOwner", "Staff"]
    assert Staff.objects.filter(left_at=None, role=Role.OWNER).count() == 1


@pytest.mark.postgresql_only
@pytest.mark.django_db(transaction=True)
def test_a_person_engaged_by_two_at_once_gets_one_place():
    programme = a_programme()

    outcomes = at_once(*[lambda: some_staff(programme=programme, email="petr@example.org")] * 4)

    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["AlreadyStaff"] * 3 + ["Staff"]
    assert User.objects.filter(email="petr@example.org").count() == 1


# ---- Keys ----


def test_a_key_opens_its_programme_until_it_is_revoked():
    programme = a_programme()

    key, secret = actions.issue_key(
        programme=programme, name="Website", scopes=["payments:read", "customers:read"], deed=a_deed()
    )

    assert (len(secret), secret[:6], secret[-4:]) == (49, "groat_", key.last_four)
    assert queries.key_by_secret(secret) == key
    assert key.scopes == ["customers:read", "payments:read"]

    revoked = actions.revoke_key(key=key, deed=a_deed())
    actions.revoke_key(key=key, deed=a_deed(now=NOW + timedelta(hours=1)))
    assert revoked.revoked_at == NOW
    assert queries.key_by_secret(secret) is None
    assert noted(programme) == [
        ("api_key.issued", "Website", {"scopes": ["customers:read", "payments:read"]}),
        ("api_key.revoked", "Website", {}),
    ]


def test_the_secret_of_a_key_is_kept_nowhere():
    key, secret = actions.issue_key(programme=a_programme(), name="Website", scopes=Scope.values, deed=a_deed())

    kept = repr({**vars(key), "trail": list(AuditEntry.objects.values())})
    assert secret not in kept
    assert secret.removeprefix("groat_") not in kept


@pytest.mark.parametrize("secret", ["", "groat_", "groat_" + "A" * 43, "\ud800", "x" * 10_000])
def test_a_secret_that_nobody_issued_opens_nothing(secret: str):
    actions.issue_key(programme=a_programme(), name="Website", scopes=Scope.values, deed=a_deed())

    assert queries.key_by_secret(secret) is None


@pytest.mark.parametrize("scopes", [[], ["everything"], ["customers:read", "everything"]])
def test_a_key_may_do_only_what_there_is(scopes: list[str]):
    with pytest.raises(rules.InvalidScopes):
        actions.issue_key(programme=a_programme(), name="Website", scopes=scopes, deed=a_deed())


def test_a_limit_of_no_requests_is_refused():
    with pytest.raises(rules.InvalidValue):
        actions.issue_key(
            programme=a_programme(), name="Website", scopes=Scope.values, requests_per_minute=0, deed=a_deed()
        )


# ---- The database's own word ----


def test_the_database_refuses_two_people_with_one_e_mail():
    user = some_staff(email="petr@example.org").user

    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.create(id=1, email="PETR@example.org", name="Petr", joined_at=user.joined_at)

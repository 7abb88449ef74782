"""What is done to programmes, sites, tills, staff and keys."""

from collections.abc import Iterable
from typing import Any, Unpack

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction

from groat.ledger import book
from groat.programmes import audit, keys, rules, writing
from groat.programmes.changes import ProgrammeChanges
from groat.programmes.deeds import Deed
from groat.programmes.models import ApiKey, Programme, Role, Scope, Site, Staff, Till, User


@transaction.atomic
def open_programme(
    *,
    slug: str,
    name: str,
    credit_name: str,
    credit_decimals: int,
    currency: str,
    price_minor: int,
    time_zone: str,
    language: str,
    identifier_label: str = "",
    owner_email: str,
    owner_name: str,
    owner_password: str,
    deed: Deed,
) -> Programme:
    """Open a programme with its book and its first owner. Refusals: AddressTaken, InvalidValue, WeakPassword."""
    programme = Programme(
        id=deed.mint(),
        slug=slug,
        name=name.strip(),
        credit_name=credit_name.strip(),
        credit_decimals=credit_decimals,
        currency=rules.checked_currency(currency),
        price_minor=price_minor,
        time_zone=rules.checked_time_zone(time_zone),
        language=language,
        identifier_label=identifier_label.strip(),
        created_at=deed.now,
    )
    _check(programme)
    with writing.unless_taken(rules.AddressTaken(slug), "groat_programme_slug", "groat_programme.slug"):
        programme.save(force_insert=True)
    book.open_tallies(programme_id=programme.id, now=deed.now)
    audit.write(
        programme_id=programme.id,
        deed=deed,
        action="programme.opened",
        subject=programme,
        subject_name=programme.name,
    )
    _engage(programme, owner_email, owner_name, Role.OWNER, owner_password, deed)
    return programme


@transaction.atomic
def change_programme(*, programme: Programme, deed: Deed, **changes: Unpack[ProgrammeChanges]) -> Programme:
    """Change the programme's settings. Refusal: InvalidValue."""
    programme = writing.locked(programme)
    asked: dict[str, Any] = dict(changes)
    if unknown := asked.keys() - ProgrammeChanges.__annotations__.keys():
        raise TypeError(f"a programme has no {', '.join(sorted(unknown))}")
    if "time_zone" in asked:
        rules.checked_time_zone(asked["time_zone"])
    told = writing.change(programme, asked, check=_check)
    if told:
        audit.write(
            programme_id=programme.id,
            deed=deed,
            action="programme.changed",
            subject=programme,
            subject_name=programme.name,
            details=told,
        )
    return programme


@transaction.atomic
def add_site(*, programme: Programme, name: str, sector: str, deed: Deed) -> Site:
    """Add a place to the programme. Refusals: NameTaken, InvalidValue."""
    site = Site(id=deed.mint(), programme=programme, name=name.strip(), sector=sector)
    with writing.unless_taken(rules.NameTaken(site.name), "one_site_a_name"):
        writing.checked(site).save(force_insert=True)
    audit.write(programme_id=programme.id, deed=deed, action="site.added", subject=site, subject_name=site.name)
    return site


@transaction.atomic
def change_site(*, site: Site, name: str, sector: str, deed: Deed) -> Site:
    """Rename a site or put it into another sector. Refusals: NameTaken, InvalidValue."""
    site = writing.locked(site)
    with writing.unless_taken(rules.NameTaken(name.strip()), "one_site_a_name"):
        told = writing.change(site, {"name": name.strip(), "sector": sector})
    if told:
        audit.write(
            programme_id=site.programme_id,
            deed=deed,
            action="site.changed",
            subject=site,
            subject_name=site.name,
            details=told,
        )
    return site


@transaction.atomic
def add_till(*, site: Site, name: str, deed: Deed) -> Till:
    """Add a till to a site. Refusals: NameTaken, InvalidValue."""
    till = Till(id=deed.mint(), programme_id=site.programme_id, site=site, name=name.strip())
    with writing.unless_taken(rules.NameTaken(till.name), "one_till_a_name"):
        writing.checked(till).save(force_insert=True)
    _note_till(till, "till.added", deed)
    return till


@transaction.atomic
def change_till(*, till: Till, name: str, site: Site, deed: Deed) -> Till:
    """Rename a till or move it to another site of its programme. Refusals: NameTaken, InvalidValue, NotFound."""
    writing.same_programme(till, site)
    till = writing.locked(till)
    with writing.unless_taken(rules.NameTaken(name.strip()), "one_till_a_name"):
        told = writing.change(till, {"name": name.strip(), "site": site})
    if told:
        _note_till(till, "till.changed", deed, told)
    return till


@transaction.atomic
def close_till(*, till: Till, deed: Deed) -> Till:
    """Take a till out of use; it takes no payments since. Closing it twice is closing it once."""
    till = writing.locked(till)
    if writing.change(till, {"closed_at": till.closed_at or deed.now}):
        _note_till(till, "till.closed", deed)
    return till


@transaction.atomic
def reopen_till(*, till: Till, deed: Deed) -> Till:
    """Take a closed till into use again."""
    till = writing.locked(till)
    if writing.change(till, {"closed_at": None}):
        _note_till(till, "till.reopened", deed)
    return till


@transaction.atomic
def engage(*, programme: Programme, email: str, name: str, role: str, password: str, deed: Deed) -> Staff:
    """Give a person a place in the programme. A person already known by the e-mail keeps their name and password.

    Refusals: AlreadyStaff, InvalidValue, WeakPassword.
    """
    return _engage(programme, email, name, role, password, deed)


@transaction.atomic
def change_role(*, staff: Staff, role: str, deed: Deed) -> Staff:
    """Give a person another role. Refusals: LastOwner, NoLongerStaff, InvalidValue."""
    staff = _lock_place(staff)
    if staff.role == Role.OWNER and role != Role.OWNER:
        _keep_an_owner(staff)
    told = writing.change(staff, {"role": role})
    if told:
        _note_place(staff, "staff.role_changed", deed, told)
    return staff


@transaction.atomic
def dismiss(*, staff: Staff, deed: Deed) -> Staff:
    """End a person's place: what they are signed in to stops answering at once. Refusals: LastOwner, NoLongerStaff."""
    staff = _lock_place(staff)
    if staff.role == Role.OWNER:
        _keep_an_owner(staff)
    writing.change(staff, {"left_at": deed.now})
    _note_place(staff, "staff.dismissed", deed, {"role": staff.role})
    return staff


@transaction.atomic
def issue_key(
    *,
    programme: Programme,
    name: str,
    scopes: Iterable[str],
    deed: Deed,
    requests_per_minute: int | None = None,
    secret: str | None = None,
) -> tuple[ApiKey, str]:
    """A new key for an integrator, and its secret, shown this once; a fresh one unless it was drawn before.

    Refusals: InvalidScopes, InvalidValue.
    """
    secret = secret or keys.fresh()
    if requests_per_minute is not None and requests_per_minute < 1:
        raise rules.InvalidValue("requests_per_minute", "min_value")
    key = ApiKey(
        id=deed.mint(),
        programme=programme,
        name=name.strip(),
        secret_hash=keys.hash_of(secret),
        last_four=secret[-4:],
        scopes=rules.checked_scopes(scopes, known=Scope.values),
        requests_per_minute=requests_per_minute,
        created_at=deed.now,
    )
    writing.checked(key).save(force_insert=True)
    audit.write(
        programme_id=programme.id,
        deed=deed,
        action="api_key.issued",
        subject=key,
        subject_name=key.name,
        details={"scopes": key.scopes},
    )
    return key, secret


@transaction.atomic
def revoke_key(*, key: ApiKey, deed: Deed) -> ApiKey:
    """Make a key useless at once. Revoking it twice is revoking it once."""
    key = writing.locked(key)
    if writing.change(key, {"revoked_at": key.revoked_at or deed.now}):
        audit.write(
            programme_id=key.programme_id, deed=deed, action="api_key.revoked", subject=key, subject_name=key.name
        )
    return key


def _check(programme: Programme) -> None:
    """Raise InvalidValue for a setting that makes no sense."""
    if not 0 <= programme.credit_decimals <= rules.MOST_DECIMALS:
        raise rules.InvalidValue("credit_decimals", "max_value")
    for field in (
        "price_minor",
        "confirm_from_minor",
        "confirm_copyable_from_minor",
        "credit_valid_months",
        "lock_after_minutes",
    ):
        value = getattr(programme, field)
        if value is not None and value < 1:
            raise rules.InvalidValue(field, "min_value")
    rules.checked_vat_rate(programme.vat_rate)
    writing.checked(programme)


def _note_till(till: Till, action: str, deed: Deed, told: dict[str, Any] | None = None) -> None:
    audit.write(
        programme_id=till.programme_id, deed=deed, action=action, subject=till, subject_name=till.name, details=told
    )


def _note_place(staff: Staff, action: str, deed: Deed, told: dict[str, Any]) -> None:
    audit.write(
        programme_id=staff.programme_id,
        deed=deed,
        action=action,
        subject=staff,
        subject_name=staff.user.name,
        details=told,
    )


def _engage(programme: Programme, email: str, name: str, role: str, password: str, deed: Deed) -> Staff:
    user = _person(email.strip(), name.strip(), password, deed)
    staff = Staff.objects.select_for_update(of=("self",)).filter(programme=programme, user=user).first()
    if staff is not None and staff.left_at is None:
        raise rules.AlreadyStaff(user.email)
    if staff is None:
        staff = Staff(id=deed.mint(), programme=programme, user=user, role=role)
        taken = ("one_place_a_person", "groat_staff.user_id")
        with writing.unless_taken(rules.AlreadyStaff(user.email), *taken):
            writing.checked(staff).save(force_insert=True)
    else:
        writing.change(staff, {"role": role, "left_at": None})
    _note_place(staff, "staff.engaged", deed, {"role": role})
    return staff


def _person(email: str, name: str, password: str, deed: Deed) -> User:
    known = User.objects.filter(email__iexact=email).first()
    if known is not None:
        return known
    user = User(id=deed.mint(), email=email.lower(), name=name, joined_at=deed.now)
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise rules.WeakPassword from error
    user.set_password(password)
    with writing.unless_taken(rules.AlreadyStaff(email), "one_user_an_email"):
        writing.checked(user).save(force_insert=True)
    return user


def _lock_place(staff: Staff) -> Staff:
    # The programme first: two owners who dismiss each other at the same moment go one after the other.
    Programme.objects.select_for_update().get(pk=staff.programme_id)
    staff = Staff.objects.select_for_update(of=("self",)).select_related("user").get(pk=staff.pk)
    if staff.left_at is not None:
        raise rules.NoLongerStaff
    return staff


def _keep_an_owner(staff: Staff) -> None:
    others = Staff.objects.filter(programme_id=staff.programme_id, role=Role.OWNER, left_at=None).exclude(pk=staff.pk)
    if not others.exists():
        raise rules.LastOwner

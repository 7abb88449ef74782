"""What is done to programmes, sites, tills, staff and keys."""

from collections.abc import Iterable
from typing import Any, Unpack

from django.db import transaction

from groat import walls
from groat.ledger.core.commands import MOST_MINOR
from groat.programmes import audit, founding, keys, rules, sessions, writing
from groat.programmes.changes import ProgrammeChanges
from groat.programmes.deeds import Deed, Limits
from groat.programmes.models import ApiKey, Programme, Role, Scope, Site, Staff, Till


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
    owner = founding.person(email=owner_email, name=owner_name, password=owner_password, deed=deed)
    return founding.found(
        owner=owner,
        slug=slug,
        name=name,
        credit_name=credit_name,
        credit_decimals=credit_decimals,
        currency=currency,
        price_minor=price_minor,
        time_zone=time_zone,
        language=language,
        identifier_label=identifier_label,
        deed=deed,
    )


@transaction.atomic
def change_programme(*, programme: Programme, deed: Deed, **changes: Unpack[ProgrammeChanges]) -> Programme:
    """Change the programme's settings. Refusal: InvalidValue."""
    programme = writing.locked(programme)
    asked: dict[str, Any] = dict(changes)
    if unknown := asked.keys() - ProgrammeChanges.__annotations__.keys():
        raise TypeError(f"a programme has no {', '.join(sorted(unknown))}")
    if "time_zone" in asked:
        rules.checked_time_zone(asked["time_zone"])
    if asked.get("accent"):
        asked["accent"] = rules.checked_colour(asked["accent"])
    old = programme.logo.name
    if asked.get("logo"):
        # A name that was never used, so that browsers see that it is another.
        asked["logo"].name = f"{programme.slug}-{deed.mint():x}.webp"
    told = writing.change(programme, asked, check=founding.checked)
    if told:
        audit.write(
            programme_id=programme.id,
            deed=deed,
            action="programme.changed",
            subject=programme,
            subject_name=programme.name,
            details=told,
        )
    if old and "logo" in told:
        transaction.on_commit(lambda: programme.logo.storage.delete(old))
    return programme


@transaction.atomic
def give_host(*, programme: Programme, host: str, deed: Deed) -> Programme:
    """Have a programme reached by a host name of its own, where nothing else is; with none it has none any more.

    Refusals: HostTaken, InvalidValue.
    """
    programme = writing.locked(programme)
    host = rules.checked_host(host)
    with writing.unless_taken(rules.HostTaken(host), "one_programme_a_host"):
        told = writing.change(programme, {"host": host})
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
def add_site(*, programme: Programme, name: str, sector: str, address: str = "", deed: Deed) -> Site:
    """Add a place to the programme. Refusals: NameTaken, InvalidValue."""
    site = Site(id=deed.mint(), programme=programme, name=name.strip(), sector=sector, address=address.strip())
    with writing.unless_taken(rules.NameTaken(site.name), "one_site_a_name"):
        writing.checked(site).save(force_insert=True)
    audit.write(programme_id=programme.id, deed=deed, action="site.added", subject=site, subject_name=site.name)
    return site


@transaction.atomic
def change_site(*, site: Site, name: str, sector: str, address: str | None = None, deed: Deed) -> Site:
    """Change a site's name, sector and address (None: it stays). Refusals: NameTaken, InvalidValue."""
    site = writing.locked(site)
    with writing.unless_taken(rules.NameTaken(name.strip()), "one_site_a_name"):
        told = writing.change(site, {"name": name.strip(), "sector": sector} | _address(address))
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


def _address(address: str | None) -> dict[str, Any]:
    return {} if address is None else {"address": address.strip()}


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
    user = founding.person(email=email, name=name, password=password, deed=deed)
    return founding.engage(programme=programme, user=user, role=role, deed=deed)


@transaction.atomic
def change_role(*, staff: Staff, role: str, limits: Limits | None = None, deed: Deed) -> Staff:
    """Give a person another role, or other limits as a cashier; with None these stay.

    Refusals: LastOwner, NoLongerStaff, InvalidValue.
    """
    staff = _lock_place(staff)
    if staff.role == Role.OWNER and role != Role.OWNER:
        _keep_an_owner(staff)
    changes: dict[str, Any] = {"role": role}
    if limits is not None:
        for amount_minor in (limits.refund_minor, limits.top_up_minor):
            if amount_minor is not None and not 0 <= amount_minor <= MOST_MINOR:
                raise rules.InvalidAmount
        changes |= {
            "refund_limit_minor": limits.refund_minor,
            "top_up_limit_minor": limits.top_up_minor,
            "lets_debt": limits.lets_debt,
        }
    told = writing.change(staff, changes)
    if told.keys() & {"refund_limit_minor", "top_up_limit_minor", "lets_debt"}:
        founding.note_place(staff, "staff.limits_changed", deed, told)
    if "role" in told:
        founding.note_place(staff, "staff.role_changed", deed, {"role": told["role"]})
    return staff


@transaction.atomic
def dismiss(*, staff: Staff, deed: Deed) -> Staff:
    """End a person's place: what they are signed in to stops answering at once. Refusals: LastOwner, NoLongerStaff."""
    staff = _lock_place(staff)
    if staff.role == Role.OWNER:
        _keep_an_owner(staff)
    writing.change(staff, {"left_at": deed.now})
    with walls.outside():
        if not Staff.objects.filter(user_id=staff.user_id, left_at=None).exists():
            sessions.end_all(user_id=staff.user_id)
    founding.note_place(staff, "staff.dismissed", deed, {"role": staff.role})
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


def _note_till(till: Till, action: str, deed: Deed, told: dict[str, Any] | None = None) -> None:
    audit.write(
        programme_id=till.programme_id, deed=deed, action=action, subject=till, subject_name=till.name, details=told
    )


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

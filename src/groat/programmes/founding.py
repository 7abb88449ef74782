"""How a programme and the places of its people come to be. Everything here demands a transaction."""

from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from groat.ledger import book
from groat.programmes import audit, rules, writing
from groat.programmes.deeds import Deed
from groat.programmes.models import Programme, Role, Staff, User


def found(
    *,
    owner: User,
    slug: str,
    name: str,
    credit_name: str,
    credit_decimals: int,
    currency: str,
    price_minor: int,
    time_zone: str,
    language: str,
    identifier_label: str = "",
    deed: Deed,
) -> Programme:
    """A programme with its book and its first owner. Refusals: AddressTaken, InvalidValue."""
    writing.demand_transaction()
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
    checked(programme)
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
    engage(programme=programme, user=owner, role=Role.OWNER, deed=deed)
    return programme


def checked(programme: Programme) -> Programme:
    """The programme, if its settings make sense. Refusal: InvalidValue."""
    if not 0 <= programme.credit_decimals <= rules.MOST_DECIMALS:
        raise rules.InvalidValue("credit_decimals", "max_value")
    for field in (
        "price_minor",
        "confirm_from_minor",
        "confirm_copyable_from_minor",
        "lock_after_minutes",
    ):
        value = getattr(programme, field)
        if value is not None and value < 1:
            raise rules.InvalidValue(field, "min_value")
    rules.checked_vat_rate(programme.vat_rate)
    return writing.checked(programme)


def engage(*, programme: Programme, user: User, role: str, deed: Deed) -> Staff:
    """A person's place in the programme; who left comes back to theirs. Refusals: AlreadyStaff, InvalidValue."""
    writing.demand_transaction()
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
    note_place(staff, "staff.engaged", deed, {"role": role})
    return staff


def person(*, email: str, name: str, password: str, deed: Deed) -> User:
    """Whoever has a login with this e-mail, and keeps their name and password; else a new one.

    Refusals: WeakPassword, AlreadyStaff, InvalidValue.
    """
    email = email.strip()
    known = User.objects.filter(email__iexact=email).first()
    return known or new_person(email=email, name=name, password=password, deed=deed)


def new_person(*, email: str, name: str, password: str, deed: Deed) -> User:
    """Somebody new who can sign in. Refusals: WeakPassword, AlreadyStaff when the e-mail has a login, InvalidValue."""
    writing.demand_transaction()
    email = email.strip()
    user = User(id=deed.mint(), email=email.lower(), name=name.strip(), joined_at=deed.now)
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise rules.WeakPassword from error
    user.set_password(password)
    with writing.unless_taken(rules.AlreadyStaff(email), "one_user_an_email"):
        writing.checked(user).save(force_insert=True)
    return user


def note_place(staff: Staff, action: str, deed: Deed, told: dict[str, Any]) -> None:
    """Note in the trail what was done to somebody's place."""
    audit.write(
        programme_id=staff.programme_id,
        deed=deed,
        action=action,
        subject=staff,
        subject_name=staff.user.name,
        details=told,
    )

"""What is put on offer to those who top up, changed, and taken off."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, TypedDict, Unpack

from django.db import transaction

from groat.customers.models import Group
from groat.ledger.core.commands import MOST_MINOR
from groat.programmes import audit, writing
from groat.programmes.deeds import Deed
from groat.programmes.models import Programme
from groat.programmes.rules import InvalidAmount, InvalidValue
from groat.topups import offers
from groat.topups.models import AmountLimits, Offer, OfferKind


class OfferChanges(TypedDict, total=False):
    """Any of these; what is left out stays. Those of a package do nothing for a bonus, and the other way round."""

    name: str
    position: int
    credits_minor: int | None
    price_minor: int | None
    """Minor units of the currency; None: the usual price."""
    bonus_minor: int
    unit: str
    basis: str
    period_days: int | None
    tiers: Sequence[offers.Tier]
    on_packages: bool
    adds_up: bool
    at_till: bool
    at_office: bool
    online: bool
    group: Group | None
    first_only: bool
    starts_at: datetime | None
    ends_at: datetime | None
    lasts: str
    lasts_number: int | None
    lasts_until: date | None


@transaction.atomic
def add(*, programme: Programme, sort: OfferKind, deed: Deed, **given: Unpack[OfferChanges]) -> Offer:
    """Put a package or a bonus on offer. Refusals: InvalidValue, InvalidAmount, NotFound."""
    offer = drafted(programme=programme, sort=sort, key=deed.mint(), **given)
    offer.created_at = deed.now
    check(offer).save(force_insert=True)
    _note(offer, "offer.added", deed)
    return offer


def drafted(*, programme: Programme, sort: OfferKind, key: int, **given: Unpack[OfferChanges]) -> Offer:
    """An offer that says so and is nowhere written yet."""
    offer = Offer(id=key, programme=programme, sort=sort)
    for name, value in _as_kept(dict(given)).items():
        setattr(offer, name, value)
    return offer


@transaction.atomic
def change(*, offer: Offer, deed: Deed, **changes: Unpack[OfferChanges]) -> Offer:
    """Change what an offer says from now on; what was sold under it stays as it was. Refusals as in `add`."""
    offer = writing.locked(offer)
    asked = _as_kept(dict(changes))
    if unknown := asked.keys() - OfferChanges.__annotations__.keys():
        raise TypeError(f"an offer has no {', '.join(sorted(unknown))}")
    told = writing.change(offer, asked, check=check)
    if told:
        _note(offer, "offer.changed", deed, told)
    return offer


@transaction.atomic
def withdraw(*, offer: Offer, deed: Deed) -> Offer:
    """Take an offer off at once. Withdrawing it twice is withdrawing it once."""
    offer = writing.locked(offer)
    if writing.change(offer, {"withdrawn_at": offer.withdrawn_at or deed.now}):
        _note(offer, "offer.withdrawn", deed)
    return offer


@transaction.atomic
def restore(*, offer: Offer, deed: Deed) -> Offer:
    """Put a withdrawn offer back, with the dates that it has."""
    offer = writing.locked(offer)
    if writing.change(offer, {"withdrawn_at": None}):
        _note(offer, "offer.restored", deed)
    return offer


@transaction.atomic
def limit_amounts(
    *,
    programme: Programme,
    are_sold: bool,
    least_minor: int | None = None,
    most_minor: int | None = None,
    deed: Deed,
) -> AmountLimits:
    """Say whether any amount of credits is sold, and from how many to how many. Refusal: InvalidAmount."""
    for minor in (least_minor, most_minor):
        if minor is not None and not 0 < minor <= MOST_MINOR:
            raise InvalidAmount
    if least_minor is not None and most_minor is not None and least_minor > most_minor:
        raise InvalidAmount
    # Of two who say so for the first time the second one waits here, and finds what the first one said.
    programme = writing.locked(programme)
    limits, _ = AmountLimits.objects.get_or_create(programme=programme, defaults={"id": deed.mint()})
    told = writing.change(limits, {"are_sold": are_sold, "least_minor": least_minor, "most_minor": most_minor})
    if told:
        audit.write(
            programme_id=programme.id,
            deed=deed,
            action="top_up.amounts_limited",
            subject=limits,
            subject_name=programme.name,
            details=told,
        )
    return limits


def check(offer: Offer) -> Offer:
    """The offer, if it can be kept. Refusals: InvalidValue, InvalidAmount, NotFound."""
    writing.same_programme(offer, offer.group)
    if not offer.name:
        raise InvalidValue("name", "blank")
    if not (offer.at_till or offer.at_office or offer.online):
        raise InvalidValue("at_till", "required")
    if offer.starts_at and offer.ends_at and offer.starts_at >= offer.ends_at:
        raise InvalidValue("ends_at", "invalid")
    counts = offer.lasts in (offers.Lasting.DAYS, offers.Lasting.MONTHS)
    if not _is_number(offer.lasts_number, is_wanted=counts, most=offers.LONGEST_LASTING):
        raise InvalidValue("lasts_number", "invalid")
    if (offer.lasts == offers.Lasting.DATE) != (offer.lasts_until is not None):
        raise InvalidValue("lasts_until", "invalid")
    if offer.sort == OfferKind.PACKAGE:
        _check_package(offer)
    else:
        _check_bonus(offer)
    return writing.checked(offer)


def holds_together(offer: Offer) -> bool:
    """Whether it says enough to show what it gives."""
    try:
        check(offer)
        return bool(offer.terms)
    except (InvalidValue, InvalidAmount):
        return False


def _is_number(number: int | None, *, is_wanted: bool, most: int) -> bool:
    """Whether there is one from 1 to `most` where one is wanted, and none where none is."""
    return 0 < number <= most if is_wanted and number is not None else is_wanted == (number is not None)


def _check_package(offer: Offer) -> None:
    amounts = (offer.credits_minor or 0, offer.price_minor or 0, offer.bonus_minor)
    if not offer.credits_minor or any(not 0 <= minor <= MOST_MINOR for minor in amounts):
        raise InvalidAmount


def _check_bonus(offer: Offer) -> None:
    counts = offer.basis == offers.Basis.DAYS
    if not _is_number(offer.period_days, is_wanted=counts, most=offers.LONGEST_PERIOD_DAYS):
        raise InvalidValue("period_days", "invalid")
    most = offers.MOST_RATE if offer.unit == offers.Unit.PERCENT else MOST_MINOR
    steps = [tier["from_minor"] for tier in offer.tiers]
    are_in_order = steps == sorted(set(steps)) and 0 < len(steps) <= offers.MOST_TIERS
    if not are_in_order or any(not 0 < tier["bonus"] <= most for tier in offer.tiers):
        raise InvalidValue("tiers", "invalid")
    if not all(0 <= step <= MOST_MINOR for step in steps):
        raise InvalidAmount


def _as_kept(asked: dict[str, Any]) -> dict[str, Any]:
    """As the columns hold it; what does not belong to the way that was chosen is dropped."""
    if "name" in asked:
        asked["name"] = " ".join(asked["name"].split())
    if "tiers" in asked:
        steps = sorted(asked["tiers"], key=lambda tier: tier.from_minor)
        asked["tiers"] = [{"from_minor": tier.from_minor, "bonus": tier.bonus} for tier in steps]
    if "basis" in asked and asked["basis"] != offers.Basis.DAYS:
        asked["period_days"] = None
    if "lasts" in asked:
        if asked["lasts"] not in (offers.Lasting.DAYS, offers.Lasting.MONTHS):
            asked["lasts_number"] = None
        if asked["lasts"] != offers.Lasting.DATE:
            asked["lasts_until"] = None
    return asked


def _note(offer: Offer, action: str, deed: Deed, told: dict[str, Any] | None = None) -> None:
    audit.write(
        programme_id=offer.programme_id, deed=deed, action=action, subject=offer, subject_name=offer.name, details=told
    )

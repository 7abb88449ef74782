"""Reads over devices and the taps that they kept."""

from datetime import datetime, timedelta

from django.db.models import Q, Sum

from groat.offline import rules
from groat.offline.models import OfflineDevice, OfflineTap, OfflineTerms, TapState
from groat.programmes.models import Till


def terms(*, programme_id: int) -> OfflineTerms | None:
    """What the programme's tills may take without a network; None: nothing."""
    return OfflineTerms.objects.select_related("programme").filter(programme_id=programme_id).first()


def limits(device: OfflineDevice, *, terms: OfflineTerms) -> rules.Limits:
    """What the device may take until its taps are booked."""
    programme = terms.programme
    return rules.limits(
        terms,
        confirm_from_minor=programme.confirm_from_minor,
        confirm_copyable_from_minor=programme.confirm_copyable_from_minor,
        granted_minor=device.granted_minor,
    )


def devices(*, programme_id: int) -> list[OfflineDevice]:
    """The programme's devices that are not shut out, the one seen last first, with their tills."""
    found = OfflineDevice.objects.filter(programme_id=programme_id, revoked_at=None)
    return list(found.select_related("till__site").order_by("-seen_at", "-id"))


def shares_of_others(device: OfflineDevice, *, terms: OfflineTerms, now: datetime) -> list[int]:
    """What the till's other devices were promised and may still use. Minor units of credit."""
    since = now - timedelta(hours=terms.hours) - rules.CLOCK_MAY_DIFFER
    found = OfflineDevice.objects.filter(till=device.till_id, revoked_at=None, seen_at__gt=since)
    return list(found.exclude(pk=device.pk).values_list("granted_minor", flat=True))


def used(*, device: OfflineDevice) -> list[tuple[int, int | None, int]]:
    """What the device's taps took: grant, card, sum in minor units. Those that were taken back took nothing."""
    found = OfflineTap.objects.filter(device=device, grant__gte=device.grant - 1).exclude(state=TapState.VOIDED)
    return list(found.values_list("grant", "card_id").annotate(Sum("amount_minor")).order_by("grant", "card_id"))


def taps(
    *, programme_id: int, state: str = "", till: Till | None = None, before: int | None = None, limit: int = 50
) -> list[OfflineTap]:
    """What devices kept, newest first, with cards, customers, tills and payments; one query."""
    found = OfflineTap.objects.filter(programme_id=programme_id)
    if state:
        found = found.filter(state=state)
    if till is not None:
        found = found.filter(till=till)
    if before is not None:
        found = found.filter(id__lt=before)
    return list(found.select_related("card__customer", "till__site", "payment", "device").order_by("-id")[:limit])


def debts(*, programme_id: int) -> tuple[int, int]:
    """How many taps are owed, and how much: minor units of credit."""
    owed = OfflineTap.objects.filter(programme_id=programme_id, state=TapState.OWED)
    sums = owed.aggregate(minor=Sum("amount_minor"))
    return owed.count(), sums["minor"] or 0


def debts_of(*, programme_id: int, customer_id: int) -> list[OfflineTap]:
    """What a customer owes for taps that could not be booked."""
    mine = Q(card__customer_id=customer_id)
    found = OfflineTap.objects.filter(mine, programme_id=programme_id, state=TapState.OWED)
    return list(found.select_related("till").order_by("-id"))

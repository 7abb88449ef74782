"""What is done about taps without a network: terms, devices, booking what devices kept, settling what is owed."""

from typing import Any

from django.db import transaction
from joserfc.jwk import ECKey

from groat.offline import envelopes, queries, rules
from groat.offline import writing as received
from groat.offline.models import OfflineDevice, OfflineTap, OfflineTerms, TapState
from groat.programmes import audit, writing
from groat.programmes.deeds import Deed
from groat.programmes.models import Programme, Till
from groat.programmes.rules import checked_reason

MOST_AT_ONCE = 50
"""Envelopes of one sending."""


# ---- Terms and devices ----


@transaction.atomic
def allow(
    *, programme: Programme, payment_minor: int, card_minor: int, till_minor: int, hours: int, deed: Deed
) -> OfflineTerms:
    """Let the programme's tills take taps without a network, up to these limits. Minor units of credit.

    Refusals: LimitsOutOfOrder, ChipsNotSetUp, for what devices keep is encrypted to a key of the vault.
    """
    if not 0 < payment_minor <= card_minor <= till_minor:
        raise rules.LimitsOutOfOrder
    envelopes.server_key(programme_id=programme.id)
    writing.locked(programme)
    wanted = {"payment_minor": payment_minor, "card_minor": card_minor, "till_minor": till_minor, "hours": hours}
    terms, _is_new = OfflineTerms.objects.update_or_create(programme=programme, defaults=wanted)
    audit.write(
        programme_id=programme.id,
        deed=deed,
        action="offline.allowed",
        subject=programme,
        subject_name=programme.name,
        details=wanted,
    )
    return terms


@transaction.atomic
def forbid(*, programme: Programme, deed: Deed) -> None:
    """Take no more taps without a network. What devices took until they hear of it still comes."""
    writing.locked(programme)
    ended, _rows = OfflineTerms.objects.filter(programme=programme).delete()
    if ended:
        audit.write(
            programme_id=programme.id,
            deed=deed,
            action="offline.forbidden",
            subject=programme,
            subject_name=programme.name,
        )


@transaction.atomic
def contact(*, till: Till, jwk: Any, name: str, deed: Deed) -> OfflineDevice:
    """A browser at a till tells that it is there: it is enrolled the first time, and gets its share anew each time.

    Refusals: OfflineNotAllowed, InvalidKey, DeviceUnknown for one that was shut out.
    """
    key = envelopes.device_key(jwk)
    # Of two browsers that ask at once the second sees what the first was promised.
    till = writing.locked(till)
    terms = queries.terms(programme_id=till.programme_id)
    if terms is None or till.closed_at is not None:
        raise rules.OfflineNotAllowed
    thumbprint = key.thumbprint()
    device = OfflineDevice.objects.filter(till=till, thumbprint=thumbprint).first()
    if device is None:
        device = _enrolled(till, key, thumbprint, name, deed)
    if device.revoked_at is not None:
        raise rules.DeviceUnknown
    others = queries.shares_of_others(device, terms=terms, now=deed.now)
    device.granted_minor = rules.share(terms.till_minor, others_minor=others)
    device.seen_at = deed.now
    device.save(update_fields=["granted_minor", "seen_at"])
    return device


def _enrolled(till: Till, key: ECKey, thumbprint: str, name: str, deed: Deed) -> OfflineDevice:
    device = OfflineDevice(
        id=deed.mint(),
        programme_id=till.programme_id,
        till=till,
        name=name,
        thumbprint=thumbprint,
        public_key=envelopes.public_jwk(key),
        enrolled_by=deed.actor.code,
        enrolled_at=deed.now,
        seen_at=deed.now,
    )
    writing.checked(device).save(force_insert=True)
    _note(device, "offline.device_enrolled", deed)
    return device


@transaction.atomic
def shut_out(*, device: OfflineDevice, deed: Deed) -> OfflineDevice:
    """Trust a device no more: what it still sends is owed, and booked by hand or not at all."""
    device = writing.locked(device)
    if device.revoked_at is None:
        device.revoked_at, device.granted_minor = deed.now, 0
        device.save(update_fields=["revoked_at", "granted_minor"])
        _note(device, "offline.device_shut_out", deed)
    return device


def _note(device: OfflineDevice, action: str, deed: Deed) -> None:
    audit.write(
        programme_id=device.programme_id,
        deed=deed,
        action=action,
        subject=device,
        subject_name=f"{device.till} {device}",
    )


# ---- What devices send ----


@transaction.atomic
def receive(*, device: OfflineDevice, sent: list[str], deed: Deed) -> list[OfflineTap]:
    """Book what a device kept, in the order in which it took it; each is remembered, booked or owed.

    What came before is answered as it stands. Raises NotSigned for an envelope that the device did not sign.
    """
    device = writing.locked(device)
    outsides = [envelopes.outside(text, public_key=device.public_key) for text in sent[:MOST_AT_ONCE]]
    envelope_of = {said.sequence: text for said, text in zip(outsides, sent, strict=False)}
    by_sequence = {said.sequence: said for said in outsides}
    known = {row.sequence: row for row in device.taps.filter(sequence__in=by_sequence)}
    new = [by_sequence[number] for number in sorted(by_sequence) if number not in known]
    made = received.take(device, new, envelope_of, deed) if new else []
    device.seen_at = deed.now
    device.save(update_fields=["seen_at", "grant"])
    return sorted([*known.values(), *made], key=lambda row: row.sequence)


# ---- What is owed ----


@transaction.atomic
def collect(*, tap: OfflineTap, deed: Deed) -> OfflineTap:
    """Try again to take what is owed from the card's wallet; if that fails it is owed on, with the new reason.

    Refusals: NotOwed, CannotCollect where it was never known what was bought or by whom.
    """
    tap = _owed(tap)
    received.try_again(tap, deed)
    _note_tap(tap, "offline.collected" if tap.state == TapState.BOOKED else "offline.tried", deed)
    return tap


@transaction.atomic
def settle_by_hand(*, tap: OfflineTap, state: TapState, reason: str, deed: Deed) -> OfflineTap:
    """Say that a debt was paid in cash, or forgive it. Refusals: NotOwed, ReasonMissing."""
    reason = checked_reason(reason)
    if state not in {TapState.IN_CASH, TapState.FORGIVEN}:
        raise ValueError(f"nobody settles by hand as {state}")
    tap = _owed(tap)
    tap.state, tap.settled_at = state, deed.now
    tap.save(update_fields=["state", "settled_at"])
    _note_tap(tap, f"offline.{state}", deed, reason=reason)
    return tap


def _owed(tap: OfflineTap) -> OfflineTap:
    locked = writing.locked(tap)
    if locked.state != TapState.OWED:
        raise rules.NotOwed
    return locked


def _note_tap(tap: OfflineTap, action: str, deed: Deed, **details: Any) -> None:
    audit.write(
        programme_id=tap.programme_id,
        deed=deed,
        action=action,
        subject=tap,
        subject_name=str(tap.card.customer) if tap.card else "",
        details={"amount_minor": tap.amount_minor, **details},
    )

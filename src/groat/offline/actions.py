"""What is done about taps without a network: terms, devices, booking what devices kept, settling what is owed."""

from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from joserfc.jwk import ECKey

from groat.cards import queries as cards
from groat.cards import showing
from groat.cards.models import Medium
from groat.errors import NotFound, Refusal
from groat.ledger import book
from groat.offline import envelopes, queries, rules
from groat.offline.envelopes import Inside, Outside
from groat.offline.models import OfflineDevice, OfflineTap, OfflineTerms, TapState
from groat.programmes import audit, writing
from groat.programmes.deeds import Deed
from groat.programmes.models import Programme, Staff, Till
from groat.programmes.rules import checked_reason
from groat.till import payments
from groat.till.models import Checkout, CheckoutState, Payment
from groat.till.payments import Outcome
from groat.till.rules import CheckoutClosed, Order

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


@dataclass(slots=True)
class _Come:
    """A tap that came just now, on its way to being booked."""

    row: OfflineTap
    said: Inside | None
    shown: showing.Shown | None = None
    order: Order | None = None


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
    made = _took(device, new, envelope_of, deed) if new else []
    device.seen_at = deed.now
    device.save(update_fields=["seen_at", "grant"])
    return sorted([*known.values(), *made], key=lambda row: row.sequence)


def _took(device: OfflineDevice, new: list[Outside], envelope_of: dict[int, str], deed: Deed) -> list[OfflineTap]:
    key = envelopes.server_key(programme_id=device.programme_id)
    come = [_read(device, said, envelope_of[said.sequence], key, deed) for said in new]
    _tell_staff(device, come)
    _tell_cards(device, come)
    _object(device, come, deed)
    OfflineTap.objects.bulk_create([one.row for one in come])
    _book([one for one in come if one.row.state == TapState.OWED and one.row.refusal is None], deed)
    OfflineTap.objects.bulk_update([one.row for one in come], _SETTLED)
    # The allowance was used: the next one begins.
    device.grant = max(device.grant, *(one.row.grant + 1 for one in come))
    return [one.row for one in come]


_SETTLED = ["state", "refusal", "payment", "checkout", "settled_at"]


def _read(device: OfflineDevice, said: Outside, envelope: str, key: ECKey, deed: Deed) -> _Come:
    """A row for what came, owed until it is booked; what cannot be read is owed, too."""
    inside = envelopes.inside(said.sealed, key=key)
    row = OfflineTap(
        id=deed.mint(),
        programme_id=device.programme_id,
        device=device,
        till_id=device.till_id,
        sequence=said.sequence,
        grant=min(said.grant, device.grant),
        envelope=envelope,
        amount_minor=inside.amount_minor if inside else None,
        state=TapState.VOIDED if said.is_void else TapState.OWED,
        refusal=None if inside else _kept(rules.Unreadable()),
        actor=device.enrolled_by,
        tapped_at=inside.at if inside else deed.now,
        received_at=deed.now,
        settled_at=deed.now if said.is_void else None,
    )
    return _Come(row, inside)


def _kept(refusal: Refusal) -> dict[str, Any]:
    """A refusal as it is remembered: its code and facts."""
    return {"refusal": refusal.code, "facts": refusal.facts()}


def _tell_staff(device: OfflineDevice, come: list[_Come]) -> None:
    """By whom each was taken: somebody who works here, or else who enrolled the device."""
    ids: dict[UUID, int] = {}
    for public_id in {one.said.staff for one in come if one.said}:
        with suppress(NotFound):
            ids[public_id] = Staff.key_of(public_id)
    here = set(Staff.objects.filter(programme_id=device.programme_id, pk__in=ids.values()).values_list("pk", flat=True))
    for one in come:
        staff = ids.get(one.said.staff) if one.said else None
        if staff in here:
            one.row.actor = f"staff:{staff}"


def _tell_cards(device: OfflineDevice, come: list[_Come]) -> None:
    """Which card each was, if it is known. One that pretends to be a chip is nobody's."""
    for one in come:
        if one.said is None:
            continue
        try:
            one.shown = showing.shown(programme_id=device.programme_id, token=one.said.token)
        except Refusal as refusal:
            one.row.refusal = _kept(refusal)
    hashes = {one.shown.token_hash for one in come if one.shown and not one.shown.is_forged}
    found = cards.by_hashes(programme_id=device.programme_id, hashes=hashes)
    for one in come:
        if one.shown and not one.shown.is_forged:
            one.row.card = found.get(one.shown.token_hash)


def _object(device: OfflineDevice, come: list[_Come], deed: Deed) -> None:
    """Hold back what the device should not have taken."""
    terms = queries.terms(programme_id=device.programme_id)
    used = Counter({(grant, card): minor for grant, card, minor in queries.used(device=device)})
    for one in come:
        row = one.row
        if row.state == TapState.VOIDED or row.refusal is not None or row.amount_minor is None:
            continue
        objection: Refusal | None
        if device.revoked_at is not None:
            objection = rules.DeviceShutOut()
        elif terms is None:
            objection = rules.OfflineNotAllowed()
        elif row.grant < device.grant - 1:
            # Its allowance was used up long ago; only the answer to the last sending may have been lost.
            objection = rules.OverLimit()
        else:
            objection = rules.objection(
                amount_minor=row.amount_minor,
                is_copyable=row.card is None or row.card.medium != Medium.CHIP,
                tapped_at=row.tapped_at,
                heard_at=device.seen_at,
                now=deed.now,
                hours=terms.hours,
                most=queries.limits(device, terms=terms),
                used=rules.Used(
                    by_card_minor=used[row.grant, row.card_id],
                    in_all_minor=sum(minor for (grant, _card), minor in used.items() if grant == row.grant),
                ),
            )
        row.refusal = _kept(objection) if objection else None
        used[row.grant, row.card_id] += row.amount_minor


# ---- Booking ----


def _book(come: list[_Come], deed: Deed) -> None:
    """Take the payments, all of them in one batch; what cannot be paid is owed."""
    asked = _asked_before(come)
    own = [one for one in come if one.said and one.said.checkout not in asked]
    _open_checkouts(own, deed)
    for one in come:
        assert one.said  # else it is owed already
        one.row.checkout = asked.get(one.said.checkout) or one.row.checkout
        one.order = _order(one, key=one.said.key, checkout=one.row.checkout, deed=deed)
    _settle(come, deed)
    # What was to be paid online is open no more, and was not paid: so it is paid like the others.
    late = [one for one in come if one.row.refusal and one.row.refusal["refusal"] == CheckoutClosed.code]
    late = [one for one in late if not _was_paid_otherwise(one, asked, deed)]
    _open_checkouts(late, deed)
    for one in late:
        assert one.said
        one.row.refusal = None
        one.order = _order(one, key=f"{one.said.key}-offline", checkout=one.row.checkout, deed=deed)
    _settle(late, deed)


def _asked_before(come: list[_Come]) -> dict[UUID | None, Checkout]:
    """The checkouts for which the card was presented when the network went away, by public id."""
    ids: dict[int, UUID] = {}
    for one in come:
        if one.said and one.said.checkout:
            with suppress(NotFound):
                ids[Checkout.key_of(one.said.checkout)] = one.said.checkout
    tills = {one.row.till_id for one in come}
    found = Checkout.objects.filter(pk__in=ids, till__in=tills) if ids else []
    return {ids[row.pk]: row for row in found}


def _was_paid_otherwise(one: _Come, asked: dict[UUID | None, Checkout], deed: Deed) -> bool:
    """Whether another card paid the basket meanwhile: then nothing is owed for it."""
    assert one.said
    checkout = asked.get(one.said.checkout)
    if checkout is None or checkout.state != CheckoutState.PAID:
        return False
    one.row.state, one.row.settled_at = TapState.VOIDED, deed.now
    return True


def _open_checkouts(come: list[_Come], deed: Deed) -> None:
    """Baskets with the prices that the devices knew. Declined, so that none of them waits at the till."""
    for one in come:
        assert one.said
        assert one.row.amount_minor
        one.row.checkout = Checkout(
            id=deed.mint(),
            programme_id=one.row.programme_id,
            till_id=one.row.till_id,
            state=CheckoutState.DECLINED,
            lines=[line.model_dump(mode="json") for line in one.said.lines] or [_free(one.row.amount_minor)],
            amount_minor=one.row.amount_minor,
            note=one.said.note,
            actor=one.row.actor,
            created_at=one.row.tapped_at,
            changed_at=deed.now,
        )
    Checkout.objects.bulk_create([one.row.checkout for one in come if one.row.checkout])


def _order(one: _Come, *, key: str, checkout: Checkout | None, deed: Deed) -> Order:
    """What the payment path is asked: under the key that the device gave it, so that it is taken once."""
    assert one.shown
    return Order(
        programme=one.row.programme_id,
        client=one.row.actor,
        key=key,
        till=one.row.till_id,
        token_hash=one.shown.token_hash,
        checkout=checkout.id if checkout else None,
        actor=one.row.actor,
        address=deed.actor.address,
        counter=one.shown.counter,
        is_forged=one.shown.is_forged,
        is_late=True,
    )


class WaitsToBeConfirmed(Exception):
    """A limit for confirmation fell at the very moment: nothing is booked, and the device sends again."""


def _settle(come: list[_Come], deed: Deed) -> None:
    """Ask the payment path, and remember what became of each."""
    orders = [one.order for one in come if one.order]
    if not orders:
        return
    outcomes = payments.take_payments(book.raw(), connection.vendor, orders, now=deed.now, mint=deed.mint)
    for one, outcome in zip(come, outcomes, strict=True):
        _settled(one.row, outcome, deed)
    # A basket that nobody paid must not wait for the next customer's card.
    unpaid = [one.row.checkout.id for one in come if one.row.checkout and one.row.payment_id is None]
    waits = [CheckoutState.DECLINED, CheckoutState.WAITING]
    Checkout.objects.filter(pk__in=unpaid, state__in=waits).update(state=CheckoutState.ABANDONED, changed_at=deed.now)


def _settled(row: OfflineTap, outcome: Outcome, deed: Deed) -> None:
    if outcome.payment is None:
        assert outcome.refusal
        row.refusal = _kept(outcome.refusal)
        return
    if outcome.state != "paid":
        raise WaitsToBeConfirmed
    row.state, row.settled_at, row.refusal = TapState.BOOKED, deed.now, None
    row.payment_id = Payment.key_of(outcome.payment["id"])
    if outcome.payment["checkout"]:
        row.checkout_id = Checkout.key_of(outcome.payment["checkout"])


# ---- What is owed ----


@transaction.atomic
def collect(*, tap: OfflineTap, deed: Deed) -> OfflineTap:
    """Try again to take what is owed from the card's wallet; if that fails it is owed on, with the new reason.

    Refusals: NotOwed, CannotCollect where it was never known what was bought or by whom.
    """
    tap = _owed(tap)
    one = _Come(tap, envelopes.inside(_outside(tap).sealed, key=envelopes.server_key(programme_id=tap.programme_id)))
    _tell_cards(tap.device, [one])
    if one.said is None or one.shown is None or one.shown.is_forged:
        raise rules.CannotCollect
    tap.tries += 1
    tap.refusal = None
    _open_checkouts([one], deed)
    order = _order(one, key=f"{one.said.key}-{tap.tries}", checkout=tap.checkout, deed=deed)
    # Why it is owed was told to whoever collects it: that it was over a limit, or not its chip's own word.
    one.order = replace(order, is_vouched_for=True, client=deed.actor.code)
    _settle([one], deed)
    tap.save(update_fields=[*_SETTLED, "card", "tries"])
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


def _outside(tap: OfflineTap) -> Outside:
    return envelopes.outside(tap.envelope, public_key=tap.device.public_key)


def _note_tap(tap: OfflineTap, action: str, deed: Deed, **details: Any) -> None:
    audit.write(
        programme_id=tap.programme_id,
        deed=deed,
        action=action,
        subject=tap,
        subject_name=str(tap.card.customer) if tap.card else "",
        details={"amount_minor": tap.amount_minor, **details},
    )


def _free(amount_minor: int) -> dict[str, Any]:
    return {"product": None, "name": "", "quantity": 1, "price_minor": amount_minor, "amount_minor": amount_minor}

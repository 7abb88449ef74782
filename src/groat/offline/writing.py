"""What came from a device, on its way into the book. Everything here demands a transaction."""

from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from django.db import connection
from joserfc.jwk import ECKey

from groat.cards import queries as cards
from groat.cards import showing
from groat.cards.models import Medium
from groat.catalogue.models import Product
from groat.errors import NotFound, Refusal
from groat.ledger import book
from groat.offline import envelopes, queries, rules
from groat.offline.envelopes import Inside, Outside
from groat.offline.models import OfflineDevice, OfflineTap, TapState
from groat.programmes import writing
from groat.programmes.deeds import Deed
from groat.programmes.models import Programme, Staff
from groat.till import payments
from groat.till.models import Checkout, CheckoutState, Payment
from groat.till.payments import Outcome
from groat.till.rules import CheckoutClosed, Order, free_line

SETTLED = ["state", "refusal", "payment", "checkout", "settled_at"]
"""The fields that tell what became of a tap."""


@dataclass(slots=True)
class _Come:
    """A tap that came just now, on its way to being booked."""

    row: OfflineTap
    said: Inside | None
    shown: showing.Shown | None = None
    order: Order | None = None


def take(device: OfflineDevice, new: list[Outside], envelope_of: dict[int, str], deed: Deed) -> list[OfflineTap]:
    """Remember what a device took, and book what it may have taken; `envelope_of` gives the texts by sequence."""
    writing.demand_transaction()
    key = envelopes.server_key(programme_id=device.programme_id)
    come = [_read(device, said, envelope_of[said.sequence], key, deed) for said in new]
    _tell_staff(device, come)
    _tell_cards(device, come)
    _object(device, come, deed)
    OfflineTap.objects.bulk_create([one.row for one in come])
    _book([one for one in come if one.row.state == TapState.OWED and one.row.refusal is None], deed)
    OfflineTap.objects.bulk_update([one.row for one in come], SETTLED)
    # The allowance was used: the next one begins.
    device.grant = max(device.grant, *(one.row.grant + 1 for one in come))
    return [one.row for one in come]


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
    # What the card had been held to is open no more. Given up: then it is paid like the others. Paid by another card
    # meanwhile: then nothing is owed. About to be: then a person must look.
    closed = [(one, one.row.why.state) for one in come if isinstance(one.row.why, CheckoutClosed)]
    for one, state in closed:
        if state == CheckoutState.PAID:
            one.row.state, one.row.settled_at = TapState.VOIDED, deed.now
    late = [one for one, state in closed if state == CheckoutState.ABANDONED]
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


def _open_checkouts(come: list[_Come], deed: Deed) -> None:
    """Baskets with the prices that the devices knew. Declined, so that none of them waits at the till."""
    vat_of = _vat_rates(come)
    for one in come:
        assert one.said
        lines = [_line(line, vat_of) for line in one.said.lines]
        one.row.checkout = Checkout(
            id=deed.mint(),
            programme_id=one.row.programme_id,
            till_id=one.row.till_id,
            state=CheckoutState.DECLINED,
            lines=lines or [free_line(one.said.amount_minor, vat_rate=vat_of[None])],
            amount_minor=one.said.amount_minor,
            note=one.said.note,
            actor=one.row.actor,
            created_at=one.row.tapped_at,
            changed_at=deed.now,
        )
    Checkout.objects.bulk_create([one.row.checkout for one in come if one.row.checkout])


def _vat_rates(come: list[_Come]) -> dict[UUID | None, int | None]:
    """The VAT that is contained in what was sold, by product; two queries at most. None: what is sold by amount."""
    wanted = {line.product for one in come if one.said for line in one.said.lines} - {None}
    usual = Programme.objects.filter(pk__in={one.row.programme_id for one in come}).values_list("vat_rate", flat=True)
    rates: dict[UUID | None, int | None] = dict.fromkeys([None, *wanted], usual.first())
    if rates[None] is None or not wanted:
        return rates
    known: dict[int, UUID | None] = {}
    for public_id in wanted:
        with suppress(NotFound):
            known[Product.key_of(str(public_id))] = public_id
    found = Product.objects.filter(programme_id=come[0].row.programme_id, pk__in=known).values_list("pk", "vat_rate")
    return rates | {known[key]: rate for key, rate in found if rate is not None}


def _line(line: envelopes.Line, vat_of: dict[UUID | None, int | None]) -> dict[str, Any]:
    told = line.model_dump(mode="json", exclude_defaults=True)
    rate = vat_of[line.product]
    return told if rate is None else told | {"vat": rate}


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


def try_again(tap: OfflineTap, deed: Deed) -> None:
    """Ask the card's wallet once more for what is owed. Refusal: CannotCollect."""
    writing.demand_transaction()
    outside = envelopes.outside(tap.envelope, public_key=tap.device.public_key)
    one = _Come(tap, envelopes.inside(outside.sealed, key=envelopes.server_key(programme_id=tap.programme_id)))
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
    tap.save(update_fields=[*SETTLED, "card", "tries"])

"""What a receipt is of, in a fixed number of queries."""

from dataclasses import dataclass
from uuid import UUID

from django.conf import settings
from django.db.models import QuerySet

from groat.customers.models import Customer
from groat.drawers import queries as drawers
from groat.errors import NotFound
from groat.ledger.models import Posting
from groat.programmes.models import Programme, Till
from groat.receipts import rules
from groat.till.models import Payment, PaymentState, Refund
from groat.till.rules import cash_back
from groat.till.vat import VatPart, recapitulation
from groat.topups import worth
from groat.topups.models import TopUp
from groat.topups.rules import price


@dataclass(frozen=True, slots=True)
class OfPayment:
    """A payment that was made, and what of it was given back."""

    row: Payment
    refunds: tuple[Refund, ...]
    vat: tuple[VatPart, ...] = ()
    """What is contained in what was paid and not given back, by rate."""

    @property
    def note(self) -> str:
        """What the cashier wrote on the basket."""
        return self.row.checkout.note if self.row.checkout else ""

    @property
    def customer(self) -> Customer:
        return self.row.customer


@dataclass(frozen=True, slots=True)
class OfTopUp:
    """Credits that were sold."""

    row: TopUp
    balance_minor: int | None
    """The wallet's balance right after it, in minor units of credit."""
    cash_minor: int | None
    """What was handed over in cash, in minor units of the currency, if a drawer counted it."""

    @property
    def customer(self) -> Customer:
        return self.row.wallet.owner


type Paper = OfPayment | OfTopUp


def named(*, programme_id: int, public_id: UUID, till: Till | None = None) -> Paper:
    """What there is a receipt of by this id, at this till if one is named. Raises NotFound."""
    try:
        found = by_key(programme_id=programme_id, kind=Payment.kind, key=Payment.key_of(public_id))
    except NotFound:
        found = by_key(programme_id=programme_id, kind=TopUp.kind, key=TopUp.key_of(public_id))
    if till is not None and found.row.till_id != till.id:
        raise NotFound
    return found


def by_code(*, programme: Programme, code: str) -> Paper:
    """What the address of a receipt leads to. Raises NotFound for whatever we have not made ourselves."""
    told = rules.read_code(code, programme_id=programme.id, key=settings.KEYS.token_key)
    if told is None:
        raise NotFound
    return by_key(programme_id=programme.id, kind=told[0], key=told[1])


def by_key(*, programme_id: int, kind: str, key: int) -> Paper:
    """The payment or top-up with this key. Raises NotFound for one that is not made."""
    return _payment(programme_id, key) if kind == Payment.kind else _top_up(programme_id, key)


def code_of(paper: Paper) -> str:
    """The end of the receipt's address."""
    row = paper.row
    return rules.code_of(programme_id=row.programme_id, kind=row.kind, row_id=row.id, key=settings.KEYS.token_key)


def subject_of(paper: Paper) -> str:
    """By which letters about it are found."""
    return f"{paper.row.kind}:{paper.row.id}"


def _payment(programme_id: int, key: int) -> OfPayment:
    rows: QuerySet[Payment] = Payment.objects.select_related("programme", "till__site", "customer", "card", "checkout")
    row = rows.filter(programme_id=programme_id, pk=key, state=PaymentState.PAID).first()
    if row is None:
        raise NotFound
    return OfPayment(row, tuple(row.refunds.all()), _vat(row))


def _vat(row: Payment) -> tuple[VatPart, ...]:
    """By what was once paid for the very credits, and what was paid in cash; less what was given back."""
    if row.entry_id is None or not any("vat" in line for line in row.lines):
        return ()
    programme = row.programme
    paid_minor = worth.paid_for(programme=programme, spent={row.entry_id: row.amount_minor})[row.entry_id]
    kept_minor = paid_minor * (row.amount_minor - row.refunded_minor) // row.amount_minor
    back_minor = cash_back(cash_minor=row.cash_minor, amount_minor=row.amount_minor, refunded_minor=row.refunded_minor)
    cash_minor = price(
        bought_minor=row.cash_minor - back_minor, decimals=programme.credit_decimals, price_minor=programme.price_minor
    )
    return recapitulation(row.lines, gross_minor=kept_minor + cash_minor)


def _top_up(programme_id: int, key: int) -> OfTopUp:
    rows: QuerySet[TopUp] = TopUp.objects.select_related("programme", "till__site", "wallet__owner")
    rows = rows.prefetch_related("given")
    row = rows.filter(programme_id=programme_id, pk=key).first()
    if row is None:
        raise NotFound
    after = Posting.objects.filter(programme=programme_id, entry=row.id, account=row.wallet_id)
    move = drawers.move_of(row)
    return OfTopUp(
        row=row,
        balance_minor=after.values_list("balance_minor", flat=True).first(),
        cash_minor=move.amount_minor if move else None,
    )

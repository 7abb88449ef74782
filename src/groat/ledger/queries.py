"""What the book says: balances, lots, statements. Reads only; every list in a fixed number of queries."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, Sum

from groat.ledger.core import commands
from groat.ledger.core.accounts import LAST_TALLY
from groat.ledger.core.decide import Book, decide
from groat.ledger.core.entries import Kind
from groat.ledger.core.lots import Origin
from groat.ledger.core.refusals import NoSuchWallet
from groat.ledger.core.wallet import Wallet
from groat.ledger.models import Balance, Entry, Hold, HoldLot, Lot, LotUse, Posting
from groat.ledger.store import assemble


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a wallet stands at an instant, what is due by then already taken off. Minor units of credit."""

    posted_minor: int
    held_minor: int
    floor_minor: int
    sequence: int

    @property
    def available_minor(self) -> int:
        """What it can pay; negative when it stands below its floor."""
        return self.posted_minor - self.held_minor - self.floor_minor

    @property
    def debt_minor(self) -> int:
        """What its owner owes."""
        return max(0, -self.posted_minor)


@dataclass(frozen=True, slots=True)
class LotLine:
    """A lot that still has credit."""

    id: int
    origin: Origin
    granted_minor: int
    remaining_minor: int
    held_minor: int
    expires_at: datetime | None


@dataclass(frozen=True, slots=True)
class UseLine:
    """What a movement took from a lot (negative) or brought to it (positive)."""

    origin: Origin
    expires_at: datetime | None
    amount_minor: int


@dataclass(frozen=True, slots=True)
class Line:
    """A movement of a wallet, with the balance after it."""

    entry_id: int
    kind: Kind
    at: datetime
    amount_minor: int
    balance_minor: int
    sequence: int
    reverses: int | None
    actor: str
    reason: str
    uses: tuple[UseLine, ...]
    hold: int | None = None
    """What a capture closed."""


def balance(*, programme_id: int, wallet: int, now: datetime) -> Standing:
    """Where one wallet stands; `NoSuchWallet` when the programme has none of that id."""
    found = balances(programme_id=programme_id, wallets=[wallet], now=now)
    if wallet not in found:
        raise NoSuchWallet
    return found[wallet]


def balances(*, programme_id: int, wallets: Iterable[int], now: datetime) -> dict[int, Standing]:
    """Where wallets stand, by id; what is due but not booked yet counts as booked."""
    names = list(wallets)
    rows = list(Balance.objects.filter(programme=programme_id, account__in=names, floor_minor__isnull=False))
    due = [row for row in rows if row.next_due is not None and row.next_due <= now]
    after = _after_what_is_due(due, now) if due else {}
    return {
        row.account: Standing(
            posted_minor=after[row.account].posted_minor if row.account in after else row.posted_minor,
            held_minor=after[row.account].held_minor if row.account in after else row.held_minor,
            floor_minor=row.floor_minor or 0,
            sequence=row.sequence,
        )
        for row in rows
    }


def lots(*, programme_id: int, wallet: int, now: datetime) -> list[LotLine]:
    """The wallet's lots that have credit and are not due, in the order of their use."""
    rows = Balance.objects.filter(programme=programme_id, account=wallet, floor_minor__isnull=False)
    after = _after_what_is_due(list(rows), now)
    return [
        LotLine(lot.id, lot.origin, lot.granted_minor, lot.remaining_minor, lot.held_minor, lot.expires_at)
        for lot in (after[wallet].lots if wallet in after else ())
        if lot.remaining_minor
    ]


def _after_what_is_due(rows: list[Balance], now: datetime) -> dict[int, Wallet]:
    """Wallets as they will be when what is due by now is booked: decided by the core, and written nowhere."""
    names = [row.account for row in rows]
    of_these = {"programme__in": {row.programme for row in rows}, "account__in": names}
    lots_then = Lot.objects.filter(live=True, **of_these).values_list(
        "account",
        "id",
        "origin",
        "granted_minor",
        "remaining_minor",
        "held_minor",
        "settled_minor",
        "expires_at",
        "expired_minor",
    )
    holds = {hold.id: hold for hold in Hold.objects.filter(closed_at=None, **of_these).order_by("id")}
    claims: dict[int, list[tuple[int, int]]] = {}
    for claim in HoldLot.objects.filter(hold__in=holds, **of_these).order_by("lot") if holds else ():
        claims.setdefault(claim.hold, []).append((claim.lot, claim.amount_minor))
    book = Book(
        assemble(
            (
                (r.account, r.programme, r.posted_minor, r.held_minor, r.floor_minor, r.overdrawn_minor, r.sequence)
                for r in rows
            ),
            lots_then,
            (
                (hold.id, hold.account, hold.amount_minor, hold.expires_at, lot, amount)
                for hold in holds.values()
                for lot, amount in claims.get(hold.id, [(None, None)])
            ),
        )
    )
    for account in names:
        decide(book, commands.Expire(account), now=now, mint=lambda: 0)
    return book.wallets


def statement(*, programme_id: int, wallet: int, before: int | None = None, limit: int = 50) -> list[Line]:
    """The wallet's movements, newest first; `before` is the sequence from which to go on."""
    postings = Posting.objects.filter(programme=programme_id, account=wallet).order_by("-sequence")
    if before is not None:
        postings = postings.filter(sequence__lt=before)
    page = list(postings[:limit])
    names = [posting.entry for posting in page]
    entries = {entry.id: entry for entry in Entry.objects.filter(programme=programme_id, id__in=names)}
    uses = _uses(programme_id, wallet, names)
    return [
        Line(
            posting.entry,
            Kind(entries[posting.entry].kind),
            entries[posting.entry].at,
            posting.amount_minor,
            posting.balance_minor,
            posting.sequence,
            entries[posting.entry].reverses,
            entries[posting.entry].actor,
            entries[posting.entry].reason,
            tuple(uses.get(posting.entry, ())),
            entries[posting.entry].hold,
        )
        for posting in page
    ]


def _uses(programme_id: int, wallet: int, entries: list[int]) -> dict[int, list[UseLine]]:
    """By entry: the lots that it used, refilled or made, with the expiry that these have now."""
    found: dict[int, list[UseLine]] = {}
    used = list(LotUse.objects.filter(programme=programme_id, entry__in=entries, account=wallet).order_by("lot"))
    known = Lot.objects.filter(programme=programme_id, account=wallet).filter(
        Q(id__in=[use.lot for use in used]) | Q(entry__in=entries)
    )
    by_id = {lot.id: lot for lot in known}
    for lot in sorted(by_id.values(), key=lambda lot: lot.id):
        if lot.entry in entries:
            line = UseLine(Origin(lot.origin), lot.granted_until, lot.granted_minor)
            found.setdefault(lot.entry, []).append(line)
    for use in used:
        lot = by_id[use.lot]
        found.setdefault(use.entry, []).append(UseLine(Origin(lot.origin), lot.expires_at, use.amount_minor))
    return found


def wallets_of(*, programme_id: int, entries: Iterable[int]) -> dict[int, dict[int, int]]:
    """By entry: the wallets that it moved, with the amounts; one query."""
    found: dict[int, dict[int, int]] = {}
    rows = Posting.objects.filter(programme=programme_id, entry__in=list(entries), account__gt=LAST_TALLY)
    for entry, account, amount_minor in rows.values_list("entry", "account", "amount_minor"):
        found.setdefault(entry, {})[account] = amount_minor
    return found


@dataclass(frozen=True, slots=True)
class Owed:
    """What a programme owes its customers and what they owe it. Minor units of credit."""

    credit_minor: int
    debt_minor: int
    wallets: int


def owed(*, programme_id: int) -> Owed:
    """The programme's outstanding credits and debts, as booked."""
    wallets = Balance.objects.filter(programme=programme_id, floor_minor__isnull=False)
    credit = wallets.filter(posted_minor__gt=0).aggregate(total=Sum("posted_minor"))["total"] or 0
    debt = wallets.filter(posted_minor__lt=0).aggregate(total=Sum("posted_minor"))["total"] or 0
    return Owed(credit, -debt, wallets.count())


def due(*, now: datetime, limit: int = 1000) -> list[tuple[int, int]]:
    """(programme, wallet) with a lot or hold that has expired and is not booked yet."""
    rows = Balance.objects.filter(next_due__lte=now).order_by("next_due").values_list("programme", "account")
    return list(rows[:limit])

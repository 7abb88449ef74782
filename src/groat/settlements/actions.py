"""Making the statements of a month, settling their debts, and taking that back."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db import transaction

from groat.customers.models import Group, Wallet
from groat.errors import NotFound
from groat.programmes import audit, writing
from groat.programmes.deeds import Deed
from groat.programmes.models import Programme
from groat.programmes.rules import InvalidAmount, InvalidValue, checked_reason, is_storable
from groat.settlements import queries, rules
from groat.settlements import writing as accounts
from groat.settlements.models import AccountTerms, SettledStatement, Settlement, Statement, StatementRun, Way
from groat.settlements.queries import Told
from groat.settlements.rules import Month, Terms
from groat.topups import settling
from groat.topups.models import Means, TopUp

MEANS = {
    Way.WAGES: Means.WAGES,
    Way.COMPANY: Means.BANK,
    Way.BANK: Means.BANK,
    Way.CASH: Means.CASH,
    Way.CARD: Means.CARD,
}
LONGEST_NOTE = 200
MOST_DAYS = 366


@transaction.atomic
def make_statements(*, programme: Programme, month: Month, group: Group | None = None, deed: Deed) -> StatementRun:
    """Make the statements of a month that is over, of a group or of all whose statement is missing.

    A group's month that was made before is answered with the run of then: what it says stays.
    Refusals: NotFound, MonthNotOver, NothingToState.
    """
    _own(programme, group)
    if deed.now < month.span(time_zone=programme.time_zone)[1]:
        raise rules.MonthNotOver
    # Of two at once the second finds the first one's number and statements.
    accounts.only(programme.id)
    before = StatementRun.objects.filter(programme=programme, month=month.first, group=group)
    if group is not None and (made := before.first()) is not None:
        return made
    told = queries.month(programme=programme, month=month, group=group)
    if not told:
        raise rules.NothingToState
    last = StatementRun.objects.filter(programme=programme).order_by("-number").first()
    run = StatementRun(
        id=deed.mint(),
        programme=programme,
        number=last.number + 1 if last else 1,
        month=month.first,
        group=group,
        statements_count=len(told),
        spent_minor=sum(one.moved.spent_minor for one in told),
        owed_minor=sum(one.owed_minor for one in told),
        actor=deed.actor.code,
        at=deed.now,
    )
    run.save(force_insert=True)
    _state(run, told, deed)
    facts = {"month": month.first.isoformat()[:7], "statements": len(told), "amount_minor": run.owed_minor}
    _note(run, "statements.made", facts | ({"group": group.name} if group else {}), deed)
    return run


def _own(programme: Programme, group: Group | None) -> None:
    if group is not None and group.programme_id != programme.id:
        raise NotFound


def _state(run: StatementRun, told: Sequence[Told], deed: Deed) -> None:
    """Write the run's statements down, each with the terms of today."""
    terms = queries.all_terms(programme_id=run.programme_id)
    day = accounts.today(run.programme, deed)
    rows = []
    for one in told:
        own = queries.terms_for(one.group, terms)
        rows.append(
            Statement(
                id=deed.mint(),
                programme_id=run.programme_id,
                run=run,
                month=run.month,
                wallet_id=one.wallet,
                group_id=one.group,
                since_sequence=one.since,
                until_sequence=one.until,
                opening_minor=one.opening_minor,
                spent_minor=one.moved.spent_minor,
                topped_up_minor=one.moved.topped_up_minor,
                corrected_minor=one.moved.corrected_minor,
                closing_minor=one.closing_minor,
                due_on=own.due_on(day),
                blocks_on=own.blocks_on(day),
                is_open=one.closing_minor < 0,
                is_to_be_sent=own.sends_statements,
            )
        )
    Statement.objects.bulk_create(rows, batch_size=1000)
    # What was paid since the month ended is paid.
    left = queries.unpaid(rows)
    Statement.objects.filter(pk__in=[name for name, minor in left.items() if not minor]).update(is_open=False)


@transaction.atomic
def settle(
    *,
    run: StatementRun,
    chosen: Iterable[Statement] | None = None,
    amount_minor: int | None = None,
    way: str,
    note: str = "",
    deed: Deed,
) -> Settlement:
    """Settle what is unpaid of a run's statements, or of those chosen; of a single one also a part, in credits.

    Each wallet is topped up by exactly that, at the usual price, without any bonus: all of them, or none. What is
    left goes on. Refusals: NotFound, InvalidValue, InvalidAmount, NothingToSettle, MoreThanUnpaid.
    """
    if way not in Way:
        raise InvalidValue("way", "invalid_choice")
    note = _checked_note(note)
    rows = queries.statements(run=run, chosen=None if chosen is None else [row.pk for row in chosen])
    accounts.lock(programme_id=run.programme_id, wallets=[row.wallet_id for row in rows])
    left = queries.unpaid(rows)
    owing = [row for row in rows if left.get(row.id)]
    if not owing:
        raise rules.NothingToSettle
    if amount_minor is not None:
        left = _part(owing, left, amount_minor)
    programme = run.programme
    debts = {row.wallet_id: left[row.id] for row in owing}
    paid = settling.settle(programme=programme, debts=debts, means=MEANS[Way(way)], deed=deed)
    settlement = Settlement(
        id=deed.mint(),
        programme=programme,
        run=run,
        way=way,
        note=note,
        amount_minor=sum(debts.values()),
        paid_minor=sum(top_up.paid_minor for top_up in paid.values()),
        people=len(debts),
        actor=deed.actor.code,
        at=deed.now,
    )
    settlement.save(force_insert=True)
    parts = [
        SettledStatement(
            id=deed.mint(),
            programme=programme,
            settlement=settlement,
            statement=row,
            top_up=paid[row.wallet_id],
            amount_minor=debts[row.wallet_id],
        )
        for row in owing
    ]
    SettledStatement.objects.bulk_create(parts, batch_size=1000)
    accounts.look_again(programme=programme, wallets=debts, deed=deed)
    facts = {"way": way, "people": len(debts), "amount_minor": settlement.amount_minor}
    _note(run, "statements.settled", facts | ({"reason": note} if note else {}), deed)
    return settlement


def _part(owing: Sequence[Statement], left: Mapping[int, int], amount_minor: int) -> dict[int, int]:
    """So much of the one statement that is settled."""
    if len(owing) != 1 or amount_minor <= 0:
        raise InvalidAmount
    unpaid_minor = left[owing[0].id]
    if amount_minor > unpaid_minor:
        raise rules.MoreThanUnpaid(unpaid_minor)
    return {owing[0].id: amount_minor}


@transaction.atomic
def undo_settlement(*, settlement: Settlement, reason: str, deed: Deed) -> Settlement:
    """Take a settlement back that was made by mistake: what it paid is owed again. Refusals: ReasonMissing,
    SettlementUndone.
    """
    reason = checked_reason(reason)
    settlement = writing.locked(settlement)
    if settlement.undone_at is not None:
        raise rules.SettlementUndone
    parts = queries.parts(settlement=settlement)
    wallets = [part.statement.wallet_id for part in parts]
    accounts.lock(programme_id=settlement.programme_id, wallets=wallets)
    top_ups = TopUp.objects.filter(pk__in=[part.top_up_id for part in parts])
    settling.unsettle(programme=settlement.programme, top_ups=top_ups, reason=reason, deed=deed)
    writing.change(settlement, {"undone_at": deed.now})
    owing = Statement.objects.filter(pk__in=[part.statement_id for part in parts], closing_minor__lt=0)
    _open_again(owing)
    accounts.look_again(programme=settlement.programme, wallets=wallets, deed=deed)
    facts = {"people": settlement.people, "amount_minor": settlement.amount_minor, "reason": reason}
    _note(settlement.run, "statements.settlement_undone", facts, deed)
    return settlement


def _open_again(owing: Iterable[Statement]) -> None:
    """These statements, and what was left in them from earlier ones that were paid by the same."""
    rows = list(owing)
    earlier = Statement.objects.filter(
        wallet_id__in=[row.wallet_id for row in rows], closing_minor__lt=0, is_open=False
    )
    left = queries.unpaid(earlier)
    Statement.objects.filter(pk__in=[name for name, minor in left.items() if minor]).update(is_open=True)


@transaction.atomic
def agree_on_terms(*, programme: Programme, group: Group | None = None, terms: Terms, deed: Deed) -> AccountTerms:
    """Agree until when debts are to be settled: with a group, or with all others. Statements made before keep theirs.

    Refusals: NotFound, InvalidValue.
    """
    _own(programme, group)
    for name, value in (("due_days", terms.due_days), ("block_days", terms.block_days)):
        if value is not None and not 0 <= value <= MOST_DAYS:
            raise InvalidValue(name, "invalid")
    if not all(-MOST_DAYS <= day <= MOST_DAYS for day in terms.reminder_days):
        raise InvalidValue("reminder_days", "invalid")
    told: dict[str, Any] = {
        "due_days": terms.due_days,
        "block_days": terms.block_days,
        "reminder_days": sorted(set(terms.reminder_days)),
        "sends_statements": terms.sends_statements,
    }
    accounts.only(programme.id)
    row = AccountTerms.objects.filter(programme=programme, group=group).first()
    if row is None:
        row = AccountTerms(id=deed.mint(), programme=programme, group=group)
    for name, agreed in told.items():
        setattr(row, name, agreed)
    row.save()
    audit.write(
        programme_id=programme.id,
        deed=deed,
        action="account_terms.changed",
        subject=row,
        subject_name=group.name if group else "",
        details=told,
    )
    return row


def watch(*, deed: Deed) -> int:
    """Let those owe again who settled what was overdue, and stop the credit of those who did not; returns of how many.

    A transaction for each programme.
    """
    changed = 0
    for programme in Programme.objects.filter(pk__in=_to_watch()):
        changed += _watch(programme, deed)
    return changed


def _to_watch() -> set[int]:
    stopped = Wallet.objects.filter(overdue_since__isnull=False).values_list("programme_id", flat=True)
    blocking = Statement.objects.filter(is_open=True, blocks_on__isnull=False).values_list("programme_id", flat=True)
    return {*stopped.distinct(), *blocking.distinct()}


@transaction.atomic
def _watch(programme: Programme, deed: Deed) -> int:
    day = accounts.today(programme, deed)
    due = Statement.objects.filter(programme=programme, is_open=True, blocks_on__lte=day)
    stopped = Wallet.objects.filter(programme=programme, overdue_since__isnull=False)
    overdue = due.filter(wallet__overdue_since=None).values_list("wallet_id", flat=True)
    wallets = {*stopped.values_list("pk", flat=True), *overdue}
    if not wallets:
        return 0
    accounts.lock(programme_id=programme.id, wallets=wallets)
    return sum(accounts.look_again(programme=programme, wallets=wallets, deed=deed))


def _checked_note(note: str) -> str:
    note = " ".join(note.split())
    if len(note) > LONGEST_NOTE or not is_storable(note):
        raise InvalidValue("note", "max_length" if len(note) > LONGEST_NOTE else "invalid")
    return note


def _note(run: StatementRun, action: str, details: dict[str, object], deed: Deed) -> None:
    audit.write(
        programme_id=run.programme_id,
        deed=deed,
        action=action,
        subject=run,
        subject_name=str(run.number),
        details=dict(details),
    )

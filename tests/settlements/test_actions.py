"""Statements of a month, and how their debts are settled."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from groat.customers import actions as customers
from groat.customers import groups, many
from groat.customers.models import Group, Wallet
from groat.customers.queries import Sought
from groat.errors import NotFound, Refusal
from groat.ledger import book, verify
from groat.ledger import queries as ledger
from groat.ledger.core import commands
from groat.ledger.core.accounts import Tally
from groat.ledger.models import Balance
from groat.programmes.deeds import Deed
from groat.programmes.models import AuditEntry, Programme
from groat.settlements import actions, queries, rules
from groat.settlements.models import SettledStatement, Settlement, Statement, StatementRun
from groat.settlements.rules import Month, Terms
from groat.topups import actions as topups
from groat.topups.models import TopUp
from tests import factories

pytestmark = pytest.mark.django_db

ZONE = ZoneInfo("Europe/Prague")
OCTOBER, NOVEMBER = Month(date(2026, 10, 1)), Month(date(2026, 11, 1))


def at(month: int, day: int, hour: int = 12) -> datetime:
    """A moment of 2026 in Prague."""
    return datetime(2026, month, day, hour, tzinfo=ZONE)


def on(when: datetime) -> Deed:
    """What is done then."""
    return factories.a_deed(now=when)


@pytest.fixture
def programme() -> Programme:
    return factories.a_programme()


@pytest.fixture
def acme(programme: Programme) -> Group:
    return groups.add_group(programme=programme, name="Acme", floor_minor=-100_000, deed=on(at(1, 5)))


def an_employee(acme: Group, **given: Any) -> Wallet:
    """The wallet of somebody who pays later."""
    return factories.a_wallet(programme=acme.programme, group=acme, **given)


def spend(wallet: Wallet, minor: int, when: datetime) -> int:
    """A payment; its entry."""
    done = book.post(
        programme_id=wallet.programme_id,
        command=commands.Spend(wallet.id, minor),
        now=when,
        mint=on(when).mint,
    )
    assert done.entry is not None
    return done.entry.id


def give_back(wallet: Wallet, entry: int, minor: int | None, when: datetime) -> None:
    """A part of an entry, or all of it, is undone."""
    command = commands.Reverse(entry, minor)
    book.post(programme_id=wallet.programme_id, command=command, now=when, mint=on(when).mint)


NEW_YEAR, END_OF_OCTOBER = at(12, 31), at(11, 1)


def owed(wallet: Wallet, when: datetime = NEW_YEAR) -> int:
    """What is owed then."""
    return -ledger.balance(programme_id=wallet.programme_id, wallet=wallet.id, now=when).posted_minor


def october(programme: Programme, group: Group | None = None, when: datetime = END_OF_OCTOBER) -> StatementRun:
    """October's statements, made when it is over."""
    return actions.make_statements(programme=programme, month=OCTOBER, group=group, deed=on(when))


def told(statement: Statement) -> tuple[int, ...]:
    """What a statement says: opening, spent, topped up, corrected, closing."""
    return (
        statement.opening_minor,
        statement.spent_minor,
        statement.topped_up_minor,
        statement.corrected_minor,
        statement.closing_minor,
    )


def unpaid(statement: Statement) -> int:
    """What is left of it now."""
    return queries.unpaid([statement])[statement.id]


def faults(programme: Programme) -> list[object]:
    """What the book finds wrong with itself."""
    return [fault for check in verify.CHECKS if (fault := check.fault(programme_id=programme.id))]


# ---- Making them ----


def test_a_statement_tells_what_a_month_began_with_what_moved_and_what_is_owed(acme: Group):
    jana = an_employee(acme)
    spend(jana, 20_00, at(9, 30, 23))
    spend(jana, 50_00, at(10, 1, 0))
    coffee = spend(jana, 45_00, at(10, 31, 23))
    give_back(jana, coffee, 5_00, at(10, 31, 23))
    factories.funded(jana, 30_00, now=at(10, 15))
    customers.adjust(wallet=jana, amount_minor=1_00, reason="Broken cup", deed=on(at(10, 16)))
    spend(jana, 10_00, at(11, 1, 0))

    run = october(acme.programme)

    (statement,) = run.statements.all()
    assert told(statement) == (-20_00, 90_00, 30_00, 1_00, -79_00)
    assert (run.number, run.statements_count, run.spent_minor, run.owed_minor) == (1, 1, 90_00, 79_00)
    assert statement.group == acme


def test_who_pays_in_advance_gets_none_and_neither_does_who_moved_nothing(acme: Group):
    spend(an_employee(acme), 50_00, at(10, 2))
    an_employee(acme)
    prepaid = factories.a_wallet(programme=acme.programme)
    factories.funded(prepaid, 100_00, now=at(10, 2))
    spend(prepaid, 50_00, at(10, 3))

    assert october(acme.programme).statements_count == 1


def test_a_groups_statements_are_of_its_customers_alone_and_the_others_come_with_the_rest(acme: Group):
    jana, karel = an_employee(acme), factories.a_wallet(programme=acme.programme, floor_minor=-100_00)
    spend(jana, 50_00, at(10, 2))
    spend(karel, 70_00, at(10, 3))

    of_acme, of_the_rest = october(acme.programme, acme), october(acme.programme)

    assert [row.wallet for row in of_acme.statements.all()] == [jana]
    assert [row.wallet for row in of_the_rest.statements.all()] == [karel]
    assert (of_acme.number, of_the_rest.number) == (1, 2)


def test_a_groups_month_that_was_made_before_says_the_same_again(acme: Group):
    spend(an_employee(acme), 50_00, at(10, 2))
    first = october(acme.programme, acme)
    spend(an_employee(acme), 10_00, at(10, 2))

    assert october(acme.programme, acme, at(11, 20)) == first
    assert StatementRun.objects.count() == 1


def test_what_is_booked_late_goes_into_the_next_month(acme: Group):
    jana = an_employee(acme)
    spend(jana, 50_00, at(10, 2))
    october(acme.programme)
    spend(jana, 7_00, at(10, 31))

    actions.make_statements(programme=acme.programme, month=NOVEMBER, deed=on(at(12, 1)))

    first, second = Statement.objects.order_by("month")
    assert told(first) == (0, 50_00, 0, 0, -50_00)
    assert told(second) == (-50_00, 7_00, 0, 0, -57_00)


def test_a_month_that_is_not_over_has_no_statements(acme: Group):
    spend(an_employee(acme), 50_00, at(10, 2))

    with pytest.raises(rules.MonthNotOver):
        october(acme.programme, when=at(10, 31, 23))

    assert october(acme.programme, when=at(11, 1, 0)).statements_count == 1


def test_a_month_of_which_nothing_is_missing_is_not_made_again(acme: Group):
    with pytest.raises(rules.NothingToState):
        october(acme.programme)
    spend(an_employee(acme), 50_00, at(10, 2))
    october(acme.programme)

    with pytest.raises(rules.NothingToState):
        october(acme.programme)
    assert StatementRun.objects.count() == 1


def test_the_group_of_another_programme_is_not_found(acme: Group):
    with pytest.raises(NotFound):
        october(factories.a_programme(), acme)


# ---- Settling them ----


def test_settling_pays_exactly_what_is_owed_for_many_at_once(acme: Group):
    jana, karel = an_employee(acme), an_employee(acme)
    spend(jana, 50_00, at(10, 2))
    spend(karel, 70_00, at(10, 3))
    run = october(acme.programme, acme)
    spend(jana, 9_00, at(11, 2))

    done = actions.settle(run=run, way="wages", deed=on(at(11, 10)))

    assert (done.amount_minor, done.paid_minor, done.people) == (120_00, 120_00, 2)
    assert (owed(jana), owed(karel)) == (9_00, 0)
    assert [unpaid(row) for row in run.statements.all()] == [0, 0]
    assert not Statement.objects.filter(is_open=True).exists()
    assert Balance.objects.get(programme=acme.programme_id, account=Tally.PAYROLL).posted_minor == 120_00
    made = TopUp.objects.values_list("means", "bought_minor", "bonus_minor", "is_settlement", "expires_at")
    assert sorted(made) == [("wages", 50_00, 0, True, None), ("wages", 70_00, 0, True, None)]
    assert AuditEntry.objects.filter(action="statements.settled").count() == 1
    assert faults(acme.programme) == []


def test_a_single_person_may_pay_a_part_and_the_rest_goes_on(acme: Group):
    jana = an_employee(acme)
    spend(jana, 50_00, at(10, 2))
    run = october(acme.programme, acme)
    (statement,) = run.statements.all()

    actions.settle(run=run, chosen=[statement], amount_minor=20_00, way="bank", deed=on(at(11, 10)))

    assert (unpaid(statement), owed(jana)) == (30_00, 30_00)
    actions.make_statements(programme=acme.programme, month=NOVEMBER, deed=on(at(12, 1)))
    assert told(Statement.objects.get(month=NOVEMBER.first)) == (-50_00, 0, 20_00, 0, -30_00)
    (debt,) = queries.debts(programme_id=acme.programme_id)
    assert debt.parts == ((statement.due_on, 30_00),)


def test_no_more_is_settled_than_is_unpaid(acme: Group):
    spend(an_employee(acme), 50_00, at(10, 2))
    run = october(acme.programme, acme)
    rows = list(run.statements.all())

    with pytest.raises(rules.MoreThanUnpaid, match="5000"):
        actions.settle(run=run, chosen=rows, amount_minor=50_01, way="bank", deed=on(at(11, 10)))
    actions.settle(run=run, way="bank", deed=on(at(11, 10)))
    with pytest.raises(rules.NothingToSettle):
        actions.settle(run=run, way="bank", deed=on(at(11, 10)))

    assert Settlement.objects.count() == 1


def test_what_was_paid_at_the_till_meanwhile_is_not_settled_again(acme: Group):
    jana = an_employee(acme)
    spend(jana, 50_00, at(10, 2))
    run = october(acme.programme, acme)
    factories.funded(jana, 35_00, now=at(11, 3))
    spend(jana, 20_00, at(11, 4))

    actions.settle(run=run, way="company", deed=on(at(11, 10)))

    assert SettledStatement.objects.get().amount_minor == 15_00
    assert owed(jana) == 20_00


def test_a_payment_after_the_month_that_is_given_back_pays_nothing_of_it(acme: Group):
    jana = an_employee(acme)
    before = spend(jana, 50_00, at(10, 2))
    (statement,) = october(acme.programme, acme).statements.all()
    after = spend(jana, 30_00, at(11, 2))

    give_back(jana, after, None, at(11, 3))
    assert unpaid(statement) == 50_00
    give_back(jana, before, 10_00, at(11, 4))
    assert unpaid(statement) == 40_00


def test_a_settlement_counts_as_no_purchase_to_offers(acme: Group):
    jana = an_employee(acme)
    spend(jana, 50_00, at(10, 2))
    actions.settle(run=october(acme.programme), way="bank", deed=on(at(11, 10)))

    assert TopUp.objects.filter(wallet=jana, is_undone=False, is_settlement=False).count() == 0


def test_a_settlement_by_mistake_is_taken_back_and_the_debt_is_open_again(acme: Group):
    jana, karel = an_employee(acme), an_employee(acme)
    spend(jana, 50_00, at(10, 2))
    spend(karel, 70_00, at(10, 3))
    run = october(acme.programme, acme)
    done = actions.settle(run=run, way="wages", deed=on(at(11, 10)))
    factories.funded(karel, 10_00, now=at(11, 11))

    undone = actions.undo_settlement(settlement=done, reason="Wrong month", deed=on(at(11, 12)))

    assert undone.undone_at == at(11, 12)
    assert (owed(jana), owed(karel)) == (50_00, 60_00)
    assert [unpaid(row) for row in run.statements.order_by("id")] == [50_00, 60_00]
    assert Statement.objects.filter(is_open=True).count() == 2
    assert Balance.objects.get(programme=acme.programme_id, account=Tally.PAYROLL).posted_minor == 0
    with pytest.raises(rules.SettlementUndone):
        actions.undo_settlement(settlement=done, reason="Again", deed=on(at(11, 13)))
    assert faults(acme.programme) == []


def test_a_top_up_of_it_that_was_taken_back_alone_is_not_taken_back_twice(acme: Group):
    jana = an_employee(acme)
    spend(jana, 50_00, at(10, 2))
    done = actions.settle(run=october(acme.programme), way="wages", deed=on(at(11, 10)))
    top_up = SettledStatement.objects.get().top_up
    topups.reverse_top_up(top_up=top_up, amount_minor=20_00, reason="She left", deed=on(at(11, 11)))

    actions.undo_settlement(settlement=done, reason="Wrong month", deed=on(at(11, 12)))

    assert owed(jana) == 50_00


# ---- Overdue ----


def strict(acme: Group) -> None:
    """Due after a week, and nothing more may be owed three days later."""
    actions.agree_on_terms(
        programme=acme.programme, group=acme, terms=Terms(due_days=7, block_days=3), deed=on(at(10, 1))
    )


def floor(wallet: Wallet) -> int:
    """How far below zero it may fall now."""
    return ledger.balance(programme_id=wallet.programme_id, wallet=wallet.id, now=at(12, 31)).floor_minor


def test_who_does_not_settle_in_time_may_owe_nothing_more_until_it_is_settled(acme: Group):
    strict(acme)
    jana = an_employee(acme)
    spend(jana, 50_00, at(10, 2))
    run = october(acme.programme)
    (statement,) = run.statements.all()
    assert (statement.due_on, statement.blocks_on) == (date(2026, 11, 8), date(2026, 11, 12))

    assert actions.watch(deed=on(at(11, 11, 23))) == 0
    assert floor(jana) == -100_000
    assert actions.watch(deed=on(at(11, 12, 0))) == 1
    assert actions.watch(deed=on(at(11, 12, 1))) == 0
    assert floor(jana) == 0
    with pytest.raises(Refusal, match="insufficient_credit"):
        spend(jana, 1, at(11, 12))

    actions.settle(run=run, way="wages", deed=on(at(11, 13)))

    assert floor(jana) == -100_000
    jana.refresh_from_db()
    assert jana.overdue_since is None


def test_credits_that_are_bought_still_pay_and_settle_by_themselves(acme: Group):
    strict(acme)
    jana = an_employee(acme)
    spend(jana, 50_00, at(10, 2))
    october(acme.programme)
    actions.watch(deed=on(at(11, 12)))

    factories.funded(jana, 60_00, now=at(11, 13))
    spend(jana, 10_00, at(11, 13))
    with pytest.raises(Refusal, match="insufficient_credit"):
        spend(jana, 1, at(11, 13))
    actions.watch(deed=on(at(11, 14)))

    assert floor(jana) == -100_000


def test_an_undone_settlement_stops_the_credit_again(acme: Group):
    strict(acme)
    jana = an_employee(acme)
    spend(jana, 50_00, at(10, 2))
    done = actions.settle(run=october(acme.programme), way="wages", deed=on(at(11, 5)))

    actions.undo_settlement(settlement=done, reason="Not paid", deed=on(at(11, 20)))

    assert floor(jana) == 0


def test_a_minimum_balance_of_ones_own_is_remembered_and_may_be_agreed_anew_meanwhile(acme: Group):
    strict(acme)
    jana, karel = an_employee(acme, floor_minor=-60_00), an_employee(acme, floor_minor=-70_00)
    spend(jana, 50_00, at(10, 2))
    spend(karel, 50_00, at(10, 2))
    run = october(acme.programme)
    actions.watch(deed=on(at(11, 12)))
    customers.set_floor(wallet=karel, floor_minor=-80_00, deed=on(at(11, 13)))
    assert (floor(jana), floor(karel)) == (0, 0)

    actions.settle(run=run, way="wages", deed=on(at(11, 14)))

    assert (floor(jana), floor(karel)) == (-60_00, -80_00)


def test_a_change_of_the_group_lets_nobody_owe_again_who_is_overdue(acme: Group):
    strict(acme)
    jana = an_employee(acme)
    spend(jana, 50_00, at(10, 2))
    run = october(acme.programme)
    actions.watch(deed=on(at(11, 12)))
    club = groups.add_group(programme=acme.programme, name="Club", floor_minor=-40_00, deed=on(at(11, 12)))

    groups.change_group(group=acme, floor_minor=-200_00, deed=on(at(11, 12)))
    assert floor(jana) == 0
    many.put_into_group(
        programme=acme.programme,
        sought=Sought(chosen=(jana.owner_id,)),
        expected=1,
        group=club,
        deed=on(at(11, 12)),
    )
    assert floor(jana) == 0
    actions.settle(run=run, way="wages", deed=on(at(11, 14)))

    assert floor(jana) == -40_00


def test_terms_bind_the_statements_that_are_made_after_them(acme: Group):
    spend(an_employee(acme), 50_00, at(10, 2))
    (statement,) = october(acme.programme).statements.all()
    strict(acme)

    statement.refresh_from_db()
    assert (statement.due_on, statement.blocks_on) == (date(2026, 11, 15), None)


def test_debts_are_told_by_group_and_age(acme: Group):
    jana, karel = an_employee(acme), factories.a_wallet(programme=acme.programme, floor_minor=-900_00)
    spend(jana, 50_00, at(10, 2))
    october(acme.programme)
    spend(jana, 20_00, at(11, 2))
    spend(karel, 70_00, at(11, 2))
    actions.make_statements(programme=acme.programme, month=NOVEMBER, deed=on(at(12, 1)))

    found = queries.debts_by_group(programme_id=acme.programme_id, today=date(2026, 12, 10))

    assert [(one.group, one.people, one.by_age) for one in found] == [
        (acme, 1, (20_00, 50_00, 0, 0)),
        (None, 1, (70_00, 0, 0, 0)),
    ]


# ---- Random histories ----


MOMENTS = st.integers(0, 91 * 24 - 1)
STEPS = st.lists(
    st.tuples(MOMENTS, st.sampled_from(["spend", "top_up", "back", "adjust", "forgive"]), st.integers(1, 90_00)),
    max_size=14,
)


class RandomHistories(TestCase):
    """Whatever happens, statements tie with the book to the last cent and go on where the last one ended."""

    @settings(max_examples=15)
    @given(STEPS)
    def test_statements_tie_with_the_book(self, steps: list[tuple[int, str, int]]) -> None:
        programme = factories.a_programme()
        wallet = factories.a_wallet(programme=programme, floor_minor=-10_000_00)
        begin = datetime(2026, 9, 1, tzinfo=UTC)
        spend(wallet, 5_00, begin)
        balances: list[tuple[datetime, int]] = [(begin, -5_00)]
        months, made = [Month(date(2026, 9, 1)), OCTOBER, NOVEMBER], []
        for hours, what, minor in [*sorted(steps), (91 * 24 + 48, "spend", 1)]:
            when = begin + timedelta(hours=hours)
            while months and months[0].span(time_zone=programme.time_zone)[1] <= when:
                month = months.pop(0)
                end = month.span(time_zone=programme.time_zone)[1]
                expected = next((balance for then, balance in reversed(balances) if then < end), 0)
                if statement := _stated(programme, month, end):
                    made.append(statement)
                    assert statement.closing_minor == expected
            _happens(wallet, what, minor, when)
            balances.append((when, -owed(wallet, when)))

        for one, following in pairwise(made):
            assert (one.closing_minor, one.until_sequence) == (following.opening_minor, following.since_sequence)
        assert made
        for one in made:
            assert 0 <= unpaid(one) <= min(one.owed_minor, max(0, owed(wallet)))
        _settles_to_the_last_cent(made, wallet)


def _stated(programme: Programme, month: Month, end: datetime) -> Statement | None:
    try:
        return actions.make_statements(programme=programme, month=month, deed=on(end)).statements.get()
    except rules.NothingToState:
        return None


def _happens(wallet: Wallet, what: str, minor: int, when: datetime) -> None:
    deed = on(when)
    try:
        match what:
            case "spend":
                spend(wallet, minor, when)
            case "top_up":
                factories.funded(wallet, minor, now=when)
            case "back":
                lines = ledger.statement(programme_id=wallet.programme_id, wallet=wallet.id)
                give_back(wallet, lines[minor % len(lines)].entry_id if lines else 0, None, when)
            case "adjust":
                amount_minor = minor if minor % 2 else -minor
                customers.adjust(wallet=wallet, amount_minor=amount_minor, reason="Put right", deed=deed)
            case _:
                customers.write_off(wallet=wallet, reason="Goodwill", deed=deed)
    except Refusal:
        return


def _settles_to_the_last_cent(made: list[Statement], wallet: Wallet) -> None:
    if not made or not (left := unpaid(made[-1])):
        return
    before = owed(wallet)
    actions.settle(run=made[-1].run, way="wages", deed=on(at(12, 20)))
    assert owed(wallet) == before - left
    assert [unpaid(one) for one in made] == [0] * len(made)

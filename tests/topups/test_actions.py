"""Selling credits, and taking a sale back."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from pytest_django import DjangoAssertNumQueries

from groat.customers.models import Customer, Wallet
from groat.customers.rules import Unreachable
from groat.errors import NotFound, Refusal
from groat.ledger import book
from groat.ledger import queries as ledger
from groat.ledger.core import commands
from groat.ledger.core.accounts import Tally
from groat.ledger.core.lots import Origin
from groat.ledger.core.refusals import AlreadyPast, BeyondOriginal
from groat.ledger.models import Balance
from groat.programmes.actions import close_till
from groat.programmes.models import AuditEntry, Programme
from groat.programmes.rules import InvalidAmount, InvalidValue, ReasonMissing, TillClosed
from groat.topups import actions, queries, rules
from groat.topups.expiry.models import ExpiryRule
from groat.topups.expiry.rules import Extension, Life, Rule
from groat.topups.models import TopUp
from tests.factories import NOW, a_deed, a_programme, a_till, a_wallet, funded, some_staff
from tests.races import at_once

pytestmark = pytest.mark.django_db

A_YEAR = Rule(Life.MONTHS, months=12)


def balance(wallet: Wallet) -> int:
    return ledger.balance(programme_id=wallet.programme_id, wallet=wallet.id, now=NOW).posted_minor


def tally(programme: Programme, of: Tally) -> int:
    return Balance.objects.get(programme=programme.id, account=of).posted_minor


def spend(wallet: Wallet, amount_minor: int) -> None:
    with transaction.atomic():
        deed = a_deed()
        command = commands.Spend(wallet.id, amount_minor, actor=deed.actor.code)
        book.post(programme_id=wallet.programme_id, command=command, now=deed.now, mint=deed.mint)


def test_credits_are_sold_at_the_programmes_price():
    programme = a_programme(price_minor=91, expiry=A_YEAR)
    wallet, till = a_wallet(programme=programme), a_till(programme=programme)
    cashier = some_staff(programme=programme)

    top_up = actions.top_up(
        wallet=wallet, bought_minor=11_000, bonus_minor=500, means="card", till=till, deed=a_deed(by=cashier)
    )

    expires_at = datetime(2027, 3, 14, 22, 59, 59, tzinfo=UTC)
    kept = TopUp.objects.values().get()
    assert kept == {
        "id": top_up.id,
        "programme_id": programme.id,
        "wallet_id": wallet.id,
        "till_id": till.id,
        "bought_minor": 11_000,
        "bonus_minor": 500,
        "paid_minor": 10_010,
        "means": "card",
        "expires_at": expires_at,
        "package_id": None,
        "bonus_expires_at": None,
        "rule_id": ExpiryRule.objects.get().id,
        "actor": f"staff:{cashier.id}",
        "at": NOW,
        "reversed_minor": 0,
        "is_undone": False,
        "is_settlement": False,
    }
    (line,) = ledger.statement(programme_id=programme.id, wallet=wallet.id)
    assert (line.entry_id, line.amount_minor, line.balance_minor) == (top_up.id, 11_500, 11_500)
    lots = ledger.lots(programme_id=programme.id, wallet=wallet.id, now=NOW)
    assert [(lot.origin, lot.remaining_minor, lot.expires_at) for lot in lots] == [
        (Origin.BONUS, 500, expires_at),
        (Origin.PURCHASED, 11_000, expires_at),
    ]
    assert abs(tally(programme, Tally.CARD_TERMINAL)) == 10_010
    entry = AuditEntry.objects.latest("id")
    assert (entry.action, entry.subject, entry.actor, entry.address, entry.details) == (
        "top_up.made",
        f"wallet:{wallet.id}",
        f"staff:{cashier.id}",
        "192.0.2.7",
        {"bought_minor": 11_000, "bonus_minor": 500, "paid_minor": 10_010, "means": "card"},
    )


def test_credits_may_be_sold_at_another_price_and_for_another_term():
    wallet = a_wallet(programme=a_programme(expiry=A_YEAR))
    until = NOW + timedelta(days=3)

    top_up = actions.top_up(wallet=wallet, bought_minor=1_000, paid_minor=0, expires_at=until, deed=a_deed())

    assert (top_up.paid_minor, top_up.expires_at, top_up.means) == (0, until, "cash")
    assert funded(wallet, 1_000, expires_at=None).expires_at is None


@pytest.mark.parametrize(
    ("given", "refusal"),
    [
        ({"bought_minor": 0}, InvalidAmount()),
        ({"bought_minor": -5}, InvalidAmount()),
        ({"bought_minor": 10**15 + 1}, InvalidAmount()),
        ({"bonus_minor": -1}, InvalidAmount()),
        ({"paid_minor": -1}, InvalidAmount()),
        ({"paid_minor": 10**15 + 1}, InvalidAmount()),
        ({"means": "shells"}, InvalidValue("means", "invalid_choice")),
        ({"expires_at": NOW}, AlreadyPast()),
    ],
)
def test_a_sale_that_cannot_be_is_refused_and_leaves_nothing(given: dict[str, Any], refusal: Refusal):
    wallet = a_wallet()

    with pytest.raises(type(refusal)) as refused:
        actions.top_up(wallet=wallet, deed=a_deed(), **{"bought_minor": 1_000} | given)

    assert refused.value.facts() == refusal.facts()
    assert (balance(wallet), TopUp.objects.count()) == (0, 0)


def test_a_closed_till_sells_nothing():
    wallet = a_wallet()
    till = close_till(till=a_till(programme=wallet.programme), deed=a_deed())

    with pytest.raises(TillClosed):
        actions.top_up(wallet=wallet, bought_minor=1, till=till, deed=a_deed())


def test_the_till_of_another_programme_sells_nothing():
    with pytest.raises(NotFound):
        actions.top_up(wallet=a_wallet(), bought_minor=1, till=a_till(), deed=a_deed())


def test_a_debt_is_settled_first():
    wallet = a_wallet(floor_minor=-1_000)
    spend(wallet, 600)

    funded(wallet, 1_000)

    assert balance(wallet) == 400
    (lot,) = ledger.lots(programme_id=wallet.programme_id, wallet=wallet.id, now=NOW)
    assert lot.remaining_minor == 400


@pytest.mark.parametrize("extension", [Extension.AS_NEW, Extension.NONE])
def test_buying_credits_extends_those_bought_before_if_the_programme_says_so(extension: Extension):
    programme = a_programme(expiry=Rule(Life.MONTHS, months=12, extension=extension))
    wallet = a_wallet(programme=programme)
    soon = NOW + timedelta(days=3)
    funded(wallet, 1_000, expires_at=soon)

    later = actions.top_up(wallet=wallet, bought_minor=500, deed=a_deed()).expires_at

    lots = ledger.lots(programme_id=programme.id, wallet=wallet.id, now=NOW)
    assert {lot.expires_at for lot in lots} == ({later} if extension is Extension.AS_NEW else {soon, later})


def test_a_sale_is_taken_back_with_its_bonus():
    programme = a_programme()
    wallet = a_wallet(programme=programme)
    top_up = actions.top_up(wallet=wallet, bought_minor=1_000, bonus_minor=100, deed=a_deed())

    part = actions.reverse_top_up(top_up=top_up, amount_minor=400, reason="too much", deed=a_deed())
    assert (part.reversed_minor, balance(wallet)) == (400, 660)
    assert AuditEntry.objects.latest("id").details == {
        "top_up": str(top_up.public_id),
        "amount_minor": 400,
        "reason": "too much",
    }

    rest = actions.reverse_top_up(top_up=top_up, reason="changed my mind", deed=a_deed())
    assert (rest.reversed_minor, balance(wallet)) == (1_000, 0)
    assert {tally(programme, of) for of in Tally} == {0}


def test_what_was_spent_of_a_sale_taken_back_is_debt():
    wallet = a_wallet()
    top_up = funded(wallet, 1_000)
    spend(wallet, 300)

    actions.reverse_top_up(top_up=top_up, reason="bounced", deed=a_deed())

    assert balance(wallet) == -300


def test_credits_whose_extension_is_taken_back_after_their_day_get_the_programmes_grace():
    programme = a_programme(expiry=Rule(Life.MONTHS, months=12, extension=Extension.AS_NEW, refund_grace_days=5))
    wallet = a_wallet(programme=programme)
    funded(wallet, 1_000, expires_at=NOW + timedelta(days=3))
    extending = actions.top_up(wallet=wallet, bought_minor=500, deed=a_deed())

    later = NOW + timedelta(days=10)
    actions.reverse_top_up(top_up=extending, reason="bounced", deed=a_deed(now=later))

    lots = ledger.lots(programme_id=programme.id, wallet=wallet.id, now=later)
    assert [(lot.remaining_minor, lot.expires_at) for lot in lots] == [(1_000, later + timedelta(days=5))]


def test_a_sale_is_taken_back_once():
    top_up = funded(a_wallet(), 1_000)
    actions.reverse_top_up(top_up=top_up, reason="mistake", deed=a_deed())

    with pytest.raises(rules.TopUpReversed):
        actions.reverse_top_up(top_up=top_up, reason="mistake", deed=a_deed())


def test_no_more_is_taken_back_than_was_sold():
    top_up = funded(a_wallet(), 1_000)
    actions.reverse_top_up(top_up=top_up, amount_minor=400, reason="mistake", deed=a_deed())

    with pytest.raises(BeyondOriginal) as refused:
        actions.reverse_top_up(top_up=top_up, amount_minor=601, reason="mistake", deed=a_deed())

    assert refused.value.facts() == {"left_minor": 600}
    assert TopUp.objects.get().reversed_minor == 400


@pytest.mark.parametrize("amount_minor", [0, -1])
def test_nothing_cannot_be_taken_back(amount_minor: int):
    with pytest.raises(InvalidAmount):
        actions.reverse_top_up(top_up=funded(a_wallet(), 1), amount_minor=amount_minor, reason="x", deed=a_deed())


def test_a_sale_is_not_taken_back_without_a_reason():
    with pytest.raises(ReasonMissing):
        actions.reverse_top_up(top_up=funded(a_wallet(), 1), reason=" ", deed=a_deed())


def test_the_database_refuses_to_take_back_more_than_was_sold():
    top_up = funded(a_wallet(), 1_000)

    with pytest.raises(IntegrityError, match="a_top_up_is_taken_back_once"), transaction.atomic():
        TopUp.objects.filter(pk=top_up.pk).update(reversed_minor=1_001)


@pytest.mark.postgresql_only
@pytest.mark.django_db(transaction=True)
def test_of_several_who_take_a_sale_back_at_once_one_does():
    wallet = a_wallet()
    top_up = funded(wallet, 1_000)

    outcomes = at_once(*[lambda: actions.reverse_top_up(top_up=top_up, reason="mistake", deed=a_deed())] * 5)

    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["TopUp"] + ["TopUpReversed"] * 4
    assert balance(wallet) == 0


@pytest.mark.postgresql_only
@pytest.mark.django_db(transaction=True)
def test_credits_sold_to_one_wallet_at_once_are_all_there():
    wallet = a_wallet()

    at_once(*[lambda: funded(wallet, 100)] * 8)

    assert balance(wallet) == 800
    assert TopUp.objects.count() == 8


# ---- A new account ----


def test_an_account_opens_with_its_first_deposit():
    programme = a_programme()

    customer = actions.open_account(
        programme=programme,
        name="Jana Nová",
        email="jana@example.org",
        floor_minor=-500,
        deposit_minor=2_000,
        means="card",
        deed=a_deed(),
    )

    wallet = customer.wallets.get()
    standing = ledger.balance(programme_id=programme.id, wallet=wallet.id, now=NOW)
    assert (standing.posted_minor, standing.available_minor) == (2_000, 2_500)
    assert TopUp.objects.values_list("wallet", "bought_minor", "means").get() == (wallet.id, 2_000, "card")


def test_an_account_may_open_empty():
    customer = actions.open_account(programme=a_programme(), deed=a_deed())

    assert (balance(customer.wallets.get()), TopUp.objects.count()) == (0, 0)


@pytest.mark.parametrize(
    ("given", "refusal"),
    [
        ({"deposit_minor": -1}, InvalidAmount),
        ({"deposit_minor": 100, "means": "shells"}, InvalidValue),
        ({"deposit_minor": 100, "name": "Jana"}, Unreachable),
    ],
)
def test_an_account_opens_whole_or_not_at_all(given: dict[str, Any], refusal: type[Refusal]):
    with pytest.raises(refusal):
        actions.open_account(programme=a_programme(), deed=a_deed(), **given)

    assert (Customer.objects.count(), TopUp.objects.count()) == (0, 0)


# ---- Reading ----


def test_top_ups_are_listed_newest_first_in_one_query(django_assert_num_queries: DjangoAssertNumQueries):
    programme = a_programme()
    first, second = a_wallet(programme=programme), a_wallet(programme=programme)
    made = [funded(first, 1), funded(second, 2), funded(first, 3)]
    funded(a_wallet(), 4)

    with django_assert_num_queries(1):
        found = queries.top_ups(programme_id=programme.id)
        assert [top_up.wallet.owner.name for top_up in found] == [top_up.wallet.owner.name for top_up in reversed(made)]
    assert queries.top_ups(programme_id=programme.id, wallet_id=first.id) == [made[2], made[0]]
    assert queries.top_ups(programme_id=programme.id, before=made[2].id, limit=1) == [made[1]]

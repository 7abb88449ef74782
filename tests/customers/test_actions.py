"""Customers, and their wallets when put right by hand."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from groat.customers import actions, rules, writing
from groat.customers.models import Customer, Wallet
from groat.errors import NotFound, Refusal
from groat.ledger import queries as ledger
from groat.ledger.core.refusals import AlreadyPast, InsufficientCredit, NoDebt
from groat.programmes.models import AuditEntry, Programme
from groat.programmes.rules import InvalidAmount, InvalidValue, ReasonMissing
from groat.programmes.writing import NoTransaction
from tests.factories import NOW, a_customer, a_deed, a_programme, a_wallet, funded

pytestmark = pytest.mark.django_db


def last_noted(programme: Programme) -> tuple[str, str, dict[str, object]]:
    entry = AuditEntry.objects.filter(programme=programme).latest("id")
    return entry.action, entry.subject, entry.details


def balance(wallet: Wallet) -> int:
    return ledger.balance(programme_id=wallet.programme_id, wallet=wallet.id, now=NOW).posted_minor


# ---- People ----


def test_a_customer_opens_with_an_empty_wallet():
    programme = a_programme()

    customer, wallet = actions.open_customer(
        programme=programme,
        name="  Žaneta   Nová ",
        identifier=" 42 ",
        email="Zaneta@example.org",
        phone="601 234 567",
        language="cs",
        note=" allergic to nuts ",
        floor_minor=-50_000,
        deed=a_deed(),
    )

    kept = Customer.objects.values().get()
    assert kept == {
        "id": customer.id,
        "programme_id": programme.id,
        "name": "Žaneta Nová",
        "identifier": "42",
        "email": "Zaneta@example.org",
        "phone": "+420601234567",
        "language": "cs",
        "note": "allergic to nuts",
        "search": "zaneta nova 42 zaneta@example.org +420601234567",
        "group_id": None,
        "blocked_at": None,
        "block_reason": "",
        "created_at": NOW,
    }
    standing = ledger.balance(programme_id=programme.id, wallet=wallet.id, now=NOW)
    assert (standing.posted_minor, standing.floor_minor, standing.available_minor) == (0, -50_000, 50_000)
    assert last_noted(programme) == ("customer.opened", f"customer:{customer.id}", {"floor_minor": -50_000})


def test_a_customer_may_be_anonymous():
    customer, _ = actions.open_customer(programme=a_programme(), deed=a_deed())

    assert (customer.name, str(customer)) == ("", "Anonymous customer")


@pytest.mark.parametrize(
    ("given", "refusal"),
    [
        ({"name": "Jana", "email": ""}, rules.Unreachable()),
        ({"name": "", "identifier": "42"}, rules.NameMissing()),
        ({"phone": "12"}, rules.InvalidPhone("12")),
        ({"email": "jana"}, InvalidValue("email", "invalid")),
        ({"name": "x" * 121}, InvalidValue("name", "max_length")),
        ({"note": "x" * 1001}, InvalidValue("note", "max_length")),
        ({"identifier": "a\0"}, InvalidValue("identifier", "invalid")),
        ({"floor_minor": 1}, InvalidAmount()),
        ({"floor_minor": -(10**15) - 1}, InvalidAmount()),
    ],
)
def test_a_customer_that_cannot_be_is_refused_and_leaves_nothing(given: dict[str, object], refusal: Refusal):
    programme = a_programme()

    with pytest.raises(type(refusal)) as refused:
        a_customer(programme=programme, **given)

    assert refused.value.facts() == refusal.facts()
    assert (Customer.objects.count(), Wallet.objects.count()) == (0, 0)


@pytest.mark.django_db(transaction=True)
def test_a_customer_is_written_only_in_a_transaction():
    with pytest.raises(NoTransaction):
        writing.open_customer(programme=a_programme(), deed=a_deed())


def test_a_change_notes_which_fields_and_not_what_was_in_them():
    customer = a_customer(name="Jana Nová", email="jana@example.org")

    changed = actions.change_customer(
        customer=customer,
        name="Jana Stará",
        identifier="",
        email="jana@example.org",
        phone="601 234 567",
        language="",
        note="",
        deed=a_deed(),
    )

    assert (changed.name, changed.search) == ("Jana Stará", "jana stara jana@example.org +420601234567")
    assert last_noted(customer.programme) == (
        "customer.changed",
        f"customer:{customer.id}",
        {"fields": ["name", "phone"]},
    )


def test_a_change_that_cannot_be_is_refused_and_changes_nothing():
    customer = a_customer(name="Jana Nová", email="jana@example.org")

    with pytest.raises(rules.Unreachable):
        actions.change_customer(customer=customer, name="Jana", email="", phone="", deed=a_deed())

    assert Customer.objects.get().name == "Jana Nová"


def test_the_database_refuses_a_named_customer_whom_nobody_can_reach():
    customer = a_customer()

    with pytest.raises(IntegrityError, match="a_named_customer_can_be_reached"), transaction.atomic():
        Customer.objects.filter(pk=customer.pk).update(email="", phone="")


# ---- Wallets by hand ----


def test_a_floor_lets_a_wallet_go_into_debt_and_is_noted():
    wallet = a_wallet()

    actions.set_floor(wallet=wallet, floor_minor=-10_000, deed=a_deed())
    actions.set_floor(wallet=wallet, floor_minor=-10_000, deed=a_deed())

    standing = ledger.balance(programme_id=wallet.programme_id, wallet=wallet.id, now=NOW)
    assert standing.available_minor == 10_000
    notes = AuditEntry.objects.filter(action="wallet.floor_set").values_list("subject", "details")
    assert list(notes) == [(f"wallet:{wallet.id}", {"floor_minor": [0, -10_000]})]


@pytest.mark.parametrize("floor_minor", [1, -(10**15) - 1])
def test_a_floor_above_zero_or_beyond_sense_is_refused(floor_minor: int):
    with pytest.raises(InvalidAmount):
        actions.set_floor(wallet=a_wallet(), floor_minor=floor_minor, deed=a_deed())


def test_a_balance_is_put_right_in_both_directions_with_a_reason():
    wallet = a_wallet()

    actions.adjust(wallet=wallet, amount_minor=5_000, reason=" birthday ", deed=a_deed())
    actions.adjust(wallet=wallet, amount_minor=-2_000, reason="counted twice", deed=a_deed())

    assert balance(wallet) == 3_000
    assert last_noted(wallet.programme) == (
        "wallet.adjusted",
        f"wallet:{wallet.id}",
        {"amount_minor": -2_000, "reason": "counted twice"},
    )
    lines = ledger.statement(programme_id=wallet.programme_id, wallet=wallet.id)
    assert [(line.amount_minor, line.reason) for line in lines] == [(-2_000, "counted twice"), (5_000, "birthday")]


def test_more_than_there_is_cannot_be_taken():
    wallet = a_wallet()
    funded(wallet, 1_000)

    with pytest.raises(InsufficientCredit):
        actions.adjust(wallet=wallet, amount_minor=-1_001, reason="mistake", deed=a_deed())

    assert balance(wallet) == 1_000


def test_nothing_is_done_by_hand_without_a_reason():
    wallet, other = a_wallet(), a_wallet()

    with pytest.raises(ReasonMissing):
        actions.adjust(wallet=wallet, amount_minor=1, reason=" ", deed=a_deed())
    with pytest.raises(ReasonMissing):
        actions.write_off(wallet=wallet, reason="", deed=a_deed())
    with pytest.raises(ReasonMissing):
        actions.extend(wallet=wallet, expires_at=None, reason="", deed=a_deed())
    with pytest.raises(ReasonMissing):
        actions.transfer(
            source=wallet,
            target=a_wallet(programme=wallet.programme),
            amount_minor=1,
            reason="",
            deed=a_deed(),
        )
    assert balance(wallet) == balance(other) == 0


def test_a_reason_that_the_books_cannot_hold_is_refused():
    with pytest.raises(InvalidValue):
        actions.adjust(wallet=a_wallet(), amount_minor=1, reason="x" * 201, deed=a_deed())


@pytest.mark.parametrize("amount_minor", [0, 10**15 + 1, -(10**15) - 1])
def test_an_amount_beyond_sense_is_refused(amount_minor: int):
    with pytest.raises(InvalidAmount):
        actions.adjust(wallet=a_wallet(), amount_minor=amount_minor, reason="mistake", deed=a_deed())


def test_credit_that_has_expired_already_cannot_be_given():
    with pytest.raises(AlreadyPast):
        actions.adjust(wallet=a_wallet(), amount_minor=1, reason="late", expires_at=NOW, deed=a_deed())


def test_a_debt_is_written_off():
    wallet = a_wallet(floor_minor=-10_000)
    actions.adjust(wallet=wallet, amount_minor=-8_000, reason="last year's lunches", deed=a_deed())

    actions.write_off(wallet=wallet, amount_minor=3_000, reason="goodwill", deed=a_deed())
    assert balance(wallet) == -5_000

    actions.write_off(wallet=wallet, reason="gone", deed=a_deed())
    assert balance(wallet) == 0
    assert last_noted(wallet.programme)[2] == {"amount_minor": 5_000, "reason": "gone"}


def test_no_more_is_written_off_than_is_owed():
    wallet = a_wallet(floor_minor=-10_000)
    actions.adjust(wallet=wallet, amount_minor=-500, reason="lunch", deed=a_deed())

    with pytest.raises(NoDebt):
        actions.write_off(wallet=wallet, amount_minor=501, reason="gone", deed=a_deed())


def test_credits_are_transferred_within_a_programme():
    source = a_wallet()
    target = a_wallet(programme=source.programme)
    funded(source, 1_000)

    actions.transfer(source=source, target=target, amount_minor=400, reason="a gift", deed=a_deed())

    assert (balance(source), balance(target)) == (600, 400)
    assert last_noted(source.programme) == (
        "wallet.transferred",
        f"wallet:{source.id}",
        {"amount_minor": 400, "target": str(target.public_id), "reason": "a gift"},
    )


def test_nothing_is_transferred_to_another_programme():
    source, target = a_wallet(), a_wallet()
    funded(source, 1_000)

    with pytest.raises(NotFound):
        actions.transfer(source=source, target=target, amount_minor=400, reason="a gift", deed=a_deed())

    assert (balance(source), balance(target)) == (1_000, 0)


def test_a_wallet_cannot_transfer_to_itself():
    wallet = a_wallet()

    with pytest.raises(rules.SameWallet):
        actions.transfer(source=wallet, target=wallet, amount_minor=1, reason="a gift", deed=a_deed())


def test_more_than_there_is_cannot_be_transferred():
    source = a_wallet()
    target = a_wallet(programme=source.programme)

    with pytest.raises(InsufficientCredit):
        actions.transfer(source=source, target=target, amount_minor=1, reason="a gift", deed=a_deed())


def test_purchased_credits_are_extended():
    wallet = a_wallet()
    soon, later = NOW + timedelta(days=1), NOW + timedelta(days=90)
    funded(wallet, 1_000, expires_at=soon)

    actions.extend(wallet=wallet, expires_at=later, reason="was ill", deed=a_deed())

    (lot,) = ledger.lots(programme_id=wallet.programme_id, wallet=wallet.id, now=NOW)
    assert lot.expires_at == later
    assert last_noted(wallet.programme)[2] == {"expires_at": later.isoformat(), "reason": "was ill"}


def test_credits_are_not_extended_into_the_past():
    with pytest.raises(AlreadyPast):
        actions.extend(wallet=a_wallet(), expires_at=NOW, reason="was ill", deed=a_deed())

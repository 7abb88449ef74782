"""What is done to many customers at once, and undone."""

from typing import Any

import pytest
from django.utils import timezone

from groat.customers import groups, many, rules
from groat.customers.models import Customer, MassChange
from groat.customers.queries import Sought, wallet_of
from groat.errors import NotFound
from groat.ledger import queries as ledger
from groat.programmes.models import AuditEntry, Programme
from groat.programmes.rules import InvalidValue, ReasonMissing
from groat.till import actions as till
from tests import factories
from tests.factories import a_deed
from tests.offices import Office, text

pytestmark = pytest.mark.django_db


def some_customers(programme: Programme, count: int = 3, **given: Any) -> list[Customer]:
    return [factories.a_customer(programme=programme, **given) for _ in range(count)]


def only(*customers: Customer) -> Sought:
    return Sought(chosen=tuple(customer.pk for customer in customers))


def floor_of(customer: Customer) -> int:
    wallet = wallet_of(customer)
    return ledger.balance(programme_id=wallet.programme_id, wallet=wallet.id, now=factories.NOW).floor_minor


def blocked(programme: Programme) -> dict[int, str]:
    rows = Customer.objects.filter(programme=programme, blocked_at__isnull=False)
    return {row.pk: row.block_reason for row in rows}


# ---- Blocking ----


def test_who_is_blocked_cannot_pay_with_any_card_until_unblocked():
    programme = factories.a_programme()
    customer = factories.a_customer(programme=programme)
    wallet, token, counter = wallet_of(customer), factories.a_token(), factories.a_till(programme=programme)
    factories.funded(wallet, 50_000)
    factories.a_card(wallet=wallet, token=token)

    def pay(key: str) -> str:
        order = till.order(
            programme_id=programme.id, till=counter, token=token, key=key, amount_minor=100, actor=a_deed().actor
        )
        outcome = till.take_payment(order=order, deed=a_deed(now=timezone.now()))
        return outcome.refusal.code if outcome.refusal else "paid"

    assert pay("before") == "paid"
    change = many.block(programme=programme, sought=only(customer), expected=1, reason="owes rent", deed=a_deed())
    assert pay("blocked") == "customer_blocked"
    many.undo(change=change, deed=a_deed())
    assert pay("after") == "paid"
    assert ledger.balance(programme_id=programme.id, wallet=wallet.id, now=timezone.now()).posted_minor == 49_800


def test_blocking_keeps_an_earlier_reason_and_undoing_it_keeps_that_block():
    programme = factories.a_programme()
    first, second, third = some_customers(programme)
    many.block(programme=programme, sought=only(first), expected=1, reason="lost contact", deed=a_deed())

    change = many.block(programme=programme, sought=Sought(), expected=3, reason="closed", deed=a_deed())

    assert blocked(programme) == {first.pk: "lost contact", second.pk: "closed", third.pk: "closed"}
    many.undo(change=change, deed=a_deed())
    assert blocked(programme) == {first.pk: "lost contact"}


def test_unblocking_is_undone_to_the_reason_of_each():
    programme = factories.a_programme()
    first, second = some_customers(programme, 2)
    many.block(programme=programme, sought=only(first), expected=1, reason="one", deed=a_deed())
    many.block(programme=programme, sought=only(second), expected=1, reason="two", deed=a_deed())

    change = many.unblock(programme=programme, sought=Sought(is_blocked=True), expected=2, deed=a_deed())
    assert blocked(programme) == {}

    many.undo(change=change, deed=a_deed())
    assert blocked(programme) == {first.pk: "one", second.pk: "two"}


def test_a_block_needs_a_reason():
    programme = factories.a_programme()
    (customer,) = some_customers(programme, 1)

    with pytest.raises(ReasonMissing):
        many.block(programme=programme, sought=only(customer), expected=1, reason=" ", deed=a_deed())


# ---- Groups and languages ----


def test_many_are_put_into_a_group_and_back_into_theirs():
    programme = factories.a_programme()
    acme = groups.add_group(programme=programme, name="Acme", floor_minor=-50_000, deed=a_deed())
    club = groups.add_group(programme=programme, name="Club", deed=a_deed())
    in_club, nowhere = factories.a_customer(programme=programme, group=club), factories.a_customer(programme=programme)
    own = factories.a_customer(programme=programme, floor_minor=-7)

    change = many.put_into_group(programme=programme, sought=Sought(), expected=3, group=acme, deed=a_deed())
    assert [floor_of(one) for one in (in_club, nowhere, own)] == [-50_000, -50_000, -7]
    assert Customer.objects.filter(group=acme).count() == 3

    many.undo(change=change, deed=a_deed())
    assert [floor_of(one) for one in (in_club, nowhere, own)] == [0, 0, -7]
    assert dict(Customer.objects.values_list("pk", "group")) == {in_club.pk: club.pk, nowhere.pk: None, own.pk: None}


def test_what_was_changed_again_since_is_left_by_the_undo():
    programme = factories.a_programme()
    first, second = some_customers(programme, 2)
    change = many.set_language(programme=programme, sought=Sought(), expected=2, language="sk", deed=a_deed())
    many.set_language(programme=programme, sought=only(second), expected=1, language="en", deed=a_deed())

    many.undo(change=change, deed=a_deed())

    assert dict(Customer.objects.values_list("pk", "language")) == {first.pk: "", second.pk: "en"}
    with pytest.raises(rules.AlreadyUndone):
        many.undo(change=change, deed=a_deed())


def test_a_language_or_a_group_that_is_not_there_is_refused():
    programme = factories.a_programme()
    some_customers(programme, 1)
    theirs = groups.add_group(programme=factories.a_programme(), name="Acme", deed=a_deed())

    with pytest.raises(InvalidValue):
        many.set_language(programme=programme, sought=Sought(), expected=1, language="xx", deed=a_deed())
    with pytest.raises(NotFound):
        many.put_into_group(programme=programme, sought=Sought(), expected=1, group=theirs, deed=a_deed())


# ---- What holds of all ----


def test_what_is_done_to_many_needs_the_number_that_was_confirmed_and_leaves_others_programmes_alone():
    programme, other = factories.a_programme(), factories.a_programme()
    some_customers(programme, 2)
    theirs = some_customers(other, 1)

    with pytest.raises(rules.NotSoMany) as refused:
        many.block(programme=programme, sought=Sought(), expected=3, reason="closed", deed=a_deed())
    assert refused.value.found == 2
    with pytest.raises(rules.NotSoMany):
        many.block(programme=programme, sought=only(*theirs), expected=1, reason="closed", deed=a_deed())
    assert not Customer.objects.filter(blocked_at__isnull=False).exists()
    assert not MassChange.objects.exists()


def test_many_are_noted_by_their_number_and_one_by_name():
    programme = factories.a_programme()
    first, *_rest = some_customers(programme)

    many.block(programme=programme, sought=only(first), expected=1, reason="closed", deed=a_deed())
    many.block(programme=programme, sought=Sought(), expected=3, reason="sold", deed=a_deed())

    one, all_others = AuditEntry.objects.filter(programme=programme, action__contains=".blocked").order_by("id")
    assert (one.action, one.subject, one.details) == (
        "customer.blocked",
        f"customer:{first.pk}",
        {"customers": 1, "reason": "closed"},
    )
    assert (all_others.action, all_others.details) == ("customers.blocked", {"customers": 2, "reason": "sold"})


# ---- The office ----


def test_the_office_names_the_number_before_and_offers_an_undo_after():
    office = Office()
    first, second, third = some_customers(office.programme)
    chosen = [str(first.public_id), str(second.public_id)]

    page = text(office.get("customers_act", {"act": "block", "customer": chosen}))
    assert "Block 2 customers" in page
    office.post("customers_act", {"act": "block", "customer": chosen, "expected": "2", "reason": "closed"})

    assert set(blocked(office.programme)) == {first.pk, second.pk}
    change = MassChange.objects.get()
    assert "2 customers were changed." in text(office.get("customers"))
    office.post("customers_undo", mass_change=change.public_id)
    assert blocked(office.programme) == {}
    assert third.blocked_at is None


def test_all_who_are_found_are_those_of_the_filters():
    office = Office()
    adam = office.a_customer(name="Adam Beneš")
    office.a_customer(name="Zuzana Jiná")
    asked = {"act": "language", "all": "1", "q": "adam"}

    assert "Set the language of 1 customer" in text(office.get("customers_act", asked))
    office.post("customers_act", asked | {"expected": "1", "to_language": "sk"})

    assert dict(Customer.objects.values_list("name", "language")) == {adam.name: "sk", "Zuzana Jiná": ""}


def test_a_number_that_is_no_longer_right_is_asked_again():
    office = Office()
    some_customers(office.programme, 2)

    answer = office.post("customers_act", {"act": "block", "all": "1", "expected": "5", "reason": "closed"})

    assert answer.status_code == 422
    assert "Meanwhile 2 customers are found" in text(answer)
    assert 'name="expected" value="2"' in text(answer)
    assert blocked(office.programme) == {}


def test_nobody_chosen_goes_back_to_the_list():
    office = Office()
    answer = office.get("customers_act", {"act": "block", "customer": "nonsense"})
    assert answer.status_code == 302
    assert "Choose at least one customer" in text(office.get("customers"))


def test_one_customer_is_blocked_and_unblocked_on_their_page():
    office = Office()
    customer = office.a_customer(name="Adam Beneš")

    office.post("customer_block", {"reason": "owes rent", "expected": "1"}, customer=customer.public_id)
    page = text(office.get("customer", customer=customer.public_id))
    assert "“owes rent”" in page
    office.post("customer_unblock", customer=customer.public_id)
    assert blocked(office.programme) == {}

"""Groups of customers, and the minimum balance that they give."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from groat.customers import actions, groups, queries, rules
from groat.customers.models import Customer, Group
from groat.errors import NotFound
from groat.ledger import queries as ledger
from groat.programmes.models import AuditEntry
from groat.programmes.rules import InvalidAmount, NameTaken
from tests import factories
from tests.factories import a_deed
from tests.offices import Office, queries_of, text

pytestmark = pytest.mark.django_db


def a_group(**given: Any) -> Group:
    programme = given.pop("programme", None) or factories.a_programme()
    return groups.add_group(programme=programme, deed=a_deed(), **{"name": "Acme staff"} | given)


def floor_of(customer: Customer) -> int:
    wallet = customer.wallets.get()
    return ledger.balance(programme_id=wallet.programme_id, wallet=wallet.id, now=factories.NOW).floor_minor


def a_member(group: Group | None, **given: Any) -> Customer:
    programme = group.programme if group else factories.a_programme()
    return factories.a_customer(programme=programme, group=group, **given)


# ---- The minimum balance ----


def test_who_joins_has_the_groups_floor_unless_they_have_their_own():
    group = a_group(floor_minor=-50_000)

    assert floor_of(a_member(group)) == -50_000
    assert floor_of(a_member(group, floor_minor=-10_000)) == -10_000
    assert floor_of(a_member(group, floor_minor=0)) == 0


def test_a_groups_new_floor_is_that_of_all_who_have_none_of_their_own():
    group = a_group(floor_minor=-50_000)
    usual, own = a_member(group), a_member(group, floor_minor=-10_000)
    elsewhere = a_member(a_group(programme=group.programme, name="Others", floor_minor=-5_000))

    groups.change_group(group=group, floor_minor=-70_000, deed=a_deed())
    assert [floor_of(usual), floor_of(own), floor_of(elsewhere)] == [-70_000, -10_000, -5_000]
    assert AuditEntry.objects.get(action="group.changed").details == {
        "floor_minor": [-50_000, -70_000],
        "customers": 1,
    }

    groups.change_group(group=group, floor_minor=None, deed=a_deed())
    assert [floor_of(usual), floor_of(own), floor_of(elsewhere)] == [0, -10_000, -5_000]


def test_who_moves_to_another_group_gets_its_floor_and_who_leaves_goes_back_to_zero():
    group = a_group(floor_minor=-50_000)
    other = a_group(programme=group.programme, name="Others", floor_minor=-5_000)
    customer = a_member(group)

    customer = actions.change_customer(customer=customer, group=other, deed=a_deed())
    assert floor_of(customer) == -5_000

    customer = actions.change_customer(customer=customer, group=None, deed=a_deed())
    assert floor_of(customer) == 0
    assert customer.group is None


def test_a_floor_of_ones_own_stays_when_one_moves_and_can_be_given_up():
    group = a_group(floor_minor=-50_000)
    customer = a_member(group)
    wallet = actions.set_floor(wallet=customer.wallets.get(), floor_minor=-1_000, deed=a_deed())

    groups.change_group(group=group, floor_minor=-60_000, deed=a_deed())
    assert floor_of(customer) == -1_000

    actions.set_floor(wallet=wallet, floor_minor=None, deed=a_deed())
    assert floor_of(customer) == -60_000
    assert not customer.wallets.get().has_own_floor


def test_what_else_is_changed_leaves_the_group_alone():
    customer = a_member(a_group(floor_minor=-50_000))

    customer = actions.change_customer(customer=customer, note="Pays at the end of the month", deed=a_deed())

    assert customer.group == Group.objects.get()
    assert floor_of(customer) == -50_000


@pytest.mark.parametrize("members", [1, 50])
def test_a_groups_floor_is_set_in_so_many_queries_whatever_its_size(members: int):
    group = a_group()
    for _ in range(members):
        a_member(group)

    with CaptureQueriesContext(connection) as captured:
        groups.change_group(group=group, floor_minor=-1_000, deed=a_deed())

    # Of Django; the book's own statements are set-based whatever they are given.
    assert len(captured) == 8


# ---- What is refused ----


def test_a_group_has_a_name_that_no_other_has():
    group = a_group(name="Acme  staff ")

    assert group.name == "Acme staff"
    with pytest.raises(NameTaken):
        a_group(programme=group.programme, name="ACME STAFF")
    other = a_group(programme=group.programme, name="Others")
    with pytest.raises(NameTaken):
        groups.change_group(group=other, name="acme staff", deed=a_deed())
    assert a_group(name="Acme staff").programme != group.programme


@pytest.mark.parametrize("floor_minor", [1, -(10**16)])
def test_a_floor_that_cannot_be_is_refused(floor_minor: int):
    group = a_group()

    with pytest.raises(InvalidAmount):
        groups.change_group(group=group, floor_minor=floor_minor, deed=a_deed())
    with pytest.raises(InvalidAmount):
        a_group(programme=group.programme, name="Others", floor_minor=floor_minor)


def test_nobody_joins_a_group_that_was_withdrawn_but_who_is_in_it_stays():
    group = a_group(floor_minor=-50_000)
    member, other = a_member(group), factories.a_customer(programme=group.programme)
    group = groups.withdraw(group=group, deed=a_deed())

    with pytest.raises(rules.GroupWithdrawn):
        a_member(group)
    with pytest.raises(rules.GroupWithdrawn):
        actions.change_customer(customer=other, group=group, deed=a_deed())
    assert actions.change_customer(customer=member, group=group, note="Stays", deed=a_deed()).group == group
    assert floor_of(member) == -50_000
    assert queries.groups(programme_id=group.programme_id) == []

    groups.restore(group=group, deed=a_deed())
    assert actions.change_customer(customer=other, group=group, deed=a_deed()).group == group


def test_another_programmes_group_is_not_found():
    customer, theirs = factories.a_customer(), a_group()

    with pytest.raises(NotFound):
        actions.change_customer(customer=customer, group=theirs, deed=a_deed())
    with pytest.raises(NotFound):
        factories.a_customer(group=theirs)


# ---- The office ----


def test_the_office_adds_changes_withdraws_and_restores_groups():
    office = Office()
    assert "No groups yet" in text(office.get("groups"))

    office.post("group_new", {"name": "Acme staff", "below": "500", "note": "Settled monthly"})
    group = Group.objects.get()
    assert (group.name, group.floor_minor, group.note) == ("Acme staff", -50_000, "Settled monthly")
    member = a_member(group)

    office.post("group_edit", {"name": "Acme", "below": ""}, customer_group=group.public_id)
    assert floor_of(member) == 0
    page = text(office.get("groups"))
    assert "Acme" in page
    assert "1 customer" in page

    office.post("group_withdraw", customer_group=group.public_id)
    assert "1 withdrawn group" in text(office.get("groups"))
    office.post("group_restore", customer_group=group.public_id)
    assert Group.objects.get().withdrawn_at is None


def test_a_customers_form_offers_the_groups_and_keeps_the_one_that_was_withdrawn():
    office = Office()
    group = a_group(programme=office.programme)
    a_group(programme=office.programme, name="Others")
    customer = office.a_customer(name="Adam Beneš", group=group)
    groups.withdraw(group=group, deed=a_deed())

    assert "Acme staff" in text(office.get("customer_edit", customer=customer.public_id))
    assert "Acme staff" not in text(office.get("customer_new"))

    typed = {"name": "Adam Beneš", "email": "adam@example.org", "group": ""}
    office.post("customer_edit", typed, customer=customer.public_id)
    assert Customer.objects.get(pk=customer.pk).group is None


@pytest.mark.parametrize("count", [1, 50])
def test_the_list_of_groups_takes_as_many_queries_for_fifty_as_for_one(count: int):
    office = Office()
    office.get("groups")
    for number in range(count):
        a_member(a_group(programme=office.programme, name=f"Group {number}"))

    assert queries_of(lambda: office.get("groups")) <= 8

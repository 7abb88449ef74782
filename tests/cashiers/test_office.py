"""The office's page about cashiers and shared tills."""

import re

import pytest

from groat.cards import actions as cards
from groat.cashiers import actions, queries
from groat.cashiers.models import SharedTill
from groat.customers.queries import wallet_of
from groat.programmes.models import AuditEntry, Role, Staff
from tests import factories
from tests.cashiers.counter import PIN, Counter
from tests.offices import Office, just_now, queries_of, text, toasts

pytestmark = pytest.mark.django_db


@pytest.fixture
def office() -> Office:
    return Office()


def a_cashier(office: Office, name: str = "Klára", *, role: str = Role.CASHIER) -> Staff:
    return factories.some_staff(role, programme=office.programme, name=name)


def card_of(staff: Staff) -> object:
    found = queries.of_staff(staff)
    return found.card if found else None


def test_the_page_tells_who_has_what(office: Office):
    klara = a_cashier(office)
    actions.set_pin(staff=klara, pin=PIN, deed=just_now())
    card = factories.a_card(wallet=wallet_of(office.a_customer()))
    actions.name_card(staff=klara, card=card, deed=just_now())
    page = text(office.get("cashiers"))
    assert (f"…{card.last_four}" in page, "Can be copied" in page, "No till is shared" in page) == (True, True, True)
    assert (page.count(">Set<"), page.count(">None<")) == (1, 2)


def test_many_people_take_as_many_queries_as_one(office: Office):
    alone = queries_of(lambda: office.get("cashiers"))
    for number in range(10):
        actions.set_pin(staff=a_cashier(office, f"Cashier {number}"), pin=PIN, deed=just_now())
    assert queries_of(lambda: office.get("cashiers")) == alone


def test_a_new_pin_is_shown_once_and_opens_the_till():
    counter = Counter()
    office = Office(programme=counter.programme)
    page = office.post("cashier_pin", member=counter.klara)
    drawn = re.findall(r'value="(\d{6})"', page.content.decode())
    assert (page.status_code, len(drawn), "no-store" in page["Cache-Control"]) == (200, 1, True)
    assert [counter.enter(counter.klara, pin) for pin in (PIN, drawn[0])] == ["till_pin_wrong", "in"]
    assert AuditEntry.objects.filter(action="till_pin.reset", actor=f"staff:{office.staff.id}").count() == 1


def test_a_manager_learns_no_pin_of_those_above_or_beside():
    programme = factories.a_programme()
    manager, owner = Office(programme=programme), Office(programme=programme, role=Role.OWNER)
    answer = manager.post("cashier_pin", member=owner.staff)
    assert (answer.status_code, toasts(answer)) == (302, ["Only an owner may do this."])
    assert queries.of_staff(owner.staff) is None
    assert owner.post("cashier_pin", member=manager.staff).status_code == 200


def test_whoever_only_reads_gets_no_pin(office: Office):
    accountant = a_cashier(office, "Účetní", role=Role.ACCOUNTANT)
    owner = Office(programme=office.programme, role=Role.OWNER)
    assert toasts(owner.post("cashier_pin", member=accountant)) == ["This person does not work at tills."]


def test_an_own_card_is_held_to_a_reader_or_chosen(office: Office):
    klara, token = a_cashier(office), factories.a_token()
    card = factories.a_card(wallet=wallet_of(office.a_customer(name="Klára Malá")), token=token)
    other = factories.a_card(wallet=wallet_of(office.a_customer(name="Klára Malá")))
    assert office.post("cashier_card", {"token": token}, member=klara).status_code == 302
    assert card_of(klara) == card
    assert str(other.public_id) in text(office.get("cashier_card", {"q": "klara"}, member=klara))
    office.post("cashier_card", {"card": str(other.public_id)}, member=klara)
    assert card_of(klara) == other
    office.post("cashier_card_take_away", member=klara)
    assert card_of(klara) is None


def test_a_card_that_cannot_be_somebodys_own_is_refused(office: Office):
    klara, petr = a_cashier(office), a_cashier(office, "Petr")
    tokens = [factories.a_token() for _ in range(3)]
    taken, blocked = [factories.a_card(wallet=wallet_of(office.a_customer()), token=token) for token in tokens[:2]]
    actions.name_card(staff=petr, card=taken, deed=just_now())
    cards.block(card=blocked, reason="blocked", deed=just_now())
    said = ["This card already opens tills for Petr.", "This card opens no till.", "This card is not known here."]
    for token, words in zip(tokens, said, strict=True):
        page = office.post("cashier_card", {"token": token}, member=klara)
        assert (page.status_code, words in text(page)) == (422, True)
    elsewhere = factories.a_card()
    assert office.post("cashier_card", {"card": str(elsewhere.public_id)}, member=klara).status_code == 404
    assert card_of(klara) is None


def test_the_office_ends_a_shared_till_at_once():
    counter = Counter()
    counter.enter(counter.klara, PIN)
    office = Office(programme=counter.programme)
    assert ">Klára Malá</span>" in text(office.get("cashiers"))
    answer = office.post("shared_till_end", shared=counter.row)
    assert toasts(answer) == ["Counter is shared no more on that device."]
    assert counter.client.get(counter.url("till_state")).status_code == 302
    assert [(row.ended_by, row.staff) for row in SharedTill.objects.all()] == [(f"staff:{office.staff.id}", None)]
    assert "No till is shared" in text(office.get("cashiers"))

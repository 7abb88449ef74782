"""Boxes of new cards: read one after the other, nobody's until they are handed over, with their credits."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from groat.cards import actions, boxes, queries, rules
from groat.cards.models import Card, CardBox, CardState, Pairing, PairingState
from groat.cards.rules import number_after
from groat.customers.models import Customer, Wallet
from groat.errors import NotFound
from groat.ledger import queries as ledger
from groat.programmes.models import AuditEntry
from groat.programmes.rules import InvalidAmount, InvalidValue
from groat.till import actions as till_actions
from tests import factories
from tests.factories import NOW, a_deed
from tests.offices import Office, just_now, queries_of, text, toasts
from tests.races import at_once
from tests.till.test_pages import Counter, a_key

CREDIT = 20_000


def a_box(**given: Any) -> CardBox:
    programme = given.pop("programme", None) or factories.a_programme()
    asked: dict[str, Any] = {"name": "March", "first_credit_minor": CREDIT, "next_number": "0099"} | given
    return boxes.open_box(programme=programme, deed=a_deed(), **asked)


def added(box: CardBox, token: str = "") -> Card:
    return boxes.add(box=box, token=token or factories.a_token(), deed=a_deed())


def balance(wallet: Wallet) -> int:
    return ledger.balance(programme_id=wallet.programme_id, wallet=wallet.id, now=NOW).posted_minor


@pytest.mark.parametrize(
    ("number", "after"), [("0099", "0100"), ("A-9", "A-10"), ("", ""), ("gold", "gold"), ("7b08", "7b09")]
)
def test_numbers_count_up_with_their_zeros(number: str, after: str) -> None:
    assert number_after(number) == after


@given(st.from_regex(r"[A-Z]{0,3}-?[0-9]{1,9}", fullmatch=True))
def test_no_number_comes_twice(number: str) -> None:
    numbers = [number]
    for _ in range(12):
        numbers.append(number_after(numbers[-1]))
    assert len(set(numbers)) == 13


# ---- Reading ----


@pytest.mark.django_db
def test_each_card_gets_an_account_of_its_own_its_credit_and_its_number() -> None:
    box = a_box()
    one, two = added(box), added(box)
    assert [(card.number, card.is_unassigned, balance(card.wallet)) for card in (one, two)] == [
        ("0099", True, CREDIT),
        ("0100", True, CREDIT),
    ]
    assert one.wallet_id != two.wallet_id
    assert (one.customer.name, two.customer.name) == ("", "")
    assert queries.of_box(box=box) == (2, [two, one])
    assert queries.unassigned(programme_id=box.programme_id) == [two, one]
    assert queries.unassigned(programme_id=box.programme_id, text="0099") == [one]


@pytest.mark.django_db
def test_the_same_card_twice_is_said_and_not_counted() -> None:
    box, token = a_box(), factories.a_token()
    added(box, token)
    wallets = Wallet.objects.count()
    for _ in range(3):
        with pytest.raises(rules.CardInThisBox):
            added(box, token)
    other = factories.a_token()
    factories.a_card(wallet=factories.a_wallet(programme=box.programme), token=other)
    with pytest.raises(rules.CardTaken):
        added(box, other)
    box.refresh_from_db()
    assert (Card.objects.filter(box=box).count(), box.next_number) == (1, "0100")
    # The account of the next card waits for it, however often it is tried.
    assert Wallet.objects.count() <= wallets + 2


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("given", "refused"),
    [
        ({"name": ""}, InvalidValue),
        ({"next_number": "1" * 21}, InvalidValue),
        ({"first_credit_minor": -1}, InvalidAmount),
    ],
)
def test_a_box_that_cannot_be_is_refused(given: dict[str, Any], refused: type[Exception]) -> None:
    with pytest.raises(refused):
        a_box(**given)
    assert not CardBox.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_two_readers_at_one_box_take_no_wallet_and_no_number_twice() -> None:
    box = a_box()
    tokens = [factories.a_token() for _ in range(6)]
    at_once(*[lambda token=token: added(box, token) for token in tokens])
    cards = list(Card.objects.filter(box=box))
    assert sorted(card.number for card in cards) == ["0099", "0100", "0101", "0102", "0103", "0104"]
    assert len({card.wallet_id for card in cards}) == 6
    assert {balance(card.wallet) for card in cards} == {CREDIT}


# ---- At a till's reader ----


@pytest.mark.django_db
def test_a_tills_reader_takes_one_card_after_the_other() -> None:
    counter = Counter()
    box = a_box(programme=counter.programme)
    boxes.wait(box=box, till=counter.till, deed=just_now())
    waits = counter.client.get(counter.url("till_state")).json()["pairing"]
    assert waits["customer"] == "March"
    tokens = [factories.a_token(), factories.a_token()]
    told = [counter.ask("till_look", {"key": a_key(), "token": token})["pairing"] for token in [*tokens, tokens[0]]]
    assert [one["state"] for one in told] == ["paired", "paired", "refused"]
    assert told[2]["sentence"] == "This card is in the box already. It was not counted again."
    assert Card.objects.filter(box=box).count() == 2
    assert Pairing.objects.filter(till=counter.till, state=PairingState.WAITING).count() == 1
    boxes.stop(box=box)
    assert counter.client.get(counter.url("till_state")).json()["pairing"] is None


@pytest.mark.django_db
def test_a_reader_that_waited_too_long_waits_no_more() -> None:
    till = factories.a_till()
    box = a_box(programme=till.programme)
    pairing = boxes.wait(box=box, till=till, deed=a_deed())
    late = a_deed(now=NOW + rules.BOX_WAITS + timedelta(seconds=1))
    assert actions.offer(pairing=pairing, token=factories.a_token(), deed=late).refusal == "pairing_expired"
    assert not Pairing.objects.filter(state=PairingState.WAITING).exists()
    with pytest.raises(NotFound):
        boxes.wait(box=box, till=factories.a_till(), deed=a_deed())


# ---- Handing over ----


@pytest.mark.django_db
def test_a_card_is_handed_over_with_the_credits_on_it() -> None:
    box = a_box()
    card = added(box)
    factories.funded(card.wallet, 5_000)
    jana = factories.a_wallet(programme=box.programme, name="Jana")
    given_over = boxes.hand_over(card=card, wallet=jana, deed=a_deed())
    assert (given_over.wallet, given_over.customer, given_over.is_unassigned) == (jana, jana.owner, False)
    assert (balance(jana), balance(card.wallet)) == (CREDIT + 5_000, 0)
    assert queries.unassigned(programme_id=box.programme_id) == []
    with pytest.raises(rules.CardHandedOver):
        boxes.hand_over(card=card, wallet=jana, deed=a_deed())
    with pytest.raises(NotFound):
        boxes.hand_over(card=added(box), wallet=factories.a_wallet(), deed=a_deed())


@pytest.mark.django_db
def test_a_card_that_is_nobodys_is_handed_over_by_pairing_it() -> None:
    box, token = a_box(), factories.a_token()
    card = added(box, token)
    jana = factories.a_wallet(programme=box.programme)
    paired = actions.pair(wallet=jana, token=token, deed=a_deed())
    assert (paired, paired.wallet, balance(jana)) == (card, jana, CREDIT)
    with pytest.raises(rules.CardTaken):
        actions.pair(wallet=factories.a_wallet(programme=box.programme), token=token, deed=a_deed())


@pytest.mark.django_db
def test_a_lost_card_of_a_box_is_given_to_nobody() -> None:
    box, token = a_box(), factories.a_token()
    actions.block(card=added(box, token), reason="lost", deed=a_deed())
    with pytest.raises(rules.CardReportedLost):
        actions.pair(wallet=factories.a_wallet(programme=box.programme), token=token, deed=a_deed())


@pytest.mark.django_db
def test_a_card_with_a_payment_that_waits_is_not_handed_over() -> None:
    till = factories.a_till(programme=factories.a_programme(confirm_from_minor=100))
    box, token = a_box(programme=till.programme), factories.a_token()
    card = added(box, token)
    deed = a_deed()
    checkout = till_actions.open_checkout(till=till, amount_minor=500, deed=deed)
    till_actions.present(till=till, token=token, key="k" * 16, checkout=checkout, deed=deed)
    jana = factories.a_wallet(programme=till.programme)
    with pytest.raises(rules.CardInUse):
        boxes.hand_over(card=card, wallet=jana, deed=deed)
    card.refresh_from_db()
    assert (card.is_unassigned, balance(jana)) == (True, 0)


@pytest.mark.django_db
def test_without_a_name_it_keeps_its_own_account() -> None:
    card = added(a_box())
    given_over = boxes.hand_over(card=card, wallet=None, deed=a_deed())
    assert (given_over.wallet_id, given_over.is_unassigned, balance(card.wallet)) == (card.wallet_id, False, CREDIT)


# ---- In the office ----


@pytest.fixture
def office(db: None) -> Office:
    return Office()


def test_a_box_is_read_on_its_page(office: Office) -> None:
    typed = {"name": "Box of March", "first_credit_minor": "200", "next_number": "7"}
    office.post("card_box_new", typed)
    box = CardBox.objects.get()
    token = factories.a_token()
    page = office.post("card_box_add", {"token": token}, box=box)
    assert "card read" in text(page)
    headers = {"HX-Request": "true", "HX-Target": "box-list"}
    again = office.client.post(office.url("card_box_add", box=box), {"token": token}, headers=headers)
    assert "It was not counted again." in text(again)
    assert "<html" not in text(again)
    assert "Type the number" in text(office.post("card_box_add", {"token": ""}, box=box))
    assert [card.number for card in Card.objects.all()] == ["7"]
    assert token not in text(office.get("card_box", box=box))
    office.post("card_box_edit", typed | {"next_number": "50"}, box=box)
    office.post("card_box_add", {"token": factories.a_token()}, box=box)
    assert [card.number for card in Card.objects.order_by("id")] == ["7", "50"]
    assert "Box of March" in text(office.get("card_boxes"))


def test_the_page_asks_for_news_while_a_tills_reader_waits(office: Office) -> None:
    till = factories.a_till(programme=office.programme)
    box = a_box(programme=office.programme)
    office.post("card_box_wait", {"till": str(till.public_id)}, box=box)
    seen = office.get("card_box", box=box).context["seen"]
    assert office.get("card_box", {"seen": seen}, fragment="box-list", box=box).status_code == 204
    actions.offer(pairing=Pairing.objects.get(state=PairingState.WAITING), token=factories.a_token(), deed=just_now())
    news = office.get("card_box", {"seen": seen}, fragment="box-list", box=box)
    assert (news.status_code, "0099" in text(news)) == (200, True)
    office.post("card_box_stop", box=box)
    assert "waits for the next card" not in text(office.get("card_box", box=box))


def test_a_card_is_handed_over_to_who_is_found(office: Office) -> None:
    card = added(a_box(programme=office.programme))
    jana = factories.a_customer(programme=office.programme, name="Jana Dvořáková")
    found = office.get("card_hand_over", {"q": "dvorak"}, fragment="rows", card=card)
    assert str(jana.public_id) in text(found)
    answer = office.post("card_hand_over", {"customer": str(jana.public_id)}, card=card)
    assert answer["Location"] == office.url("customer", customer=jana)
    assert toasts(answer) == [f"The card …{card.last_four} was handed over."]
    again = office.post("card_hand_over", {"customer": str(jana.public_id)}, card=card)
    assert toasts(again)[-1] == "This card was handed over already."
    foreign = factories.a_customer()
    other = added(a_box(programme=office.programme))
    assert office.post("card_hand_over", {"customer": str(foreign.public_id)}, card=other).status_code == 404


def test_a_new_customer_gets_the_cards_own_account(office: Office) -> None:
    card = added(a_box(programme=office.programme))
    answer = office.post("card_hand_over", {"new": "yes"}, card=card)
    assert answer["Location"] == office.url("customer_edit", customer=card.customer)


def test_the_list_of_what_is_nobodys_takes_as_many_queries_for_fifty_as_for_one(office: Office) -> None:
    box = a_box(programme=office.programme)
    added(box)
    one = queries_of(lambda: office.get("cards_unassigned"))
    for _ in range(49):
        added(box)
    assert queries_of(lambda: office.get("cards_unassigned")) == one
    assert text(office.get("cards_unassigned_print", {"box": str(box.public_id)})).count("<code>…") == 50


def test_the_page_of_a_card_tells_its_history(office: Office) -> None:
    wallet, token = factories.a_wallet(programme=office.programme), factories.a_token()
    card = actions.pair(wallet=wallet, token=token, deed=just_now(office.staff))
    actions.set_pin(card=card, pin="4827", deed=just_now(office.staff))
    actions.block(card=card, reason="blocked", deed=just_now(office.staff))
    actions.unblock(card=card, deed=just_now(office.staff))
    new = actions.pair(wallet=wallet, token=factories.a_token(), replaces=card, deed=just_now(office.staff))
    told = [one["what"] for one in office.get("card", card=card).context["history"]]
    assert told == ["Replaced by another", "Unblocked", "Blocked", "PIN set", "Paired"]
    page = text(office.get("card", card=new))
    assert f"Paired, in place of …{card.last_four}" in page
    assert "Marta Manager" in page
    card.refresh_from_db()
    assert card.state == CardState.REPLACED


def test_what_happens_to_a_box_and_its_cards_stands_in_the_trail(office: Office) -> None:
    card = added(a_box(programme=office.programme))
    boxes.hand_over(card=card, wallet=factories.a_wallet(programme=office.programme), deed=just_now())
    actions_noted = set(AuditEntry.objects.filter(programme=office.programme).values_list("action", flat=True))
    assert {"card_box.opened", "card.paired", "wallet.adjusted", "card.handed_over"} <= actions_noted
    assert Customer.objects.filter(programme=office.programme).count() == 2

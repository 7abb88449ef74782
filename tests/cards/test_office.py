"""The office's pages about cards."""

from datetime import timedelta

import pytest

from groat.cards import actions
from groat.cards.models import Card, CardState, Pairing, PairingState
from groat.customers.queries import wallet_of
from tests import factories
from tests.offices import Office, just_now, queries_of, text, toasts

pytestmark = pytest.mark.django_db


@pytest.fixture
def office() -> Office:
    return Office()


# ---- The list ----


def test_cards_are_found_by_their_last_four_by_whose_they_are_and_by_state(office: Office):
    jana, petr = office.a_customer(name="Jana"), office.a_customer(name="Petr")
    factories.a_card(wallet=wallet_of(jana), token="04AABBCCDD1234")
    lost = factories.a_card(wallet=wallet_of(petr), token="04AABBCCDD5678")
    actions.block(card=lost, reason="lost", deed=just_now())

    def shown(**query: str) -> list[str]:
        rows = text(office.get("cards", query, fragment="rows"))
        return [last_four for last_four in ("…1234", "…5678") if last_four in rows]

    assert shown() == ["…1234", "…5678"]
    assert shown(q="1234") == ["…1234"]
    assert shown(q="petr") == ["…5678"]
    assert shown(state="lost") == ["…5678"]
    assert shown(state="active") == ["…1234"]
    assert shown(state="active", q="petr") == []
    assert shown(state="nonsense") == ["…1234", "…5678"]


def test_fifty_cards_take_as_many_queries_as_one(office: Office):
    factories.a_card(wallet=wallet_of(office.a_customer()))
    alone = queries_of(lambda: office.get("cards"))
    for _more in range(50):
        factories.a_card(wallet=wallet_of(office.a_customer()))

    assert queries_of(lambda: office.get("cards")) == alone
    first = office.get("cards")
    assert text(first).count("row-link") == 50
    assert text(office.get("cards", {"cursor": first.context["next_cursor"]})).count("row-link") == 1


# ---- Pairing at this device ----


@pytest.mark.parametrize("token", ["04AABBCCDD1234", "04:aa:bb:cc:dd:12:34", " 04AABBCCDD1234\n"])
def test_a_card_read_at_this_device_is_paired(office: Office, token: str):
    jana = office.a_customer()

    response = office.post("pair", {"token": token}, customer=jana)

    card = Card.objects.get(programme=office.programme)
    assert (card.customer, card.last_four, card.state) == (jana, "1234", CardState.ACTIVE)
    assert response["Location"] == office.url("customer", customer=jana)
    assert toasts(response) == ["The card …1234 is paired."]


@pytest.mark.parametrize(
    ("token", "said"),
    [
        ("", "Type the number, or hold the card to a reader."),
        ("hello", "This is no card number."),
        ("08AABBCC", "shows another number at each tap"),
        ("04AABBCCDD1234", "This card already belongs to somebody."),
    ],
)
def test_a_card_that_cannot_be_paired_is_refused_with_the_reason(office: Office, token: str, said: str):
    factories.a_card(wallet=wallet_of(office.a_customer()), token="04AABBCCDD1234")
    jana = office.a_customer()

    response = office.post("pair", {"token": token}, customer=jana)

    assert response.status_code == 422
    assert said in text(response)
    assert not jana.cards.exists()


def test_a_new_card_replaces_the_old_one(office: Office):
    jana = office.a_customer()
    old = factories.a_card(wallet=wallet_of(jana))

    office.post("pair", {"token": "04AABBCCDD1234"}, query=f"?replaces={old.public_id}", customer=jana)

    old.refresh_from_db()
    assert (old.state, str(old.replaced_by)) == (CardState.REPLACED, "…1234")


def test_a_card_of_another_customer_is_not_replaced(office: Office):
    foreign = factories.a_card(wallet=wallet_of(office.a_customer()))

    office.post(
        "pair", {"token": "04AABBCCDD1234"}, query=f"?replaces={foreign.public_id}", customer=office.a_customer()
    )

    foreign.refresh_from_db()
    assert foreign.state == CardState.ACTIVE


# ---- Pairing at a till's reader ----


def a_pairing(office: Office) -> Pairing:
    """A pairing begun by the page at the programme's only till."""
    till = factories.a_till(programme=office.programme)
    jana = office.a_customer(name="Jana")
    response = office.post("pair", {"till": str(till.public_id)}, customer=jana)
    pairing = Pairing.objects.get(programme=office.programme)
    assert response["Location"] == office.url("pairing", pairing=pairing)
    return pairing


def test_while_no_card_comes_the_page_waits_and_is_not_disturbed(office: Office):
    pairing = a_pairing(office)

    page = office.get("pairing", pairing=pairing)
    poll = office.get("pairing", fragment="state", pairing=pairing)

    assert "Hold the card to the reader of “Counter”" in text(page)
    assert 'hx-trigger="every 1s"' in text(page)
    assert (poll.status_code, poll.content) == (204, b"")


def test_the_page_says_that_the_card_is_paired(office: Office):
    pairing = a_pairing(office)

    actions.offer(pairing=pairing, token="04AABBCCDD1234", deed=just_now())

    state = text(office.get("pairing", fragment="state", pairing=pairing))
    assert "The card …1234 is paired" in state
    assert "hx-trigger" not in state


def test_the_page_says_why_a_card_was_refused(office: Office):
    pairing = a_pairing(office)

    actions.offer(pairing=pairing, token="08AABBCC", deed=just_now())

    state = text(office.get("pairing", fragment="state", pairing=pairing))
    assert "shows another number at each tap" in state
    assert "Try again" in state


def test_the_page_says_that_no_card_came_in_time(office: Office):
    pairing = a_pairing(office)
    Pairing.objects.filter(pk=pairing.pk).update(expires_at=pairing.created_at - timedelta(seconds=1))

    assert "No card came" in text(office.get("pairing", fragment="state", pairing=pairing))


def test_a_pairing_is_cancelled_unless_the_card_came_first(office: Office):
    pairing = a_pairing(office)

    response = office.post("pairing_cancel", pairing=pairing)

    pairing.refresh_from_db()
    assert pairing.state == PairingState.CANCELLED
    assert response["Location"] == office.url("pair", customer=pairing.wallet.owner)
    assert "Nothing waits any more" in text(office.get("pairing", pairing=pairing))

    again = a_pairing(Office())
    actions.offer(pairing=again, token="04AABBCCDD1234", deed=just_now())
    Office(programme=again.programme).post("pairing_cancel", pairing=again)
    again.refresh_from_db()
    assert again.state == PairingState.PAIRED


def test_a_till_that_closed_meanwhile_takes_no_card(office: Office):
    till = factories.a_till(programme=office.programme)
    office.programme.tills.update(closed_at=just_now().now)
    jana = office.a_customer()

    response = office.post("pair", {"till": str(till.public_id)}, customer=jana)

    assert "The till “Counter” is closed." in toasts(response)
    assert "No till is open." in text(office.get("pair", customer=jana))


def test_a_till_of_another_programme_is_not_found(office: Office):
    foreign = factories.a_till()

    assert office.post("pair", {"till": str(foreign.public_id)}, customer=office.a_customer()).status_code == 404
    assert office.post("pair", {"till": "x"}, customer=office.a_customer()).status_code == 404


# ---- Blocking ----


@pytest.mark.parametrize(
    ("reason", "state", "said"),
    [
        ("", CardState.BLOCKED, "The card …1234 is blocked."),
        ("lost", CardState.LOST, "The card …1234 was reported lost."),
    ],
)
def test_a_card_is_blocked_and_unblocked_from_its_toast(office: Office, reason: str, state: str, said: str):
    jana = office.a_customer()
    card = factories.a_card(wallet=wallet_of(jana), token="04AABBCCDD1234")

    response = office.post("card_block", {"reason": reason}, card=card)

    card.refresh_from_db()
    assert (card.state, toasts(response)) == (state, [said])
    assert office.url("card_unblock", card=card) in text(office.get("customer", customer=jana))
    office.post("card_unblock", card=card)
    card.refresh_from_db()
    assert card.state == CardState.ACTIVE


def test_a_replaced_card_stays_what_it_is(office: Office):
    jana = office.a_customer()
    old = factories.a_card(wallet=wallet_of(jana))
    actions.pair(wallet=wallet_of(jana), token=factories.a_token(), replaces=old, deed=just_now())

    for name in ("card_block", "card_unblock"):
        assert toasts(office.post(name, card=old))[-1] == "This card was replaced by another one."
    old.refresh_from_db()
    assert old.state == CardState.REPLACED
    assert "1 replaced card" in text(office.get("customer", customer=jana))


# ---- The PIN ----


def test_the_customer_types_a_pin_twice(office: Office):
    jana = office.a_customer(name="Jana")
    card = factories.a_card(wallet=wallet_of(jana))
    assert "PIN set" not in text(office.get("customer", customer=jana))

    done = office.post("card_pin", {"pin": "4821", "again": "4821"}, card=card)

    assert (done.status_code, toasts(done)) == (302, [f"The card {card} has a new PIN."])
    assert "PIN set" in text(office.get("customer", customer=jana))


@pytest.mark.parametrize(
    ("pin", "again", "said"),
    [
        ("4821", "4812", "The two are not the same."),
        ("1234", "1234", "too easy to guess"),
        ("48a1", "48a1", "A PIN is 4 to 8 digits."),
        ("", "", "This field is required."),
    ],
)
def test_a_pin_that_cannot_be_is_refused_and_not_shown(office: Office, pin: str, again: str, said: str):
    card = factories.a_card(wallet=wallet_of(office.a_customer()))

    page = office.post("card_pin", {"pin": pin, "again": again}, card=card)

    assert (page.status_code, said in text(page)) == (422, True)
    assert not pin or f'value="{pin}"' not in text(page)
    card.refresh_from_db()
    assert card.pin_hash == ""

"""Pairing cards with wallets, and taking them out of use."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.db import IntegrityError, transaction

from groat.cards import actions, queries, rules, tokens
from groat.cards.models import Card, CardState, Pairing, PairingState
from groat.customers.models import Wallet
from groat.errors import NotFound
from groat.ledger import queries as ledger
from groat.programmes.actions import close_till
from groat.programmes.models import AuditEntry
from groat.programmes.rules import TillClosed
from tests.factories import NOW, a_card, a_deed, a_till, a_token, a_wallet, funded, the_card
from tests.races import at_once

pytestmark = pytest.mark.django_db

TOKEN = "04A1B2C3D4E5F6"


def noted() -> list[tuple[str, str]]:
    entries = AuditEntry.objects.filter(action__startswith="card.").order_by("id")
    return [(entry.action, entry.subject) for entry in entries]


# ---- Pairing ----


def test_a_card_pays_from_the_wallet_that_it_was_paired_with():
    wallet = a_wallet(name="Jana Nová")

    card = actions.pair(wallet=wallet, token=TOKEN, deed=a_deed())

    assert (card.wallet, card.customer_id, card.last_four, card.state) == (wallet, wallet.owner_id, "E5F6", "active")
    assert the_card(programme_id=wallet.programme_id, token="04:a1:b2:c3:d4:e5:f6") == card
    assert noted() == [("card.paired", f"card:{card.id}")]


def test_the_number_of_a_card_is_kept_nowhere():
    wallet = a_wallet()

    card = actions.pair(wallet=wallet, token=TOKEN, deed=a_deed())

    uid = bytes.fromhex(TOKEN)
    kept = repr([*Card.objects.values(), *AuditEntry.objects.values()]).upper()
    assert TOKEN not in kept
    assert repr(uid).upper() not in kept
    assert Card.objects.get().token_hash == tokens.hash_of(
        programme_id=wallet.programme_id, uid=uid, key=settings.KEYS.token_key
    )
    assert "E5F6" in str(card)


def test_a_card_of_somebody_else_is_refused():
    wallet = a_wallet()
    a_card(wallet=wallet, token=TOKEN)

    with pytest.raises(rules.CardTaken):
        actions.pair(wallet=a_wallet(programme=wallet.programme), token=TOKEN, deed=a_deed())
    with pytest.raises(rules.CardTaken):
        actions.pair(wallet=wallet, token=TOKEN, deed=a_deed())

    assert Card.objects.count() == 1


def test_the_same_chip_may_serve_in_two_programmes():
    mine, other = a_card(token=TOKEN), a_card(token=TOKEN)

    assert mine.token_hash != other.token_hash
    assert the_card(programme_id=mine.programme_id, token=TOKEN) == mine


def test_a_blocked_card_cannot_be_paired_anew():
    card = a_card(token=TOKEN)
    actions.block(card=card, reason="blocked", deed=a_deed())

    with pytest.raises(rules.CardTaken):
        actions.pair(wallet=a_wallet(programme=card.programme), token=TOKEN, deed=a_deed())


def test_a_lost_card_that_turns_up_is_refused_by_its_own_code():
    card = a_card(token=TOKEN)
    actions.block(card=card, reason="lost", deed=a_deed())

    with pytest.raises(rules.CardReportedLost) as refused:
        actions.pair(wallet=a_wallet(programme=card.programme), token=TOKEN, deed=a_deed())

    assert refused.value.code == "card_lost"


def test_a_card_with_a_random_number_is_refused():
    with pytest.raises(rules.RandomToken):
        actions.pair(wallet=a_wallet(), token="08A1B2C3", deed=a_deed())


def test_what_is_no_card_is_refused():
    with pytest.raises(rules.InvalidToken):
        actions.pair(wallet=a_wallet(), token="hello", deed=a_deed())


def test_a_new_card_replaces_an_old_one_and_the_wallet_stays():
    wallet = a_wallet()
    funded(wallet, 1_000)
    old = a_card(wallet=wallet, token=TOKEN)
    actions.block(card=old, reason="lost", deed=a_deed())

    new = actions.pair(wallet=wallet, token=a_token(), replaces=old, deed=a_deed())

    old.refresh_from_db()
    assert (old.state, old.replaced_by, old.ended_at) == (CardState.REPLACED, new, NOW)
    assert ledger.balance(programme_id=wallet.programme_id, wallet=wallet.id, now=NOW).posted_minor == 1_000
    assert the_card(programme_id=wallet.programme_id, token=TOKEN) == old  # and its state is told
    assert AuditEntry.objects.latest("id").details == {"replaces": "…E5F6"}


def test_a_card_is_replaced_once():
    wallet = a_wallet()
    old = a_card(wallet=wallet)
    actions.pair(wallet=wallet, token=a_token(), replaces=old, deed=a_deed())

    with pytest.raises(rules.CardReplaced):
        actions.pair(wallet=wallet, token=a_token(), replaces=old, deed=a_deed())


def test_a_card_cannot_replace_the_card_of_another_wallet():
    other = a_card()

    with pytest.raises(rules.CardReplaced):
        actions.pair(wallet=a_wallet(programme=other.programme), token=a_token(), replaces=other, deed=a_deed())
    with pytest.raises(NotFound):
        actions.pair(wallet=a_wallet(), token=a_token(), replaces=other, deed=a_deed())

    other.refresh_from_db()
    assert other.state == CardState.ACTIVE


def test_a_card_does_not_replace_itself():
    card = a_card(token=TOKEN)

    with pytest.raises(rules.CardTaken):
        actions.pair(wallet=card.wallet, token=TOKEN, replaces=card, deed=a_deed())

    card.refresh_from_db()
    assert card.state == CardState.ACTIVE


def test_the_chip_of_a_replaced_card_may_be_paired_again():
    wallet = a_wallet()
    old = a_card(wallet=wallet, token=TOKEN)
    actions.pair(wallet=wallet, token=a_token(), replaces=old, deed=a_deed())

    again = actions.pair(wallet=a_wallet(programme=wallet.programme), token=TOKEN, deed=a_deed())

    assert the_card(programme_id=wallet.programme_id, token=TOKEN) == again


@pytest.mark.postgresql_only
@pytest.mark.django_db(transaction=True)
def test_of_several_who_pair_the_same_chip_at_once_one_gets_it():
    first = a_wallet()
    wallets = [first, *[a_wallet(programme=first.programme) for _ in range(5)]]

    def pairing(wallet: Wallet):
        return lambda: actions.pair(wallet=wallet, token=TOKEN, deed=a_deed())

    outcomes = at_once(*map(pairing, wallets))

    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Card"] + ["CardTaken"] * 5
    assert Card.objects.get().token_hash


def test_the_database_refuses_two_cards_of_one_chip():
    card = a_card()
    card.pk = card.pk + 1

    with pytest.raises(IntegrityError), transaction.atomic():
        card.save(force_insert=True)


# ---- Blocking ----


def test_a_blocked_card_keeps_its_wallet_and_can_be_unblocked():
    wallet = a_wallet()
    funded(wallet, 1_000)
    card = a_card(wallet=wallet)

    blocked = actions.block(card=card, reason="blocked", deed=a_deed())
    assert (blocked.state, blocked.ended_at) == (CardState.BLOCKED, NOW)
    assert ledger.balance(programme_id=wallet.programme_id, wallet=wallet.id, now=NOW).posted_minor == 1_000

    active = actions.unblock(card=card, deed=a_deed())
    assert (active.state, active.ended_at) == (CardState.ACTIVE, None)
    assert [action for action, _ in noted()] == ["card.paired", "card.blocked", "card.unblocked"]


def test_blocking_a_card_twice_is_blocking_it_once():
    card = a_card()

    actions.block(card=card, reason="blocked", deed=a_deed())
    actions.block(card=card, reason="blocked", deed=a_deed(now=NOW + timedelta(hours=1)))

    assert Card.objects.get().ended_at == NOW
    assert [action for action, _ in noted()] == ["card.paired", "card.blocked"]


def test_a_blocked_card_may_turn_out_to_be_lost():
    card = a_card()
    actions.block(card=card, reason="blocked", deed=a_deed())

    assert actions.block(card=card, reason="lost", deed=a_deed()).state == CardState.LOST
    assert noted()[-1][0] == "card.reported_lost"


def test_a_replaced_card_is_neither_blocked_nor_unblocked():
    wallet = a_wallet()
    old = a_card(wallet=wallet)
    actions.pair(wallet=wallet, token=a_token(), replaces=old, deed=a_deed())

    with pytest.raises(rules.CardReplaced):
        actions.block(card=old, reason="lost", deed=a_deed())
    with pytest.raises(rules.CardReplaced):
        actions.unblock(card=old, deed=a_deed())


# ---- Waiting for a card ----


def test_a_pairing_takes_the_token_that_comes():
    wallet = a_wallet()
    till = a_till(programme=wallet.programme)
    pairing = actions.wait_for_card(wallet=wallet, till=till, deed=a_deed())
    assert queries.waiting_at(till_id=till.id, now=NOW) == pairing

    paired = actions.offer(pairing=pairing, token=TOKEN, deed=a_deed())

    assert (paired.state, paired.refusal) == (PairingState.PAIRED, "")
    assert paired.card == the_card(programme_id=wallet.programme_id, token=TOKEN)
    assert queries.waiting_at(till_id=till.id, now=NOW) is None


def test_a_pairing_may_wait_at_no_till():
    pairing = actions.wait_for_card(wallet=a_wallet(), till=None, deed=a_deed())

    assert actions.offer(pairing=pairing, token=TOKEN, deed=a_deed()).state == PairingState.PAIRED


def test_a_pairing_replaces_the_card_that_it_was_begun_for():
    old = a_card()
    pairing = actions.wait_for_card(wallet=old.wallet, till=None, replaces=old, deed=a_deed())

    paired = actions.offer(pairing=pairing, token=TOKEN, deed=a_deed())

    old.refresh_from_db()
    assert (old.state, old.replaced_by) == (CardState.REPLACED, paired.card)


@pytest.mark.parametrize(
    ("token", "code"), [("hello", "token_invalid"), ("08A1B2C3", "token_random"), (TOKEN, "card_taken")]
)
def test_a_pairing_that_gets_the_wrong_card_tells_why(token: str, code: str):
    taken = a_card(token=TOKEN)
    pairing = actions.wait_for_card(wallet=a_wallet(programme=taken.programme), till=None, deed=a_deed())

    refused = actions.offer(pairing=pairing, token=token, deed=a_deed())

    assert (refused.state, refused.refusal, refused.card) == (PairingState.REFUSED, code, None)
    assert Card.objects.count() == 1


def test_a_pairing_waits_two_minutes():
    till = a_till()
    pairing = actions.wait_for_card(wallet=a_wallet(programme=till.programme), till=till, deed=a_deed())
    late = NOW + timedelta(minutes=2)

    assert queries.waiting_at(till_id=till.id, now=late) is None
    refused = actions.offer(pairing=pairing, token=TOKEN, deed=a_deed(now=late))

    assert (refused.state, refused.refusal) == (PairingState.REFUSED, "pairing_expired")
    assert Card.objects.count() == 0


def test_a_pairing_that_is_over_takes_no_card():
    pairing = actions.wait_for_card(wallet=a_wallet(), till=None, deed=a_deed())
    actions.cancel_pairing(pairing=pairing, deed=a_deed())

    with pytest.raises(rules.PairingOver):
        actions.offer(pairing=pairing, token=TOKEN, deed=a_deed())

    assert Card.objects.count() == 0


def test_a_pairing_that_was_done_is_not_cancelled():
    pairing = actions.wait_for_card(wallet=a_wallet(), till=None, deed=a_deed())
    actions.offer(pairing=pairing, token=TOKEN, deed=a_deed())

    assert actions.cancel_pairing(pairing=pairing, deed=a_deed()).state == PairingState.PAIRED


def test_a_new_pairing_at_a_till_takes_the_place_of_the_one_that_waits():
    wallet = a_wallet()
    till = a_till(programme=wallet.programme)

    first = actions.wait_for_card(wallet=wallet, till=till, deed=a_deed())
    second = actions.wait_for_card(wallet=a_wallet(programme=wallet.programme), till=till, deed=a_deed())

    first.refresh_from_db()
    assert first.state == PairingState.CANCELLED
    assert queries.waiting_at(till_id=till.id, now=NOW) == second


def test_nothing_waits_at_a_closed_till():
    till = a_till()
    close_till(till=till, deed=a_deed())

    with pytest.raises(TillClosed) as refused:
        actions.wait_for_card(wallet=a_wallet(programme=till.programme), till=till, deed=a_deed())

    assert refused.value.facts() == {"till": till.name}


def test_a_pairing_does_not_cross_programmes():
    with pytest.raises(NotFound):
        actions.wait_for_card(wallet=a_wallet(), till=a_till(), deed=a_deed())


def test_a_pairing_cannot_be_begun_to_replace_another_wallets_card():
    other = a_card()

    with pytest.raises(rules.CardReplaced):
        actions.wait_for_card(wallet=a_wallet(programme=other.programme), till=None, replaces=other, deed=a_deed())


@pytest.mark.postgresql_only
@pytest.mark.django_db(transaction=True)
def test_of_several_pairings_begun_at_a_till_at_once_the_last_one_waits():
    wallet = a_wallet()
    till = a_till(programme=wallet.programme)

    outcomes = at_once(*[lambda: actions.wait_for_card(wallet=wallet, till=till, deed=a_deed())] * 5)

    assert {type(outcome) for outcome in outcomes} == {Pairing}
    assert sorted(Pairing.objects.values_list("state", flat=True)) == ["cancelled"] * 4 + ["waiting"]


@pytest.mark.postgresql_only
@pytest.mark.django_db(transaction=True)
def test_a_pairing_that_gets_two_cards_at_once_takes_one():
    pairing = actions.wait_for_card(wallet=a_wallet(), till=None, deed=a_deed())

    outcomes = at_once(*[lambda: actions.offer(pairing=pairing, token=a_token(), deed=a_deed())] * 4)

    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Pairing"] + ["PairingOver"] * 3
    assert Card.objects.count() == 1

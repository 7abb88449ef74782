"""Readers are paired by a code, once and soon; what they read goes to what waits at their till."""

from datetime import timedelta

import pytest

from groat.cards import actions as cards
from groat.cards.models import Card, PairingState
from groat.errors import Refusal
from groat.programmes import actions as programmes
from groat.programmes.models import AuditEntry, Till
from groat.readers import actions, queries, rules
from groat.readers.models import Invitation, Reader
from groat.till import actions as tills
from groat.till.actions import Presented
from groat.till.rules import UnknownCard
from tests import factories
from tests.factories import NOW, a_deed

pytestmark = pytest.mark.django_db

RANDOM = bytes(range(8))
KEY = "a-key-of-sixteen"


def a_reader(till: Till | None = None, *, token: str = "gr_secret", random: bytes = RANDOM) -> Reader:
    _, code = actions.invite(till=till or factories.a_till(), random=random, deed=a_deed())
    return actions.pair(code=code, token=token, device="ACS ACR1222L", version="0.1", deed=a_deed())


# ---- Pairing ----


def test_a_code_pairs_one_reader_with_its_till() -> None:
    till = factories.a_till()
    _, code = actions.invite(till=till, random=RANDOM, deed=a_deed())
    assert code == "2345-6789"

    reader = actions.pair(code=" 2345 6789 ", token="gr_secret", device=" ACR122U ", version="0.1", deed=a_deed())

    known = queries.by_token("gr_secret")
    assert known is not None
    assert (known.id, known.till, known.programme, known.device) == (reader.id, till, till.programme, "ACR122U")
    assert queries.by_token("gr_other") is None


@pytest.mark.parametrize("code", ["2345-6780", "", "23456789Z"])
def test_a_wrong_code_pairs_nothing(code: str) -> None:
    actions.invite(till=factories.a_till(), random=RANDOM, deed=a_deed())
    with pytest.raises(rules.CodeUnknown):
        actions.pair(code=code, token="gr_secret", device="", version="", deed=a_deed())
    assert not Reader.objects.exists()


def test_a_code_is_good_once() -> None:
    a_reader()
    with pytest.raises(rules.CodeUnknown):
        actions.pair(code="2345-6789", token="gr_second", device="", version="", deed=a_deed())


def test_a_code_is_good_for_ten_minutes() -> None:
    _, code = actions.invite(till=factories.a_till(), random=RANDOM, deed=a_deed())
    late = a_deed(now=NOW + timedelta(minutes=10))
    with pytest.raises(rules.CodeUnknown):
        actions.pair(code=code, token="gr_secret", device="", version="", deed=late)


def test_a_closed_till_gets_no_reader() -> None:
    till = factories.a_till()
    programmes.close_till(till=till, deed=a_deed())
    with pytest.raises(Refusal, match="till_closed"):
        actions.invite(till=till, random=RANDOM, deed=a_deed())


def test_neither_code_nor_token_is_kept_in_clear() -> None:
    reader = a_reader(token="gr_a-very-secret-token")
    kept = repr([*Reader.objects.values(), *Invitation.objects.values(), *AuditEntry.objects.values()])
    assert "gr_a-very-secret-token" not in kept
    assert "2345" not in kept
    assert bytes(reader.token_hash) == rules.hash_of("gr_a-very-secret-token")


def test_an_unpaired_reader_is_nobody_from_that_moment() -> None:
    reader = a_reader()
    actions.unpair(reader=reader, deed=a_deed())
    actions.unpair(reader=reader, deed=a_deed())
    assert queries.by_token("gr_secret") is None
    assert [entry.action for entry in AuditEntry.objects.filter(action__startswith="reader.").order_by("id")] == [
        "reader.paired",
        "reader.unpaired",
    ]


# ---- What it says of itself ----


def test_a_reader_tells_how_it_is_and_is_silent_when_it_tells_nothing() -> None:
    reader = a_reader()
    later = NOW + timedelta(seconds=30)
    actions.report(reader=reader, state="ready", device="", deed=a_deed(now=later))
    kept = Reader.objects.get()
    assert (kept.state, kept.device, kept.seen_at) == ("ready", "ACS ACR1222L", later)
    assert not rules.is_silent(kept.seen_at, now=later + timedelta(seconds=90))
    assert rules.is_silent(kept.seen_at, now=later + timedelta(seconds=91))


def test_the_same_told_again_at_once_is_not_written() -> None:
    reader = a_reader()
    actions.report(reader=reader, state="absent", device="", deed=a_deed(now=NOW + timedelta(seconds=1)))
    assert Reader.objects.get().seen_at == NOW


# ---- Presenting ----


def test_a_card_pays_the_basket_that_waits_at_the_readers_till() -> None:
    reader = a_reader()
    wallet, token = factories.a_wallet(programme=reader.programme), factories.a_token()
    factories.a_card(wallet=wallet, token=token)
    factories.funded(wallet, 1000)
    tills.open_checkout(till=reader.till, amount_minor=300, deed=a_deed())

    deed = a_deed()
    done = actions.present(reader=reader, token=token, key=KEY, deed=deed)
    again = actions.present(reader=reader, token=token, key=KEY, deed=a_deed())

    assert isinstance(done, Presented)
    assert isinstance(again, Presented)
    assert done.outcome is not None
    assert again.outcome is not None
    assert (done.outcome.state, done.outcome.replayed) == ("paid", False)
    assert (again.outcome.payment, again.outcome.replayed) == (done.outcome.payment, True)


def test_a_card_with_nothing_to_pay_is_looked_at_and_the_till_learns_of_it() -> None:
    reader = a_reader()
    token = factories.a_token()
    card = factories.a_card(wallet=factories.a_wallet(programme=reader.programme), token=token)
    assert actions.present(reader=reader, token=token, key=KEY, deed=a_deed()) == card
    kept = Reader.objects.get()
    assert (kept.looked_card, kept.looked_at) == (card, NOW)


def test_a_card_of_another_programme_is_unknown() -> None:
    token = factories.a_token()
    factories.a_card(token=token)
    with pytest.raises(UnknownCard):
        actions.present(reader=a_reader(), token=token, key=KEY, deed=a_deed())


def test_a_pairing_that_waits_at_the_till_gets_the_card() -> None:
    reader = a_reader()
    wallet = factories.a_wallet(programme=reader.programme)
    cards.wait_for_card(wallet=wallet, till=reader.till, deed=a_deed())

    done = actions.present(reader=reader, token=factories.a_token(), key=KEY, deed=a_deed())

    assert isinstance(done, Presented)
    assert done.pairing is not None
    assert done.pairing.state == PairingState.PAIRED
    assert Card.objects.get(wallet=wallet) == done.pairing.card

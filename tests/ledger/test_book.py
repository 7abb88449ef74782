"""Load, decide, save: what is written comes back as it was decided."""

import psycopg
import pytest
from django.db import connection, transaction

from groat.errors import Refusal
from groat.ledger import book, store
from groat.ledger.core import commands
from groat.ledger.core.refusals import BeyondOriginal, InsufficientCredit, NoSuchWallet
from groat.ledger.core.reversal import Record
from groat.ledger.models import Entry, Posting
from tests.ledger.books import NOW, Ledger, minter
from tests.ledger.histories import everything

pytestmark = pytest.mark.django_db


def recorded(ledger: Ledger, *entries: int) -> dict[int, Record]:
    with transaction.atomic():
        return dict(book.database(connection.vendor).records(book.raw(), ledger.programme, list(entries)))


@pytest.mark.django_db(transaction=True)
def test_who_forgets_the_transaction_is_told() -> None:
    ledger = Ledger()
    with pytest.raises(transaction.TransactionManagementError):
        book.post(programme_id=ledger.programme, command=commands.TopUp(ledger.wallet, 5, 5), now=NOW, mint=ledger.mint)


def test_every_kind_of_entry_is_recorded_as_it_was_decided() -> None:
    ledger = everything()
    kinds = set(Entry.objects.filter(programme=ledger.programme).values_list("kind", flat=True))
    names = list(Entry.objects.filter(programme=ledger.programme).order_by("id").values_list("id", flat=True))
    assert len(kinds) == 9
    records = recorded(ledger, *names)
    assert sorted(records) == names
    for name, record in records.items():
        rows = Posting.objects.filter(programme=ledger.programme, entry=name)
        assert {(p.account, p.amount_minor, p.sequence, p.balance_minor) for p in record.entry.postings} == set(
            rows.values_list("account", "amount_minor", "sequence", "balance_minor")
        )


def test_a_tallys_postings_are_numbered_over_batches() -> None:
    ledger = Ledger()
    ledger.top_up(100)
    ledger.post_many(*[commands.Spend(ledger.wallet, amount) for amount in (1, 2, 3)])
    ledger.post_many(*[commands.Spend(ledger.wallet, amount) for amount in (4, 5)])
    revenue = Posting.objects.filter(programme=ledger.programme, account=1).order_by("sequence")
    assert list(revenue.values_list("sequence", "amount_minor", "balance_minor")) == [
        (1, 1, 1),
        (2, 2, 3),
        (3, 3, 6),
        (4, 4, 10),
        (5, 5, 15),
    ]


def test_a_refused_command_of_a_batch_leaves_its_neighbours_alone() -> None:
    ledger = Ledger()
    ledger.top_up(100)
    outcomes = ledger.post_many(
        commands.Spend(ledger.wallet, 60),
        commands.Spend(ledger.wallet, 60),
        commands.Spend(ledger.wallet, 40),
        commands.Spend(4711, 1),
    )
    assert [outcome for outcome in outcomes if isinstance(outcome, Refusal)] == [
        InsufficientCredit(available_minor=40, missing_minor=20),
        NoSuchWallet(),
    ]
    assert ledger.loaded()[ledger.wallet].posted_minor == 0
    assert ledger.fault() is None


def test_a_refusal_writes_nothing() -> None:
    ledger = Ledger()
    with pytest.raises(InsufficientCredit):
        ledger.spend(1)
    assert not Entry.objects.filter(programme=ledger.programme).exists()


def test_another_programmes_wallet_hold_and_entry_are_not_found() -> None:
    mine, other = Ledger(), Ledger()
    spent = other.top_up(100).entry
    hold = other.post(commands.PlaceHold(other.wallet, 5, NOW.replace(hour=23))).holds[0]
    assert spent is not None
    outcomes = mine.post_many(commands.Spend(other.wallet, 1), commands.Reverse(spent.id), commands.Capture(hold.id))
    codes = [outcome.code for outcome in outcomes if isinstance(outcome, Refusal)]
    assert codes == ["wallet_not_found", "entry_not_found", "hold_not_found"]


def test_a_reversal_counts_though_it_was_minted_behind_the_clock_of_its_original() -> None:
    ledger = Ledger()
    ledger.top_up(100)
    spent = ledger.spend(60).entry
    assert spent is not None
    ledger.mint = minter(NOW.replace(minute=0))  # another machine, half an hour slow
    undone = ledger.post(commands.Reverse(spent.id, 50)).entry
    assert undone is not None
    assert undone.id < spent.id
    with pytest.raises(BeyondOriginal) as raised:
        ledger.post(commands.Reverse(spent.id, 50))
    assert raised.value == BeyondOriginal(left_minor=10)
    assert ledger.loaded()[ledger.wallet].posted_minor == 90
    assert ledger.fault() is None


def test_accounts_are_opened_empty_with_their_floor() -> None:
    ledger = Ledger(-70)
    wallet = ledger.loaded()[ledger.wallet]
    assert (wallet.posted_minor, wallet.held_minor, wallet.floor_minor, wallet.sequence) == (0, 0, -70, 0)
    with pytest.raises(commands.ImpossibleAmount):
        ledger.open(floor_minor=5)


@pytest.mark.django_db(transaction=True)
def test_what_is_posted_commits_with_its_transaction_or_not_at_all() -> None:
    ledger = Ledger()
    ledger.top_up(100)

    @transaction.atomic
    def until_the_power_is_gone() -> None:
        # Nothing has been asked of the database in this transaction before.
        spend = commands.Spend(ledger.wallet, 60)
        book.post(programme_id=ledger.programme, command=spend, now=NOW, mint=ledger.mint)
        raise OSError("the power is gone")

    with pytest.raises(OSError, match="the power is gone"):
        until_the_power_is_gone()
    assert ledger.loaded()[ledger.wallet].posted_minor == 100
    assert Entry.objects.filter(programme=ledger.programme).count() == 1


@pytest.mark.postgresql_only
@pytest.mark.django_db(transaction=True)
def test_a_connection_that_is_lost_while_posting_is_an_error_and_posts_nothing() -> None:
    ledger = Ledger()
    ledger.top_up(100)
    settings = connection.get_connection_params()
    known = {name: settings[name] for name in ("host", "port", "dbname", "user", "password") if settings.get(name)}

    def mint_while_the_connection_is_cut() -> int:
        with psycopg.connect(**known, autocommit=True) as other:
            other.execute("SELECT pg_terminate_backend(%s, 5000)", [connection.connection.info.backend_pid])
        return ledger.mint()

    with pytest.raises(psycopg.OperationalError), transaction.atomic():
        book.post(
            programme_id=ledger.programme,
            command=commands.Spend(ledger.wallet, 60),
            now=NOW,
            mint=mint_while_the_connection_is_cut,
        )
    connection.close()
    assert ledger.loaded()[ledger.wallet].posted_minor == 100
    assert ledger.fault() is None


def test_a_wallet_whose_lots_do_not_add_up_to_its_balance_is_not_decided_on() -> None:
    balance = (1000, 1, 70, 0, 0, 0, 3)
    lots = [(1000, 5, "bonus", 50, 20, 0, 0, None, 0), (1000, 6, "purchased", 50, 50, 0, 0, None, 0)]
    assert store.assemble([balance], lots, [])[1000].posted_minor == 70
    with pytest.raises(store.TornWallet):
        store.assemble([balance], lots[:1], [])

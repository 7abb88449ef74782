"""The seal: blocks, one chained to the other."""

import hashlib
import json
import threading
from datetime import datetime, timedelta

import pytest
from django.db import close_old_connections, connection, connections, transaction
from django.test.utils import CaptureQueriesContext

from groat.ledger import seal
from groat.ledger.core import commands
from groat.ledger.models import Block, Entry
from groat.ledger.verify import Fault, chain_fault, head_fault
from tests.ledger.books import NOW, Ledger, past_the_triggers, rows
from tests.ledger.histories import everything

LATER = NOW + timedelta(days=1)


def blocks(ledger: Ledger) -> list[Block]:
    return list(Block.objects.filter(programme=ledger.programme).order_by("number"))


def entries(ledger: Ledger) -> list[int]:
    return list(Entry.objects.filter(programme=ledger.programme).order_by("id").values_list("id", flat=True))


def us(at: datetime) -> int:
    return round(at.timestamp() * 1_000_000)


@pytest.mark.django_db
def test_a_block_holds_what_its_documentation_says() -> None:
    ledger = Ledger()
    done = ledger.top_up(500, expires_at=NOW + timedelta(days=9), actor="staff:7")
    assert done.entry is not None
    (grant,) = done.entry.grants
    assert seal.seal(programme_id=ledger.programme, now=LATER) == 1

    lines = [
        [ledger.programme, 1, done.entry.id, 1, us(LATER)],
        [
            *[done.entry.id, "top_up", us(NOW), None, None, "staff:7", ""],
            [[2, -500, 1, -500], [20, -500, 1, -500], [21, 500, 1, 500], [ledger.wallet, 500, 1, 500]],
            [],
            [],
            [[grant.lot.id, ledger.wallet, "purchased", 500, us(NOW + timedelta(days=9))]],
        ],
    ]
    text = "".join(json.dumps(line, separators=(",", ":")) + "\n" for line in lines)
    head = seal.head(programme_id=ledger.programme)
    assert head is not None
    assert bytes(head.hash) == hashlib.sha256(bytes(32) + text.encode()).digest()
    assert (head.number, head.horizon, head.entries, head.sealed_at) == (1, done.entry.id, 1, LATER)


@pytest.mark.django_db
def test_blocks_follow_each_other_without_gap_or_overlap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seal, "MOST", 7)
    monkeypatch.setattr(seal, "CHUNK", 3)
    ledger = everything()
    sealed = []
    while count := seal.seal(programme_id=ledger.programme, now=LATER):
        sealed.append(count)
    chain = blocks(ledger)
    assert sealed == [block.entries for block in chain]
    assert max(sealed) == 7
    assert sum(sealed) == len(entries(ledger))
    assert [block.number for block in chain] == list(range(1, len(chain) + 1))
    assert [bytes(block.previous) for block in chain] == [bytes(32), *(bytes(block.hash) for block in chain[:-1])]
    assert chain[-1].horizon == entries(ledger)[-1]
    assert chain_fault(programme_id=ledger.programme) is None


@pytest.mark.django_db
def test_young_entries_wait_for_the_next_block() -> None:
    ledger = Ledger()
    old = ledger.top_up(500).entry
    ledger.move_on(NOW + timedelta(seconds=5))
    ledger.spend(1)
    assert old is not None
    assert seal.seal(programme_id=ledger.programme, now=NOW + seal.BEHIND + timedelta(seconds=1)) == 1
    assert seal.seal(programme_id=ledger.programme, now=NOW + seal.BEHIND + timedelta(seconds=1)) == 0
    assert [block.horizon for block in blocks(ledger)] == [old.id]
    assert seal.seal(programme_id=ledger.programme, now=NOW + seal.BEHIND + timedelta(seconds=6)) == 1


@pytest.mark.django_db
def test_all_programmes_are_sealed_and_each_has_its_own_chain() -> None:
    ledgers = [Ledger(), Ledger(), Ledger()]
    for ledger in ledgers[:2]:
        ledger.top_up(500)
    assert seal.unsealed(now=LATER) == [ledger.programme for ledger in ledgers[:2]]
    assert seal.seal_all(now=LATER) == 2
    assert seal.unsealed(now=LATER) == []
    assert [len(blocks(ledger)) for ledger in ledgers] == [1, 1, 0]
    assert seal.head(programme_id=ledgers[2].programme) is None


@pytest.mark.django_db
def test_a_programme_that_cannot_be_sealed_does_not_stop_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    ledgers = [Ledger(), Ledger()]
    for ledger in ledgers:
        ledger.top_up(500)
    draft = seal._draft

    def fails(programme: int, now: datetime) -> seal.Draft | None:
        if programme == ledgers[0].programme:
            raise ValueError("its disk is broken")
        return draft(programme, now)

    monkeypatch.setattr(seal, "_draft", fails)
    assert seal.seal_all(now=LATER) == 1
    assert [len(blocks(ledger)) for ledger in ledgers] == [0, 1]


@pytest.mark.django_db
def test_an_entry_that_comes_while_the_block_is_hashed_is_in_it(monkeypatch: pytest.MonkeyPatch) -> None:
    ledger = Ledger()
    ledger.top_up(500)
    late = ledger.mint()
    ledger.spend(1)
    digest = seal.digest
    calls = []

    def slow(draft: seal.Draft) -> bytes | None:
        hashed = digest(draft)
        calls.append(draft.entries)
        if len(calls) == 1:
            ledger.mint = iter([late]).__next__
            ledger.spend(2)
        return hashed

    monkeypatch.setattr(seal, "digest", slow)
    assert seal.seal(programme_id=ledger.programme, now=LATER) == 3
    assert calls == [2, 3]
    assert chain_fault(programme_id=ledger.programme) is None


@pytest.mark.django_db
@pytest.mark.parametrize(
    "change",
    [
        "UPDATE ledger_entry SET actor = 'nobody' WHERE kind = 'spend'",
        "UPDATE ledger_entry SET reason = 'because' WHERE kind = 'transfer'",
        "UPDATE ledger_entry SET at = '2026-03-14 09:30:01' WHERE kind = 'spend'",
        "UPDATE ledger_posting SET balance_minor = balance_minor + 1 WHERE sequence = 3",
        "UPDATE ledger_lot_use SET amount_minor = amount_minor - 1",
        "UPDATE ledger_lot_date SET expires_at = NULL",
        "UPDATE ledger_lot SET granted_until = NULL",
        "UPDATE ledger_lot SET origin = 'gift'",
        "UPDATE ledger_block SET sealed_at = '2026-03-14 09:30:01'",
        "DELETE FROM ledger_entry WHERE kind = 'spend'",
        "DELETE FROM ledger_lot_date",
        "UPDATE ledger_block SET entries = entries - 1",
    ],
)
def test_a_changed_history_does_not_match_its_seal(change: str) -> None:
    ledger = everything()
    first = entries(ledger)[-1]
    seal.seal(programme_id=ledger.programme, now=LATER)
    assert chain_fault(programme_id=ledger.programme) is None
    with past_the_triggers():
        with connection.cursor() as cursor:
            cursor.execute(change)
            assert cursor.rowcount > 0
        assert chain_fault(programme_id=ledger.programme) == Fault(
            "chain_broken",
            ledger.programme,
            f"Block 1 of the seal (entries 1 to {first}) does not match what it sealed.",
        )


@pytest.mark.django_db
def test_a_block_that_is_taken_out_is_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seal, "MOST", 5)
    ledger = everything()
    while seal.seal(programme_id=ledger.programme, now=LATER):
        pass
    last = blocks(ledger)[-1]
    with past_the_triggers():
        Block.objects.filter(programme=ledger.programme, number=2).delete()
        assert chain_fault(programme_id=ledger.programme) == Fault(
            "chain_broken", ledger.programme, "Block 2 of the seal is missing."
        )
    with past_the_triggers():
        Block.objects.filter(programme=ledger.programme, number=2).update(previous=bytes(32))
        assert chain_fault(programme_id=ledger.programme) == Fault(
            "chain_broken", ledger.programme, "Block 2 of the seal does not follow from the one before it."
        )
    with past_the_triggers():
        Block.objects.filter(programme=ledger.programme, number=last.number).delete()
        # Only who wrote the head down can know.
        assert chain_fault(programme_id=ledger.programme) is None
        kept = bytes(last.hash).hex()
        assert head_fault(programme_id=ledger.programme, number=last.number, hash_hex=kept) == Fault(
            "head_missing", ledger.programme, f"Block {last.number} of the seal, once written down, is gone."
        )
    assert head_fault(programme_id=ledger.programme, number=last.number, hash_hex=kept) is None
    assert head_fault(programme_id=ledger.programme, number=last.number, hash_hex="00" * 32) == Fault(
        "head_differs", ledger.programme, f"Block {last.number} of the seal is not the one written down."
    )


@pytest.mark.django_db(transaction=True)
@pytest.mark.postgresql_only
def test_payments_do_not_queue_long_behind_a_seal_that_waits_for_one_of_them() -> None:
    ledger = Ledger()
    ledger.top_up(500)
    slow, done = threading.Event(), threading.Event()

    def a_slow_payment() -> None:
        with transaction.atomic():
            ledger.spend(1)
            slow.set()
            done.wait(20)
        connections.close_all()

    thread = threading.Thread(target=a_slow_payment)
    thread.start()
    slow.wait(20)
    assert seal.seal(programme_id=ledger.programme, now=LATER) == 0
    done.set()
    thread.join()
    assert seal.seal(programme_id=ledger.programme, now=LATER) == 2
    assert chain_fault(programme_id=ledger.programme) is None


@pytest.mark.django_db(transaction=True)
def test_two_who_seal_at_once_make_one_chain() -> None:
    ledger = Ledger()
    ledger.top_up(500)
    ledger.spend(1)
    start = threading.Barrier(2)
    sealed = []

    def seals() -> None:
        close_old_connections()
        start.wait(20)
        sealed.append(seal.seal(programme_id=ledger.programme, now=LATER))
        connections.close_all()

    threads = [threading.Thread(target=seals) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(sealed) == [0, 2]
    assert len(blocks(ledger)) == 1
    assert chain_fault(programme_id=ledger.programme) is None


@pytest.mark.django_db
def test_sealing_takes_a_fixed_number_of_queries() -> None:
    counts = []
    for spends in (1, 40):
        ledger = Ledger()
        ledger.top_up(500)
        ledger.post_many(*[commands.Spend(ledger.wallet, 1)] * spends)
        with CaptureQueriesContext(connection) as queries:
            assert seal.seal(programme_id=ledger.programme, now=LATER) == spends + 1
        counts.append(len(queries))
    assert counts[0] == counts[1]
    assert rows("SELECT count(*) FROM ledger_block")[0][0] == 2

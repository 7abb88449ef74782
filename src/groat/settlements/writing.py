"""What the actions on statements share. Everything here demands a transaction."""

from collections.abc import Iterable
from datetime import date
from zoneinfo import ZoneInfo

from groat.customers import writing as people
from groat.customers.models import Wallet
from groat.ledger import book
from groat.programmes import writing
from groat.programmes.deeds import Deed
from groat.programmes.models import Programme
from groat.settlements import queries
from groat.settlements.models import Statement


def today(programme: Programme, deed: Deed) -> date:
    """The day of a deed where the programme is."""
    return deed.now.astimezone(ZoneInfo(programme.time_zone)).date()


def only(programme_id: int) -> None:
    """Let nobody else state or settle in the programme until the transaction ends; payments go on."""
    writing.demand_transaction()
    Programme.objects.select_for_update(no_key=True).get(pk=programme_id)


def lock(*, programme_id: int, wallets: Iterable[int]) -> None:
    """Let nobody book on these wallets until the transaction ends: what is unpaid of them is then read and changed.

    Groups before wallets before their balances, as on every path. A top-up, which has its balance, may still name
    the wallet: only what is not its key is locked.
    """
    writing.demand_transaction()
    only(programme_id)
    people.lock_groups(programme_id)
    names = sorted(wallets)
    rows = Wallet.objects.filter(programme_id=programme_id, pk__in=names).order_by("pk")
    list(rows.select_for_update(of=("self",), no_key=True).values_list("pk"))
    book.lock_all(programme_id=programme_id, wallets=names)


def look_again(*, programme: Programme, wallets: Iterable[int], deed: Deed) -> tuple[int, int]:
    """Close the statements of locked wallets that are paid, let those owe again who settled what was overdue, and
    stop the credit of those who did not; returns how many could and how many could not owe any more.
    """
    writing.demand_transaction()
    names = sorted(wallets)
    rows = list(Statement.objects.filter(programme_id=programme.id, is_open=True, wallet_id__in=names))
    left = queries.unpaid(rows)
    Statement.objects.filter(pk__in=[row.id for row in rows if not left[row.id]]).update(is_open=False)
    day = today(programme, deed)
    overdue = {row.wallet_id for row in rows if left[row.id] and row.blocks_on is not None and row.blocks_on <= day}
    stopped = Wallet.objects.filter(programme_id=programme.id, pk__in=names, overdue_since__isnull=False)
    settled = set(stopped.values_list("pk", flat=True)) - overdue
    restored = people.restore_credit(programme_id=programme.id, wallets=settled, deed=deed) if settled else 0
    blocked = people.stop_credit(programme_id=programme.id, wallets=overdue, deed=deed) if overdue else 0
    return restored, blocked

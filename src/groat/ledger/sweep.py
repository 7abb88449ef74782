"""The sweep: books what has expired, though nobody came to the wallet.

What is due counts as gone whether or not this has run. It makes the breakage show in the books and
the expiry in the statement, soon.
"""

import logging
from collections.abc import Callable
from datetime import datetime
from itertools import groupby

from django.db import transaction

from groat.ledger import book, queries
from groat.ledger.core import commands

log = logging.getLogger(__name__)

MOST = 200
"""Wallets that are booked, and locked, together."""


def sweep(*, now: datetime, mint: Callable[[], int]) -> int:
    """Book the wallets of which something is due; returns how many. Each batch has its own transaction.

    A wallet that cannot be booked is left for the next time, and does not stop the others.
    """
    swept = 0
    failed: set[tuple[int, int]] = set()
    while due := [one for one in queries.due(now=now, limit=MOST + len(failed)) if one not in failed]:
        for programme, wallets in groupby(sorted(due), key=lambda one: one[0]):
            accounts = [account for _, account in wallets]
            left = _expire(programme, accounts, now, mint)
            failed |= {(programme, account) for account in left}
            swept += len(accounts) - len(left)
    return swept


def _expire(programme: int, accounts: list[int], now: datetime, mint: Callable[[], int]) -> list[int]:
    """Book the batch, or else one by one; returns the wallets that could not be."""
    try:
        _book(programme, accounts, now, mint)
    except Exception:
        if len(accounts) == 1:
            log.exception("what is due of wallet %d of programme %d cannot be booked", accounts[0], programme)
            return accounts
        return [left for account in accounts for left in _expire(programme, [account], now, mint)]
    return []


@transaction.atomic
def _book(programme: int, accounts: list[int], now: datetime, mint: Callable[[], int]) -> None:
    batch: list[commands.Command] = [commands.Expire(account) for account in accounts]
    book.post_many(programme_id=programme, batch=batch, now=now, mint=mint)

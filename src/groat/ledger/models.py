"""The book's tables, for reading through the ORM.

They are made by the SQL files beside this one, for what protects them (triggers, storage
settings, partial indexes) is not to be said in Django's words. Only `book` writes them. No foreign
key leaves the ledger and every primary key begins with the programme, so that a programme's book
can live on a shard of its own.
"""

from django.db import models

from groat.ledger.core.entries import Kind
from groat.ledger.core.lots import Origin


class Account(models.Model):
    """An account of a programme's book: a wallet, or one of its tallies. Never changed."""

    pk = models.CompositePrimaryKey("programme", "id")
    programme = models.BigIntegerField()
    id = models.BigIntegerField()
    opened_at = models.DateTimeField()

    class Meta:
        managed = False
        db_table = "ledger_account"


class Balance(models.Model):
    """Where an account stands: narrow, for each payment rewrites it."""

    pk = models.CompositePrimaryKey("programme", "account")
    programme = models.BigIntegerField()
    account = models.BigIntegerField()
    posted_minor = models.BigIntegerField()
    held_minor = models.BigIntegerField()
    floor_minor = models.BigIntegerField(null=True)
    """None for tallies, which have no floor."""
    overdrawn_minor = models.BigIntegerField()
    sequence = models.BigIntegerField()
    next_due = models.DateTimeField(null=True)
    """When the next of its lots or holds expires."""

    class Meta:
        managed = False
        db_table = "ledger_balance"


class Entry(models.Model):
    """Something that happened to the money. Append-only."""

    pk = models.CompositePrimaryKey("programme", "id")
    programme = models.BigIntegerField()
    id = models.BigIntegerField()
    kind = models.CharField(max_length=12, choices=[(kind.value, kind.name) for kind in Kind])
    at = models.DateTimeField()
    reverses = models.BigIntegerField(null=True)
    hold = models.BigIntegerField(null=True)
    actor = models.CharField(max_length=40)
    reason = models.CharField(max_length=200)

    class Meta:
        managed = False
        db_table = "ledger_entry"


class Posting(models.Model):
    """An amount added to an account by an entry, with the account's balance after it. Append-only."""

    pk = models.CompositePrimaryKey("programme", "entry", "account")
    programme = models.BigIntegerField()
    entry = models.BigIntegerField()
    account = models.BigIntegerField()
    amount_minor = models.BigIntegerField()
    sequence = models.BigIntegerField()
    balance_minor = models.BigIntegerField()

    class Meta:
        managed = False
        db_table = "ledger_posting"


class Lot(models.Model):
    """Credits of one origin with one expiry, as they stand."""

    pk = models.CompositePrimaryKey("programme", "account", "id")
    programme = models.BigIntegerField()
    account = models.BigIntegerField()
    id = models.BigIntegerField()
    entry = models.BigIntegerField()
    origin = models.CharField(max_length=10, choices=[(origin.value, origin.name) for origin in Origin])
    granted_minor = models.BigIntegerField()
    remaining_minor = models.BigIntegerField()
    held_minor = models.BigIntegerField()
    settled_minor = models.BigIntegerField()
    expired_minor = models.BigIntegerField()
    granted_until = models.DateTimeField(null=True)
    """The expiry with which it was made."""
    expires_at = models.DateTimeField(null=True)
    live = models.BooleanField()
    """Whether anything of it remains."""

    class Meta:
        managed = False
        db_table = "ledger_lot"


class LotUse(models.Model):
    """What an entry took from a lot (negative) or gave back to it (positive). Append-only."""

    pk = models.CompositePrimaryKey("programme", "entry", "lot")
    programme = models.BigIntegerField()
    entry = models.BigIntegerField()
    lot = models.BigIntegerField()
    account = models.BigIntegerField()
    amount_minor = models.BigIntegerField()

    class Meta:
        managed = False
        db_table = "ledger_lot_use"


class LotDate(models.Model):
    """An expiry moved by an entry. Append-only."""

    pk = models.CompositePrimaryKey("programme", "entry", "lot")
    programme = models.BigIntegerField()
    entry = models.BigIntegerField()
    lot = models.BigIntegerField()
    account = models.BigIntegerField()
    expired_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True)

    class Meta:
        managed = False
        db_table = "ledger_lot_date"


class Hold(models.Model):
    """An amount set aside until it is captured, released, or expires. Closed once."""

    pk = models.CompositePrimaryKey("programme", "id")
    programme = models.BigIntegerField()
    id = models.BigIntegerField()
    account = models.BigIntegerField()
    amount_minor = models.BigIntegerField()
    captured_minor = models.BigIntegerField()
    released_minor = models.BigIntegerField()
    expires_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)

    class Meta:
        managed = False
        db_table = "ledger_hold"


class HoldLot(models.Model):
    """What an open hold has reserved of a lot."""

    pk = models.CompositePrimaryKey("programme", "hold", "lot")
    programme = models.BigIntegerField()
    hold = models.BigIntegerField()
    lot = models.BigIntegerField()
    account = models.BigIntegerField()
    amount_minor = models.BigIntegerField()

    class Meta:
        managed = False
        db_table = "ledger_hold_lot"


class Request(models.Model):
    """A request that was made once, and what was answered."""

    pk = models.CompositePrimaryKey("programme", "client", "key")
    programme = models.BigIntegerField()
    client = models.CharField(max_length=40)
    key = models.CharField(max_length=255)
    fingerprint = models.BinaryField(max_length=32)
    outcome = models.TextField()
    """JSON, as the caller of the book stored it."""
    at = models.DateTimeField()

    class Meta:
        managed = False
        db_table = "ledger_request"


class Block(models.Model):
    """A seal over the entries since the one before, chained by hash. Append-only."""

    pk = models.CompositePrimaryKey("programme", "number")
    programme = models.BigIntegerField()
    number = models.BigIntegerField()
    horizon = models.BigIntegerField()
    """Seals the entries up to this id; none that is older can be added any more."""
    entries = models.BigIntegerField()
    previous = models.BinaryField(max_length=32)
    hash = models.BinaryField(max_length=32)
    sealed_at = models.DateTimeField()

    class Meta:
        managed = False
        db_table = "ledger_block"

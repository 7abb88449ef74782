"""What the actions of all features share when they write rows. Everything here demands a transaction."""

from collections.abc import Callable, Container, Iterator
from contextlib import contextmanager
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, models, transaction

from groat.errors import NotFound, Refusal
from groat.ledger.core.commands import ImpossibleAmount
from groat.programmes import rules
from groat.programmes.models import Till
from groat.rows import OfProgramme, Row


class NoTransaction(Exception):
    """A function that writes was called where nothing would take its work back."""


def demand_transaction() -> None:
    """Raise `NoTransaction` outside a transaction."""
    if not transaction.get_connection().in_atomic_block:
        raise NoTransaction


def checked[R: models.Model](row: R, *, only: Container[str] | None = None) -> R:
    """The row, if each field (or `only` those named) can hold what is in it; raises InvalidValue for the first not."""
    for field in row._meta.concrete_fields:
        if only is not None and field.name not in only:
            continue
        if field.is_relation or isinstance(field, models.BinaryField | models.JSONField | models.FileField):
            continue
        value = getattr(row, field.attname)
        if isinstance(value, str):
            if not rules.is_storable(value):
                raise rules.InvalidValue(field.name, "invalid")
            # Django leaves the length of a text to forms.
            if field.max_length is not None and len(value) > field.max_length:
                raise rules.InvalidValue(field.name, "max_length")
        if (value is None and field.null) or (value in field.empty_values and field.blank):
            continue
        try:
            setattr(row, field.attname, field.clean(value, row))
        except ValidationError as error:
            raise rules.InvalidValue(field.name, error.error_list[0].code or "invalid") from error
    return row


def locked[R: Row](row: R) -> R:
    """The row as it stands now, and nobody else changes it until the transaction ends."""
    return type(row)._default_manager.select_for_update(of=("self",)).get(pk=row.pk)


def change[R: Row](row: R, changes: dict[str, Any], *, check: Callable[[R], object] = checked) -> dict[str, list[Any]]:
    """Save what differs, and tell it: field → [before, after]. Nothing is written when nothing differs.

    `check` raises a refusal when the row cannot be so.
    """
    told = {}
    for name, value in changes.items():
        before = getattr(row, name)
        if before != value:
            setattr(row, name, value)
            told[name] = [_plain(before), _plain(value)]
    if told:
        check(row)
        row.save(update_fields=list(told))
    return told


def _plain(value: Any) -> Any:
    if isinstance(value, models.Model):
        return str(value)
    return value if isinstance(value, bool | int | str | None) else str(value)


@contextmanager
def unless_taken(refusal: Refusal, *signs: str) -> Iterator[None]:
    """Raise the refusal when the database says that something unique is taken.

    `signs` are what its complaint is known by: the constraint's name (PostgreSQL, and SQLite's
    indexes over expressions) and `table.column` (SQLite's other ones).
    """
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        if not any(sign in str(error) for sign in signs):
            raise
        raise refusal from error


@contextmanager
def sensible_amounts() -> Iterator[None]:
    """Raise InvalidAmount where the ledger finds an amount impossible."""
    try:
        yield
    except ImpossibleAmount as error:
        raise rules.InvalidAmount from error


def same_programme(*rows: OfProgramme | None) -> None:
    """Raise NotFound unless all rows belong to one programme: nothing crosses."""
    if len({row.programme_id for row in rows if row is not None}) > 1:
        raise NotFound


def open_till(till: Till) -> Till:
    """The till, if it is in use."""
    if till.closed_at is not None:
        raise rules.TillClosed(till.name)
    return till

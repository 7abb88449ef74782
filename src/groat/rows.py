"""What every table outside the ledger shares: a minted key, and a public id made from it."""

from functools import cache
from typing import ClassVar, Self
from uuid import UUID

from django.db import models

from groat import ids
from groat.errors import NotFound


class Row(models.Model):
    """A row whose 64-bit key is minted by the caller and whose public id is a UUIDv7 of the same bits."""

    kind: ClassVar[str]

    id = models.BigIntegerField(primary_key=True)

    class Meta:
        abstract = True

    @property
    def public_id(self) -> UUID:
        return ids.public(self.kind, self.id)

    @classmethod
    def key_of(cls, public_id: UUID | str) -> int:
        """The key of the row that the outside calls `public_id`; `NotFound` when it names none of this kind."""
        try:
            return ids.private(cls.kind, public_id)
        except ids.NotAnId as error:
            raise NotFound from error


class OfProgramme(Row):
    """A row that belongs to one programme and is looked up only inside it."""

    programme: "models.ForeignKey[models.Model, models.Model]"
    programme_id: int

    class Meta:
        abstract = True

    @classmethod
    def named(cls, *, programme_id: int, public_id: UUID | str) -> Self:
        """The programme's row with this public id; `NotFound` for another programme's as for none."""
        # Almost every request begins with this one. Django takes longer to put the query together
        # than the database to answer it.
        for found in cls._default_manager.raw(_by_key(cls), [programme_id, cls.key_of(public_id)]):
            return found
        raise NotFound


_BY_KEY = 'SELECT {columns} FROM "{table}" WHERE programme_id = %s AND id = %s'


@cache
def _by_key(rows: type[OfProgramme]) -> str:
    columns = ", ".join(f'"{field.column}"' for field in rows._meta.concrete_fields)
    return _BY_KEY.format(columns=columns, table=rows._meta.db_table)

"""Lists in pages: a cursor says where the next page begins, and only we can have made it."""

from collections.abc import Callable, Sequence
from typing import Annotated, Any

from django.core import signing
from pydantic import BaseModel, ConfigDict, Field

from groat.api.operations import Out
from groat.api.problems import raised

MOST = 100


class PageIn(BaseModel):
    """Which page of a list."""

    limit: Annotated[int, Field(ge=1, le=MOST, description="How many items at most.")] = 50
    cursor: Annotated[
        str | None,
        Field(max_length=500, description="`next_cursor` of the page before; without it, the first page."),
    ] = None


class Page[Item](Out):
    """Some items of a list."""

    # Said again, for what is made of a generic class does not inherit its docstring.
    model_config = ConfigDict(json_schema_extra={"description": "Some items of a list."})

    items: list[Item]
    next_cursor: str | None
    """Ask for the next page with this; null on the last."""


class Listing:
    """A list with what it was narrowed down by: its cursors fit no other list, programme or search."""

    def __init__(self, name: str, programme_id: int, **narrowed: object) -> None:
        self._signer = signing.Signer(salt=f"groat.api.cursor:{name}:{programme_id}:{sorted(narrowed.items())}")

    def position(self, page: PageIn) -> Any:
        """Where the page begins, as given to `page` before; None for the first. Raises the problem of a bad cursor."""
        if page.cursor is None:
            return None
        try:
            return self._signer.unsign_object(page.cursor)
        except (signing.BadSignature, ValueError) as error:
            raise raised("cursor_invalid", "Take `next_cursor` as it came, with the same search.") from error

    def page(self, items: Sequence[Any], *, next_position: Any) -> dict[str, Any]:
        """A page; `next_position` (anything JSON can hold) is None when it is the last."""
        return {
            "items": list(items),
            "next_cursor": None if next_position is None else self._signer.sign_object(next_position),
        }

    def page_of[Row](self, rows: Sequence[Row], page: PageIn, *, at: Callable[[Row], Any]) -> tuple[list[Row], Any]:
        """Of rows asked for with one more than the limit: those to show, and where the next page begins."""
        shown = list(rows[: page.limit])
        return shown, at(shown[-1]) if len(rows) > page.limit else None

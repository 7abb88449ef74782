"""Tables that go out: row by row, and so that a spreadsheet takes no cell for a formula."""

import csv
from collections.abc import Iterable, Iterator

from django.http import StreamingHttpResponse

FORMULAS = ("=", "+", "-", "@", "\t", "\r")


def defused(cell: object) -> object:
    """The cell, with an apostrophe before a text that a spreadsheet would work out. Numbers stay numbers."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(FORMULAS) else cell


class _Echo:
    """What a CSV writer writes to, when each line is to be sent at once."""

    def write(self, line: str) -> str:
        return line


def streamed(heading: Iterable[object], rows: Iterable[Iterable[object]], *, name: str) -> StreamingHttpResponse:
    """A CSV to be kept under this name, sent while it is made."""
    writer = csv.writer(_Echo(), delimiter=";")

    def told() -> Iterator[str]:
        # The mark tells spreadsheets that it is UTF-8.
        yield "\ufeff" + writer.writerow(heading)
        for row in rows:
            yield writer.writerow([defused(cell) for cell in row])

    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store, private"}
    return StreamingHttpResponse(told(), content_type="text/csv; charset=utf-8", headers=headers)

"""Statements sent ahead of their answers, on one PostgreSQL connection.

The driver has a pipeline too, but waits at the socket once for each statement; a batch of payments
is fifteen of them, and so spends more time there than in the database. This one speaks to libpq
directly: what belongs together leaves in one write and is awaited once.
"""

import select
from collections import deque
from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

import psycopg
from psycopg import pq
from psycopg.adapt import Transformer

type Statement = tuple[str, Sequence[object]]
"""SQL with %s for parameters, and these: strings, numbers, times, None."""
type Rows = list[tuple[Any, ...]]

_FAILED = {pq.ExecStatus.FATAL_ERROR, pq.ExecStatus.BAD_RESPONSE}


class Pipeline:
    """Sends statements and gathers their rows in order.

    On a connection of its `own` it stays in pipeline mode and prepares each statement once; what is
    told travels with the next question or with the commit. On a shared connection (Django's) it
    leaves everything as it was after each call, and `settle` waits for what was told.
    """

    def __init__(self, connection: psycopg.Connection[Any], *, own: bool) -> None:
        self._connection = connection
        self._pg = connection.pgconn
        self._transformer = Transformer.from_context(connection)
        self._own = own
        self._told: list[Statement] = []
        self._prepared: dict[str, bytes] = {}
        self._awaited: deque[bool] = deque()
        """For each result on its way: whether its rows are wanted."""
        if own:
            self._pg.enter_pipeline_mode()

    def ask(self, *statements: Statement) -> list[Rows]:
        """The rows of each statement. Raises what the database refuses, also of what was told before."""
        if not self._own:
            return self._in_passing(statements)
        self._send(statements)
        self._pg.send_flush_request()
        return self._gather()

    def tell(self, sql: str, parameters: Sequence[object]) -> None:
        """Have a statement executed whose rows nobody wants, before the next question at the latest."""
        self._told.append((sql, parameters))

    def settle(self) -> None:
        """Wait until what was told is done; on a connection of its own that is what `commit` does."""
        if not self._own and self._told:
            self._in_passing(())

    def begin(self) -> None:
        """Begin a transaction; goes out with the first question."""
        self._told = [("BEGIN", ())]

    def commit(self) -> None:
        """Commit what was told; returns when it is durable."""
        self.tell("COMMIT", ())
        self._send(())
        self._pg.pipeline_sync()
        self._gather()
        self._synchronise()

    def _in_passing(self, statements: Sequence[Statement]) -> list[Rows]:
        if self._pg.transaction_status == pq.TransactionStatus.IDLE:
            # The driver begins its transaction with its own first statement, which this is not: without
            # this, each call would be a transaction of its own, and its locks gone before the next.
            self._told.insert(0, ("BEGIN", ()))
        self._pg.enter_pipeline_mode()
        try:
            try:
                self._send(statements)
                self._pg.pipeline_sync()
                return self._gather()
            finally:
                self._synchronise()
        finally:
            self._pg.exit_pipeline_mode()

    def _send(self, statements: Sequence[Statement]) -> None:
        told, self._told = self._told, []
        for sql, parameters in told:
            self._send_one(sql, parameters, wanted=False)
        for sql, parameters in statements:
            self._send_one(sql, parameters, wanted=True)

    def _send_one(self, sql: str, parameters: Sequence[object], *, wanted: bool) -> None:
        values = [None if value is None else _text(value) for value in parameters]
        if not self._own:
            self._pg.send_query_params(_numbered(sql), values)
        else:
            name = self._prepared.get(sql)
            if name is None:
                name = self._prepared[sql] = b"groat%d" % len(self._prepared)
                self._pg.send_prepare(name, _numbered(sql))
                self._awaited.append(False)
            self._pg.send_query_prepared(name, values)
        self._awaited.append(wanted)

    def _gather(self) -> list[Rows]:
        found: list[Rows] = []
        self._flush()
        while self._awaited:
            result = self._result()
            if result is None:
                raise psycopg.OperationalError("the database left a statement unanswered")
            if result.status in _FAILED:
                self._awaited.clear()
                raise psycopg.errors.error_from_result(result)
            if self._awaited.popleft():
                found.append(self._rows(result))
            self._result()  # the end of this statement's results
        return found

    def _rows(self, result: pq.abc.PGresult) -> Rows:
        if not result.ntuples:
            return []
        self._transformer.set_pgresult(result)
        return self._transformer.load_rows(0, result.ntuples, tuple)

    def _synchronise(self) -> None:
        """Read on to the point where the pipeline is empty, past what a failure has left in it."""
        self._awaited.clear()
        self._flush()
        while self._pg.status == pq.ConnStatus.OK:
            result = self._result()
            if result is not None and result.status == pq.ExecStatus.PIPELINE_SYNC:
                return

    def _flush(self) -> None:
        while self._pg.flush():
            # The send buffer is full. The database may be waiting for us to read, too.
            readable, _, _ = select.select([self._pg.socket], [self._pg.socket], [])
            if readable:
                self._pg.consume_input()

    def _result(self) -> "pq.abc.PGresult | None":
        """The next result, when it is there; other threads run meanwhile."""
        while self._pg.is_busy():
            select.select([self._pg.socket], [], [])
            self._pg.consume_input()
        return self._pg.get_result()


@lru_cache(maxsize=256)
def _numbered(sql: str) -> bytes:
    """The statement with $1, $2 … as libpq counts parameters."""
    parts = sql.split("%s")
    return "".join(part + (f"${i + 1}" if i < len(parts) - 1 else "") for i, part in enumerate(parts)).encode()


def _text(value: object) -> bytes:
    return (value.isoformat() if isinstance(value, datetime) else str(value)).encode()

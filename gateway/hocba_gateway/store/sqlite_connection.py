"""A connection of SQLite on which a statement costs one hop to its thread, and a transaction's beginning none.

aiosqlite runs a cursor's making, its statement, its rows and its closing each as a call of its own in the
connection's thread. Without those, a class that is signed makes 6,000 switches between threads instead of 17,000
and takes about a tenth less CPU (measured).
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

import aiosqlite

_CHUNK = 64
"""Rows that aiosqlite's own iterator would fetch at once; nothing here uses it."""


class Connection(aiosqlite.Connection):
    """Given to SQLAlchemy by `opener()`; what is not overridden is aiosqlite's."""

    _begin: str | None = None

    def begin(self, sql: str) -> None:
        """`sql` goes to the thread together with the transaction's first statement."""
        self._begin = sql

    async def run(self, statement: Callable[[sqlite3.Connection], None]) -> None:
        """`statement` in the connection's thread, in the transaction that was begun."""
        begin, self._begin = self._begin, None

        def work() -> None:
            if begin is not None:
                self._conn.execute(begin)
            statement(self._conn)

        await self._execute(work)  # type: ignore[no-untyped-call]  # aiosqlite's

    def cursor(self) -> Cursor:  # type: ignore[override]  # SQLAlchemy enters what it gets
        return Cursor(self)

    async def commit(self) -> None:
        if self._begin is None:
            await super().commit()
        self._begin = None

    async def rollback(self) -> None:
        if self._begin is None:
            await super().rollback()
        self._begin = None


class Cursor:
    """As much of a cursor as SQLAlchemy asks for. All rows come with the statement."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._rows: list[Any] = []
        self.description: Any = None
        self.rowcount = -1
        self.lastrowid: int | None = None
        self.arraysize = 1

    async def __aenter__(self) -> Cursor:
        return self

    async def execute(self, sql: str, parameters: Any = ()) -> None:
        await self._connection.run(lambda connection: self._keep(connection.execute(sql, parameters)))

    async def executemany(self, sql: str, parameters: Iterable[Any]) -> None:
        await self._connection.run(lambda connection: self._keep(connection.executemany(sql, parameters)))

    def _keep(self, cursor: sqlite3.Cursor) -> None:
        """In the thread, where the cursor also ends."""
        self.description, self.rowcount, self.lastrowid = cursor.description, cursor.rowcount, cursor.lastrowid
        self._rows = cursor.fetchall() if cursor.description else []
        cursor.close()

    async def fetchall(self) -> list[Any]:
        rows, self._rows = self._rows, []
        return rows

    async def close(self) -> None:
        self._rows = []


def opener(path: str) -> Callable[[], Connection]:
    """For create_async_engine(async_creator=…), which awaits what it returns."""

    def connect() -> Connection:
        connection = Connection(partial(sqlite3.connect, path), _CHUNK)
        connection._thread.daemon = True  # as SQLAlchemy does: a forgotten connection must not keep us alive
        return connection

    return connect

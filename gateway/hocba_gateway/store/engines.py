"""Opens the database: SQLite with one writer and separate readers, or PostgreSQL.

SQLite: WAL, and every write transaction begins with BEGIN IMMEDIATE, because a plain BEGIN that turns into a
write under load ends in "database is locked" (measured: 129 of 160).
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

from hocba_core.errors import SettingWrong
from sqlalchemy import AsyncAdaptedQueuePool, event, make_url
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from hocba_gateway.store.sqlite_connection import opener
from hocba_gateway.store.trouble import no_connection, trouble_of

BUSY_MILLIS = 10_000
"""How long a writer of another process is waited for."""
CONNECT_SECONDS = 10
"""How long a PostgreSQL that does not answer is waited for."""
READERS = 16
"""Connections of SQLite's reader side that stay open, a thread each: opening one costs more than a read."""

HIDE = True
"""What a statement carried (children's data, hashes) stays out of its error, and so out of logs."""


class Engines:
    """A writer and a reader side of one database. A transaction raises StoreTrouble when the database has no time,
    no room or no connection for it."""

    def __init__(self, url: str) -> None:
        """`url`: sqlite:///path, or postgresql://…; other schemes raise SettingWrong."""
        if url.startswith("sqlite"):
            self.dialect = "sqlite"
            path = make_url(url).database or ""
            self._writer = _sqlite(path, "BEGIN IMMEDIATE", pool_size=1)
            self._reader = _sqlite(path, "BEGIN", pool_size=READERS)
            self._lock: asyncio.Lock | None = asyncio.Lock()
        elif url.startswith("postgresql"):
            self.dialect = "postgresql"
            path = "postgresql+asyncpg" + url[url.index(":") :]
            self._writer = self._reader = create_async_engine(
                path,
                pool_size=10,
                max_overflow=10,
                hide_parameters=HIDE,
                connect_args={"timeout": CONNECT_SECONDS},
            )
            self._lock = None
        else:
            raise SettingWrong(setting="database", rule="sqlite:///… or postgresql://…")

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncConnection]:
        """One write transaction; commits at the end, rolls back on an exception."""
        if self._lock is None:
            async with _begun(self._writer) as connection:
                yield connection
            return
        async with self._lock, _begun(self._writer) as connection:
            yield connection

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        async with _begun(self._reader) as connection:
            yield connection

    def all(self) -> tuple[AsyncEngine, ...]:
        return (self._writer,) if self._writer is self._reader else (self._writer, self._reader)

    async def close(self) -> None:
        for engine in self.all():
            await engine.dispose()


@asynccontextmanager
async def _begun(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """One transaction; what is raised inside it and is no trouble of the database's comes out as it is."""
    async with AsyncExitStack() as stack:
        try:
            connection = await stack.enter_async_context(engine.connect())
        except Exception as error:
            raise no_connection(error) from error
        try:
            async with connection.begin():
                yield connection
        except SQLAlchemyError as error:
            if (trouble := trouble_of(error)) is None:
                raise
            raise trouble from error


def _sqlite(path: str, begin: str, pool_size: int) -> AsyncEngine:
    engine = create_async_engine(
        "sqlite+aiosqlite://",  # the address is the opener's
        async_creator=opener(path),
        pool_size=pool_size,
        max_overflow=0 if pool_size == 1 else 8,
        poolclass=AsyncAdaptedQueuePool,
        hide_parameters=HIDE,
    )

    @event.listens_for(engine.sync_engine, "connect")
    def connected(connection: Any, _record: object) -> None:
        connection.isolation_level = None  # the driver's own BEGIN is switched off: ours follows below
        cursor = connection.cursor()
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",  # a committed signature survives a power cut
            f"busy_timeout={BUSY_MILLIS}",
            "foreign_keys=ON",
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def begins(connection: Any) -> None:
        connection.connection.driver_connection.begin(begin)

    return engine

"""The way to every table. A tenant's rows are reached through `Store.scoped(school)` and no other way."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from alembic.util import CommandError
from hocba_core.audit import GENESIS, chain
from hocba_core.clock import Clock, to_millis
from hocba_core.errors import SettingWrong, StoreTrouble
from sqlalchemy import ColumnElement, Executable, Table, select, text
from sqlalchemy.engine import CursorResult
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection

from hocba_gateway.store import guard, schema
from hocba_gateway.store.blobs import Blobs, DatabaseBlobs, FileBlobs
from hocba_gateway.store.engines import Engines
from hocba_gateway.store.migrate import upgrade


class Tx:
    """One transaction of one school; an office's, when it comes from Store.office(): then `school` is the office's id,
    under which its audit chain is kept and which is no school's."""

    def __init__(self, connection: AsyncConnection, school: str, clock: Clock, dialect: str) -> None:
        self.connection = connection
        self.school = school
        self.dialect = dialect
        self._clock = clock

    def now(self) -> int:
        return to_millis(self._clock())

    def of(self, table: Table) -> ColumnElement[bool]:
        """The condition that every statement on a tenant table carries."""
        return table.c.school_id == self.school

    def at(self, school: str) -> Tx:
        """The same transaction, for a school of the office."""
        return Tx(self.connection, school, self._clock, self.dialect)

    async def execute(
        self, statement: Executable, many: Sequence[Mapping[str, Any]] | None = None
    ) -> CursorResult[Any]:
        return await self.connection.execute(statement, many) if many else await self.connection.execute(statement)

    async def insert(self, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
        """Insert rows of this school; `school_id` is added."""
        if rows:
            await self.connection.execute(table.insert(), [{**row, "school_id": self.school} for row in rows])

    async def rows(self, statement: Executable) -> list[Any]:
        return list((await self.connection.execute(statement)).all())

    async def row(self, statement: Executable) -> Any | None:
        return (await self.connection.execute(statement)).first()

    async def alone(self) -> None:
        """One at a time per school until this transaction ends, for what reads much and then writes by it: on
        PostgreSQL a second one would not see the first one's rows. First statement of the transaction."""
        row = schema.schools.c.id
        await self.connection.execute(select(row).where(row == self.school).with_for_update())

    async def audit(self, event: str, facts: Mapping[str, Any], actor: str | None = None) -> None:
        """Append one link to the chain of the school, or of the office, inside this transaction."""
        table = schema.audit
        if self.dialect == "postgresql":  # one appender per chain at a time; SQLite has one writer anyway
            await self.connection.execute(
                text("SELECT pg_advisory_xact_lock(hashtext(:school))"), {"school": self.school}
            )
        head = select(table.c.seq, table.c.hash).where(self.of(table)).order_by(table.c.seq.desc()).limit(1)
        last = await self.row(head)
        entry = chain(last.hash if last else GENESIS, (last.seq if last else 0) + 1, self.now(), actor, event, facts)
        await self.insert(
            table,
            [
                {
                    "seq": entry.seq,
                    "at": entry.at,
                    "actor": actor,
                    "event": str(event),
                    "facts": dict(facts),
                    "previous": entry.previous,
                    "hash": entry.hash,
                }
            ],
        )


class Scope:
    """One school's view of the store."""

    def __init__(self, store: Store, school: str) -> None:
        self.store = store
        self.school = school

    @property
    def blobs(self) -> Blobs:
        return self.store.blobs

    @asynccontextmanager
    async def write(self) -> AsyncIterator[Tx]:
        """No vendor call and no CPU work inside: other writers wait."""
        async with self.store.engines.writing() as connection:
            yield Tx(connection, self.school, self.store.clock, self.store.engines.dialect)

    @asynccontextmanager
    async def read(self) -> AsyncIterator[Tx]:
        async with self.store.engines.reading() as connection:
            yield Tx(connection, self.school, self.store.clock, self.store.engines.dialect)


class Office:
    """One department's view of the store: its own audit chain, and on purpose all schools' rows."""

    def __init__(self, store: Store, department: str) -> None:
        self.store = store
        self.department = department

    @asynccontextmanager
    async def write(self) -> AsyncIterator[Tx]:
        async with self.store.across_schools(write=True) as connection:
            yield self._tx(connection)

    @asynccontextmanager
    async def read(self) -> AsyncIterator[Tx]:
        async with self.store.across_schools() as connection:
            yield self._tx(connection)

    def _tx(self, connection: AsyncConnection) -> Tx:
        return Tx(connection, self.department, self.store.clock, self.store.engines.dialect)


class Store:
    """Open it, migrate it, scope it, close it."""

    def __init__(self, engines: Engines, blobs: Blobs, clock: Clock) -> None:
        self.engines = engines
        self.blobs = blobs
        self.clock = clock

    @classmethod
    def open(cls, url: str, blobs: Path | None, clock: Clock, *, guarded: bool = False) -> Store:
        """`blobs`: a folder, or None to keep them in the database. `guarded` installs the statement guard."""
        engines = Engines(url)
        if guarded:
            for engine in engines.all():
                guard.install(engine)
        return cls(engines, FileBlobs(blobs) if blobs else DatabaseBlobs(engines), clock)

    async def migrate(self) -> None:
        """Bring the schema to the newest version; safe to call at each start, by several processes.

        Raises SettingWrong(setting="database") for one that is not there, not ours, or of a newer version.
        """
        try:
            await upgrade(self.engines)
        except (StoreTrouble, SQLAlchemyError, CommandError) as error:
            cause = error.__cause__ if isinstance(error, StoreTrouble) else error
            said = str(getattr(cause, "orig", None) or cause).strip().partition("\n")[0]
            raise SettingWrong(setting="database", rule=f"cơ sở dữ liệu của hocba, mở được ({said[:200]})") from error

    def scoped(self, school: str) -> Scope:
        return Scope(self, school)

    def office(self, department: str) -> Office:
        return Office(self, department)

    @asynccontextmanager
    async def across_schools(self, *, write: bool = False) -> AsyncIterator[AsyncConnection]:
        """For the few who look across schools on purpose: the lease loop, log-in, anchoring."""
        side = self.engines.writing() if write else self.engines.reading()
        async with side as connection:
            yield await connection.execution_options(all_schools=True)

    async def close(self) -> None:
        await self.engines.close()

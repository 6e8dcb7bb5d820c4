"""Runs the migrations that ship with the package, on either database."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, text

from hocba_gateway.store.engines import Engines

LOCK = 7_214_001
"""Advisory lock: two gateways that start at once migrate one after the other."""


async def upgrade(engines: Engines) -> None:
    async with engines.writing() as connection:
        if engines.dialect == "postgresql":
            await connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
        await connection.run_sync(_upgrade)


def config(connection: Connection) -> Config:
    settings = Config()
    settings.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    settings.attributes["connection"] = connection
    return settings


def _upgrade(connection: Connection) -> None:
    command.upgrade(config(connection), "head")

"""Fails any statement that touches a tenant table without naming the school.

Installed in tests and in the demo. The few places that look across schools on purpose (the lease loop, log-in,
anchoring) say so with the execution option `all_schools=True`.
"""

from __future__ import annotations

import re
from typing import Any

from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine

from hocba_gateway.store.schema import metadata

TENANT_TABLES = frozenset(table.name for table in metadata.sorted_tables if table.info.get("tenant"))
_WORD = re.compile(r"[a-z_]+")


class UnscopedStatement(AssertionError):
    """A query that could have read another school's rows."""


def install(engine: AsyncEngine) -> None:
    @event.listens_for(engine.sync_engine, "before_cursor_execute")
    def check(_connection: Any, _cursor: Any, statement: str, _parameters: Any, context: Any, _many: bool) -> None:
        if context is None or context.execution_options.get("all_schools"):
            return
        head = statement.lstrip()[:6].upper()
        if head not in ("SELECT", "UPDATE", "DELETE", "INSERT"):
            return
        touched = TENANT_TABLES.intersection(_WORD.findall(statement))
        if not touched:
            return
        where = statement if head == "INSERT" else statement.partition("WHERE")[2]
        if "school_id" not in where:
            raise UnscopedStatement(f"{head} on {', '.join(sorted(touched))} does not name the school")

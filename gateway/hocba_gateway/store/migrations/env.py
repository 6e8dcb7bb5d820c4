"""Alembic's entry: runs on the connection that the store hands over, in its transaction."""

from __future__ import annotations

from alembic import context
from hocba_gateway.store.schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
    transactional_ddl=True,
)
context.run_migrations()

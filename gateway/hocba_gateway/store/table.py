"""How a table of ours is declared: constraints named alike on both databases, a tenant's rows led by their school."""

from __future__ import annotations

from typing import Any

from sqlalchemy import CheckConstraint, Column, ColumnElement, MetaData, String, Table, UniqueConstraint

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def tenant(name: str, *columns: Column[object] | UniqueConstraint | CheckConstraint) -> Table:
    """A table of one school's rows: `school_id` leads its primary key."""
    table = Table(name, metadata, Column("school_id", String(36), primary_key=True), *columns)
    table.info["tenant"] = True
    return table


def refers(column: ColumnElement[Any], table: Table) -> ColumnElement[bool]:
    """`column` of a tenant's table holds the id of a row of `table`, of the same school: a join that leaves none."""
    assert isinstance(column, Column), "not a label or an expression"
    return (table.c.id == column) & (table.c.school_id == column.table.c.school_id)

"""Runs every row and prints the table; the last line counts the rows that fall short."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import AsyncIterator

from rich.console import Console
from rich.table import Table

from hocba_gateway.bench.row import Row


async def rows() -> AsyncIterator[Row]:
    from hocba_gateway.bench import agent, batch, pages, pdf, xml

    for row in xml.rows():
        yield row
    for row in pdf.rows():
        yield row
    async for row in batch.rows():
        yield row
    async for row in pages.rows():
        yield row
    async for row in agent.rows():
        yield row


async def main() -> int:
    started = time.monotonic()
    table = Table("what", "peer, this run", "limit", "goal", "measured", "met")
    console = Console(width=150)
    short = count = 0
    async for row in rows():
        count += 1
        short += not row.met
        table.add_row(row.what, row.peer, row.limit, row.goal, row.measured, "yes" if row.met else "NO")
        console.print(f"… {row.what}: {row.measured}", style="dim")
    console.print(table)
    console.print(f"{time.monotonic() - started:.0f} s in all")
    console.print(f"{short} of {count} rows fall short")
    return 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))

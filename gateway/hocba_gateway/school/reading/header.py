"""Where a sheet's header may be: any of the first 30 rows, one to three lines, merged or not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from hocba_gateway.school.reading.words import clean
from hocba_gateway.school.reading.workbook import Grid

LAST_ROW: Final = 30
LINES: Final = 3


@dataclass(frozen=True, slots=True)
class Column:
    number: int
    labels: tuple[str, ...]
    """From top to bottom, each once; a label merged over several columns stands in each."""

    @property
    def label(self) -> str:
        return " / ".join(self.labels)


@dataclass(frozen=True, slots=True)
class Header:
    first: int
    last: int
    columns: tuple[Column, ...]


def candidates(grid: Grid) -> Iterator[Header]:
    """Every place where a header could be, fewer lines first at the same row."""
    for first in range(1, min(grid.rows, LAST_ROW) + 1):
        if not any(grid.at(first, column) is not None for column in range(1, grid.columns + 1)):
            continue
        for lines in range(1, LINES + 1):
            last = first + lines - 1
            if last <= min(grid.rows, LAST_ROW):
                yield Header(first, last, tuple(_columns(grid, first, last)))


def _columns(grid: Grid, first: int, last: int) -> Iterator[Column]:
    for column in range(1, grid.columns + 1):
        labels: dict[str, None] = {}
        for row in range(first, last + 1):
            value = grid.at(row, column)
            if isinstance(value, (str, int)) and (label := clean(str(value))):
                labels[label] = None
        if labels:
            yield Column(column, tuple(labels))


def lines_above(grid: Grid, header: Header) -> list[str]:
    """The texts over the header: school, year, "Môn: Toán", "Lớp 6A" …"""
    found: dict[str, None] = {}
    for row in range(1, header.first):
        for column in range(1, grid.columns + 1):
            value = grid.at(row, column)
            if isinstance(value, str):
                found[clean(value)] = None
    return list(found)

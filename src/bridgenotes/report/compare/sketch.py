"""How the parameters of A and B lie to each other: counts on a grid, so that any number can be drawn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import polars as pl

from bridgenotes.report.compare.folder import TEXT
from bridgenotes.report.compare.mirror import columns_needed, fit_of, turned
from bridgenotes.report.compare.worst import is_main_intercept

if TYPE_CHECKING:
    from bridgenotes.report.compare.mirror import Mirror
    from bridgenotes.report.compare.pair import Pair

CELLS: Final = 40
"""Cells in each direction."""


@dataclass(frozen=True)
class Cell:
    """Values in one cell: its lower edges, and how many rows lie in it."""

    a: float
    b: float
    count: int


@dataclass(frozen=True)
class Sketch:
    """A column of A against that of B.

    Attributes
    ----------
    column : str
        What is drawn.
    low, high : float
        Smallest and largest value on either side.
    width : float
        Of a cell.
    cells : tuple of Cell
        Cells with values.
    """

    column: str
    low: float
    high: float
    width: float
    cells: tuple[Cell, ...]


def sketches(notes: Pair, mirrors: tuple[Mirror, ...]) -> tuple[Sketch, ...]:
    """Return the intercept and the factor of every scorer that both sides have."""
    found = []
    for column in notes.columns:
        if notes.kind(column) != TEXT and (is_main_intercept(column) or fit_of(notes.table.name, column)):
            sketch = _sketch(notes, column, mirrors)
            if sketch is not None:
                found.append(sketch)
    return tuple(found)


def _sketch(notes: Pair, column: str, mirrors: tuple[Mirror, ...]) -> Sketch | None:
    values = (
        notes.join(columns_needed(notes, column))
        .select(a=pl.col(f"a:{column}"), b=turned(notes, column, mirrors))
        .drop_nulls()
        .collect()
    )
    if not values.height:
        return None
    ends = values.select(low=pl.min_horizontal(pl.all().min()), high=pl.max_horizontal(pl.all().max())).row(0)
    low, high = float(ends[0]), float(ends[1])
    width = (high - low) / CELLS or 1.0
    cell = ((pl.all() - low) / width).floor().clip(0, CELLS - 1)
    counts = values.select(cell).group_by("a", "b").len().sort("a", "b")
    cells = tuple(Cell(low + a * width, low + b * width, int(count)) for a, b, count in counts.iter_rows())
    return Sketch(column, low, high, width, cells)

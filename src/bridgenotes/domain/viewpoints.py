"""Counts along the range of viewpoints that show groups, never a person.

The range is cut at fixed places, so that where a group ends tells nothing about who is in it. Groups that are too
small are merged with their neighbours.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

LEAST: Final = 5
"""Fewer people are never shown apart: they could be recognised."""
REACH: Final = 1.0
"""Viewpoints beyond this, on either side, are counted with those at it."""
CELLS: Final = 10
"""Cells of a note's drawing between the two ends of the range."""
FINE_CELLS: Final = 40
"""Cells of the drawing of a whole community."""


@dataclass(frozen=True)
class Group:
    """Neighbouring cells and what was counted there.

    Attributes
    ----------
    first, last : int
        The cells, both included.
    counts : tuple of int
        One number per kind, in the caller's order.
    """

    first: int
    last: int
    counts: tuple[int, ...]

    @property
    def total(self) -> int:
        """How many there are in all."""
        return sum(self.counts)


def cell_of(factor: float, cells: int = CELLS) -> int:
    """Return the cell of a viewpoint.

    Examples
    --------
    >>> cell_of(-1.7), cell_of(-0.01), cell_of(0.0), cell_of(1.0)
    (0, 4, 5, 9)
    """
    place = int((factor + REACH) / (2 * REACH) * cells // 1)
    return max(0, min(place, cells - 1))


def edge_of(cell: int, cells: int = CELLS) -> float:
    """Return where a cell begins, as a rater's factor."""
    return -REACH + 2 * REACH * cell / cells


def counted(placed: Iterable[tuple[int, int]], *, cells: int, kinds: int) -> list[tuple[int, ...]]:
    """Return how many of each kind are in each cell; pairs are (cell, kind)."""
    counts = Counter(placed)
    return [tuple(counts[cell, kind] for kind in range(kinds)) for cell in range(cells)]


def grouped(cells: Sequence[Sequence[int]], least: int = LEAST) -> tuple[Group, ...]:
    """Return groups of neighbouring cells that hold at least ``least`` each.

    Parameters
    ----------
    cells : sequence of sequence of int
        Counts by cell and kind.
    least : int
        Smallest group.

    Returns
    -------
    tuple of Group
        They cover all cells without gaps and count everybody; empty if there are fewer than ``least`` in all.
    """
    groups: list[Group] = []
    begin, pending = 0, (0,) * len(cells[0]) if cells else ()
    for cell, counts in enumerate(cells):
        pending = tuple(a + b for a, b in zip(pending, counts, strict=True))
        if sum(pending) >= least:
            groups.append(Group(begin, cell, pending))
            begin, pending = cell + 1, (0,) * len(counts)
    if groups and begin < len(cells):  # what is left joins its neighbour
        last = groups.pop()
        both = tuple(a + b for a, b in zip(last.counts, pending, strict=True))
        groups.append(Group(last.first, len(cells) - 1, both))
    return tuple(groups)


def may_replace(before: int, after: int, least: int = LEAST) -> bool:
    """Say whether a drawing of ``after`` people may follow one of ``before``.

    Two drawings that differ by one person tell where that person stands. So a new one needs at least ``least``
    people more or fewer.

    Examples
    --------
    >>> may_replace(0, 5), may_replace(20, 24), may_replace(20, 25), may_replace(20, 3)
    (True, False, True, True)
    """
    return abs(after - before) >= least

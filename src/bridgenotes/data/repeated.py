"""Ratings of one note by one rater that occur twice, found with bounded memory.

The notes are cut into stretches whose ratings fit; of each stretch the pairs of note and rater are sorted. Where
nothing is repeated, which is usual, nothing else is done.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from bridgenotes.data.errors import SHOWN
from bridgenotes.data.raw import MISSING

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy.typing as npt

    from bridgenotes.data.mapped import Columns
    from bridgenotes.data.spool import Spool


@dataclass
class Pairs:
    """Rows that differ although note and rater are the same; the first ones in full, the rest as a number."""

    rows: list[tuple[int, int]] = field(default_factory=list)
    unlisted: int = 0

    def add(self, rows: list[tuple[int, int]]) -> None:
        """Take more, and keep those that come first in the input."""
        self.rows = sorted(self.rows + rows)
        self.unlisted += max(0, len(self.rows) - SHOWN)
        del self.rows[SHOWN:]


@dataclass
class Repeated:
    """Looks for repeated ratings.

    Attributes
    ----------
    spool : Spool
        The ratings, coded.
    per_note : numpy.ndarray, int64, shape (n_notes,)
        How many ratings each note has.
    rows_at_once : int
        How many ratings a stretch of notes may have, if it is more than one note.
    """

    spool: Spool
    per_note: npt.NDArray[np.int64]
    rows_at_once: int

    def leave_out(self) -> tuple[int, Pairs]:
        """Mark rows that repeat an earlier one; return how many, and those that contradict an earlier one."""
        columns = self.spool.columns()
        n_same, pairs = 0, Pairs()
        for first, end in self._stretches():
            keys = self._keys(columns, first, end)
            keys.sort()
            again = np.unique(keys[1:][keys[1:] == keys[:-1]])
            del keys
            if len(again):
                n_same += self._mark(columns, (first, end), again, pairs)
        return n_same, pairs

    def _stretches(self) -> Iterator[tuple[int, int]]:
        """Yield ranges of note codes."""
        ends = np.cumsum(self.per_note)
        first = 0
        while first < len(ends):
            done = int(ends[first - 1]) if first else 0
            end = max(first + 1, int(np.searchsorted(ends, done + self.rows_at_once, side="right")))
            yield first, end
            first = end

    def _keys(self, columns: Columns, first: int, end: int) -> npt.NDArray[np.int64]:
        """Return note and rater of every rating of the notes from ``first`` up to ``end`` as one number."""
        keys = np.empty(int(self.per_note[first:end].sum()), np.int64)
        filled = 0
        for rows in self._rows(columns, first, end):
            keys[filled : filled + len(rows)] = _pairs_of(columns, rows)
            filled += len(rows)
        return keys

    def _rows(self, columns: Columns, first: int, end: int) -> Iterator[npt.NDArray[np.int64]]:
        """Yield the rows of the notes from ``first`` up to ``end``, ascending."""
        for chunk in self.spool.chunks():
            note = columns["note"][chunk]
            yield chunk.start + np.flatnonzero((note >= first) & (note < end))

    def _mark(
        self, columns: Columns, stretch: tuple[int, int], again: npt.NDArray[np.int64], pairs: Pairs
    ) -> int:
        """Mark the later ones of equal rows with these keys, and note the different ones."""
        row = np.concatenate(
            [rows[_are_among(_pairs_of(columns, rows), again)] for rows in self._rows(columns, *stretch)]
        )
        values = {name: values[row] for name, values in columns.items() if name != "note_id"}
        some = pl.DataFrame(values | {"row": row})
        once = some.unique(list(values), keep="first", maintain_order=True)
        is_later = np.ones(len(row), np.bool_)
        is_later[np.searchsorted(row, once["row"].to_numpy())] = False
        columns["note"][row[is_later]] = MISSING
        differing = once.filter(pl.struct("note", "rater").is_duplicated())
        groups = differing.group_by("note", "rater", maintain_order=True).agg(pl.col("row").head(2))
        pairs.add([(int(first), int(second)) for first, second in groups["row"].to_list()])
        return int(np.count_nonzero(is_later))


def _pairs_of(columns: Columns, rows: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Return note and rater of rows as one number; a missing rater counts as the first one."""
    keys: npt.NDArray[np.int64] = columns["note"][rows].astype(np.int64) << 32
    keys |= np.maximum(columns["rater"][rows], 0)
    return keys


def _are_among(keys: npt.NDArray[np.int64], chosen: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
    """Return which keys are among the chosen ones, which are sorted."""
    places = np.minimum(np.searchsorted(chosen, keys), len(chosen) - 1)
    are: npt.NDArray[np.bool_] = chosen[places] == keys
    return are

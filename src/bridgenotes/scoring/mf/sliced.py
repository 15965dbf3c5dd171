"""Ratings laid out for vector instructions: 16 entities side by side, one per lane.

An entity has few ratings (25 per note, say), so a vector along them is mostly filled up and added
across. Here a vector holds one rating each of 16 entities: a slice. Entities of about equally many
ratings share a slice, and short ones are filled up with ratings that weigh nothing (3 % more of them
by note, 8 % by rater). M. Kreutzer et al., "A unified sparse matrix data format for efficient
general sparse matrix-vector multiplication on modern processors with wide SIMD units", SISC 2014.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from bridgenotes.scoring.mf import sliced_kernels as kernels
from bridgenotes.scoring.mf.matrix import balanced_chunks

if TYPE_CHECKING:
    from bridgenotes.scoring.mf.matrix import RatingMatrix, Side

IntArray = npt.NDArray[np.int64]
FILLING = 3
"""Level of what a slice is filled up with."""


@dataclass(frozen=True)
class SlicedSide:
    """One side's ratings in slices.

    Attributes
    ----------
    order : numpy.ndarray, int64, shape (n_entities,)
        Entity of each row; rows beyond stand for nobody. Row ``16 s + k`` is lane k of slice s.
    start : numpy.ndarray, int64, shape (n_slices + 1,)
        Ratings of slice s are ``packed[start[s]:start[s + 1]]``, 16 lanes in turn.
    packed : numpy.ndarray, uint32
        ``row of the other side << 2 | level``; level 3 fills up.
    weight : numpy.ndarray, float32, shape like ``packed``, or (0,)
        Rating weights, 0 where filled up; empty means that all are 1.
    chunks : numpy.ndarray, int64
        Slice boundaries of chunks with about equally many ratings.
    """

    order: IntArray
    start: IntArray
    packed: npt.NDArray[np.uint32]
    weight: npt.NDArray[np.float32]
    chunks: IntArray

    @property
    def n_rows(self) -> int:
        """Number of lanes of all slices."""
        return (len(self.start) - 1) * kernels.LANES

    def rows_of(self, values: npt.NDArray[np.floating]) -> npt.NDArray[np.float64]:
        """Return values by entity as values by row, 0 for nobody."""
        rows = np.zeros(self.n_rows)
        rows[: len(self.order)] = values[self.order]
        return rows

    def of_rows(self, rows: npt.NDArray[np.floating]) -> npt.NDArray[np.float64]:
        """Return values by row as values by entity."""
        values = np.empty(len(self.order))
        values[self.order] = rows[: len(self.order)]
        return values


@dataclass(frozen=True)
class SlicedMatrix:
    """The ratings of one fit in slices, in both orders."""

    by_note: SlicedSide
    by_rater: SlicedSide
    n_ratings: int

    @classmethod
    def of(cls, ratings: RatingMatrix) -> SlicedMatrix:
        """Lay packed ratings out."""
        order = [np.argsort(-side.count, kind="stable") for side in (ratings.by_note, ratings.by_rater)]
        note, rater = (_rows(one) for one in order)
        return cls(
            by_note=_sliced(ratings.by_note, order[0], rater),
            by_rater=_sliced(ratings.by_rater, order[1], note),
            n_ratings=ratings.n_ratings,
        )


def _rows(order: IntArray) -> npt.NDArray[np.uint32]:
    rows = np.empty(len(order), np.uint32)
    rows[order] = np.arange(len(order), dtype=np.uint32)
    return rows


def slices(side: Side) -> tuple[IntArray, IntArray]:
    """Return the entities by falling number of ratings, -1 for nobody at the end of the last 16, and chunks of 16.

    Both int64; chunk c is slices ``chunks[c]`` to ``chunks[c + 1] - 1``, and has about as many ratings as others.
    """
    order = np.argsort(-side.count, kind="stable")
    start = _starts(side, order)
    return np.append(order, np.full(-len(order) % kernels.LANES, -1)), balanced_chunks(start)


def _starts(side: Side, order: IntArray) -> IntArray:
    longest = side.count[order[:: kernels.LANES]]  # counts fall, so a slice's first is its longest
    return np.concatenate([[0], np.cumsum(longest * kernels.LANES)])


def _sliced(side: Side, order: IntArray, row_of_other: npt.NDArray[np.uint32]) -> SlicedSide:
    start = _starts(side, order)
    packed = np.full(start[-1], FILLING, np.uint32)
    weight = np.zeros(start[-1] if len(side.weight) else 0, np.float32)
    kernels.lay_out(side.start, side.packed, side.weight, order, row_of_other, start, packed, weight)
    return SlicedSide(order, start, packed, weight, balanced_chunks(start))

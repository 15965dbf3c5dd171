"""Ratings packed for the factorization: 8 bytes each, sorted by note and by rater."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from bridgenotes.scoring.errors import ShapeError
from bridgenotes.scoring.mf import kernels
from bridgenotes.scoring.vectors import still

IntArray = npt.NDArray[np.integer]
FloatArray = npt.NDArray[np.float64]

MAX_ENTITIES: Final = 1 << 30
"""A packed rating keeps 30 bits for the index of the other side."""

CHUNKS: Final = 256
"""Units of parallel work; a fixed number, so that no result depends on the thread count."""


@dataclass(frozen=True)
class Side:
    """The ratings grouped by one kind of entity (notes or raters).

    Attributes
    ----------
    start : numpy.ndarray, int64, shape (n_entities + 1,)
        Ratings of entity e are ``packed[start[e]:start[e + 1]]``.
    packed : numpy.ndarray, uint32, shape (n_ratings,)
        ``index of the other side << 2 | level``; level / 2 is the label.
    weight : numpy.ndarray, float32, shape (n_ratings,) or (0,)
        Rating weights; empty means that all are 1.
    chunks : numpy.ndarray, int64
        Entity boundaries of chunks with about equally many ratings.
    """

    start: npt.NDArray[np.int64]
    packed: npt.NDArray[np.uint32]
    weight: npt.NDArray[np.float32]
    chunks: npt.NDArray[np.int64]

    @property
    def n_entities(self) -> int:
        """Number of entities on this side."""
        return len(self.start) - 1

    @property
    def count(self) -> npt.NDArray[np.int64]:
        """Ratings per entity, int64, shape (n_entities,)."""
        return np.diff(self.start)


@dataclass(frozen=True)
class RatingMatrix:
    """The sparse rating matrix of one fit, in both orders.

    Attributes
    ----------
    by_note, by_rater : Side
        The same ratings grouped by note and by rater.
    """

    by_note: Side
    by_rater: Side

    @property
    def n_ratings(self) -> int:
        """Number of ratings R."""
        return len(self.by_note.packed)

    @property
    def n_notes(self) -> int:
        """Number of notes N."""
        return self.by_note.n_entities

    @property
    def n_raters(self) -> int:
        """Number of raters U."""
        return self.by_rater.n_entities

    @property
    def is_weighted(self) -> bool:
        """Whether ratings carry weights other than 1."""
        return len(self.by_note.weight) > 0

    @classmethod
    def build(
        cls,
        note: IntArray,
        rater: IntArray,
        level: IntArray,
        *,
        shape: tuple[int, int] | None = None,
        weight: npt.NDArray[np.floating] | None = None,
    ) -> RatingMatrix:
        """Pack ratings given as triples.

        Parameters
        ----------
        note, rater : numpy.ndarray, integer, shape (n_ratings,)
            Indices from 0.
        level : numpy.ndarray, integer, shape (n_ratings,)
            0, 1 or 2; the label is level / 2.
        shape : tuple of int, optional
            (n_notes, n_raters); default: largest index + 1.
        weight : numpy.ndarray, float, shape (n_ratings,), optional
            Rating weights.

        Raises
        ------
        ShapeError
            If the arrays differ in length, or an index or level is out of range.
        """
        if not len(note) == len(rater) == len(level) or (weight is not None and len(weight) != len(note)):
            raise ShapeError(
                f"note, rater, level and weight must be equally long, got {len(note)}, {len(rater)}, {len(level)}"
                + (f", {len(weight)}" if weight is not None else "")
            )
        n_notes, n_raters = shape or (_size(note), _size(rater))
        if max(n_notes, n_raters) > MAX_ENTITIES:
            raise ShapeError(
                f"at most {MAX_ENTITIES:,} notes or raters fit, got {n_notes:,} and {n_raters:,}"
            )
        if len(note) and (int(np.max(level)) > 2 or int(np.min(level)) < 0):
            raise ShapeError("levels must be 0, 1 or 2")
        if _size(note) > n_notes or _size(rater) > n_raters or _smallest(note) < 0 or _smallest(rater) < 0:
            raise ShapeError(f"indices must lie within the shape {n_notes} x {n_raters}")
        weights = None if weight is None else weight.astype(np.float32)
        return cls(
            by_note=_side(note, rater, level, n_notes, weights),
            by_rater=_side(rater, note, level, n_raters, weights),
        )


def _size(index: IntArray) -> int:
    return int(index.max()) + 1 if len(index) else 0


def _smallest(index: IntArray) -> int:
    return int(index.min()) if len(index) else 0


def _side(
    own: IntArray, other: IntArray, level: IntArray, n_own: int, weight: npt.NDArray[np.float32] | None
) -> Side:
    start, packed, order = grouped_by(own, other, level, n_own, with_order=weight is not None)
    grouped = np.empty(0, np.float32) if weight is None else weight[order]
    return Side(start=start, packed=packed, weight=grouped, chunks=balanced_chunks(start))


def grouped_by(
    own: IntArray, other: IntArray, level: IntArray, n_own: int, *, with_order: bool
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.uint32], npt.NDArray[np.int64]]:
    """Return ratings by entity, stable: start and packed as of `Side`, and their old places if ``with_order``."""
    # NumPy's arrays, not the kernel's own: their large pages make places that are far apart quicker to reach.
    start, packed = np.zeros(n_own + 1, np.int64), np.empty(len(own), np.uint32)
    order = np.empty(len(own) if with_order else 0, np.int64)
    kernels.group(
        still(own.astype(np.int32, copy=False)),
        still(other.astype(np.int32, copy=False)),
        still(level.astype(np.uint8, copy=False)),
        start,
        packed,
        order,
    )
    return start, packed, order


def balanced_chunks(start: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Cut entities into runs with about equally many ratings (plus one unit per entity)."""
    work = start + np.arange(len(start))
    targets = np.linspace(0, work[-1], min(CHUNKS, max(1, len(start) - 1)) + 1)
    bounds = np.searchsorted(work, targets)
    bounds[0], bounds[-1] = 0, len(start) - 1
    return np.unique(bounds).astype(np.int64)

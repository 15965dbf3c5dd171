"""Ratings by note and time: what was visible of a note at a moment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from bridgenotes.scoring import vectors
from bridgenotes.scoring.confidence.kernels import seen_until

if TYPE_CHECKING:
    from bridgenotes.scoring.ratings import Ratings

IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Timeline:
    """Ratings sorted by note, then time, ties in the order given.

    Attributes
    ----------
    start : numpy.ndarray, int64, shape (n_notes + 1,)
        Ratings of note code k are at ``start[k]`` to ``start[k + 1] - 1``.
    ratings : Ratings
        In that order.
    """

    start: IntArray
    ratings: Ratings

    @classmethod
    def build(cls, ratings: Ratings, n_notes: int) -> Timeline:
        """Sort ratings."""
        start, order = vectors.group_by_time(ratings.note, ratings.created_at_ms, n_notes)
        return cls(start, ratings.take(order))

    @property
    def n_ratings(self) -> IntArray:
        """Ratings of each note: int64, shape (n_notes,)."""
        return np.asarray(np.diff(self.start), np.int64)

    def at(self, positions: npt.NDArray[np.integer]) -> Ratings:
        """Return the ratings at positions."""
        return self.ratings.take(positions)

    def only(self, kept: npt.NDArray[np.bool_]) -> Timeline:
        """Return the ratings that ``kept``, shape (n_ratings,), marks."""
        counts = vectors.count(self.ratings.note, len(self.start) - 1, kept)
        return Timeline(np.concatenate([[0], np.cumsum(counts)]).astype(np.int64), self.ratings.where(kept))

    def seen_until(self, note: npt.NDArray[np.integer], moment_ms: IntArray) -> IntArray:
        """Return where the ratings of notes made up to a moment end.

        Parameters
        ----------
        note, moment_ms : numpy.ndarray, shape (n,)
            Note codes and, for each, the moment, inclusive.

        Returns
        -------
        numpy.ndarray, int64, shape (n,)
            The ratings visible then are at ``start[note]`` to ``end - 1``.
        """
        made = self.ratings.table["created_at_ms"].to_numpy()
        end: IntArray = seen_until(
            self.start,
            vectors.still(self.ratings.numbers),
            vectors.still(made),
            note.astype(np.int64),
            vectors.still(moment_ms),
        )
        return end


def expand(start: IntArray, end: IntArray) -> tuple[IntArray, IntArray]:
    """Return for ranges ``start:end`` every (range number, position), ranges in order."""
    lengths = np.maximum(end - start, 0)
    owner = np.repeat(np.arange(len(lengths)), lengths)
    before = np.cumsum(lengths) - lengths
    return owner, np.arange(lengths.sum()) - before[owner] + start[owner]

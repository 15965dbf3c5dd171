"""Ratings by note and time: what was visible of a note at a moment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from bridgenotes.scoring import vectors

if TYPE_CHECKING:
    from bridgenotes.scoring.ratings import Ratings

IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Timeline:
    """Ratings sorted by note, then time, ties in the order given.

    Attributes
    ----------
    start : numpy.ndarray, int64, shape (n_notes + 1,)
        Ratings of note code k are ``start[k]:start[k + 1]``.
    made_ms : numpy.ndarray, int64, shape (n_ratings,)
        When each was made.
    rater : numpy.ndarray, int32, shape (n_ratings,)
        Contributor code.
    level : numpy.ndarray, uint8, shape (n_ratings,)
        Helpfulness times two.
    tags : numpy.ndarray, uint32, shape (n_ratings,)
        Bit mask.
    """

    start: IntArray
    made_ms: IntArray
    rater: npt.NDArray[np.int32]
    level: npt.NDArray[np.uint8]
    tags: npt.NDArray[np.uint32]

    @classmethod
    def build(cls, ratings: Ratings, n_notes: int) -> Timeline:
        """Sort ratings."""
        start, order = vectors.group_by_time(ratings.note, ratings.created_at_ms, n_notes)
        ordered = ratings.take(order)
        return cls(start, ordered.created_at_ms, ordered.rater, ordered.level, ordered.tags)

    @property
    def n_ratings(self) -> IntArray:
        """Ratings of each note: int64, shape (n_notes,)."""
        return np.asarray(np.diff(self.start), np.int64)

    def note(self) -> IntArray:
        """Return the note code of each rating."""
        return np.repeat(np.arange(len(self.start) - 1, dtype=np.int64), self.n_ratings)

    def only(self, kept: npt.NDArray[np.bool_]) -> Timeline:
        """Return the ratings that ``kept``, shape (n_ratings,), marks."""
        before = np.concatenate([[0], np.cumsum(kept)]).astype(np.int64)
        return Timeline(
            before[self.start], self.made_ms[kept], self.rater[kept], self.level[kept], self.tags[kept]
        )

    def seen_until(self, note: npt.NDArray[np.integer], moment_ms: IntArray) -> IntArray:
        """Return where the ratings of notes made up to a moment end.

        Parameters
        ----------
        note, moment_ms : numpy.ndarray, shape (n,)
            Note codes and, for each, the moment, inclusive.

        Returns
        -------
        numpy.ndarray, int64, shape (n,)
            The ratings visible then are ``start[note]:end``.
        """
        if not len(self.made_ms):
            return np.zeros(len(note), np.int64)
        # One binary search for all notes: a key that sorts like (note, time).
        first, last = self.made_ms.min(), self.made_ms.max()
        span = last - first + 2
        keys = self.note() * span + (self.made_ms - first)
        moment = np.clip(moment_ms, first - 1, last) - first
        end = np.searchsorted(keys, note.astype(np.int64) * span + moment, side="right")
        return np.asarray(np.maximum(end, self.start[note]), np.int64)


def expand(start: IntArray, end: IntArray) -> tuple[IntArray, IntArray]:
    """Return for ranges ``start:end`` every (range number, position), ranges in order."""
    lengths = np.maximum(end - start, 0)
    owner = np.repeat(np.arange(len(lengths)), lengths)
    before = np.cumsum(lengths) - lengths
    return owner, np.arange(lengths.sum()) - before[owner] + start[owner]

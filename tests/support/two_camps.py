"""The community every engine test can be read with: two camps and three kinds of note."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bridgenotes.scoring.mf.matrix import RatingMatrix

KINDS = ("left", "right", "bridging", "poor")


@dataclass(frozen=True)
class Camps:
    """Notes of four kinds rated by two camps of raters.

    Attributes
    ----------
    kind : numpy.ndarray of str, shape (n_notes,)
        What the note is.
    camp : numpy.ndarray of int, shape (n_raters,)
        -1 or 1.
    note, rater, level : numpy.ndarray
        The ratings.
    """

    kind: np.ndarray
    camp: np.ndarray
    note: np.ndarray
    rater: np.ndarray
    level: np.ndarray

    @property
    def matrix(self) -> RatingMatrix:
        return RatingMatrix.build(self.note, self.rater, self.level, shape=(len(self.kind), len(self.camp)))

    def of_kind(self, kind: str) -> np.ndarray:
        return np.flatnonzero(self.kind == kind)


def two_camps(n_notes: int, n_raters: int, seed: int, *, density: float = 0.7, noise: float = 0.08) -> Camps:
    """Everybody likes bridging notes, nobody poor ones, each camp its own side's."""
    rng = np.random.default_rng(seed)
    kind = np.array(KINDS)[np.arange(n_notes) % len(KINDS)]
    camp = np.where(np.arange(n_raters) % 2 == 0, -1, 1)
    note, rater = np.nonzero(rng.random((n_notes, n_raters)) < density)
    side = np.select([kind == "left", kind == "right"], [-1, 1], 0)
    likes = np.select(
        [kind[note] == "bridging", kind[note] == "poor"], [True, False], side[note] == camp[rater]
    )
    flips = rng.random(len(note)) < noise
    level = np.where(rng.random(len(note)) < 0.1, 1, np.where(likes ^ flips, 2, 0))
    return Camps(kind, camp, note.astype(np.int32), rater.astype(np.int32), level.astype(np.uint8))

"""From sparse codes to dense indices: the notes and raters that occur in one fit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from bridgenotes.scoring import vectors
from bridgenotes.scoring.mf.matrix import RatingMatrix

if TYPE_CHECKING:
    from bridgenotes.scoring.ratings import Ratings

CodeArray = npt.NDArray[np.int32]
FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Keys:
    """Ascending codes of the entities present, and where each code sits among them.

    Attributes
    ----------
    codes : numpy.ndarray, int32, shape (n_present,)
    position : numpy.ndarray, int32, shape (n_codes,)
        Index into ``codes``, -1 where absent.
    """

    codes: CodeArray
    position: CodeArray

    @classmethod
    def present(cls, codes: npt.NDArray[np.integer], n_codes: int) -> Keys:
        """Return the keys of the codes that occur."""
        occurs = vectors.count(codes, n_codes) > 0
        position = np.full(n_codes, -1, np.int32)
        found = np.flatnonzero(occurs).astype(np.int32)
        position[found] = np.arange(len(found), dtype=np.int32)
        return cls(found, position)

    def take(self, values: FloatArray, codes: CodeArray, default: float = 0.0) -> FloatArray:
        """Return this table's values at other codes; ``default`` where a code is absent."""
        where = self.position[codes]
        if len(values) == 0:
            return np.full(len(codes), default)
        return np.where(where >= 0, values[np.maximum(where, 0)], default)


@dataclass(frozen=True)
class IndexedRatings:
    """A rating matrix with the codes its rows and columns stand for."""

    matrix: RatingMatrix
    notes: Keys
    raters: Keys


def by_appearance(keys: Keys, codes: CodeArray) -> npt.NDArray[np.int64]:
    """Return the positions of ``keys`` in the order in which ``codes`` first names them.

    The reference numbers entities so, and its random starts follow these numbers.
    """
    return np.argsort(vectors.first_rows(keys.position, codes, len(keys.codes)))


def index_ratings(
    ratings: Ratings, shape: tuple[int, int], level: npt.NDArray[np.uint8] | None = None
) -> IndexedRatings:
    """Pack ratings.

    Parameters
    ----------
    ratings : Ratings
        Coded ratings.
    shape : tuple of int
        (number of note codes, number of contributor codes).
    level : numpy.ndarray, uint8, shape (n_ratings,), optional
        Labels times two that replace the ratings' own.
    """
    note, rater = ratings.note, ratings.rater
    notes, raters = Keys.present(note, shape[0]), Keys.present(rater, shape[1])
    note, rater = vectors.take(notes.position, note), vectors.take(raters.position, rater)
    matrix = RatingMatrix.build(
        note, rater, ratings.level if level is None else level, shape=(len(notes.codes), len(raters.codes))
    )
    return IndexedRatings(matrix, notes, raters)

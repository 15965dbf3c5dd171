"""What prescoring tells final scoring about one scorer (spec 01 A.13.5)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from bridgenotes.scoring.shelf import collected

if TYPE_CHECKING:
    import polars as pl

    from bridgenotes.scoring.shelf import Shelf, Table

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Handover:
    """Prescoring's result for one scorer.

    Attributes
    ----------
    scorer : str
        Name of the scorer.
    notes : Table
        note, intercept, factor (float32), harassment_intercept, harassment_factor: the notes of
        the second fit.
    raters : Table
        rater, intercept, factor, first_round_intercept, first_round_factor (float32, nullable),
        contributor scores of spec 04 D.5 with above_helpfulness_threshold, incorrect-tag usage:
        raters of the second fit and everybody with a helpfulness row.
    global_intercept : float
        mu of the second fit.
    tag_thresholds : numpy.ndarray, float64, shape (13,)
        In the order of `NOT_HELPFUL_TAGS`.
    n_ratings, n_notes, n_raters : int
        Size of the second fit's data.
    diligence_intercepts : tuple of float or None
        Global intercepts of the diligence model after each round; None where it was not fitted.
    diagnostics : dict
        Objective, iterations and gradient norm of each fit, for the run's record.
    """

    scorer: str
    notes: Table
    raters: Table
    global_intercept: float
    tag_thresholds: FloatArray
    n_ratings: int
    n_notes: int
    n_raters: int
    diligence_intercepts: tuple[float, float, float] | None
    diagnostics: dict[str, dict[str, float | int | str]]

    @property
    def ratings_per_note(self) -> float:
        """rho_n that final scoring is scaled by."""
        return self.n_ratings / self.n_notes

    def kept(self, shelf: Shelf) -> Handover:
        """Return the same with its tables on a shelf."""
        return replace(
            self, notes=shelf.keep(collected(self.notes)), raters=shelf.keep(collected(self.raters))
        )

    def rater_values(self, column: str, n_contributors: int) -> FloatArray:
        """Return a rater column by contributor code: float64, NaN where there is none."""
        return self._values("raters", "rater", column, n_contributors)

    def knows(self, n_contributors: int) -> npt.NDArray[np.bool_]:
        """Return which contributors have a row, bool, shape (n_contributors,)."""
        known = np.zeros(n_contributors, np.bool_)
        known[collected(self.raters.select("rater"))["rater"].to_numpy()] = True
        return known

    def note_values(self, column: str, n_notes: int) -> FloatArray:
        """Return a note column by note code: float64, NaN where there is none."""
        return self._values("notes", "note", column, n_notes)

    def _values(self, table: str, key: str, column: str, size: int) -> FloatArray:
        rows = collected(getattr(self, table).select(key, column))
        out = np.full(size, np.nan)
        out[rows[key].to_numpy()] = _numbers(rows[column])
        return out


def _numbers(column: pl.Series) -> npt.NDArray[np.floating]:
    """Return a column as floating point, NaN for null."""
    return (column if column.dtype.is_float() else column.cast(float)).to_numpy()

"""One final pass of a Gaussian scorer: notes scored with borrowed rater factors (spec 07 sections 2, 4 and 7)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import polars as pl

from bridgenotes.scoring import vectors
from bridgenotes.scoring.gaussian.score import gaussian_scores
from bridgenotes.scoring.index import IndexedRatings, index_ratings
from bridgenotes.scoring.mf.early_stopped import Schedule, train_notes
from bridgenotes.scoring.mf.objective import Parameters
from bridgenotes.scoring.mf.solver import Fit, solve_notes
from bridgenotes.scoring.note_statistics import spread
from bridgenotes.scoring.preprocess import min_counts

if TYPE_CHECKING:
    from bridgenotes.scoring.gaussian.settings import GaussianSettings
    from bridgenotes.scoring.handover import Handover
    from bridgenotes.scoring.ratings import Ratings

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]
IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True)
class GaussianPass:
    """What one pass says about notes.

    Attributes
    ----------
    intercept : numpy.ndarray, float64, shape (n_notes,)
        Gaussian score by note code, NaN where the note has no final-round rating. It takes the
        place of the note intercept in every rule.
    factor : numpy.ndarray, float64, shape (n_notes,)
        Factor of the note-only fit by note code, NaN likewise.
    fit : Fit
        The note-only fit; its intercepts are not used.
    in_final_round : numpy.ndarray, bool, shape (n_ratings,)
        Which of the given ratings took part.
    """

    intercept: FloatArray
    factor: FloatArray
    fit: Fit
    in_final_round: BoolArray


def gaussian_pass(
    ratings: Ratings,
    author: IntArray,
    handover: Handover,
    settings: GaussianSettings,
    shape: tuple[int, int],
    *,
    ratings_per_note: float | None = None,
) -> GaussianPass | None:
    """Score notes from the ratings of one pass.

    Parameters
    ----------
    ratings : Ratings
        The in-scope ratings of the pass.
    author : numpy.ndarray, int64, shape (n_notes,)
        See `note_authors`.
    handover : Handover
        The prescoring that factors, helpfulness and note-only fit are borrowed from.
    settings : GaussianSettings
    shape : tuple of int
        (number of note codes, number of contributor codes).
    ratings_per_note : float, optional
        Scale of the note-only fit's penalties; default: that of the handover.

    Returns
    -------
    GaussianPass or None
        None when no rating takes part.
    """
    n_notes, n_contributors = shape
    keep = final_round(ratings, handover, settings, n_contributors)
    if not keep.any():
        return None
    used = ratings.where(keep)
    data = index_ratings(used, shape)
    factor = handover.rater_values("factor", n_contributors)
    contributors, author_row = _with_authors(used, data, author, factor)
    score, _tilt = gaussian_scores(data.matrix.by_note, factor[contributors], author_row, settings)
    fit = _fit_notes(data, handover, settings, ratings_per_note, shape)
    notes = data.notes.codes
    return GaussianPass(
        intercept=spread(score, notes, n_notes),
        factor=spread(fit.parameters.note_factor, notes, n_notes),
        fit=fit,
        in_final_round=keep,
    )


def note_authors(history: pl.DataFrame) -> IntArray:
    """Return each note's author, int64, shape (n_notes,), -1 where unknown; ``history`` row i is note code i."""
    return history["author"].cast(pl.Int64).fill_null(-1).to_numpy()


def final_round(
    ratings: Ratings, handover: Handover, settings: GaussianSettings, n_contributors: int
) -> BoolArray:
    """Return which ratings take part, bool, shape (n_ratings,).

    Notes are counted first, then raters without parameters or below the helpfulness threshold
    leave, so a note may end with fewer ratings than the minimum (spec 07 section 2).
    """
    note, rater = ratings.note, ratings.rater
    takes_part = ~np.isnan(handover.rater_values("intercept", n_contributors))
    takes_part &= ~np.isnan(handover.rater_values("factor", n_contributors))
    if settings.filters_raters:
        takes_part &= handover.rater_values("above_helpfulness_threshold", n_contributors) == 1
    keep = min_counts(note, rater, 0, settings.min_raters_per_note)
    keep &= vectors.take(takes_part, rater)
    return keep


def _with_authors(
    used: Ratings, data: IndexedRatings, author: IntArray, factor: FloatArray
) -> tuple[npt.NDArray[np.int32], IntArray]:
    """Return contributor codes (raters, then other authors) and, per note, the row of its author.

    The row is -1 where the author is unknown, has no factor or rated the note (spec 07 section 4).
    """
    writer = author[data.notes.codes]
    note = used.note
    has_rated = np.zeros(len(author), np.bool_)
    has_rated[note[vectors.take(author, note) == used.rater]] = True
    counts = (writer >= 0) & ~has_rated[data.notes.codes]
    counts[counts] = ~np.isnan(factor[writer[counts]])
    others = np.setdiff1d(writer[counts], data.raters.codes)
    contributors = np.concatenate([data.raters.codes, others.astype(np.int32)])
    row = np.full(len(factor), -1, np.int64)
    row[contributors] = np.arange(len(contributors))
    author_row = np.full(len(writer), -1, np.int64)
    author_row[counts] = row[writer[counts]]
    return contributors, author_row


def _fit_notes(
    data: IndexedRatings,
    handover: Handover,
    settings: GaussianSettings,
    ratings_per_note: float | None,
    shape: tuple[int, int],
) -> Fit:
    """Fit notes with raters and global intercept frozen, for the note factors (spec 07 section 7)."""
    notes, raters = data.notes.codes, data.raters.codes
    start = Parameters(
        note_intercept=np.nan_to_num(handover.note_values("intercept", shape[0])[notes]),
        note_factor=np.nan_to_num(handover.note_values("factor", shape[0])[notes]),
        rater_intercept=handover.rater_values("intercept", shape[1])[raters],
        rater_factor=handover.rater_values("factor", shape[1])[raters],
        global_intercept=float(np.nan_to_num(handover.global_intercept)),
    )
    objective = replace(settings.objective, ratings_per_note=ratings_per_note or handover.ratings_per_note)
    if settings.trainer == "exact":
        return solve_notes(data.matrix, objective, start)
    return train_notes(data.matrix, objective, start, Schedule(learning_rate=settings.learning_rate))

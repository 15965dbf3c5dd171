"""How far one more extreme rating could move a note (spec 08 section 5).

Each note is refitted with one extra HELPFUL rating by the least generous imaginable rater, at
either end and the middle of the spectrum. One pass over the ratings serves all refits.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from bridgenotes.scoring.mf import kernels
from bridgenotes.scoring.mf.early_stopped import Schedule, train_note_sums
from bridgenotes.scoring.mf.solver import tables

if TYPE_CHECKING:
    from bridgenotes.scoring.mf.matrix import RatingMatrix
    from bridgenotes.scoring.mf.objective import Objective, Parameters
    from bridgenotes.scoring.profile import Trainer

FloatArray = npt.NDArray[np.float64]


def intercept_bounds(
    ratings: RatingMatrix, objective: Objective, fitted: Parameters, trainer: Trainer
) -> tuple[FloatArray, FloatArray]:
    """Return the smallest and largest refitted note intercept, float64, shape (n_notes,) each.

    Parameters
    ----------
    ratings : RatingMatrix
        Ratings of the note-only fit.
    objective : Objective
        The scorer's; its ``ratings_per_note`` and diamond term are not used here, because the
        refits are regularised by plain means over notes.
    fitted : Parameters
        Result of the note-only fit, with its frozen raters and global intercept.
    trainer : {"exact", "early-stopped"}
        How each refit is solved.
    """
    plain = replace(
        objective,
        ratings_per_note=None,
        ratings_per_rater=None,
        regularisation=replace(objective.regularisation, diamond=0.0),
    )
    side = ratings.by_note
    sums = kernels.sums_squared(
        side.start,
        side.packed,
        side.weight,
        side.chunks,
        tables(fitted, of_raters=True),
        fitted.global_intercept,
    )
    harshest = float(fitted.rater_intercept.min())
    surprise = 1 - fitted.global_intercept - harshest
    refits = [_refit(sums, None, ratings, plain, fitted, trainer)]
    for f in (float(fitted.rater_factor.min()), 0.0, float(fitted.rater_factor.max())):
        extra = np.array([1, f, f * f, surprise, surprise * f, surprise * surprise])
        refits.append(_refit(sums, extra, ratings, plain, fitted, trainer))
    return np.min(refits, axis=0), np.max(refits, axis=0)


def _refit(
    sums: FloatArray,
    extra: FloatArray | None,
    ratings: RatingMatrix,
    objective: Objective,
    fitted: Parameters,
    trainer: Trainer,
) -> FloatArray:
    n, u = ratings.n_notes, ratings.n_raters
    n_ratings = ratings.n_ratings + (n if extra is not None else 0)
    per_note = n_ratings / n
    strength = objective.regularisation
    ridge = (strength.note_intercept * per_note, strength.note_factor * per_note)
    moved = sums if extra is None else sums + extra
    if trainer == "exact":
        s0, s1, s2, t1, t2 = moved.T[:5]
        a, c = s0 + ridge[0], s2 + ridge[1]
        intercept: FloatArray = (c * t1 - s1 * t2) / (a * c - s1 * s1)
        return intercept
    raters = u + (1 if extra is not None else 0)
    per_rater = n_ratings / raters
    harsh = fitted.rater_intercept.min() ** 2 if extra is not None else 0.0
    wide = (extra[1] ** 2) if extra is not None else 0.0
    constant = (
        strength.rater_intercept
        * per_rater
        * (float(fitted.rater_intercept @ fitted.rater_intercept) + harsh)
        + strength.rater_factor * per_rater * (float(fitted.rater_factor @ fitted.rater_factor) + wide)
        + strength.global_intercept * n_ratings * fitted.global_intercept**2
    )
    start = np.concatenate([fitted.note_intercept, fitted.note_factor])
    vector, _ = train_note_sums(moved, (*ridge, 0.0), constant, n_ratings, start, Schedule())
    return vector[:n]

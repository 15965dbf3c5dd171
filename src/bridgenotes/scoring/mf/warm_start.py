"""Where a fit begins when an earlier one is known: its parameters, and for the rest what intercepts alone say.

The exact trainer solves raters from notes first, so notes are all that matters. A note that nobody knew begins with
the intercept its ratings give it and a whisper of a factor: zero would be a saddle point that a block of new
notes and new raters could not leave.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from bridgenotes.scoring.mf import kernels
from bridgenotes.scoring.mf.start import WHISPER

if TYPE_CHECKING:
    from bridgenotes.scoring.mf.matrix import RatingMatrix
    from bridgenotes.scoring.mf.objective import Objective, Parameters


def warm_start(
    ratings: RatingMatrix, objective: Objective, known: Parameters, is_known: npt.NDArray[np.bool_]
) -> Parameters:
    """Return a start for `solver.solve` that reaches an optimum near ``known`` in few iterations.

    Parameters
    ----------
    ratings : RatingMatrix
        What is to be fitted.
    known : Parameters
        Of an earlier fit of fewer, more or other ratings, by the notes and raters of ``ratings``.
    is_known : numpy.ndarray, bool, shape (n_notes,)
        Whose parameters ``known`` tells; those of other notes are not read.
    """
    if is_known.all():
        return known
    side = ratings.by_note
    table = np.stack([known.rater_intercept, np.zeros(ratings.n_raters)], axis=1).astype(np.float32)
    intercept, _, _, _ = kernels.sweep_squared(
        side.start, side.packed, side.weight, side.chunks, table, known.global_intercept,
        objective.ridge(ratings).note_intercept, 1.0, 0.0,
    )  # fmt: skip
    return replace(
        known,
        note_intercept=np.where(is_known, known.note_intercept, intercept),
        note_factor=np.where(is_known, known.note_factor, WHISPER * intercept),
    )

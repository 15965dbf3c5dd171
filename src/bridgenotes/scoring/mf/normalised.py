"""The normalised loss: a second fit whose ratings weigh by what the first says of their raters (spec 00 section 4)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from bridgenotes.scoring.mf.early_stopped import Schedule, train, train_notes
from bridgenotes.scoring.mf.matrix import RatingMatrix
from bridgenotes.scoring.mf.objective import unpack

if TYPE_CHECKING:
    from bridgenotes.scoring.mf.objective import Objective, Parameters
    from bridgenotes.scoring.mf.solver import Fit
    from bridgenotes.scoring.profile import Model, Normalised

FloatArray = npt.NDArray[np.float64]


def reweighted(
    ratings: RatingMatrix,
    objective: Objective,
    model: Model,
    plain: Fit,
    start: Parameters,
    *,
    frozen: bool = False,
) -> Fit:
    """Fit again from ``start``, early-stopped, with ratings weighted by what ``plain`` says of their raters.

    Parameters
    ----------
    frozen : bool
        Whether only notes move. In the reference all do, also where only notes moved in the first fit
        (an accident, spec 00 section 4).
    """
    if model.normalised is None:
        raise ValueError("the model has no normalised loss")
    note, rater, label, _ = unpack(ratings)
    weight = rater_weights(plain.parameters.rater_factor, rater, model.normalised)[rater]
    shape = (ratings.n_notes, ratings.n_raters)
    weighted = RatingMatrix.build(
        note, rater, np.round(2 * label).astype(np.uint8), shape=shape, weight=weight
    )
    again = train_notes if frozen else train
    return again(weighted, objective, start, Schedule(learning_rate=model.learning_rate))


def rater_weights(rater_factor: FloatArray, rater: npt.NDArray[np.int64], settings: Normalised) -> FloatArray:
    """Return the weight of each rater's ratings, float64, shape (n_raters,).

    Notes
    -----
    s(f_u) (c_u s(f_u))^e: s makes both signs weigh the same in total without changing the sum of
    weights, c_u is the rater's number of ratings.
    """
    count = np.bincount(rater, minlength=len(rater_factor)).astype(np.float64)
    sign = np.ones(len(rater_factor))
    positive = rater_factor > 0
    if settings.balances_signs and count[positive].sum() > 0:
        sign[positive] = count[~positive].sum() / count[positive].sum()
        sign *= count.sum() / (count @ sign) if count @ sign > 0 else 1.0
    with np.errstate(divide="ignore"):
        power = np.where(count > 0, (count * sign) ** settings.rater_exponent, 0.0)
    return sign * np.where(np.isfinite(power), power, 0.0)

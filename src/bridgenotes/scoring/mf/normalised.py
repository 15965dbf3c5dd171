"""The normalised loss: a second fit whose ratings weigh by what the first says of their raters (spec 00 section 4)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from bridgenotes.scoring.mf.early_stopped import Schedule, train, train_notes
from bridgenotes.scoring.mf.matrix import RatingMatrix
from bridgenotes.scoring.mf.objective import Objective, Parameters, unpack

if TYPE_CHECKING:
    from bridgenotes.scoring.mf.solver import Fit
    from bridgenotes.scoring.profile import Model, Normalised

FloatArray = npt.NDArray[np.float64]


def random_start(ratings: RatingMatrix, rng: np.random.Generator) -> Parameters:
    """Return the reference's random start: uniform factors of width sqrt(6 / (n + 1)), intercepts 0."""
    raters = _uniform(ratings.n_raters, rng)
    return replace(
        Parameters.zeros(ratings.n_notes, ratings.n_raters),
        rater_factor=raters,
        note_factor=_uniform(ratings.n_notes, rng),
    )


def _uniform(size: int, rng: np.random.Generator) -> FloatArray:
    bound = np.sqrt(6 / (size + 1))
    return rng.uniform(-bound, bound, size)


def train_normalised(
    ratings: RatingMatrix,
    objective: Objective,
    start: Parameters,
    model: Model,
    rng: np.random.Generator,
    *,
    keeps_raters: bool,
) -> Fit:
    """Fit plainly, weigh the ratings, fit again; early-stopped both times.

    Parameters
    ----------
    start : Parameters
        Of the first fit. With ``keeps_raters`` the second starts from its raters too, else at random.
    """
    schedule = Schedule(learning_rate=model.learning_rate)
    plain = train(ratings, objective, start, schedule).identified()
    return _weighted(ratings, objective, start, plain, model, rng, keeps_raters=keeps_raters).identified()


def train_notes_normalised(
    ratings: RatingMatrix, objective: Objective, start: Parameters, model: Model, rng: np.random.Generator
) -> Fit:
    """Do the same in final scoring, where only the first of the two fits is frozen (an accident, spec 00 section 4)."""
    plain = train_notes(ratings, objective, start, Schedule(learning_rate=model.learning_rate))
    return _weighted(ratings, objective, start, plain, model, rng, keeps_raters=True)


def _weighted(
    ratings: RatingMatrix,
    objective: Objective,
    start: Parameters,
    plain: Fit,
    model: Model,
    rng: np.random.Generator,
    *,
    keeps_raters: bool,
) -> Fit:
    if model.normalised is None:
        raise ValueError("the model has no normalised loss")
    note, rater, label, _ = unpack(ratings)
    weight = rater_weights(plain.parameters.rater_factor, rater, model.normalised)[rater]
    shape = (ratings.n_notes, ratings.n_raters)
    weighted = RatingMatrix.build(
        note, rater, np.round(2 * label).astype(np.uint8), shape=shape, weight=weight
    )
    again = random_start(weighted, rng)
    if keeps_raters:
        again = replace(again, rater_intercept=start.rater_intercept, rater_factor=start.rater_factor)
    return train(weighted, objective, again, Schedule(learning_rate=model.learning_rate))


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

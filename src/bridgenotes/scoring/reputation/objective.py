"""The reputation objective in plain numpy: the readable truth the kernels are tested against.

Source: spec 00 section 7, 08 sections 1.1 and 1.2.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt

from bridgenotes.scoring.mf.objective import unpack

if TYPE_CHECKING:
    from bridgenotes.scoring.mf.matrix import RatingMatrix
    from bridgenotes.scoring.reputation.model import Loss, Ridge, Round

FloatArray = npt.NDArray[np.float64]

SMALLEST_SUM: Final = 2.0**-20
"""Added to a sum of weights before it is raised to a power."""


@dataclass(frozen=True)
class Parameters:
    """The unknowns of a reputation model.

    Attributes
    ----------
    note_factor, note_intercept : numpy.ndarray, float64, shape (n_notes,)
    rater_factor, rater_intercept, rater_reputation : numpy.ndarray, float64, shape (n_raters,)
    global_intercept : float
        mu.
    """

    note_factor: FloatArray
    note_intercept: FloatArray
    rater_factor: FloatArray
    rater_intercept: FloatArray
    rater_reputation: FloatArray
    global_intercept: float = 0.0


def weights(ratings: RatingMatrix, settings: Round, reputation: FloatArray) -> FloatArray:
    """Return each rating's weight in one round, float64, shape (n_ratings,), sorted by note.

    Parameters
    ----------
    reputation : numpy.ndarray, float64, shape (n_raters,)
        As they are when the round begins; read in the third round only.
    """
    note, rater, label, _ = unpack(ratings)
    weight = np.where(label == 1, settings.positive_weight, 1.0)
    if settings.reputation_exponent is not None:
        weight *= reputation_weight(settings, reputation)[rater]
    for entity, exponent in ((note, settings.note_exponent), (rater, settings.rater_exponent)):
        if exponent:
            weight *= ((np.bincount(entity, weight) + SMALLEST_SUM) ** exponent)[entity]
    return weight


def reputation_weight(settings: Round, reputation: FloatArray) -> FloatArray:
    """Return (alpha + max(q, 0)**e) / (1 + alpha) per rater."""
    floor = settings.reputation_floor
    if settings.reputation_exponent is None:
        return np.ones(len(reputation))
    raised: FloatArray = np.maximum(reputation, 0.0) ** settings.reputation_exponent
    return (floor + raised) / (1 + floor)


def predictions(x: Parameters, note: npt.NDArray[np.int64], rater: npt.NDArray[np.int64]) -> FloatArray:
    """Return ``f_n f_u + i_n q_u + i_u + mu`` of each rating."""
    return (
        x.note_factor[note] * x.rater_factor[rater]
        + x.note_intercept[note] * x.rater_reputation[rater]
        + x.rater_intercept[rater]
        + x.global_intercept
    )


def value(x: Parameters, ratings: RatingMatrix, weight: FloatArray, loss: Loss, ridge: Ridge) -> float:
    """Return the loss L.

    Notes
    -----
    (1/R) sum_r w_r l(p_r, y_r) + sum over kinds of parameters k of ridge_k |x_k|^2
    """
    note, rater, label, _ = unpack(ratings)
    p = predictions(x, note, rater)
    losses = (p - label) ** 2 if loss == "squared" else np.logaddexp(0, p) - label * p
    return float(weight @ losses) / max(len(note), 1) + penalty(x, ridge)


def penalty(x: Parameters, ridge: Ridge) -> float:
    """Return the regularising part of `value`."""
    return float(sum(strength * np.square(getattr(x, name)).sum() for name, strength in vars(ridge).items()))


def gradient(
    x: Parameters, ratings: RatingMatrix, weight: FloatArray, loss: Loss, ridge: Ridge
) -> Parameters:
    """Return the gradient of `value`."""
    note, rater, label, _ = unpack(ratings)
    p = predictions(x, note, rater)
    slope = 2 * (p - label) if loss == "squared" else 1 / (1 + np.exp(-p)) - label
    slope = weight * slope / max(len(note), 1)
    n, u = ratings.n_notes, ratings.n_raters
    data = {
        "note_factor": np.bincount(note, slope * x.rater_factor[rater], n),
        "note_intercept": np.bincount(note, slope * x.rater_reputation[rater], n),
        "rater_factor": np.bincount(rater, slope * x.note_factor[note], u),
        "rater_reputation": np.bincount(rater, slope * x.note_intercept[note], u),
        "rater_intercept": np.bincount(rater, slope, u),
    }
    full = {name: total + 2 * getattr(ridge, name) * getattr(x, name) for name, total in data.items()}
    return Parameters(**full, global_intercept=float(slope.sum()))

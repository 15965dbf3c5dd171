"""Final scoring with a reputation model: two note-only fits (spec 08 section 1.7)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt

from bridgenotes.scoring.errors import ShapeError
from bridgenotes.scoring.mf.sliced import slices
from bridgenotes.scoring.reputation import kernels
from bridgenotes.scoring.reputation.objective import Parameters, penalty
from bridgenotes.scoring.reputation.rounds import DivergedError, adam_rates, multipliers

if TYPE_CHECKING:
    from bridgenotes.scoring.mf.matrix import RatingMatrix
    from bridgenotes.scoring.reputation.model import ReputationModel, Ridge, Round

FloatArray = npt.NDArray[np.float64]
SingleArray = npt.NDArray[np.float32]

CHECKS_AT_ONCE: Final = 5
"""Notes run this many checks ahead before it is known whether the fit has ended: the cost of a wrong
guess is under this many checks, the gain one gathering of the ratings instead of one per epoch."""


@dataclass(frozen=True)
class StoredReputation:
    """What prescoring handed over, for the notes and raters of the final ratings; NaN where missing.

    Attributes
    ----------
    note_factor, note_intercept_round2 : numpy.ndarray, float, shape (n_notes,)
    rater_factor, rater_reputation, rater_intercept, rater_intercept_round2 : numpy.ndarray, float
        Shape (n_raters,).
    global_intercepts : tuple of float
        mu after each round.
    """

    note_factor: FloatArray
    note_intercept_round2: FloatArray
    rater_factor: FloatArray
    rater_reputation: FloatArray
    rater_intercept: FloatArray
    rater_intercept_round2: FloatArray
    global_intercepts: tuple[float, float, float]


def score_notes(
    ratings: RatingMatrix,
    model: ReputationModel,
    *,
    stored: StoredReputation,
    ratings_per_note: float | None = None,
    ratings_per_rater: float | None = None,
) -> tuple[FloatArray, FloatArray]:
    """Return (note intercept, note factor), float64, shape (n_notes,), raters frozen.

    Parameters
    ----------
    ratings : RatingMatrix
        Labels of the model; unweighted.
    stored : StoredReputation
        Missing values count as 0, also reputations.
    ratings_per_note, ratings_per_rater : float, optional
        Ratios of prescoring that scale the penalties; default: those of ``ratings``.

    Raises
    ------
    ShapeError
        If stored values do not fit the ratings, or the ratings carry weights.
    DivergedError
        If the loss becomes infinite or NaN.

    Notes
    -----
    First the factor is fitted with the second round's weights and intercepts, then the intercept
    with the third's. Both follow the reference's early-stopped Adam on the total loss.

    References
    ----------
    Spec 08 section 1.7, 00 section 7.3.
    """
    known = _checked(ratings, stored)
    ratios = (ratings_per_note, ratings_per_rater)
    _, second_mu, third_mu = stored.global_intercepts
    settings = model.round(2)
    x = Parameters(
        note_factor=known["note_factor"],
        note_intercept=known["note_intercept_round2"],
        rater_factor=known["rater_factor"],
        rater_intercept=known["rater_intercept_round2"],
        rater_reputation=known["rater_reputation"],
        global_intercept=second_mu,
    )
    factor = _fit(ratings, model, settings, settings.ridge(ratings, *ratios), x, "note_factor")
    settings = model.round(3)
    x = Parameters(
        note_factor=factor,
        note_intercept=x.note_intercept,
        rater_factor=x.rater_factor,
        rater_intercept=known["rater_intercept"],
        rater_reputation=x.rater_reputation,
        global_intercept=third_mu,
    )
    return _fit(ratings, model, settings, settings.ridge(ratings, *ratios), x, "note_intercept"), factor


def _checked(ratings: RatingMatrix, stored: StoredReputation) -> dict[str, FloatArray]:
    """Return the stored arrays without NaN."""
    if ratings.is_weighted:
        raise ShapeError("a reputation model weighs ratings itself; build the matrix without weights")
    known = {}
    for name, values in vars(stored).items():
        if name == "global_intercepts":
            continue
        size = ratings.n_notes if name.startswith("note") else ratings.n_raters
        if len(values) != size:
            raise ShapeError(f"stored {name} has {len(values)} values for {size} of its kind in the ratings")
        known[name] = np.nan_to_num(np.asarray(values, np.float64))
    return known


def _fit(
    ratings: RatingMatrix, model: ReputationModel, settings: Round, ridge: Ridge, x: Parameters, free: str
) -> FloatArray:
    """Return the early-stopped fit of one note parameter, all else frozen."""
    side, period = ratings.by_note, model.check_every
    order, chunks = slices(side)
    of_note, of_rater = multipliers(ratings, settings, x.rater_reputation)
    shift = x.rater_intercept + x.global_intercept
    columns = {"note_factor": x.rater_factor, "note_intercept": x.rater_reputation}
    given = "note_intercept" if free == "note_factor" else "note_factor"
    raters = np.stack([shift, columns[given], columns[free], of_rater], axis=1).astype(np.float32)
    own: SingleArray = getattr(x, free).astype(np.float32)
    strength = getattr(ridge, free)
    frozen = penalty(x, ridge) - strength * float(np.square(getattr(x, free)).sum())
    moments = np.zeros((2, 1, len(own)), np.float32)
    rates = adam_rates(model)
    previous = np.inf
    for first in range(0, model.last_epoch + 1, period * CHECKS_AT_ONCE):
        stop = min(first + period * CHECKS_AT_ONCE, model.last_epoch + 1)
        snapshots = np.empty((-(-(stop - first) // period), len(own)), np.float32)
        out = kernels.note_epochs(
            side.start, side.packed, order, chunks, raters, getattr(x, given).astype(np.float32), of_note,
            own, moments, strength, np.float32(settings.positive_weight), model.loss == "logistic",
            first, rates[first:stop], period, snapshots,
        )  # fmt: skip
        for data_loss, then in zip(out.sum(axis=0), snapshots, strict=True):
            ours = strength * float(np.square(then, dtype=np.float64).sum())
            loss = float(np.float32(data_loss / max(ratings.n_ratings, 1) + ours + frozen))
            if not np.isfinite(loss):
                raise DivergedError(
                    f"fitting {free} of a reputation model: loss {loss}; look at stored values"
                )
            if abs(previous - loss) < model.convergence:
                return then.astype(np.float64)
            previous = loss
    return own.astype(np.float64)

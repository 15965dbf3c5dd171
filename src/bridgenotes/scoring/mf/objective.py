"""The objective in plain numpy: the readable truth that every trainer is tested against.

Source: spec chapter 00 section 1.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, Protocol

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from bridgenotes.scoring.mf.matrix import RatingMatrix

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Regularisation:
    """Ridge strengths l of spec 00 section 1, before they are scaled by ratings per entity."""

    rater_intercept: float = 0.15
    rater_factor: float = 0.03
    note_intercept: float = 0.15
    note_factor: float = 0.03
    global_intercept: float = 0.15
    diamond: float = 0.0


class Counts(Protocol):
    """What penalties are scaled by: of a rating matrix, or of one that lies elsewhere."""

    @property
    def n_ratings(self) -> int:
        """Number of ratings R."""
        ...

    @property
    def n_notes(self) -> int:
        """Number of notes N."""
        ...

    @property
    def n_raters(self) -> int:
        """Number of raters U."""
        ...


@dataclass(frozen=True)
class Objective:
    """What a fit minimises.

    Attributes
    ----------
    regularisation : Regularisation
        Strengths of the penalties.
    loss : {"squared", "logistic"}
        ``(p - y)**2`` or binary cross-entropy with logits p.
    positive_weight : float
        Factor on the cross-entropy of positive labels only.
    ratings_per_note, ratings_per_rater : float, optional
        rho of spec 00; default: those of the fitted ratings.
    use_global_intercept : bool
        Without it mu is left out of the prediction.
    """

    regularisation: Regularisation = Regularisation()
    loss: Literal["squared", "logistic"] = "squared"
    positive_weight: float = 1.0
    ratings_per_note: float | None = None
    ratings_per_rater: float | None = None
    use_global_intercept: bool = True

    def ridge(self, ratings: Counts) -> Ridge:
        """Return the penalties on the sum-of-ratings scale for these ratings."""
        per_note = self.ratings_per_note or ratings.n_ratings / max(ratings.n_notes, 1)
        per_rater = self.ratings_per_rater or ratings.n_ratings / max(ratings.n_raters, 1)
        strength = self.regularisation
        return Ridge(
            rater_intercept=strength.rater_intercept * per_rater,
            rater_factor=strength.rater_factor * per_rater,
            note_intercept=strength.note_intercept * per_note,
            note_factor=strength.note_factor * per_note,
            global_intercept=strength.global_intercept * ratings.n_ratings,
            diamond=strength.diamond * per_note,
        )


@dataclass(frozen=True)
class Ridge:
    """Penalties Lambda of spec 00 section 1, in units of ratings."""

    rater_intercept: float
    rater_factor: float
    note_intercept: float
    note_factor: float
    global_intercept: float
    diamond: float


@dataclass(frozen=True)
class Parameters:
    """The unknowns of a fit.

    Attributes
    ----------
    note_intercept, note_factor : numpy.ndarray, float64, shape (n_notes,)
    rater_intercept, rater_factor : numpy.ndarray, float64, shape (n_raters,)
    global_intercept : float
        mu.
    """

    note_intercept: FloatArray
    note_factor: FloatArray
    rater_intercept: FloatArray
    rater_factor: FloatArray
    global_intercept: float = 0.0

    @classmethod
    def zeros(cls, n_notes: int, n_raters: int) -> Parameters:
        """Return parameters that are all 0."""
        return cls(np.zeros(n_notes), np.zeros(n_notes), np.zeros(n_raters), np.zeros(n_raters))

    def mirrored(self) -> Parameters:
        """Return the same fit with all factors negated: a symmetry of the objective."""
        return replace(self, note_factor=-self.note_factor, rater_factor=-self.rater_factor)

    def identified(self) -> Parameters:
        """Return the fit with the sign in which most raters' factors are negative (spec 00 section 1.4)."""
        decided = int(np.count_nonzero(self.rater_factor))
        negative = int(np.count_nonzero(self.rater_factor < 0))
        return self.mirrored() if decided and negative / decided < 0.5 else self


def unpack(
    ratings: RatingMatrix,
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], FloatArray, FloatArray]:
    """Return (note, rater, label, weight), each of shape (n_ratings,), sorted by note."""
    side = ratings.by_note
    note = np.repeat(np.arange(ratings.n_notes), side.count)
    rater = (side.packed >> 2).astype(np.int64)
    label = (side.packed & 3) / 2.0
    weight = side.weight.astype(np.float64) if ratings.is_weighted else np.ones(len(note))
    return note, rater, label, weight


def predictions(x: Parameters, note: npt.NDArray[np.int64], rater: npt.NDArray[np.int64]) -> FloatArray:
    """Return ``i_u + i_n + f_u f_n + mu`` of each rating."""
    return (
        x.rater_intercept[rater]
        + x.note_intercept[note]
        + x.rater_factor[rater] * x.note_factor[note]
        + x.global_intercept
    )


def value(x: Parameters, ratings: RatingMatrix, objective: Objective) -> float:
    """Return R L: the objective of spec 00 section 1 times the number of ratings.

    Notes
    -----
    sum_r w_r l(p_r, y_r) + Lam_iu |i_u|^2 + Lam_fu |f_u|^2 + Lam_in |i_n|^2 + Lam_fn |f_n|^2
    + Lam_d sum |i_n f_n| + Lam_mu mu^2
    """
    note, rater, label, weight = unpack(ratings)
    p = predictions(x, note, rater)
    if objective.loss == "squared":
        losses = (p - label) ** 2
    else:
        losses = objective.positive_weight * label * np.logaddexp(0, -p) + (1 - label) * np.logaddexp(0, p)
    return float(weight @ losses) + penalty(x, objective.ridge(ratings))


def penalty(x: Parameters, ridge: Ridge) -> float:
    """Return the regularising part of `value`."""
    return float(
        ridge.rater_intercept * (x.rater_intercept @ x.rater_intercept)
        + ridge.rater_factor * (x.rater_factor @ x.rater_factor)
        + ridge.note_intercept * (x.note_intercept @ x.note_intercept)
        + ridge.note_factor * (x.note_factor @ x.note_factor)
        + ridge.diamond * np.abs(x.note_intercept * x.note_factor).sum()
        + ridge.global_intercept * x.global_intercept**2
    )


def gradient(x: Parameters, ratings: RatingMatrix, objective: Objective) -> Parameters:
    """Return the gradient of `value`; the subgradient of the diamond term at 0 is 0."""
    note, rater, label, weight = unpack(ratings)
    p = predictions(x, note, rater)
    if objective.loss == "squared":
        slope = 2 * (p - label)
    else:
        chance = 1 / (1 + np.exp(-p))
        slope = (1 - label) * chance - objective.positive_weight * label * (1 - chance)
    slope = weight * slope
    ridge = objective.ridge(ratings)
    diamond_sign = np.sign(x.note_intercept * x.note_factor) * ridge.diamond
    n, u = ratings.n_notes, ratings.n_raters
    return Parameters(
        note_intercept=np.bincount(note, slope, n)
        + 2 * ridge.note_intercept * x.note_intercept
        + diamond_sign * x.note_factor,
        note_factor=np.bincount(note, slope * x.rater_factor[rater], n)
        + 2 * ridge.note_factor * x.note_factor
        + diamond_sign * x.note_intercept,
        rater_intercept=np.bincount(rater, slope, u) + 2 * ridge.rater_intercept * x.rater_intercept,
        rater_factor=np.bincount(rater, slope * x.note_factor[note], u)
        + 2 * ridge.rater_factor * x.rater_factor,
        global_intercept=float(slope.sum() + 2 * ridge.global_intercept * x.global_intercept)
        if objective.use_global_intercept
        else 0.0,
    )

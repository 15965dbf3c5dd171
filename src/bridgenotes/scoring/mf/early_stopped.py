"""The early-stopped trainer: full-batch Adam with the reference's schedule and stopping rule.

Where an objective is flat or steps are huge the reference's result is not the optimum but the
point where its Adam stops (docs/engine/solver.md); this trainer follows it on the packed
kernels. Source: spec 00 sections 1.2 and 1.3; D. P. Kingma and J. Ba, "Adam", ICLR 2015.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt

from bridgenotes.scoring.errors import NotConvergedError
from bridgenotes.scoring.mf import adam_kernels, kernels
from bridgenotes.scoring.mf.objective import Objective, Parameters, penalty
from bridgenotes.scoring.mf.solver import Fit, gradient_norm, objective_and_gradient, tables

if TYPE_CHECKING:
    from bridgenotes.scoring.mf.matrix import RatingMatrix

FloatArray = npt.NDArray[np.float64]

MAX_NORM: Final = 1.0
EPOCHS_BEFORE_RISE_STOPS: Final = 100


@dataclass(frozen=True)
class Schedule:
    """How Adam runs.

    Attributes
    ----------
    learning_rate : float
        0.2 from given starting values, 1.0 from none, 2.0 for the harassment fit.
    convergence : float
        Stop when two consecutive float32 losses differ by at most this.
    max_epochs : int
        Safety bound; the reference has none.
    """

    learning_rate: float = 0.2
    convergence: float = 1e-7
    max_epochs: int = 20_000


Evaluate = Callable[[FloatArray], tuple[float, FloatArray]]


def descend(evaluate: Evaluate, x: FloatArray, schedule: Schedule) -> tuple[FloatArray, int]:
    """Run Adam until the reference's stopping rule holds.

    Parameters
    ----------
    evaluate : callable
        Maps parameters, float64, shape (n,), to (loss L, gradient of L).
    x : numpy.ndarray, float64, shape (n,)
        Starting point; kept on the float32 grid as the reference's parameters are.

    Returns
    -------
    tuple
        The last point and the number of steps.

    Raises
    ------
    NotConvergedError
        After ``schedule.max_epochs`` steps, or when the loss is not finite.
    """
    x = x.astype(np.float32).astype(np.float64)
    first, second = np.zeros_like(x), np.zeros_like(x)
    previous = np.float32(1e10)
    total, slope = evaluate(x)
    loss = np.float32(total)
    epoch = 0
    while abs(float(loss) - float(previous)) > schedule.convergence and not (
        epoch > EPOCHS_BEFORE_RISE_STOPS and loss > previous
    ):
        if epoch >= schedule.max_epochs or not np.isfinite(loss):
            raise NotConvergedError(
                iterations=epoch, change=float(loss - previous), tolerance=schedule.convergence
            )
        previous = loss
        epoch += 1
        adam_kernels.adam_step(x, slope, first, second, schedule.learning_rate, epoch, MAX_NORM)
        total, slope = evaluate(x)
        loss = np.float32(total)
    return x, epoch


def train(ratings: RatingMatrix, objective: Objective, start: Parameters, schedule: Schedule) -> Fit:
    """Return the early-stopped fit of all parameters from ``start``."""
    n, u, r = ratings.n_notes, ratings.n_raters, max(ratings.n_ratings, 1)

    def evaluate(vector: FloatArray) -> tuple[float, FloatArray]:
        total, slope = objective_and_gradient(_split(vector, n, u), ratings, objective)
        return total / r, _join(slope) / r

    vector, epochs = descend(evaluate, _join(start), schedule)
    x = _split(vector, n, u)
    total, slope = objective_and_gradient(x, ratings, objective)
    return Fit(x, total, epochs, gradient_norm(slope) / r, "early-stopped")


def train_notes(ratings: RatingMatrix, objective: Objective, start: Parameters, schedule: Schedule) -> Fit:
    """Return the early-stopped note-only fit, raters and global intercept frozen.

    One pass over the ratings collects six sums per note; every epoch then costs O(n_notes)
    (spec 00 section 6). Squared loss only.
    """
    side, n, r = ratings.by_note, ratings.n_notes, max(ratings.n_ratings, 1)
    ridge = objective.ridge(ratings)
    sums = kernels.sums_squared(
        side.start,
        side.packed,
        side.weight,
        side.chunks,
        tables(start, of_raters=True),
        start.global_intercept,
    )
    frozen = penalty(replace(start, note_intercept=np.zeros(1), note_factor=np.zeros(1)), ridge)
    strength = (ridge.note_intercept, ridge.note_factor, ridge.diamond)
    given = np.concatenate([start.note_intercept, start.note_factor])
    vector, epochs = train_note_sums(sums, strength, frozen, r, given, schedule)
    x = replace(start, note_intercept=vector[:n], note_factor=vector[n:])
    total, slope = objective_and_gradient(x, ratings, objective)
    return Fit(x, total, epochs, gradient_norm(slope, of_notes_only=True) / r, "early-stopped")


def train_note_sums(
    sums: FloatArray,
    ridge: tuple[float, float, float],
    frozen_penalty: float,
    n_ratings: int,
    start: FloatArray,
    schedule: Schedule,
) -> tuple[FloatArray, int]:
    """Follow Adam on the per-note sums of a squared-error fit.

    Parameters
    ----------
    sums : numpy.ndarray, float64, shape (n_notes, 6)
        S0, S1, S2, T1, T2, T3 of spec 00 section 6.
    ridge : tuple of float
        Penalties on note intercept, note factor and the diamond term, in ratings.
    frozen_penalty : float
        Penalty of the frozen parameters: it moves no gradient but decides float32 rounding of the loss.
    n_ratings : int
        The loss is a mean over these.
    start : numpy.ndarray, float64, shape (2 * n_notes,)
        Intercepts, then factors.

    Returns
    -------
    tuple
        (parameters like ``start``, number of steps).

    Raises
    ------
    NotConvergedError
        As `descend`.

    Notes
    -----
    The loss is the float32 sum of two float32 parts, errors and penalties, as the reference's is:
    the last bit decides whether two losses differ by at most 1e-7.
    """
    vector = start.astype(np.float32).astype(np.float64)
    epochs, change, ended = adam_kernels.descend_notes(
        np.ascontiguousarray(sums), ridge, frozen_penalty, float(n_ratings), vector, schedule.learning_rate,
        schedule.convergence, schedule.max_epochs, EPOCHS_BEFORE_RISE_STOPS, MAX_NORM,
    )  # fmt: skip
    if not ended:
        raise NotConvergedError(iterations=epochs, change=change, tolerance=schedule.convergence)
    return vector, epochs


def _join(x: Parameters) -> FloatArray:
    return np.concatenate(
        [x.note_intercept, x.note_factor, x.rater_intercept, x.rater_factor, [x.global_intercept]]
    )


def _split(vector: FloatArray, n: int, u: int) -> Parameters:
    return Parameters(
        note_intercept=vector[:n],
        note_factor=vector[n : 2 * n],
        rater_intercept=vector[2 * n : 2 * n + u],
        rater_factor=vector[2 * n + u : 2 * (n + u)],
        global_intercept=float(vector[-1]),
    )

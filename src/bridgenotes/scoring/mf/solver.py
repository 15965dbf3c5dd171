"""The exact trainer: alternating closed-form sweeps, gauge step, Anderson acceleration.

Deterministic for given data, whatever the number of threads. Method: docs/engine/solver.md.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from bridgenotes.scoring.errors import NotConvergedError
from bridgenotes.scoring.mf import kernels
from bridgenotes.scoring.mf.anderson import Anderson
from bridgenotes.scoring.mf.gauge import rebalance
from bridgenotes.scoring.mf.objective import Objective, Parameters, Ridge, penalty

if TYPE_CHECKING:
    from collections.abc import Callable

    from bridgenotes.scoring.mf.matrix import RatingMatrix, Side

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Stopping:
    """When a fit is done.

    Attributes
    ----------
    intercept_change : float
        Largest change of a note intercept in one iteration, in helpfulness units.
    relative_decrease : float
        Decrease of the objective in one iteration, relative to the objective.
    max_iterations : int
        After this many iterations `NotConvergedError` is raised.
    """

    intercept_change: float = 1e-5
    relative_decrease: float = 1e-8
    max_iterations: int = 2000


@dataclass(frozen=True)
class Fit:
    """A solved factorization.

    Attributes
    ----------
    parameters : Parameters
    objective : float
        R L at the solution (spec 00 section 1).
    iterations : int
        Iterations, each one note and one rater sweep.
    gradient_norm : float
        Euclidean norm of the gradient of R L over the free parameters, divided by R.
    trainer : str
        "exact", "closed form" or "early-stopped".
    """

    parameters: Parameters
    objective: float
    iterations: int
    gradient_norm: float
    trainer: str = "exact"

    def record(self) -> dict[str, float | int | str]:
        """Return what a run's record keeps of a fit."""
        return {
            "objective": self.objective,
            "iterations": self.iterations,
            "gradient_norm": self.gradient_norm,
            "trainer": self.trainer,
        }

    def identified(self) -> Fit:
        """Return the fit with the reference's sign convention (spec 00 section 1.4)."""
        return replace(self, parameters=self.parameters.identified())


def solve(
    ratings: RatingMatrix, objective: Objective, start: Parameters, stopping: Stopping | None = None
) -> Fit:
    """Return the optimum of ``objective`` in the basin of ``start``.

    Parameters
    ----------
    ratings : RatingMatrix
        At least one rating.
    objective : Objective
        Loss, penalties and options.
    start : Parameters
        All factors zero is a saddle point: use `start.spectral_start` when nothing is known.
    stopping : Stopping, optional
        Tolerances.

    Raises
    ------
    NotConvergedError
        If the tolerances are not reached within ``stopping.max_iterations``.
    """
    step = _Step(ratings, objective, objective.ridge(ratings))
    x, iterations = iterate(step, start, mixing_weights(ratings), stopping or Stopping())
    return _finish(x, ratings, objective, iterations)


def iterate(
    step: Callable[[Parameters], tuple[Parameters, float]],
    start: Parameters,
    weights: FloatArray,
    stopping: Stopping,
) -> tuple[Parameters, int]:
    """Repeat a step, accelerated, until it changes nothing more; return where it ends and the iterations.

    Parameters
    ----------
    step : callable
        Improves parameters; returns the new ones and the objective.
    weights : numpy.ndarray, float64, shape (2 * n_notes + 1,)
        As `mixing_weights`.

    Raises
    ------
    NotConvergedError
        As `solve`.
    """
    mixer = Anderson(weights)
    x, best, previous_intercept = start, np.inf, start.note_intercept
    change = np.inf
    for iteration in range(1, stopping.max_iterations + 1):
        after, total = step(x)
        change = float(np.max(np.abs(after.note_intercept - previous_intercept), initial=0.0))
        if total > best * (1 + 1e-7) and mixer.has_history:
            # The extrapolation overshot: fall back to the last plain iterate.
            x = mixer.restart()
            best = np.inf
            continue
        decrease = (best - total) / max(abs(total), 1e-300)
        previous_intercept = after.note_intercept
        best = min(best, total)
        if change <= stopping.intercept_change and decrease <= stopping.relative_decrease:
            return after, iteration
        x = mixer.mix(x, after)
    raise NotConvergedError(
        iterations=stopping.max_iterations, change=change, tolerance=stopping.intercept_change
    )


def _finish(x: Parameters, ratings: RatingMatrix, objective: Objective, iterations: int) -> Fit:
    total, slope = objective_and_gradient(x, ratings, objective)
    return Fit(x, total, iterations, gradient_norm(slope) / max(ratings.n_ratings, 1))


def objective_and_gradient(
    x: Parameters, ratings: RatingMatrix, objective: Objective, *, of_notes_only: bool = False
) -> tuple[float, Parameters]:
    """Return R L and its gradient, as `objective.value` and `objective.gradient` do, in two compiled passes.

    With ``of_notes_only`` one pass is enough; the gradient then has no raters.
    """
    ridge = objective.ridge(ratings)
    note = _slopes(ratings.by_note, x, objective, of_notes=True)
    diamond = np.sign(x.note_intercept * x.note_factor) * ridge.diamond
    mu = float(note[:, 1].sum()) + 2 * ridge.global_intercept * x.global_intercept
    of_raters = (np.empty(0), np.empty(0))
    if not of_notes_only:
        rater = _slopes(ratings.by_rater, x, objective, of_notes=False)
        of_raters = (
            rater[:, 1] + 2 * ridge.rater_intercept * x.rater_intercept,
            rater[:, 2] + 2 * ridge.rater_factor * x.rater_factor,
        )
    slope = Parameters(
        note[:, 1] + 2 * ridge.note_intercept * x.note_intercept + diamond * x.note_factor,
        note[:, 2] + 2 * ridge.note_factor * x.note_factor + diamond * x.note_intercept,
        *of_raters,
        mu if objective.use_global_intercept else 0.0,
    )
    return float(note[:, 0].sum()) + penalty(x, ridge), slope


def gradient_norm(slope: Parameters, *, of_notes_only: bool = False) -> float:
    """Return the Euclidean norm over all parameters, or over the notes' alone."""
    square = float(slope.note_intercept @ slope.note_intercept + slope.note_factor @ slope.note_factor)
    if not of_notes_only:
        square += float(slope.rater_intercept @ slope.rater_intercept)
        square += float(slope.rater_factor @ slope.rater_factor) + slope.global_intercept**2
    return float(np.sqrt(square))


def _slopes(side: Side, x: Parameters, objective: Objective, *, of_notes: bool) -> FloatArray:
    own = (x.note_intercept, x.note_factor) if of_notes else (x.rater_intercept, x.rater_factor)
    return kernels.slopes(  # type: ignore[no-any-return]
        side.start, side.packed, side.weight, side.chunks, tables(x, of_raters=of_notes), x.global_intercept,
        *own, objective.positive_weight, objective.loss == "logistic", of_notes,
    )  # fmt: skip


def tables(x: Parameters, *, of_raters: bool) -> npt.NDArray[np.float32]:
    """Return one side's (intercept, factor) pairs, float32, shape (n_entities, 2)."""
    pair = (x.rater_intercept, x.rater_factor) if of_raters else (x.note_intercept, x.note_factor)
    table = np.empty((len(pair[0]), 2), np.float32)
    table[:, 0], table[:, 1] = pair
    return table


def mixing_weights(ratings: RatingMatrix) -> FloatArray:
    """Weights of (note intercepts, note factors, mu) in Anderson's least squares: their rating counts."""
    count = ratings.by_note.count.astype(np.float64)
    return np.concatenate([count, count, [float(ratings.n_ratings)]])


class _Step:
    """One iteration: rater sweep, global intercept, note sweep, gauge."""

    def __init__(self, ratings: RatingMatrix, objective: Objective, ridge: Ridge) -> None:
        self.ratings, self.objective, self.ridge = ratings, objective, ridge
        self.can_rebalance = objective.use_global_intercept and ridge.diamond == 0

    def __call__(self, x: Parameters) -> tuple[Parameters, float]:
        """Return the improved parameters and the objective at the point before the gauge step."""
        x, _ = self._sweep(x, of_notes=False)
        x, total = self._sweep(x, of_notes=True)
        total += penalty(replace(x, note_intercept=np.zeros(1), note_factor=np.zeros(1)), self.ridge)
        return (rebalance(x, self.ridge) if self.can_rebalance else x), total

    def _sweep(self, x: Parameters, *, of_notes: bool) -> tuple[Parameters, float]:
        """Solve one side, then the global intercept is moved to its optimum given that side.

        The returned total is the data loss plus the swept side's penalty, at the new global intercept.
        """
        side = self.ratings.by_note if of_notes else self.ratings.by_rater
        ridge, mu = self.ridge, x.global_intercept
        strength = (
            (ridge.note_intercept, ridge.note_factor)
            if of_notes
            else (ridge.rater_intercept, ridge.rater_factor)
        )
        table = tables(x, of_raters=of_notes)
        arguments = (side.start, side.packed, side.weight, side.chunks, table, mu, *strength)
        if self.objective.loss == "squared":
            diamond = ridge.diamond if of_notes else 0.0
            i, f, total, left = kernels.sweep_squared(*arguments, diamond)
            stiffness = float(
                side.weight.sum(dtype=np.float64) if len(side.weight) else self.ratings.n_ratings
            )
        else:
            own = (x.note_intercept, x.note_factor) if of_notes else (x.rater_intercept, x.rater_factor)
            i, f, total, left, curve = kernels.sweep_logistic(
                *arguments, self.objective.positive_weight, *own
            )
            stiffness = max(float(curve.sum()), 1e-12) / 2
            left = left / 2
        loss = float(total.sum())
        new = (
            replace(x, note_intercept=i, note_factor=f)
            if of_notes
            else replace(x, rater_intercept=i, rater_factor=f)
        )
        if self.objective.use_global_intercept:
            pull = float(left.sum()) - ridge.global_intercept * mu
            shift = pull / (stiffness + ridge.global_intercept)
            new = replace(new, global_intercept=mu + shift)
            # exact for the squared loss; for cross-entropy it only feeds the overshoot test
            loss -= shift * (2 * float(left.sum()) - stiffness * shift)
        return new, loss


def solve_notes(ratings: RatingMatrix, objective: Objective, frozen: Parameters) -> Fit:
    """Return the note-only fit with raters and global intercept frozen, in closed form.

    Parameters
    ----------
    ratings : RatingMatrix
        Ratings by raters whose parameters are known.
    objective : Objective
        With the squared loss; ``ratings_per_note`` is normally fixed from prescoring.
    frozen : Parameters
        Rater parameters and global intercept; its note parameters are not read.

    References
    ----------
    Spec 00 section 6.
    """
    ridge = objective.ridge(ratings)
    side = ratings.by_note
    i, f, _, _ = kernels.sweep_squared(
        side.start, side.packed, side.weight, side.chunks, tables(frozen, of_raters=True),
        frozen.global_intercept, ridge.note_intercept, ridge.note_factor, ridge.diamond,
    )  # fmt: skip
    x = replace(frozen, note_intercept=i, note_factor=f)
    total, slope = objective_and_gradient(x, ratings, objective, of_notes_only=True)
    norm = gradient_norm(slope, of_notes_only=True) / max(ratings.n_ratings, 1)
    return Fit(x, total, 1, norm, "closed form")


def unfitted(ratings: RatingMatrix, objective: Objective, x: Parameters) -> Fit:
    """Return given parameters as a fit, with their objective and gradient on these ratings."""
    total, slope = objective_and_gradient(x, ratings, objective)
    return Fit(x, total, 0, gradient_norm(slope) / max(ratings.n_ratings, 1), "second round")


def data_error(ratings: RatingMatrix, x: Parameters) -> float:
    """Return the mean squared error of the predictions, unweighted and without penalties."""
    total = kernels.slopes(
        ratings.by_note.start, ratings.by_note.packed, np.empty(0, np.float32), ratings.by_note.chunks,
        tables(x, of_raters=True), x.global_intercept, x.note_intercept, x.note_factor, 1.0, False, True,
    )[:, 0].sum()  # fmt: skip
    return float(total) / max(ratings.n_ratings, 1)

"""The early-stopped trainer: full-batch Adam with the reference's schedule and stopping rule.

Where an objective is flat or steps are huge the reference's result is not the optimum but the
point where its Adam stops (docs/engine/solver.md); this trainer follows it on the packed
kernels. Source: spec 00 sections 1.2 and 1.3; D. P. Kingma and J. Ba, "Adam", ICLR 2015.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt

from bridgenotes.scoring.compiled import pieces
from bridgenotes.scoring.errors import NotConvergedError
from bridgenotes.scoring.mf import adam_kernels, kernels, sliced_kernels
from bridgenotes.scoring.mf.note_descent_kernels import descend_notes
from bridgenotes.scoring.mf.objective import Objective, Parameters, penalty
from bridgenotes.scoring.mf.sliced import SlicedMatrix
from bridgenotes.scoring.mf.solver import Fit, gradient_norm, objective_and_gradient, tables

if TYPE_CHECKING:
    from bridgenotes.scoring.mf.matrix import RatingMatrix
    from bridgenotes.scoring.mf.sliced import SlicedSide

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


class _Side:
    """One side's unknowns, slopes and Adam's moments, by row of the slices."""

    def __init__(self, ratings: SlicedSide, intercept: FloatArray, factor: FloatArray) -> None:
        self.ratings = ratings
        columns = [ratings.rows_of(intercept), ratings.rows_of(factor)]
        self.table = np.stack(columns, axis=1).astype(np.float32)
        self.flat = self.table.reshape(-1)
        self.words = self.flat.view(np.uint64)
        self.slope = np.zeros(self.table.shape)
        self.moments = np.zeros((2, self.table.size))
        self.pieces = pieces(self.table.size)

    def columns(self) -> tuple[FloatArray, FloatArray]:
        """Return (intercept, factor) by entity."""
        return self.ratings.of_rows(self.table[:, 0]), self.ratings.of_rows(self.table[:, 1])

    def move(self, scale: float, learning_rate: float, epoch: int) -> None:
        """Take Adam's step along ``scale`` times the slopes."""
        adam_kernels.move(
            self.flat, self.pieces, self.slope.reshape(-1), self.moments, scale, learning_rate, epoch
        )


class _Descent:
    """The state of Adam: both sides, the global intercept, the gradient where they are."""

    def __init__(self, ratings: RatingMatrix, objective: Objective, start: Parameters) -> None:
        sliced = SlicedMatrix.of(ratings)
        ridge = objective.ridge(ratings)
        self.n_ratings = float(max(ratings.n_ratings, 1))
        self.objective = objective
        self.notes = _Side(sliced.by_note, start.note_intercept, start.note_factor)
        self.raters = _Side(sliced.by_rater, start.rater_intercept, start.rater_factor)
        self.note_ridge = (ridge.note_intercept, ridge.note_factor, ridge.diamond)
        self.rater_ridge = (ridge.rater_intercept, ridge.rater_factor, 0.0)
        self.mu_ridge = ridge.global_intercept
        self.mu = np.array([np.float32(start.global_intercept)])
        self.mu_slope = np.zeros(1)
        self.mu_moments = np.zeros((2, 1))
        self.square = 0.0

    def evaluate(self) -> np.float32:
        """Compute the gradient; return the loss L."""
        mu = float(self.mu[0])
        data_loss, pull, of_notes, notes_square = self._slopes(
            self.notes, self.raters, self.note_ridge, with_loss=True
        )
        _, _, of_raters, raters_square = self._slopes(
            self.raters, self.notes, self.rater_ridge, with_loss=False
        )
        if self.objective.use_global_intercept:
            self.mu_slope[0] = (pull + 2 * self.mu_ridge * mu) / self.n_ratings
        self.square = notes_square + raters_square + self.mu_slope[0] ** 2
        return np.float32((data_loss + of_notes + of_raters + self.mu_ridge * mu * mu) / self.n_ratings)

    def _slopes(
        self, own: _Side, other: _Side, ridge: tuple[float, float, float], *, with_loss: bool
    ) -> FloatArray:
        """Compute the side's part of the gradient; return `sliced_kernels.TOTALS` of all ratings."""
        side = own.ratings
        return sliced_kernels.slopes(  # type: ignore[no-any-return]
            side.start, side.packed, side.weight, side.chunks, other.words, own.table, own.slope, ridge,
            self.n_ratings, float(self.mu[0]), np.float32(self.objective.positive_weight),
            self.objective.loss == "logistic", with_loss,
        ).sum(axis=0)  # fmt: skip

    def step(self, learning_rate: float, epoch: int) -> None:
        """Take Adam's step along the gradient computed last."""
        scale = adam_kernels.clipping(self.square, MAX_NORM)
        self.notes.move(scale, learning_rate, epoch)
        self.raters.move(scale, learning_rate, epoch)
        adam_kernels.move(self.mu, pieces(1), self.mu_slope, self.mu_moments, scale, learning_rate, epoch)

    def parameters(self) -> Parameters:
        """Return where Adam is."""
        return Parameters(*self.notes.columns(), *self.raters.columns(), float(self.mu[0]))


def train(ratings: RatingMatrix, objective: Objective, start: Parameters, schedule: Schedule) -> Fit:
    """Return the early-stopped fit of all parameters from ``start``.

    Parameters are kept on the float32 grid, as the reference's are.

    Raises
    ------
    NotConvergedError
        After ``schedule.max_epochs`` steps, or when the loss is not finite.
    """
    descent = _Descent(ratings, objective, start)
    previous, loss, epoch = np.float32(1e10), descent.evaluate(), 0
    while abs(float(loss) - float(previous)) > schedule.convergence and not (
        epoch > EPOCHS_BEFORE_RISE_STOPS and loss > previous
    ):
        if epoch >= schedule.max_epochs or not np.isfinite(loss):
            raise NotConvergedError(
                iterations=epoch, change=float(loss - previous), tolerance=schedule.convergence
            )
        previous = loss
        epoch += 1
        descent.step(schedule.learning_rate, epoch)
        loss = descent.evaluate()
    x = descent.parameters()
    total, slope = objective_and_gradient(x, ratings, objective)
    return Fit(x, total, epoch, gradient_norm(slope) / max(ratings.n_ratings, 1), "early-stopped")


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
    total, slope = objective_and_gradient(x, ratings, objective, of_notes_only=True)
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
        As `train`.

    Notes
    -----
    The loss is the float32 sum of two float32 parts, errors and penalties, as the reference's is:
    the last bit decides whether two losses differ by at most 1e-7.
    """
    vector = start.astype(np.float32).astype(np.float64)
    epochs, change, ended = descend_notes(
        np.ascontiguousarray(sums), ridge, frozen_penalty, float(n_ratings), vector, schedule.learning_rate,
        schedule.convergence, schedule.max_epochs, EPOCHS_BEFORE_RISE_STOPS, MAX_NORM,
    )  # fmt: skip
    if not ended:
        raise NotConvergedError(iterations=epochs, change=change, tolerance=schedule.convergence)
    return vector, epochs

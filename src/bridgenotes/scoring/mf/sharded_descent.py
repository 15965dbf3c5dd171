"""The early-stopped trainer over ratings that lie in shards, by rater: squared errors only.

Adam's steps on raters are taken where their ratings are, those on notes and the global intercept in one
place; an exchange makes an epoch, with the sums of `sharded`. Unlike there, raters are not a function of
notes: they and Adam's moments are state. Now and then a copy of it is taken, and when a shard comes back
without its own, all go on from the last copy. Every epoch is a function of the one before, so the outcome
is the same to the bit. Method: `early_stopped`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt

from bridgenotes.scoring.compiled import pieces
from bridgenotes.scoring.errors import NotConvergedError
from bridgenotes.scoring.mf import adam_kernels, sharded_kernels
from bridgenotes.scoring.mf.early_stopped import EPOCHS_BEFORE_RISE_STOPS, MAX_NORM, Schedule
from bridgenotes.scoring.mf.objective import Parameters
from bridgenotes.scoring.mf.sharded import Margins, Shards, added, rater_moments, rater_penalty
from bridgenotes.scoring.mf.solver import Fit
from bridgenotes.scoring.vectors import still

if TYPE_CHECKING:
    from bridgenotes.scoring.mf.objective import Objective
    from bridgenotes.scoring.mf.shard import Shard, Sums, Table, Terms

FloatArray = npt.NDArray[np.float64]

EPOCHS_PER_COPY: Final = 50
"""At most this many are done again when a shard is lost."""


@dataclass
class Side:
    """One side's unknowns, their gradient and Adam's moments, float32 and float64.

    Attributes
    ----------
    table : numpy.ndarray, float32, shape (n, 2)
        (intercept, factor), on the float32 grid as the reference's.
    slope : numpy.ndarray, float64, shape (n, 2)
        Gradient of L there.
    moments : numpy.ndarray, float64, shape (2, 2 * n)
    """

    table: Table
    slope: FloatArray
    moments: FloatArray

    @classmethod
    def at(cls, intercept: FloatArray, factor: FloatArray) -> Side:
        """Return a side at the beginning of a descent."""
        table = np.stack([intercept, factor], axis=1).astype(np.float32)
        return cls(table, np.zeros(table.shape), np.zeros((2, table.size)))

    def copy(self) -> Side:
        """Return a copy that later steps leave alone."""
        return Side(self.table.copy(), self.slope.copy(), self.moments.copy())

    def part(self, rows: slice) -> Side:
        """Return a copy of some rows."""
        moments = self.moments.reshape(2, -1, 2)[:, rows].reshape(2, -1)
        return Side(self.table[rows], self.slope[rows], moments).copy()

    def put(self, rows: slice, part: Side) -> None:
        """Write rows in place."""
        self.table[rows], self.slope[rows] = part.table, part.slope
        self.moments.reshape(2, -1, 2)[:, rows] = part.moments.reshape(2, -1, 2)

    def move(self, scale: float, learning_rate: float, epoch: int) -> None:
        """Take Adam's step along ``scale`` times the gradient."""
        flat = self.table.reshape(-1)
        slope = self.slope.reshape(-1)
        adam_kernels.move(flat, pieces(len(flat)), slope, self.moments, scale, learning_rate, epoch)


@dataclass(frozen=True)
class Step:
    """What a shard is told of an epoch besides where notes are.

    Attributes
    ----------
    epoch : int
        Steps taken when it ends; 0 only measures the gradient where the descent begins.
    mu : float
        Global intercept after this step.
    scale : float
        What the gradient before it is multiplied by, for its clipping.
    learning_rate : float
    """

    epoch: int
    mu: float
    scale: float
    learning_rate: float


@dataclass
class _Memory:
    """A shard's state: its raters, and how many steps they have taken; -1 before the first gradient."""

    raters: Side
    epoch: int


def place(shard: Shard, raters: Side, epoch: int) -> None:
    """Give a shard its rows of the whole's state."""
    shard.memory["descent"] = _Memory(raters.part(shard.raters), epoch)


def take(shard: Shard, epoch: int) -> tuple[slice, Side] | None:
    """Return a shard's state after ``epoch`` steps and where it belongs, None if it has another or none."""
    memory: Any = shard.memory.get("descent")
    return (shard.raters, memory.raters) if memory is not None and memory.epoch == epoch else None


def descend(shard: Shard, notes: Table, step: Step, terms: Terms) -> Sums | None:
    """Move raters one step and report what the gradient there needs; None if the state is not that before.

    The totals have ``slopes``: the raters' part of the squared norm of the gradient of R L, divided by R.
    """
    memory: Any = shard.memory.get("descent")
    if memory is None or memory.epoch != step.epoch - 1:
        return None
    raters: Side = memory.raters
    if step.epoch:
        raters.move(step.scale, step.learning_rate, step.epoch)
    memory.epoch = step.epoch
    i, f = raters.table.T.astype(np.float64)
    slope = shard.rater_slopes(i, f, notes, step.mu)
    slope += 2 * np.array([terms.ridge.rater_intercept, terms.ridge.rater_factor]) * raters.table
    found = shard.sums(i, f, step.mu, terms)
    found.totals["slopes"] = terms.in_all.total((slope * slope).sum(axis=1) / terms.n_ratings)
    raters.slope = slope / terms.n_ratings
    return found


class _LostError(Exception):
    """A shard has not the state it had."""


class _Descent:
    """The state of Adam here: notes, the global intercept, the gradient where all are."""

    def __init__(
        self, shards: Shards, margins: Margins, objective: Objective, start: Parameters, rate: float
    ) -> None:
        self.shards, self.margins, self.objective, self.rate = shards, margins, objective, rate
        self.terms = margins.terms(objective)
        self.notes = Side.at(start.note_intercept, start.note_factor)
        self.mu = Side(np.zeros((1, 2), np.float32), np.zeros((1, 2)), np.zeros((2, 2)))
        self.mu.table[0, 0] = start.global_intercept
        self.raters = Side.at(start.rater_intercept, start.rater_factor)
        self.square, self.total, self.epoch = 0.0, 0.0, -1
        self.kept = (self.notes.copy(), self.mu.copy(), 0.0, -1)
        self._give()

    def _give(self) -> None:
        for _ in self.shards.each(place, self.raters, self.epoch):
            pass

    def advance(self) -> np.float32:
        """Take a step, the first time none, and compute the gradient there; return the loss L."""
        return self._reach(self.epoch + 1)

    def parameters(self) -> Parameters:
        """Return where Adam is."""
        while True:
            try:
                raters = self._collected()
            except _LostError:
                wanted = self.epoch
                self._go_back()
                self._reach(wanted)
            else:
                (ni, nf), (ri, rf) = (side.table.T.astype(np.float64) for side in (self.notes, raters))
                return Parameters(ni, nf, ri, rf, float(self.mu.table[0, 0]))

    def _reach(self, wanted: int) -> np.float32:
        """Take steps until ``wanted`` are taken, some of them again where state was lost."""
        loss = np.float32(np.nan)
        while self.epoch < wanted:
            try:
                if self.epoch > 0 and self.epoch % EPOCHS_PER_COPY == 0:
                    self._keep()
                loss = self._epoch()
            except _LostError:
                self._go_back()
        return loss

    def _go_back(self) -> None:
        """Return to the last copy."""
        notes, mu, self.square, self.epoch = self.kept
        self.notes, self.mu = notes.copy(), mu.copy()
        self._give()

    def _keep(self) -> None:
        """Take a copy of the whole state, from which a lost one is restored."""
        if self.kept[-1] == self.epoch:
            return
        self.raters = self._collected()
        self.kept = (self.notes.copy(), self.mu.copy(), self.square, self.epoch)

    def _epoch(self) -> np.float32:
        scale = adam_kernels.clipping(self.square, MAX_NORM)
        epoch = self.epoch + 1
        if epoch:
            self.notes.move(scale, self.rate, epoch)
            self.mu.move(scale, self.rate, epoch)
        mu = float(self.mu.table[0, 0])
        parts = list(
            self.shards.each(descend, self.notes.table, Step(epoch, mu, scale, self.rate), self.terms)
        )
        if any(part is None for part in parts):
            raise _LostError
        self.epoch = epoch
        return self._measure(added(part for part in parts if part is not None), mu)

    def _measure(self, sums: Sums, mu: float) -> np.float32:
        """Complete the gradient of notes and the global intercept; return the loss L."""
        ridge, in_all, n = self.terms.ridge, self.terms.in_all, float(self.terms.n_ratings)
        self.notes.slope, errors = sharded_kernels.note_slopes(
            self.margins.note_weight, still(sums.per_note), self.terms.per_note.scale, *self.notes.table.T
        )
        pull = float(self.notes.slope[:, 0].sum())
        strength = (ridge.note_intercept, ridge.note_factor, ridge.diamond)
        of_notes, notes_square = adam_kernels.complete(self.notes.table, self.notes.slope, strength, n)
        if self.objective.use_global_intercept:
            self.mu.slope[0, 0] = (pull + 2 * ridge.global_intercept * mu) / n
        raters_square = in_all.value(sums.totals["slopes"]) / n
        self.square = notes_square + raters_square + float(self.mu.slope[0, 0]) ** 2
        of_raters = rater_penalty(rater_moments(sums, self.margins, self.terms), self.terms)
        error = in_all.value(sums.totals["squares"]) + errors
        self.total = error + of_notes + of_raters + ridge.global_intercept * mu * mu
        return np.float32(self.total / n)

    def _collected(self) -> Side:
        """Return the raters of all shards."""
        raters = self.raters.copy()
        for found in self.shards.each(take, self.epoch):
            if found is None:
                raise _LostError
            raters.put(*found)
        return raters


def train_sharded(
    shards: Shards, margins: Margins, objective: Objective, start: Parameters, schedule: Schedule
) -> Fit:
    """Return the early-stopped fit of all parameters from ``start``, as `early_stopped.train`.

    The sums differ from one machine's in their last digits, so it may stop an epoch or so apart.

    Raises
    ------
    NotConvergedError
        As `early_stopped.train`.
    ShapeError, TermTooLargeError
        As `sharded.solve_sharded`.
    """
    descent = _Descent(shards, margins, objective, start, schedule.learning_rate)
    previous, loss = np.float32(1e10), descent.advance()
    while abs(float(loss) - float(previous)) > schedule.convergence and not (
        descent.epoch > EPOCHS_BEFORE_RISE_STOPS and loss > previous
    ):
        if descent.epoch >= schedule.max_epochs or not np.isfinite(loss):
            raise NotConvergedError(
                iterations=descent.epoch, change=float(loss - previous), tolerance=schedule.convergence
            )
        previous, loss = loss, descent.advance()
    x = descent.parameters()
    return Fit(x, descent.total, descent.epoch, float(np.sqrt(descent.square)), "early-stopped")

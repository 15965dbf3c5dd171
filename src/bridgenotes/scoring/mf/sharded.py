"""The exact trainer over ratings that lie in shards, by rater: squared errors only.

An iteration is that of `solver`: raters are solved where their ratings are, and what the notes need of
them travels as integer sums, six numbers per note of which two are known beforehand. The global
intercept, notes, gauge and acceleration are worked out in one place. So one exchange makes an iteration:
8 bytes per note down, 32 up, and raters are a function of what went down, which is all the state there
is to lose. Equal to the bit for any number of shards; method: docs/engine/solver.md.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

import numpy as np
import numpy.typing as npt

from bridgenotes.scoring.compiled import pieces
from bridgenotes.scoring.errors import ShapeError
from bridgenotes.scoring.mf import kernels, sharded_kernels
from bridgenotes.scoring.mf.fixed_point import FixedPoint, joined
from bridgenotes.scoring.mf.gauge import Gauge
from bridgenotes.scoring.mf.objective import Parameters, penalty
from bridgenotes.scoring.mf.shard import Place, Shard, Sums, Terms, cut, finish, sweep
from bridgenotes.scoring.mf.solver import Fit, Stopping, iterate, tables
from bridgenotes.scoring.vectors import still

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from bridgenotes.scoring.mf.gauge import Moments
    from bridgenotes.scoring.mf.matrix import RatingMatrix
    from bridgenotes.scoring.mf.objective import Objective

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
Result = TypeVar("Result")
NOBODY = np.empty(0)
"""Rater parameters of `Parameters` while they are in the shards."""
NO_SUMS = np.empty((0, 4), np.int64)


class Shards(Protocol):
    """Where the shards of one rating matrix are."""

    def each(self, operation: Callable[..., Result], *arguments: Any) -> Iterator[Result]:  # noqa: ANN401 (of any kind)
        """Run ``operation(shard, *arguments)`` on every shard; results come in any order, as they are ready.

        ``operation`` is a function of a module, so that it can be named to another process. It may run
        twice on a shard, and on a shard made anew that remembers nothing.
        """
        ...


class LocalShards:
    """Shards in this process: what the others are tested against."""

    def __init__(self, ratings: RatingMatrix, n_shards: int) -> None:
        self._shards = [Shard.of(part) for part in cut(ratings, n_shards)]

    def each(self, operation: Callable[..., Result], *arguments: Any) -> Iterator[Result]:  # noqa: ANN401 (of any kind)
        """Run an operation on one shard after the other."""
        return (operation(shard, *arguments) for shard in self._shards)


@dataclass(frozen=True)
class Margins:
    """What is known of the ratings beside the shards: sums over rows and columns.

    Attributes
    ----------
    n_ratings, n_notes, n_raters : int
    note_count : numpy.ndarray, int64, shape (n_notes,)
    note_weight, note_label : numpy.ndarray, float64, shape (n_notes,)
        Sums of rating weights (S0) and of weights times labels.
    rater_count : numpy.ndarray, int64, shape (n_raters,)
    """

    n_ratings: int
    n_notes: int
    n_raters: int
    note_count: npt.NDArray[np.int64]
    note_weight: FloatArray
    note_label: FloatArray
    rater_count: npt.NDArray[np.int64]

    @classmethod
    def of(cls, ratings: RatingMatrix) -> Margins:
        """Add ratings up, note by note."""
        side = ratings.by_note
        nothing = np.zeros((ratings.n_raters, 2), np.float32)
        s0, _, _, t1, _, _ = kernels.sums_squared(
            side.start, side.packed, side.weight, side.chunks, nothing, 0.0
        ).T
        return cls(
            ratings.n_ratings, ratings.n_notes, ratings.n_raters, side.count, s0.copy(), t1.copy(),
            ratings.by_rater.count,
        )  # fmt: skip

    def terms(self, objective: Objective) -> Terms:
        """Return what stays the same through a fit.

        Raises
        ------
        ShapeError
            If the loss is not the squared one: other losses have no sums per note.
        """
        if objective.loss != "squared":
            raise ShapeError(f"only the squared loss can be fitted over shards, not the {objective.loss} one")
        most = int(self.note_count.max(initial=0))
        return Terms(
            objective.ridge(self),
            max(self.n_ratings, 1),
            FixedPoint.for_sums_of(most),
            FixedPoint.for_sums_of(self.n_ratings + self.n_raters),
        )


def added(parts: Iterable[Sums]) -> Sums:
    """Add up what shards report, as it comes in."""
    whole, more = nearly_added(parts)
    return Sums(whole.per_note + more, whole.totals) if len(more) else whole


def nearly_added(parts: Iterable[Sums]) -> tuple[Sums, IntArray]:
    """Return what shards report, added up, and what is still to be added to its sums per note.

    Who waits for the last shard adds its sums in passing: to read and write all of them once more takes longer
    than what is done with them. Shape (n_notes, 4), or (0, 4) where there is one shard.
    """
    per_note, more = None, NO_SUMS
    totals: Counter[str] = Counter()
    for part in parts:
        totals.update(part.totals)
        if per_note is None:
            per_note = part.per_note
        else:
            per_note, more = (per_note + more if len(more) else per_note), part.per_note
    assert per_note is not None
    return Sums(per_note, totals), more


def rater_moments(sums: Sums, margins: Margins, terms: Terms) -> Moments:
    """Return the moments of all raters, as `kernels.moments` of one side."""
    i, f, ii, if_, ff = (terms.in_all.value(sums.totals[name]) for name in ("i", "f", "ii", "if", "ff"))
    return float(margins.n_raters), i, f, ii, if_, ff


def rater_penalty(moments: Moments, terms: Terms) -> float:
    """Return the raters' part of the penalty."""
    return terms.ridge.rater_intercept * moments[3] + terms.ridge.rater_factor * moments[5]


def solve_sharded(
    shards: Shards,
    margins: Margins,
    objective: Objective,
    start: Parameters,
    stopping: Stopping | None = None,
) -> Fit:
    """Return the optimum of ``objective`` in the basin of ``start``, as `solver.solve`.

    Parameters
    ----------
    shards : Shards
        Of the ratings that ``margins`` are of.
    objective : Objective
        With the squared loss.
    start : Parameters
        Its rater parameters are not read: the first thing solved is the raters.

    Raises
    ------
    NotConvergedError
        As `solver.solve`.
    ShapeError
        If the loss is not the squared one.
    TermTooLargeError
        If parameters grow beyond what sums over shards hold.
    """
    terms = margins.terms(objective)
    step = _Step(shards, margins, objective, terms)
    count = margins.note_count.astype(np.float64)
    weights = np.concatenate([count, count, [float(margins.n_ratings)]])
    begin = replace(start, rater_intercept=NOBODY, rater_factor=NOBODY)
    x, iterations = iterate(step, begin, weights, stopping or Stopping())
    return step.finish(x, iterations)


class _Step:
    """One iteration, as `solver._Step`, with one exchange between shards and here."""

    def __init__(self, shards: Shards, margins: Margins, objective: Objective, terms: Terms) -> None:
        self.shards, self.margins, self.objective, self.terms = shards, margins, objective, terms
        self.weight = float(margins.note_weight.sum())
        self.can_rebalance = objective.use_global_intercept and terms.ridge.diamond == 0
        self.pieces = pieces(margins.n_notes)
        self.before = np.empty((0, 2), np.float32)
        self.place = Place(0.0, Gauge())

    def __call__(self, x: Parameters) -> tuple[Parameters, float]:
        """Return the improved parameters and the objective at the point before the gauge step."""
        ridge, in_all, mu = self.terms.ridge, self.terms.in_all, x.global_intercept
        self.before = tables(x, of_raters=False)
        sums, more = nearly_added(self.shards.each(sweep, self.before, mu, self.terms))
        first = self._shift(in_all.value(sums.totals["residual"]), mu)
        i, f, totals, t1_halves = sharded_kernels.solve_notes(
            self.margins.note_weight, self.pieces, still(sums.per_note), still(more),
            self.terms.per_note.scale, first, ridge.note_intercept, ridge.note_factor, ridge.diamond,
        )  # fmt: skip
        value, pull, *of_notes = totals.sum(axis=0).tolist()
        t1 = self.terms.per_note.value(joined(t1_halves))
        squares = in_all.value(sums.totals["squares"]) - 2 * first * t1 + first * first * self.weight
        second = self._shift(pull, mu + first)
        loss = squares + value - second * (2 * pull - self.weight * second)
        moments = rater_moments(sums, self.margins, self.terms)
        after = mu + first + second
        total = loss + rater_penalty(moments, self.terms) + ridge.global_intercept * after * after
        gauge = Gauge()
        if self.can_rebalance:
            gauge = Gauge.smallest((float(len(i)), *of_notes), moments, after, ridge)
            sharded_kernels.move_notes(i, self.pieces, f, gauge.d, gauge.e, gauge.q, gauge.t)
        self.place = Place(mu, gauge)
        return Parameters(i, f, NOBODY, NOBODY, gauge.of_global(after)), total

    def _shift(self, residual: float, mu: float) -> float:
        """Return how far the global intercept is from its optimum, other parameters fixed."""
        if not self.objective.use_global_intercept:
            return 0.0
        strength = self.terms.ridge.global_intercept
        return (residual - strength * mu) / (self.weight + strength)

    def finish(self, x: Parameters, iterations: int) -> Fit:
        """Collect the raters of the last iteration, and measure objective and gradient where it ended."""
        table, mu = tables(x, of_raters=False), x.global_intercept
        results = self.shards.each(finish, self.before, self.place, table, mu, self.terms)
        i, f, squares = np.zeros((3, self.margins.n_raters))
        whole: Sums | None = None
        for sums, raters in results:
            i[raters.rows], f[raters.rows], squares[raters.rows] = (
                raters.intercept,
                raters.factor,
                raters.slope_square,
            )
            whole = added([sums] if whole is None else [whole, sums])
        assert whole is not None
        x = replace(x, rater_intercept=i, rater_factor=f)
        ridge, in_all = self.terms.ridge, self.terms.in_all
        slope, loss = sharded_kernels.note_slopes(
            self.margins.note_weight,
            still(whole.per_note),
            self.terms.per_note.scale,
            x.note_intercept,
            x.note_factor,
        )
        pull = (
            float(slope[:, 0].sum()) + 2 * ridge.global_intercept * mu
            if self.objective.use_global_intercept
            else 0.0
        )
        diamond = np.sign(x.note_intercept * x.note_factor) * ridge.diamond
        slope[:, 0] += 2 * ridge.note_intercept * x.note_intercept + diamond * x.note_factor
        slope[:, 1] += 2 * ridge.note_factor * x.note_factor + diamond * x.note_intercept
        square = float((slope * slope).sum()) + float(squares.sum()) + pull * pull
        objective = loss + in_all.value(whole.totals["squares"]) + penalty(x, ridge)
        return Fit(x, objective, iterations, float(np.sqrt(square)) / self.terms.n_ratings)

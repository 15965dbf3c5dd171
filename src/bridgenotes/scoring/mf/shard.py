"""A shard: all ratings of some raters, and what is computed where they are.

A rater's ratings are all in one shard, so its parameters are solved there and never leave it but at the
end. What leaves in each iteration are integer sums per note and a few totals (`fixed_point`), which are
equal for any cut once added up.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt

from bridgenotes.scoring.mf import kernels, sharded_kernels
from bridgenotes.scoring.mf.matrix import RatingMatrix, Side, balanced_chunks, grouped_by

if TYPE_CHECKING:
    from bridgenotes.scoring.mf.fixed_point import FixedPoint
    from bridgenotes.scoring.mf.gauge import Gauge
    from bridgenotes.scoring.mf.objective import Ridge

FloatArray = npt.NDArray[np.float64]
Table = npt.NDArray[np.float32]
OF_A_RATER: Final = 40
"""Work on a rater besides its ratings, in ratings: all numbers of a shard's raters are looked up, at random.

Measured: a shard of few raters keeps them near, one of many has to fetch them from further away.
"""


@dataclass(frozen=True)
class RaterRange:
    """The ratings of raters ``first`` and following, as they travel: 4 bytes each.

    Attributes
    ----------
    first : int
        Index of the first rater.
    start, packed, weight : numpy.ndarray
        As of `Side`, by rater, ``start`` from 0.
    n_notes : int
        Of the whole.
    """

    first: int
    start: npt.NDArray[np.int64]
    packed: npt.NDArray[np.uint32]
    weight: npt.NDArray[np.float32]
    n_notes: int


def cut(ratings: RatingMatrix, n_shards: int) -> list[RaterRange]:
    """Cut ratings into ranges of raters that are about equally much work; some may be empty."""
    side = ratings.by_rater
    work = side.start + OF_A_RATER * np.arange(len(side.start))
    targets = [int(work[-1]) * k // n_shards for k in range(n_shards)]
    bounds = [*np.searchsorted(work[:-1], targets).tolist(), ratings.n_raters]
    bounds[0] = 0
    ranges = []
    for first, last in pairwise(bounds):
        a, b = int(side.start[first]), int(side.start[last])
        weight = side.weight[a:b] if ratings.is_weighted else side.weight
        ranges.append(
            RaterRange(first, side.start[first : last + 1] - a, side.packed[a:b], weight, ratings.n_notes)
        )
    return ranges


@dataclass(frozen=True)
class Terms:
    """What stays the same through a fit.

    Attributes
    ----------
    ridge : Ridge
        Of the whole fit.
    n_ratings : int
        R of the whole fit.
    per_note, in_all : FixedPoint
        For sums over a note's ratings and over all ratings.
    """

    ridge: Ridge
    n_ratings: int
    per_note: FixedPoint
    in_all: FixedPoint


@dataclass
class Sums:
    """What shards report: integers, to be added.

    Attributes
    ----------
    per_note : numpy.ndarray, int64, shape (n_notes, 4)
        S1, S2, T1, T2 at ``Terms.per_note``.
    totals : dict of str to int
        At ``Terms.in_all``: ``squares`` (T3 over all notes), moments of raters (``i``, ``f``, ``ii``,
        ``if``, ``ff``), and what else an operation says.
    """

    per_note: npt.NDArray[np.int64]
    totals: dict[str, int]


@dataclass
class Shard:
    """The ratings of some raters, ready to work on.

    Attributes
    ----------
    ratings : RatingMatrix
        All notes of the whole, the shard's own raters.
    first : int
        Index of the first rater in the whole.
    level_weight : numpy.ndarray, float64, shape (n_raters, 3)
        Weight of each rater's ratings of level 0, 1 and 2.
    memory : dict
        What operations keep between calls (`sharded_start`, `sharded_descent`).
    """

    ratings: RatingMatrix
    first: int
    level_weight: FloatArray
    memory: dict[str, object] = field(default_factory=dict)

    @classmethod
    def of(cls, part: RaterRange) -> Shard:
        """Lay a range of raters out in both orders."""
        n_raters = len(part.start) - 1
        note = (part.packed >> 2).astype(np.int32)
        level = (part.packed & 3).astype(np.uint8)
        rater = np.repeat(np.arange(n_raters, dtype=np.int32), np.diff(part.start))
        weighted = len(part.weight) > 0
        start, packed, order = grouped_by(note, rater, level, part.n_notes, with_order=weighted)
        by_note = Side(start, packed, part.weight[order] if weighted else part.weight, balanced_chunks(start))
        by_rater = Side(part.start, part.packed, part.weight, balanced_chunks(part.start))
        cell = rater.astype(np.int64) * 3 + level
        per_level = np.bincount(cell, part.weight if weighted else None, minlength=3 * n_raters)
        return cls(RatingMatrix(by_note, by_rater), part.first, per_level.reshape(-1, 3).astype(np.float64))

    @property
    def raters(self) -> slice:
        """Where the shard's raters are in the whole."""
        return slice(self.first, self.first + self.ratings.n_raters)

    def solve_raters(
        self, table: Table, mu: float, ridge: Ridge
    ) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Return (intercept, factor, residual) of every rater with notes' (intercept, factor) fixed."""
        side = self.ratings.by_rater
        i, f, _, residual = kernels.sweep_squared(
            side.start, side.packed, side.weight, side.chunks, table, mu,
            ridge.rater_intercept, ridge.rater_factor, 0.0,
        )  # fmt: skip
        return i, f, residual

    def rater_slopes(self, intercept: FloatArray, factor: FloatArray, table: Table, mu: float) -> FloatArray:
        """Return the slopes of the data loss per rater, shape (n_raters, 2)."""
        side = self.ratings.by_rater
        s0, s1, s2, t1, t2, _ = kernels.sums_squared(
            side.start, side.packed, side.weight, side.chunks, table, mu
        ).T
        own = [s0 * intercept + s1 * factor - t1, s1 * intercept + s2 * factor - t2]
        return 2 * np.stack(own, axis=1)

    def sums(self, intercept: FloatArray, factor: FloatArray, mu: float, terms: Terms) -> Sums:
        """Return what the notes need to know of raters with these parameters.

        Raises
        ------
        TermTooLargeError
            If a parameter is beyond what the sums can hold.
        """
        table = np.stack([intercept, factor], axis=1).astype(np.float32)
        side, total = self.ratings.by_note, terms.in_all.total
        label = 1 + abs(mu) + float(np.abs(table[:, 0]).max(initial=0))
        slope = max(1.0, float(np.abs(table[:, 1]).max(initial=0)))
        heaviest = float(side.weight.max(initial=0)) if self.ratings.is_weighted else 1.0
        terms.per_note.check(heaviest * slope * max(slope, label))
        per_note = sharded_kernels.note_sums(
            side.start, side.packed, side.weight, side.chunks, table, mu, terms.per_note.scale
        )
        left = np.array([0.0, 0.5, 1.0]) - mu - table[:, :1].astype(np.float64)
        totals = {
            "squares": total((self.level_weight * left * left).sum(axis=1)),
            "i": total(intercept),
            "f": total(factor),
            "ii": total(intercept * intercept),
            "if": total(intercept * factor),
            "ff": total(factor * factor),
        }
        return Sums(per_note, totals)


def sweep(shard: Shard, table: Table, mu: float, terms: Terms) -> Sums:
    """Solve the raters with notes fixed; ``residual`` is their sum of label - prediction.

    Parameters
    ----------
    table : numpy.ndarray, float32, shape (n_notes, 2)
        Notes' (intercept, factor).
    """
    i, f, residual = shard.solve_raters(table, mu, terms.ridge)
    found = shard.sums(i, f, mu, terms)
    found.totals["residual"] = terms.in_all.total(residual)
    return found


@dataclass(frozen=True)
class Raters:
    """Parameters of a shard's raters, and where they belong.

    Attributes
    ----------
    rows : slice
        Their indices in the whole.
    intercept, factor : numpy.ndarray, float64, shape (n,)
    slope_square : numpy.ndarray, float64, shape (n,)
        Each one's part of the squared norm of the gradient of R L.
    """

    rows: slice
    intercept: FloatArray
    factor: FloatArray
    slope_square: FloatArray


@dataclass(frozen=True)
class Place:
    """Where raters are: solved with notes at ``table`` and ``mu``, then moved by ``gauge``."""

    mu: float
    gauge: Gauge


def finish(
    shard: Shard, before: Table, place: Place, after: Table, mu: float, terms: Terms
) -> tuple[Sums, Raters]:
    """Return sums at the raters of a place, and these with their gradient where notes are at ``after``."""
    i, f, _ = shard.solve_raters(before, place.mu, terms.ridge)
    i, f = place.gauge.of_raters(i, f)
    found = shard.sums(i, f, mu, terms)
    slope = shard.rater_slopes(i, f, after, mu)
    slope += 2 * np.array([terms.ridge.rater_intercept, terms.ridge.rater_factor]) * np.stack([i, f], axis=1)
    return found, Raters(shard.raters, i, f, (slope * slope).sum(axis=1))

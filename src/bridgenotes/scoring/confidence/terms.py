"""Candidate terms of flip prediction: tokens, bins, and products of bins (spec 10.4.3).

There are some 10^5 of them, each 0 or 1 per row, nearly all without weight in the end. They are
not laid out as a matrix: a family of terms knows how to sum row weights over each of its terms
(all that a solver needs to find the few that matter) and the rows of a single term.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Protocol

import numpy as np
import numpy.typing as npt

from bridgenotes.scoring.confidence.flip_sets import SETS
from bridgenotes.scoring.confidence.kernels import product_sums
from bridgenotes.scoring.confidence.quantities import (
    ARRIVALS,
    COUNTS,
    LATENCY,
    N_COUNTS,
    PEERS,
    PEERS_TWICE_LOGGED,
    SHARES,
    STATISTICS,
)

if TYPE_CHECKING:
    from bridgenotes.scoring.confidence.flip_features import Bag, FlipFeatures
    from bridgenotes.scoring.confidence.settings import FlipSettings

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]

MAX_DEGREE = 4
"""Most bins that one term multiplies."""
PARTS = 16
"""Of products, for several threads."""
N_BAGS = 1 + 3 * len(SETS)
"""Author; levels, helpful tags, not helpful tags per set."""


class Family(Protocol):
    """Terms of one kind."""

    @property
    def n_terms(self) -> int:
        """How many there are."""

    def sums(self, weights: FloatArray) -> FloatArray:
        """Sum row weights over the rows of each term: float64, shape (n_terms,)."""

    def rows(self, term: int) -> IntArray:
        """Return the rows in which a term is 1."""


@dataclass(frozen=True)
class TokenFamily:
    """Tokens of one bag.

    Attributes
    ----------
    bag : int
        Number of the bag.
    tokens : numpy.ndarray, int64, shape (n_terms,)
        Ascending.
    row, term : numpy.ndarray, int64, shape (n_occurrences,)
        Sorted by term.
    """

    bag: int
    tokens: IntArray
    row: IntArray
    term: IntArray

    @classmethod
    def build(cls, number: int, bag: Bag, n_rows: int) -> TokenFamily:
        """Take every token that is not in all rows."""
        order = np.argsort(bag.token, kind="stable")
        tokens, term = np.unique(bag.token[order], return_inverse=True)
        family = cls(number, tokens, bag.row[order], term.astype(np.int64))
        return family.only(np.flatnonzero(family.in_rows < n_rows))

    @property
    def n_terms(self) -> int:
        """As in `Family`."""
        return len(self.tokens)

    @property
    def in_rows(self) -> IntArray:
        """In how many rows each token is."""
        return np.bincount(self.term, minlength=self.n_terms)

    def only(self, kept: IntArray) -> TokenFamily:
        """Return the terms whose ascending numbers are given."""
        number = np.full(self.n_terms, -1, np.int64)
        number[kept] = np.arange(len(kept))
        term = number[self.term]
        return TokenFamily(self.bag, self.tokens[kept], self.row[term >= 0], term[term >= 0])

    def telling(self, flips: BoolArray, min_rows: int, percentage: float) -> TokenFamily:
        """Take only frequent tokens that go with the outcome (chi-squared).

        Notes
        -----
        For a token in s rows, t of them flips, and a share q of flips overall:
        (t - s q)^2 / (s q) + (t' - s (1 - q))^2 / (s (1 - q)) with t' = s - t. Of equal ones the
        smallest tokens stay.
        """
        frequent = self.only(np.flatnonzero(self.in_rows >= min_rows))
        if not frequent.n_terms:
            return frequent
        share = flips.mean()
        excess = frequent.sums(flips.astype(np.float64)) - share * frequent.in_rows
        score = excess**2 / (frequent.in_rows * share * (1 - share))
        line = np.percentile(score, 100 - percentage)
        above, ties = np.flatnonzero(score > line), np.flatnonzero(score == line)
        n_kept = int(len(score) * percentage / 100)
        return frequent.only(np.union1d(above, ties[: max(0, n_kept - len(above))]))

    def sums(self, weights: FloatArray) -> FloatArray:
        """As in `Family`."""
        return np.asarray(np.bincount(self.term, weights[self.row], self.n_terms), np.float64)

    def rows(self, term: int) -> IntArray:
        """As in `Family`."""
        return self.row[np.searchsorted(self.term, term) : np.searchsorted(self.term, term, side="right")]


@dataclass(frozen=True)
class ProductFamily:
    """Products of bins, one bin each of some quantities.

    Attributes
    ----------
    codes : numpy.ndarray, int8, shape (n_quantities, n_rows)
        Bins; -1 for those that vary too little to be multiplied.
    combos : numpy.ndarray, int64, shape (n_combos, degree)
        Quantities multiplied.
    base : int
        More than any bin; cell number = bins as digits.
    position : numpy.ndarray, int32, shape (n_combos, base ** degree)
        Term of each combo and cell, -1 where there is none.
    cells : numpy.ndarray, int64, shape (n_terms,)
        Combo and cell of each term, as one position in ``position``.
    """

    codes: npt.NDArray[np.int8]
    combos: IntArray
    base: int
    position: npt.NDArray[np.int32]
    cells: IntArray

    @classmethod
    def build(
        cls, codes: npt.NDArray[np.int8], combos: IntArray, *, min_variance: float, min_factor_variance: float
    ) -> ProductFamily:
        """Take products that vary more than ``min_variance``, of bins that vary more than the other."""
        n_rows = codes.shape[1]
        if min_factor_variance > 0:
            codes = np.stack([_without_still(one, min_factor_variance) for one in codes])
        base = max(1, int(codes.max(initial=0)) + 1)
        shape = (len(combos), base ** combos.shape[1])
        everything = np.empty((0, 0), np.int32)
        chunks, n_cells = _chunks(len(combos)), shape[0] * shape[1]
        share = product_sums(np.ones(n_rows), chunks, codes, combos, base, everything, n_cells) / n_rows
        cells = np.flatnonzero(share * (1 - share) > min_variance)
        position = np.full(shape, -1, np.int32)
        position.ravel()[cells] = np.arange(len(cells))
        return cls(codes, combos, base, position, cells)

    @property
    def n_terms(self) -> int:
        """As in `Family`."""
        return len(self.cells)

    def sums(self, weights: FloatArray) -> FloatArray:
        """As in `Family`."""
        chunks = _chunks(len(self.combos))
        sums = product_sums(weights, chunks, self.codes, self.combos, self.base, self.position, self.n_terms)
        return np.asarray(sums)

    def rows(self, term: int) -> IntArray:
        """As in `Family`."""
        quantity, bins = self.factors(term)
        return np.flatnonzero((self.codes[quantity] == bins[:, None]).all(axis=0))

    def factors(self, term: int) -> tuple[IntArray, IntArray]:
        """Return (quantity, bin) of what a term multiplies."""
        combo, cell = divmod(int(self.cells[term]), self.position.shape[1])
        degree = self.combos.shape[1]
        return self.combos[combo], cell // self.base ** np.arange(degree - 1, -1, -1) % self.base


def families(
    features: FlipFeatures, codes: npt.NDArray[np.int8], flips: BoolArray, settings: FlipSettings
) -> list[Family]:
    """Return all candidate terms of training rows.

    Notes
    -----
    The product of two products of counts (spec: "degree 4") has every product of three counts and of
    four three times, and those of three once more among the crosses of degree 3. Copies of a term
    change nothing under an L1 penalty, so each is here once.
    """
    return [*_token_families(features, flips, settings), *_product_families(codes, settings)]


def bags(features: FlipFeatures) -> list[Bag]:
    """Return the bags in the order of their numbers."""
    return [features.author, *features.levels, *features.helpful_tags, *features.not_helpful_tags]


def _token_families(features: FlipFeatures, flips: BoolArray, settings: FlipSettings) -> list[TokenFamily]:
    found = [TokenFamily.build(k, bag, len(features)) for k, bag in enumerate(bags(features))]
    plain = 1 + len(SETS)
    for k, family in enumerate(found[plain:], start=plain):
        percentage = settings.helpful_tag_share if k < plain + len(SETS) else settings.not_helpful_tag_share
        found[k] = family.telling(flips, settings.min_token_notes, percentage)
    return found


def _product_families(codes: npt.NDArray[np.int8], settings: FlipSettings) -> list[ProductFamily]:
    def build(combos: list[tuple[int, ...]], least: float, least_factor: float) -> ProductFamily:
        return ProductFamily.build(
            codes, np.array(combos, np.int64), min_variance=least, min_factor_variance=least_factor
        )

    def choose(of: slice, degree: int) -> list[tuple[int, ...]]:
        return list(combinations(range(of.start, of.stop), degree))

    least = settings.min_variance
    per_set = N_COUNTS // len(SETS)
    counts = [slice(first, first + per_set) for first in range(COUNTS.start, COUNTS.stop, per_set)]
    n_statistics = (STATISTICS.stop - STATISTICS.start) // len(SETS)
    statistics = [
        slice(first, first + n_statistics) for first in range(STATISTICS.start, STATISTICS.stop, n_statistics)
    ]
    plain = [q for part in (SHARES, COUNTS, ARRIVALS, LATENCY, PEERS) for (q,) in choose(part, 1)]
    return [
        build([(q,) for q in plain], 0, 0),
        build(choose(STATISTICS, 1), least, 0),
        build([pair for part in statistics for pair in choose(part, 2)], least, 0),
        build(choose(PEERS_TWICE_LOGGED, 2), least, least),
        build(choose(COUNTS, 2), least, least),
        build(choose(COUNTS, 3), least, least),
        build([four for part in counts for four in choose(part, MAX_DEGREE)], least, least),
    ]


def _chunks(n_combos: int) -> IntArray:
    """Return boundaries of the parts in which several threads sum products up."""
    return np.linspace(0, n_combos, min(PARTS, n_combos) + 1).astype(np.int64)


def _without_still(codes: npt.NDArray[np.int8], min_variance: float) -> npt.NDArray[np.int8]:
    """Mark bins that vary too little with -1."""
    share = np.bincount(codes) / len(codes)
    still = share * (1 - share) <= min_variance
    return np.where(still[codes], np.int8(-1), codes)

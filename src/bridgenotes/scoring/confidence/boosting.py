"""Gradient-boosted trees over binned columns, kept as plain arrays (spec 10.6.3 step 8).

Half of what a note is described by is the most common value of its column, often 0. Sums per bin are
therefore taken over each row's other cells alone, and those of common bins are what is left of the whole;
that, and a tree grown by one compiled function, is a third of the seconds of the library whose result this
follows. Values come in blocks and are forgotten once their bins, an eighth of their bytes, are known.
G. Ke et al., "LightGBM: A Highly Efficient Gradient Boosting Decision Tree", NeurIPS 2017.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt
from scipy import special

from bridgenotes.scoring.confidence import tree_kernels
from bridgenotes.scoring.confidence.kernels import tree_sums

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bridgenotes.scoring.confidence.settings import Boosting

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]

MOST_BINS: Final = 255
MOST_LEAVES: Final = 31
LEAST_ROWS: Final = 20
"""Of a leaf."""
TOLERANCE: Final = 1e-7
"""By which the loss must improve to count."""
PARTS: Final = 8
"""At most, in which a histogram of many rows is added up by as many threads as there are."""
ROWS_FOR_BINS: Final = 200_000
"""Edges are learned from so many rows at most; they come in random order."""


@dataclass(frozen=True)
class Trees:
    """The nodes of all trees in one list.

    Attributes
    ----------
    feature : numpy.ndarray, int64, shape (n_nodes,)
        Column compared, -1 at leaves.
    threshold : numpy.ndarray, float64, shape (n_nodes,)
        Values up to it go left.
    left, right : numpy.ndarray, int64, shape (n_nodes,)
        Nodes to go to.
    leaf : numpy.ndarray, float64, shape (n_nodes,)
        Log-odds added at leaves.
    roots : numpy.ndarray, int64, shape (n_trees,)
    baseline : float
        Log-odds without any tree.
    """

    feature: IntArray
    threshold: FloatArray
    left: IntArray
    right: IntArray
    leaf: FloatArray
    roots: IntArray
    baseline: float

    @classmethod
    def joined(cls, trees: list[Trees], baseline: float) -> Trees:
        """Put trees one after the other."""
        first = np.cumsum([0, *(len(tree.feature) for tree in trees)])
        shift = np.repeat(first[:-1], np.diff(first))
        return cls(
            np.concatenate([tree.feature for tree in trees]),
            np.concatenate([tree.threshold for tree in trees]),
            np.concatenate([tree.left for tree in trees]) + shift,
            np.concatenate([tree.right for tree in trees]) + shift,
            np.concatenate([tree.leaf for tree in trees]),
            first[:-1],
            baseline,
        )

    def log_odds(self, values: FloatArray) -> FloatArray:
        """Return the log-odds of class 1 of each row of ``values``, shape (n_rows, n_features)."""
        out = tree_sums(values, self.feature, self.threshold, self.left, self.right, self.leaf, self.roots)
        return np.asarray(out + self.baseline)

    def probabilities(self, values: FloatArray) -> FloatArray:
        """Return the probability of class 1 of each row of ``values``, shape (n_rows, n_features)."""
        return np.asarray(special.expit(self.log_odds(values)))


@dataclass(frozen=True)
class Binned:
    """Rows as numbers of bins.

    Attributes
    ----------
    edges : list of numpy.ndarray
        Per column, ascending: bin b ends with ``edges[b]``, the last one nowhere.
    bins : numpy.ndarray, uint8, shape (n_columns, n_rows)
    common : numpy.ndarray, int64, shape (n_columns,)
        Each column's most common bin.
    offset : numpy.ndarray, int64, shape (n_columns + 1,)
        Cells of column k are ``offset[k]`` to ``offset[k + 1] - 1``, one per bin.
    start : numpy.ndarray, int64, shape (n_rows + 1,)
    cells : numpy.ndarray, uint16
        Of row i at ``start[i]`` to ``start[i + 1] - 1``: those of bins that are not common.
    """

    edges: list[FloatArray]
    bins: npt.NDArray[np.uint8]
    common: IntArray
    offset: IntArray
    start: IntArray
    cells: npt.NDArray[np.uint16]

    @classmethod
    def build(cls, blocks: Iterable[FloatArray], n_rows: int) -> Binned:
        """Cut columns at their quantiles; ``blocks``, shape (rows, n_columns), no NaN, have ``n_rows`` rows in all."""
        blocks, held, n_held = iter(blocks), [], 0
        while n_held < min(n_rows, ROWS_FOR_BINS):
            held.append(next(blocks))
            n_held += len(held[-1])
        columns = (np.concatenate([block[:, k] for block in held]) for k in range(held[0].shape[1]))
        edges = [_edges(column[:ROWS_FOR_BINS]) for column in columns]
        bins = find_bins(chain(held, blocks), edges, n_rows)
        common = np.array([np.bincount(column).argmax() for column in bins])
        offset = np.concatenate([[0], np.cumsum([len(one) + 1 for one in edges])])
        if offset[-1] > np.iinfo(np.uint16).max:
            raise ValueError(f"{len(edges)} columns have {offset[-1]} bins, more than can be numbered")
        n_rare = np.zeros(n_rows, np.int64)
        for column, most in zip(bins, common, strict=True):
            n_rare += column != most
        start = np.concatenate([[0], np.cumsum(n_rare)])
        return cls(edges, bins, common, offset, start, tree_kernels.rare_cells(bins, common, offset, start))


def find_bins(blocks: Iterable[FloatArray], edges: list[FloatArray], n_rows: int) -> npt.NDArray[np.uint8]:
    """Return the bins of values that come in blocks, ``n_rows`` rows in all: uint8, shape (n_columns, n_rows)."""
    bins = np.empty((len(edges), n_rows), np.uint8)
    joined, ends = np.concatenate(edges), np.cumsum([0, *(len(one) for one in edges)])
    first = 0
    for block in blocks:
        chunks = np.linspace(0, len(block), min(PARTS, len(block)) + 1).astype(np.int64)
        tree_kernels.find_bins(block, chunks, joined, ends, first, bins)
        first += len(block)
    return bins


def _edges(values: FloatArray) -> FloatArray:
    """Return where bins of a column end: between distinct values if they are few, else at quantiles."""
    ordered = np.sort(values)
    distinct = ordered[np.concatenate([[True], ordered[1:] > ordered[:-1]])]
    if len(distinct) <= MOST_BINS:
        return np.asarray((distinct[1:] + distinct[:-1]) / 2)
    place = np.linspace(0, 100, MOST_BINS + 1)[1:-1] / 100 * len(ordered) - 1  # rounded as the library's
    below = np.floor(place).astype(np.int64)
    share = np.where(place == below, 0.5, 1.0)  # at a step of the distribution its middle
    return np.unique(ordered[below] + share * (ordered[below + 1] - ordered[below]))


def split(outcome: BoolArray, settings: Boosting, seed: int) -> tuple[IntArray, IntArray]:
    """Return the rows to learn from and those that decide when to stop, as the reference draws them.

    Both have the share of positive outcomes that all rows have, as nearly as whole rows can.
    """
    first = np.random.RandomState(seed).randint(np.iinfo(np.uint32).max, dtype="u8")
    draws = np.random.RandomState(first)
    classes = [np.flatnonzero(~outcome), np.flatnonzero(outcome)]
    counts = np.array([len(rows) for rows in classes])
    n_late = int(np.ceil(settings.validation_share * len(outcome)))
    n_training = _shares(counts, len(outcome) - n_late, draws)
    n_validation = _shares(counts - n_training, n_late, draws)
    drawn = [rows[draws.permutation(len(rows))] for rows in classes]
    parts = zip(drawn, n_training, n_validation, strict=True)
    training, validation = zip(*((rows[:n], rows[n : n + late]) for rows, n, late in parts), strict=True)
    return draws.permutation(np.concatenate(training)), draws.permutation(np.concatenate(validation))


def _shares(counts: IntArray, n_drawn: int, draws: np.random.RandomState) -> IntArray:
    """Return how many of ``n_drawn`` rows come from each class; of equal remainders one is drawn."""
    exact = counts / counts.sum() * n_drawn
    whole = np.floor(exact)
    missing = int(n_drawn - whole.sum())
    remainder = exact - whole
    for value in np.sort(np.unique(remainder))[::-1]:
        if not missing:
            break
        equal = np.flatnonzero(remainder == value)
        raised = draws.choice(equal, size=min(len(equal), missing), replace=False)
        whole[raised] += 1
        missing -= len(raised)
    return np.asarray(whole, np.int64)


def boost(
    blocks: Iterable[FloatArray],
    outcome: BoolArray,
    settings: Boosting,
    *,
    validation: tuple[Iterable[FloatArray], BoolArray],
) -> Trees:
    """Learn trees.

    Parameters
    ----------
    blocks : iterable of numpy.ndarray, float64, shape (any, n_features)
        The rows, in random order. No NaN. Not standardised: trees see nothing but the order of values.
    outcome : numpy.ndarray, bool, shape (n_rows,)
        Both values must occur.
    settings : Boosting
    validation : tuple
        Values and outcomes of other rows, which decide when to stop: when none of the last ``patience``
        trees made their loss better than it was before.
    """
    data = Binned.build(blocks, len(outcome))
    late_outcome = validation[1]
    late_bins = find_bins(validation[0], data.edges, len(late_outcome))
    baseline = float(special.logit(outcome.mean()))
    score, late = np.full(len(outcome), baseline), np.full(len(late_outcome), baseline)
    truth, moves = outcome.astype(np.float64), np.empty((len(outcome), tree_kernels.WIDTH), np.int64)
    growing, units = _Growing.of(data, settings), _units(len(outcome))
    trees: list[Trees] = []
    losses = [_loss(late, late_outcome)]
    while len(trees) < settings.max_trees and not _has_settled(losses, settings.patience):
        tree_kernels.derive(score, truth, units, moves)
        cuts, children, values, ranges = growing.tree(moves, units)
        for leaf in np.flatnonzero(cuts[:, 0] < 0):
            score[growing.rows[slice(*ranges[leaf])]] += values[leaf]
        tree_kernels.add_leaves(late_bins, cuts, children, values, late)
        trees.append(_tree(data.edges, cuts, children, values))
        losses.append(_loss(late, late_outcome))
    return Trees.joined(trees, baseline)


@dataclass
class _Growing:
    """What is needed to grow one tree after the other.

    Attributes
    ----------
    data : Binned
    settings : Boosting
    rows, spare : numpy.ndarray, uint32, shape (n_rows,)
        All rows, in the end by leaf; and room for as many.
    pool : numpy.ndarray, int64
        Room for as many histograms as nodes can wait for their cut, and two more.
    """

    data: Binned
    settings: Boosting
    rows: npt.NDArray[np.uint32]
    spare: npt.NDArray[np.uint32]
    pool: IntArray

    @classmethod
    def of(cls, data: Binned, settings: Boosting) -> _Growing:
        n_rows = data.bins.shape[1]
        pool = np.empty((2 + 2**settings.max_depth // 4, tree_kernels.WIDTH * data.offset[-1]), np.int64)
        return cls(data, settings, np.empty(n_rows, np.uint32), np.empty(n_rows, np.uint32), pool)

    def tree(self, moves: IntArray, units: IntArray) -> tuple[IntArray, IntArray, FloatArray, IntArray]:
        """Return a tree's nodes: cuts (column, bin; column -1 at leaves), children, values, ranges of ``rows``."""
        data, most = self.data, 2 * MOST_LEAVES - 1
        self.rows[:] = np.arange(len(self.rows))
        n_nodes, cuts, children = np.ones(1, np.int64), np.full((most, 4), -1), np.zeros((most, 2), np.int64)
        ranges, sums = np.zeros((most, 2), np.int64), np.zeros((most, 2), np.int64)
        depth, room, gain = np.zeros(most, np.int64), np.zeros(most, np.int64), np.zeros(most)
        found, is_free = np.full((most, 4), -1), np.ones(len(self.pool), np.bool_)
        ranges[0, 1], is_free[0] = len(self.rows), False
        node = 0
        while node >= 0:
            rows = self.rows[slice(*ranges[node])]
            sums[node] = self._histogram(rows, moves, self.pool[room[node]])
            node = tree_kernels.grow(
                node, data.bins, data.start, data.cells, data.common, data.offset, moves, units,
                self.settings.max_depth, LEAST_ROWS, self.rows, self.spare, self.pool, tree_kernels.ROWS_TO_SHARE,
                n_nodes, cuts, children, ranges, sums, depth, room, gain, found, is_free,
            )  # fmt: skip
        n = int(n_nodes[0])
        values = tree_kernels.leaf_values(sums[:n], units, self.settings.learning_rate)
        return np.ascontiguousarray(cuts[:n, :2]), children[:n], values, ranges[:n]

    def _histogram(self, rows: npt.NDArray[np.uint32], moves: IntArray, out: IntArray) -> tuple[int, int]:
        """Write the histogram of some rows; return its two totals. Sums of whole numbers: parts change nothing."""
        data = self.data
        n_parts = min(PARTS, 1 + len(rows) // tree_kernels.ROWS_TO_SHARE)
        chunks = np.linspace(0, len(rows), n_parts + 1).astype(np.int64)
        parts = tree_kernels.histogram_parts(rows, chunks, moves, data.start, data.cells, len(out))
        slopes, rest = tree_kernels.join_parts(parts, data.common, data.offset, out)
        return slopes, rest


def _units(n_rows: int) -> IntArray:
    """Return the units of `tree_kernels.derive`: slopes are at most 1, curvatures 1/4, and 63 bits hold their sums."""
    count_bits = n_rows.bit_length()
    return np.array([62 - count_bits, 64 - 2 * count_bits, count_bits], np.int64)


def _tree(edges: list[FloatArray], cuts: IntArray, children: IntArray, values: FloatArray) -> Trees:
    """Return one tree that compares values, not bins."""
    return Trees(
        feature=cuts[:, 0],
        threshold=np.array([0.0 if k < 0 else edges[k][b] for k, b in cuts]),
        left=children[:, 0],
        right=children[:, 1],
        leaf=np.where(cuts[:, 0] < 0, values, 0.0),
        roots=np.zeros(1, np.int64),
        baseline=0.0,
    )


def _loss(score: FloatArray, outcome: BoolArray) -> float:
    """Return the mean cross-entropy."""
    return float((np.logaddexp(0, score) - outcome * score).mean())


def _has_settled(losses: list[float], patience: int) -> bool:
    """Whether none of the last losses is better than the one before them."""
    return len(losses) > patience and min(losses[-patience:]) > losses[-patience - 1] - TOLERANCE

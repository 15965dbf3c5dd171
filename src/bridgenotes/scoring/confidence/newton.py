"""Minimise a logistic loss with an L1 penalty over some hundreds of terms of zeros and ones.

Proximal Newton: the loss's second-order model is minimised term by term, then a step towards there is taken.
The model is a table of all pairs of terms: terms that matter resemble each other, so its minimum takes hundreds of
sweeps, and a sweep over rows would cost as much as the table.
G.-X. Yuan, C.-H. Ho, C.-J. Lin, "An Improved GLMNET for L1-regularized Logistic Regression", JMLR 2012.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numba
import numpy as np
import numpy.typing as npt
from scipy import special

from bridgenotes.scoring import compiled
from bridgenotes.scoring.confidence import logistic_kernels as kernels

if TYPE_CHECKING:
    FloatArray = npt.NDArray[np.float64]
    Cells = npt.NDArray[np.uint8]

MOST_STEPS: Final = 200
FORCING: Final = 0.01
"""The model is minimised down to this share of the violation at hand."""
ENOUGH: Final = 0.01
"""Share of the decrease a step promises that it must bring."""
SMALLEST: Final = 1e-12
"""Share of a step that is too small to go on with."""
ROWS_AT_ONCE: Final = 4096
FEWEST_ROWS: Final = 65_536
"""Fewer are all looked at in every step; more show the pairs of terms well enough for the first steps."""
ROWS_PER_TERM: Final = 32
"""At least, of a part of the rows."""
ENOUGH_LEFT: Final = 0.7
"""Share of the violation before that a step may leave; the next one has a new table if more is left."""
MORE_ROWS: Final = 2
"""Times as many has a new table."""
PANEL: Final = 256
"""Terms whose pairs are worked out together: half of the pairs are the other half mirrored."""
CURVATURE_UNIT: Final = 2.0**-14
"""Curvatures, at most 1/4, are whole numbers of it: sums over 4,096 rows are exact in float32, in any order."""


def minimise(
    cells: Cells,
    outcome: FloatArray,
    strength: float,
    tolerance: float,
    weight: FloatArray,
    margin: FloatArray,
) -> int:
    """Minimise sum |w| + strength x cross-entropy over ``weight``, in place with ``margin``; return the steps taken.

    Parameters
    ----------
    cells : numpy.ndarray, uint8, shape (n_terms, n_rows)
        1 where a term is. No term is in no row.
    outcome : numpy.ndarray, float64, shape (n_rows,)
        0 or 1.
    strength : float
        C.
    tolerance : float
        It ends when violations are this share of those without weights.
    weight, margin : numpy.ndarray, float64, shape (n_terms,) and (n_rows,)
        Where to begin; the margin of a row is the sum of its terms' weights.
    """
    nowhere = kernels.sums(cells, strength * (0.5 - outcome))
    allowed = tolerance * kernels.violation(np.zeros(len(weight)), nowhere)
    table = _Table(cells, strength)
    for step in range(MOST_STEPS):
        chance = special.expit(margin)
        slope = kernels.sums(cells, strength * (chance - outcome))
        violation = kernels.violation(weight, slope)
        if violation <= allowed:
            return step
        aim = weight.copy()
        kernels.settle(table.at(chance * (1 - chance), violation), slope.copy(), aim, FORCING * violation)
        _step(cells, outcome, strength, slope, weight, margin, aim)
    return MOST_STEPS


class _Table:
    """Curvatures of pairs of terms for the steps of a fit.

    Of very many rows some show how terms go together, and so do weights some steps old: the model is only to
    say where to go, and how far is seen on all rows. What a term's own curvature is, all rows say. A step that
    brings little has a table of more rows, and at the current weights.
    """

    def __init__(self, cells: Cells, strength: float) -> None:
        self._cells, self._strength = cells, strength
        self._n_rows = max(FEWEST_ROWS, ROWS_PER_TERM * len(cells))
        self._found, self._violation = np.empty((0, 0)), np.inf

    def at(self, curve: FloatArray, violation: float) -> FloatArray:
        """Return the table for the next step, given the rows' curvatures and the violation before it."""
        brought_little = violation > ENOUGH_LEFT * self._violation
        self._violation = violation
        if brought_little:
            self._n_rows *= MORE_ROWS
        if self._n_rows >= len(curve):
            return self._strength * curvatures(self._cells, curve)
        if brought_little or not len(self._found):
            self._found = self._strength * self._sampled(curve)
        return self._found

    def _sampled(self, curve: FloatArray) -> FloatArray:
        """Return curvatures as the first rows have them, which are in no order, scaled to the diagonal of all rows."""
        some = curvatures(self._cells[:, : self._n_rows], curve[: self._n_rows])
        here, whole = np.diag(some), np.maximum(kernels.sums(self._cells, curve), CURVATURE_UNIT)
        scale = np.sqrt(whole / np.where(here > 0, here, 1.0))
        table = np.asarray(some * scale * scale[:, None])
        table[np.diag_indices(len(table))] = whole
        return table


def curvatures(cells: Cells, curve: FloatArray) -> FloatArray:
    """Return for each pair of terms the sum of ``curve`` over rows with both: float64, shape (n_terms, n_terms).

    Rounded up to whole units row by row, so that it is the same on every machine and never too small.
    """
    units = np.maximum(np.ceil(curve / CURVATURE_UNIT), 1).astype(np.float32)
    n_blocks = -(-len(curve) // ROWS_AT_ONCE)
    n_shares = min(numba.get_num_threads(), n_blocks)
    totals = np.zeros((n_shares, len(cells), len(cells)))

    def add_share(number: int) -> None:
        for block in range(n_blocks * number // n_shares, n_blocks * (number + 1) // n_shares):
            rows = slice(block * ROWS_AT_ONCE, (block + 1) * ROWS_AT_ONCE)
            _add_pairs(cells[:, rows], units[rows], totals[number])

    compiled.share(add_share, n_shares, n_shares)
    total = totals.sum(axis=0)
    below = np.tril(total)
    return np.asarray((below + np.tril(below, -1).T) * CURVATURE_UNIT)


def _add_pairs(cells: Cells, units: npt.NDArray[np.float32], total: FloatArray) -> None:
    """Add some rows' ``units`` to the pairs that they have, below the diagonal; whole numbers, so in any order."""
    plain = cells.astype(np.float32)
    weighted = plain * units
    for first in range(0, len(cells), PANEL):
        panel = slice(first, first + PANEL)
        total[first:, panel] += weighted[first:] @ plain[panel].T


def _step(
    cells: Cells,
    outcome: FloatArray,
    strength: float,
    slope: FloatArray,
    weight: FloatArray,
    margin: FloatArray,
    aim: FloatArray,
) -> None:
    """Move weights and margins towards ``aim``, as far as it pays."""
    change, moved = aim - weight, np.zeros(len(margin))
    kernels.add_terms(cells, change, moved)
    before = _value(margin, outcome, strength, weight)
    promised = float((slope * change).sum()) + float(np.abs(aim).sum() - np.abs(weight).sum())
    share = 1.0
    while share > SMALLEST:
        after = _value(margin + share * moved, outcome, strength, weight + share * change)
        if after - before <= ENOUGH * share * promised:
            break
        share /= 2
    weight[:] = aim if share == 1.0 else weight + share * change  # whole steps keep zeros
    margin += share * moved


def _value(margin: FloatArray, outcome: FloatArray, strength: float, weight: FloatArray) -> float:
    """Return what is minimised."""
    loss = np.logaddexp(0.0, np.where(outcome == 1, -margin, margin)).sum()
    return float(strength * loss + np.abs(weight).sum())

"""Anderson acceleration of the alternating iteration.

Source: H. F. Walker and P. Ni, "Anderson acceleration for fixed-point iterations", SIAM J. Numer. Anal. 49 (2011).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np

from bridgenotes.scoring.compiled import pieces
from bridgenotes.scoring.mf import anderson_kernels
from bridgenotes.scoring.mf.anderson_kernels import MEMORY
from bridgenotes.scoring.vectors import still

if TYPE_CHECKING:
    import numpy.typing as npt

    from bridgenotes.scoring.mf.objective import Parameters

    FloatArray = npt.NDArray[np.float64]

LONGEST_PAUSE: Final = 256
SMALLEST_SHARE: Final = 1e-13
"""Of the largest eigenvalue of the scaled normal equations: what is smaller is rounding."""


class Anderson:
    """Extrapolate the note side and the global intercept from the last few iterations.

    The least-squares problem is solved by its normal equations: a column is compared with the others once,
    when it comes in, so that an iteration reads the history two times and copies nothing. What it keeps of the
    past is float32 (`anderson_kernels`).

    Parameters
    ----------
    weights : numpy.ndarray, float64, shape (2 * n_notes + 1,)
        Importance of each coordinate in the least-squares problem.
    """

    def __init__(self, weights: FloatArray) -> None:
        root, n = np.sqrt(weights), len(weights) // 2
        self._columns = [_Column(part) for part in (root[:n], root[n : 2 * n], root[2 * n :])]
        self._products = np.empty((MEMORY, MEMORY))
        self._has_begun = False
        self._taken = 0
        self._plain: Parameters | None = None
        self._restarts = 0
        self._pause = 0

    @property
    def has_history(self) -> bool:
        """Whether the last point was an extrapolation that may be undone."""
        return self._plain is not None

    def restart(self) -> Parameters:
        """Forget the history and return the last plain iterate.

        Each restart doubles the number of plain iterations that follow: where extrapolation keeps
        overshooting, the monotone iteration takes over.
        """
        if self._plain is None:
            raise RuntimeError("nothing to go back to")
        plain, self._plain = self._plain, None
        self._restarts += 1
        self._pause = min(2**self._restarts, LONGEST_PAUSE)
        self._has_begun, self._taken = False, 0
        return plain

    def mix(self, before: Parameters, after: Parameters) -> Parameters:
        """Return the next point, given one application of the iteration."""
        if self._pause:
            self._pause -= 1
            return after
        moves = list(zip(self._columns, _columns(before), _columns(after), strict=True))
        if not self._has_begun:
            self._has_begun = True
            for column, old, new in moves:
                column.begin(old, new)
            return after
        shares = self._shares(*self._remember(moves))
        if not np.all(np.isfinite(shares)):
            return after
        self._plain = after
        intercept, factor, mu = (column.mixed(shares) for column in self._columns)
        return replace(after, note_intercept=intercept, note_factor=factor, global_intercept=float(mu[0]))

    def _remember(self, moves: list[tuple[_Column, FloatArray, FloatArray]]) -> tuple[FloatArray, FloatArray]:
        """Put an iteration in the place of the oldest; return products of changes, and of these with the residual."""
        row = self._taken % MEMORY
        self._taken += 1
        rows = min(self._taken, MEMORY)
        found = [column.advance(old, new, row, rows) for column, old, new in moves]
        with_change, with_residual = np.sum(found, axis=0)
        self._products[row, :rows] = self._products[:rows, row] = with_change
        return self._products[:rows, :rows], with_residual

    @staticmethod
    def _shares(products: FloatArray, with_residual: FloatArray) -> FloatArray:
        """Return how much of each change, taken back, leaves least of the residual; not finite if they are not."""
        if not np.all(np.isfinite(products)) or not np.all(np.isfinite(with_residual)):
            return np.full(len(with_residual), np.nan)
        size = np.sqrt(np.diag(products))
        size[size == 0] = 1.0
        alike = products / np.outer(size, size)
        shares: FloatArray = np.linalg.lstsq(alike, with_residual / size, rcond=SMALLEST_SHARE)[0] / size
        return shares


class _Column:
    """Some of the unknowns: where they are, and how they moved from one iteration to the next.

    Rows of ``changes`` and ``steps``: by how much residual and image moved, in turn the oldest replaced.
    """

    def __init__(self, root: FloatArray) -> None:
        self._root, self._pieces = root, pieces(len(root))
        self._changes, self._steps = np.empty((2, MEMORY, len(root)), np.float32)
        self._image = self._residual = np.empty(0)

    def begin(self, before: FloatArray, after: FloatArray) -> None:
        """Take the first iteration."""
        self._image, self._residual = still(after), (after - before) * self._root

    def advance(self, before: FloatArray, after: FloatArray, row: int, rows: int) -> FloatArray:
        """Take another; return products of its change, and of its residual, with each change, shape (2, rows)."""
        previous, self._image = self._image, still(after)
        found = anderson_kernels.advance(
            still(before), self._pieces, self._image, previous, self._root,
            self._residual, self._changes, self._steps, row, rows,
        )  # fmt: skip
        products: FloatArray = found.sum(axis=0)[:, :rows]
        return products

    def mixed(self, shares: FloatArray) -> FloatArray:
        """Return the image with so much of each step taken back."""
        found: FloatArray = anderson_kernels.mixed(self._image, self._pieces, self._steps, shares)
        return found


def _columns(x: Parameters) -> tuple[FloatArray, FloatArray, FloatArray]:
    return x.note_intercept, x.note_factor, np.array([x.global_intercept])

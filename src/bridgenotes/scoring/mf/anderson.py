"""Anderson acceleration of the alternating iteration.

Source: H. F. Walker and P. Ni, "Anderson acceleration for fixed-point iterations", SIAM J. Numer. Anal. 49 (2011).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    from bridgenotes.scoring.mf.objective import Parameters

    FloatArray = npt.NDArray[np.float64]

MEMORY: Final = 6
LONGEST_PAUSE: Final = 256
SMALLEST_SHARE: Final = 1e-13
"""Of the largest eigenvalue of the scaled normal equations: what is smaller is rounding."""


class Anderson:
    """Extrapolate the note side and the global intercept from the last few iterations.

    The least-squares problem is solved by its normal equations: a column is compared with the others once,
    when it comes in, so that an iteration reads the history two times and copies nothing.

    Parameters
    ----------
    weights : numpy.ndarray, float64, shape (2 * n_notes + 1,)
        Importance of each coordinate in the least-squares problem.
    """

    def __init__(self, weights: FloatArray) -> None:
        self._root = np.sqrt(weights)
        # Rows: by how much residual and image moved from one iteration to the next, in turn the oldest replaced.
        self._changes, self._steps = np.empty((2, MEMORY, len(weights)))
        self._products = np.empty((MEMORY, MEMORY))
        self._last: tuple[FloatArray, FloatArray] | None = None
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
        self._last, self._taken = None, 0
        return plain

    def mix(self, before: Parameters, after: Parameters) -> Parameters:
        """Return the next point, given one application of the iteration."""
        if self._pause:
            self._pause -= 1
            return after
        image = _vector(after)
        residual = (image - _vector(before)) * self._root
        last, self._last = self._last, (image, residual)
        if last is None:
            return after
        rows = self._remember(image - last[0], residual - last[1])
        mixed = image - self._shares(rows, residual) @ self._steps[:rows]
        if not np.all(np.isfinite(mixed)):
            return after
        self._plain = after
        n = len(after.note_intercept)
        return replace(
            after, note_intercept=mixed[:n], note_factor=mixed[n : 2 * n], global_intercept=float(mixed[-1])
        )

    def _remember(self, step: FloatArray, change: FloatArray) -> int:
        """Put an iteration in the place of the oldest; return how many there are."""
        row = self._taken % MEMORY
        self._taken += 1
        rows = min(self._taken, MEMORY)
        self._steps[row], self._changes[row] = step, change
        self._products[row, :rows] = self._products[:rows, row] = self._changes[:rows] @ change
        return rows

    def _shares(self, rows: int, residual: FloatArray) -> FloatArray:
        """Return how much of each change, taken back, leaves least of the residual."""
        products = self._products[:rows, :rows]
        size = np.sqrt(np.diag(products))
        size[size == 0] = 1.0
        scaled = np.linalg.lstsq(
            products / np.outer(size, size), (self._changes[:rows] @ residual) / size, rcond=SMALLEST_SHARE
        )[0]
        shares: FloatArray = scaled / size
        return shares


def _vector(x: Parameters) -> FloatArray:
    return np.concatenate([x.note_intercept, x.note_factor, [x.global_intercept]])

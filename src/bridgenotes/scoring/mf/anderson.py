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


class Anderson:
    """Extrapolate the note side and the global intercept from the last few iterations.

    Parameters
    ----------
    weights : numpy.ndarray, float64, shape (2 * n_notes + 1,)
        Importance of each coordinate in the least-squares problem.
    """

    def __init__(self, weights: FloatArray) -> None:
        self._root = np.sqrt(weights)
        self._points: list[FloatArray] = []
        self._residuals: list[FloatArray] = []
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
        self._points.clear()
        self._residuals.clear()
        return plain

    def mix(self, before: Parameters, after: Parameters) -> Parameters:
        """Return the next point, given one application of the iteration."""
        if self._pause:
            self._pause -= 1
            return after
        image = _vector(after)
        self._points.append(image)
        self._residuals.append((image - _vector(before)) * self._root)
        del self._points[: -MEMORY - 1], self._residuals[: -MEMORY - 1]
        if len(self._points) < 2:
            return after
        newest = self._residuals[-1]
        differences = np.stack([newest - r for r in self._residuals[:-1]], axis=1)
        shares = np.linalg.lstsq(differences, newest, rcond=1e-10)[0]
        mixed = image - np.stack([image - g for g in self._points[:-1]], axis=1) @ shares
        if not np.all(np.isfinite(mixed)):
            return after
        self._plain = after
        n = len(after.note_intercept)
        return replace(
            after, note_intercept=mixed[:n], note_factor=mixed[n : 2 * n], global_intercept=float(mixed[-1])
        )


def _vector(x: Parameters) -> FloatArray:
    return np.concatenate([x.note_intercept, x.note_factor, [x.global_intercept]])

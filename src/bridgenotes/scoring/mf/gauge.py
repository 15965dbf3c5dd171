"""The gauge step: move along the shifts and scalings that leave every prediction unchanged.

f_u -> t (f_u + d), f_n -> (f_n + e) / t, i_u -> i_u - e f_u - p, i_n -> i_n - d f_n - q,
mu -> mu - d e + p + q change only the penalties. Choosing the member with the smallest
penalty removes precisely the slow directions of alternating minimisation.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt

from bridgenotes.scoring.mf import kernels
from bridgenotes.scoring.mf.objective import Parameters

if TYPE_CHECKING:
    from bridgenotes.scoring.mf.objective import Ridge

FloatArray = npt.NDArray[np.float64]
Moments = tuple[float, float, float, float, float, float]
"""Of one side: count, sum i, sum f, sum i i, sum i f, sum f f."""

ROUNDS: Final = 6
"""Of minimising in turn; the next iteration of the solver goes on where this one stopped."""
TOLERANCE: Final = 1e-12
"""Rounds end early when no shift moves by more."""


@dataclass(frozen=True)
class Gauge:
    """One member of the family: the shifts d, e, p, q and the scale t of the formulas above."""

    d: float = 0.0
    e: float = 0.0
    p: float = 0.0
    q: float = 0.0
    t: float = 1.0

    @classmethod
    def smallest(cls, notes: Moments, raters: Moments, global_intercept: float, ridge: Ridge) -> Gauge:
        """Return the member with the smallest ridge; needs a free global intercept and no diamond.

        Parameters
        ----------
        notes, raters : tuple of float
            `kernels.moments` of each side.

        Notes
        -----
        The penalty is a quadratic in (d, p, q) for fixed (e, t), in (e, p, q) for fixed (d, t), and
        ``A t^2 + B / t^2`` in t; the three are minimised in turn, from second moments only.
        """
        strengths = (
            ridge.rater_intercept, ridge.rater_factor, ridge.note_intercept, ridge.note_factor,
            ridge.global_intercept,
        )  # fmt: skip
        return cls(*kernels.gauge(notes, raters, float(global_intercept), strengths, ROUNDS, TOLERANCE))

    def of_notes(self, intercept: FloatArray, factor: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return notes' (intercept, factor) moved."""
        return intercept - self.d * factor - self.q, (factor + self.e) / self.t

    def of_raters(self, intercept: FloatArray, factor: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return raters' (intercept, factor) moved."""
        return intercept - self.e * factor - self.p, self.t * (factor + self.d)

    def of_global(self, intercept: float) -> float:
        """Return the global intercept moved."""
        return intercept - self.d * self.e + self.p + self.q


def rebalance(x: Parameters, ridge: Ridge) -> Parameters:
    """Return the equivalent parameters with the smallest ridge, as `Gauge.smallest`."""
    gauge = Gauge.smallest(
        kernels.moments(x.note_intercept, x.note_factor),
        kernels.moments(x.rater_intercept, x.rater_factor),
        x.global_intercept,
        ridge,
    )
    return Parameters(
        *gauge.of_notes(x.note_intercept, x.note_factor),
        *gauge.of_raters(x.rater_intercept, x.rater_factor),
        gauge.of_global(x.global_intercept),
    )

"""The gauge step: move along the shifts and scalings that leave every prediction unchanged.

f_u -> t (f_u + d), f_n -> (f_n + e) / t, i_u -> i_u - e f_u - p, i_n -> i_n - d f_n - q,
mu -> mu - d e + p + q change only the penalties. Choosing the member with the smallest
penalty removes precisely the slow directions of alternating minimisation.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bridgenotes.scoring.mf import kernels
from bridgenotes.scoring.mf.objective import Parameters

if TYPE_CHECKING:
    from bridgenotes.scoring.mf.objective import Ridge

ROUNDS: Final = 6
"""Of minimising in turn; the next iteration of the solver goes on where this one stopped."""
TOLERANCE: Final = 1e-12
"""Rounds end early when no shift moves by more."""


def rebalance(x: Parameters, ridge: Ridge) -> Parameters:
    """Return the equivalent parameters with the smallest ridge; needs a free global intercept and no diamond.

    Notes
    -----
    The penalty is a quadratic in (d, p, q) for fixed (e, t), in (e, p, q) for fixed (d, t), and
    ``A t^2 + B / t^2`` in t; the three are minimised in turn, from second moments only.
    """
    strengths = (
        ridge.rater_intercept, ridge.rater_factor, ridge.note_intercept, ridge.note_factor, ridge.global_intercept,
    )  # fmt: skip
    d, e, p, q, t = kernels.gauge(
        kernels.moments(x.note_intercept, x.note_factor), kernels.moments(x.rater_intercept, x.rater_factor),
        float(x.global_intercept), strengths, ROUNDS, TOLERANCE,
    )  # fmt: skip
    return Parameters(
        note_intercept=x.note_intercept - d * x.note_factor - q,
        note_factor=(x.note_factor + e) / t,
        rater_intercept=x.rater_intercept - e * x.rater_factor - p,
        rater_factor=t * (x.rater_factor + d),
        global_intercept=x.global_intercept - d * e + p + q,
    )

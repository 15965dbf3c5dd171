"""The gauge step: move along the shifts and scalings that leave every prediction unchanged.

f_u -> t (f_u + d), f_n -> (f_n + e) / t, i_u -> i_u - e f_u - p, i_n -> i_n - d f_n - q,
mu -> mu - d e + p + q change only the penalties. Choosing the member with the smallest
penalty removes precisely the slow directions of alternating minimisation.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from bridgenotes.scoring.mf.objective import Parameters

if TYPE_CHECKING:
    from bridgenotes.scoring.mf.objective import Ridge

ROUNDS: Final = 6
"""Of minimising in turn; the next iteration of the solver goes on where this one stopped."""


def rebalance(x: Parameters, ridge: Ridge) -> Parameters:
    """Return the equivalent parameters with the smallest ridge; needs a free global intercept and no diamond.

    Notes
    -----
    The penalty is a quadratic in (d, p, q) for fixed (e, t), in (e, p, q) for fixed (d, t), and
    ``A t^2 + B / t^2`` in t; the three are minimised in turn, from second moments only.
    """
    rater, note = _moments(x.rater_intercept, x.rater_factor), _moments(x.note_intercept, x.note_factor)
    shift = _Shift()
    for _ in range(ROUNDS):
        before = shift
        shift = _solve_side(shift, note, rater, ridge, x.global_intercept, of_notes=True)
        shift = _solve_side(shift, note, rater, ridge, x.global_intercept, of_notes=False)
        rater_size = ridge.rater_factor * _square(rater, shift.d)
        note_size = ridge.note_factor * _square(note, shift.e)
        if rater_size > 0 and note_size > 0:
            shift = _Shift(shift.d, shift.e, shift.p, shift.q, (note_size / rater_size) ** 0.25)
        if shift.distance(before) < 1e-12:
            break
    return shift.apply(x)


class _Shift:
    def __init__(self, d: float = 0, e: float = 0, p: float = 0, q: float = 0, t: float = 1) -> None:
        self.d, self.e, self.p, self.q, self.t = d, e, p, q, t

    def distance(self, other: _Shift) -> float:
        return max(
            abs(self.d - other.d),
            abs(self.e - other.e),
            abs(self.p - other.p),
            abs(self.q - other.q),
            abs(self.t - other.t),
        )

    def apply(self, x: Parameters) -> Parameters:
        return Parameters(
            note_intercept=x.note_intercept - self.d * x.note_factor - self.q,
            note_factor=(x.note_factor + self.e) / self.t,
            rater_intercept=x.rater_intercept - self.e * x.rater_factor - self.p,
            rater_factor=self.t * (x.rater_factor + self.d),
            global_intercept=x.global_intercept - self.d * self.e + self.p + self.q,
        )


_Moments = tuple[int, float, float, float, float, float]


def _moments(i: np.ndarray, f: np.ndarray) -> _Moments:
    return len(i), float(i.sum()), float(f.sum()), float(i @ i), float(i @ f), float(f @ f)


def _square(moments: _Moments, shift: float) -> float:
    """Return sum (f + shift)^2."""
    count, _, f, _, _, ff = moments
    return ff + 2 * shift * f + shift * shift * count


def _solve_side(
    shift: _Shift, note: _Moments, rater: _Moments, ridge: Ridge, mu: float, *, of_notes: bool
) -> _Shift:
    """Minimise over (d, p, q) when ``of_notes`` else over (e, p, q), the rest fixed."""
    n_note, in_, fn, _, infn, fnfn = note
    n_rater, iu, fu, _, iufu, fufu = rater
    e, d, t = shift.e, shift.d, shift.t
    lam_iu, lam_in, lam_mu = ridge.rater_intercept, ridge.note_intercept, ridge.global_intercept
    # Unknowns (z, p, q) with z = d or e; the penalty is z'Mz - 2 b'z + const.
    matrix, right = np.zeros((3, 3)), np.zeros(3)
    # global intercept: (mu - d e + p + q)^2
    slope = np.array([-e if of_notes else -d, 1.0, 1.0])
    matrix += lam_mu * np.outer(slope, slope)
    right += -lam_mu * mu * slope
    matrix[1, 1] += lam_iu * n_rater
    matrix[2, 2] += lam_in * n_note
    if of_notes:  # z = d: i_n - d f_n - q and t^2 (f_u + d)^2; e fixed in i_u - e f_u - p
        factor = ridge.rater_factor * t * t
        matrix[0, 0] += lam_in * fnfn + factor * n_rater
        matrix[0, 2] += lam_in * fn
        matrix[2, 0] += lam_in * fn
        right += np.array([lam_in * infn - factor * fu, lam_iu * (iu - e * fu), lam_in * in_])
    else:  # z = e: i_u - e f_u - p and (f_n + e)^2 / t^2; d fixed in i_n - d f_n - q
        factor = ridge.note_factor / (t * t)
        matrix[0, 0] += lam_iu * fufu + factor * n_note
        matrix[0, 1] += lam_iu * fu
        matrix[1, 0] += lam_iu * fu
        right += np.array([lam_iu * iufu - factor * fn, lam_iu * iu, lam_in * (in_ - d * fn)])
    z, p, q = np.linalg.lstsq(matrix, right, rcond=None)[0]
    return _Shift(z, e, p, q, t) if of_notes else _Shift(d, z, p, q, t)

"""The reference's random start (spec 00 section 1.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bridgenotes.scoring.mf.objective import Parameters

if TYPE_CHECKING:
    import numpy.typing as npt

    from bridgenotes.scoring.mf.draws import Draws


def random_start(notes: npt.NDArray[np.int64], raters: npt.NDArray[np.int64], draws: Draws) -> Parameters:
    """Return uniform factors of width sqrt(6 / (n + 1)), all else 0.

    Parameters
    ----------
    notes, raters : numpy.ndarray, int64, shape (n_notes,), (n_raters,)
        Positions in the order in which they draw; raters draw first.
    draws : Draws
        Where numbers come from.
    """
    x = Parameters.zeros(len(notes), len(raters))
    for order, factor in ((raters, x.rater_factor), (notes, x.note_factor)):
        factor[order] = draws.uniform(len(order), float(np.sqrt(6 / (len(order) + 1))))
    return x


def skip_tables(n_notes: int, n_raters: int, draws: Draws) -> None:
    """Pass over the numbers that the reference draws for a model and then overwrites.

    A model whose draws are not seeded on their own begins behind them.
    """
    for size in (n_raters, n_notes, n_raters, n_notes):
        draws.skip_normal(size)

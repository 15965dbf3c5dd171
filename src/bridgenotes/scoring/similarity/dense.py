"""Numbers without gaps for the few codes that matter."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bridgenotes.scoring import vectors

if TYPE_CHECKING:
    from bridgenotes.scoring.similarity.notes import Int32Array


def dense(values: Int32Array) -> tuple[Int32Array, Int32Array]:
    """Renumber values without gaps, keeping their order.

    Parameters
    ----------
    values : numpy.ndarray, int32, shape (n,)
        Not negative; memory grows with the largest.

    Returns
    -------
    distinct, number : numpy.ndarray, int32
        The distinct values, ascending, and for each of ``values`` its position there.
    """
    is_used = vectors.count(values, int(values.max(initial=-1)) + 1) > 0
    number = np.cumsum(is_used, dtype=np.int32) - np.int32(1)
    return np.flatnonzero(is_used).astype(np.int32), vectors.take(number, values)

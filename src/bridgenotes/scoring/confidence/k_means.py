"""Bins of one quantity between the centres of k-means, as the reference's library cuts them (spec 10.4.4)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from bridgenotes.scoring.confidence.kernels import nearest_centre

if TYPE_CHECKING:
    import numpy.typing as npt

    FloatArray = npt.NDArray[np.float64]
    IntArray = npt.NDArray[np.int64]

MOST_STEPS: Final = 300
TOLERANCE: Final = 1e-4
"""Of the squared move of all centres, relative to the variance."""
NARROWEST: Final = 1e-8
"""Bins that are narrower are left out."""


def inner_edges(values: FloatArray, n_bins: int) -> FloatArray:
    """Return where neighbouring bins meet: float64, ascending, at most ``n_bins - 1``.

    Parameters
    ----------
    values : numpy.ndarray, float64, shape (n,)
        Not all equal.
    n_bins : int
    """
    low, high = values.min(), values.max()
    centres = np.sort(_centres(values, np.linspace(low, high, n_bins + 1)))
    edges = np.concatenate([[low], (centres[1:] + centres[:-1]) / 2, [high]])
    return np.asarray(edges[np.ediff1d(edges, to_begin=np.inf) > NARROWEST][1:-1])


def _centres(values: FloatArray, evenly: FloatArray) -> FloatArray:
    """Return the centres, started in the middle of even bins."""
    middle = values.mean()
    x, centres = values - middle, (evenly[1:] + evenly[:-1]) / 2 - middle
    label, new_label = np.full(len(x), -1), np.empty(len(x), np.int64)
    for _ in range(MOST_STEPS):
        total, count = nearest_centre(x, centres, new_label)
        if not count.all():
            _refill(x, centres, new_label, total, count)
        moved, largest = total.copy(), np.argmax(count)
        for k, n in enumerate(count):
            moved[k] = total[k] * (1 / n) if n else moved[largest]
        shift, centres = float(((moved - centres) ** 2).sum()), moved
        if np.array_equal(label, new_label) or shift <= TOLERANCE * values.var():
            break
        label[:] = new_label
    return np.asarray(centres + middle)


def _refill(
    x: FloatArray, centres: FloatArray, label: IntArray, total: FloatArray, count: FloatArray
) -> None:
    """Give each centre without values one of the values farthest from theirs, ``total`` and ``count`` in place.

    Of equally far ones numpy's partition chooses, and may choose equal values for several centres.
    """
    empty = np.flatnonzero(count == 0)
    distance = (x - centres[label]) ** 2
    if not distance.any():
        return
    farthest = np.argpartition(distance, -len(empty))[: -len(empty) - 1 : -1]
    for centre, far in zip(empty, farthest, strict=True):
        total[label[far]] -= x[far]
        count[label[far]] -= 1
        total[centre], count[centre] = x[far], 1

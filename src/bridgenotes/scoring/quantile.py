"""Percentiles of more numbers than are worth holding: exact, in two passes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt

from bridgenotes.scoring import kernels

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

FloatArray = npt.NDArray[np.float64]

N_BINS: Final = 1 << 16
"""Bins as wide as a 16th of a power of two: of numbers of one size a few in a hundred share one."""
BITS_BELOW: Final = 48


def percentile(batches: Callable[[], Iterator[FloatArray]], percent: float) -> float:
    """Return the percentile of numbers that are 0 or more, as `numpy.percentile` does; 1 of none.

    Parameters
    ----------
    batches : callable
        Yields the numbers, NaN for those that do not count; the same ones when called again.
    percent : float
        0 to 100.

    Notes
    -----
    The first pass counts numbers by the first bits of their float64, which order them; the second keeps those
    of the bins that the percentile falls in.
    """
    bins = np.zeros(N_BINS, np.int64)
    for values in batches():
        kernels.add_bins(values, bins)
    up_to = np.cumsum(bins)
    n = int(up_to[-1])
    if not n:
        return 1.0
    place = (n - 1) * (percent / 100)
    lower = int(np.floor(place))
    first, last = np.searchsorted(up_to, [lower, min(lower + 1, n - 1)], side="right")
    found = np.sort(np.concatenate([_in_bins(values, first, last) for values in batches()]))
    before = int(up_to[first - 1]) if first else 0
    pair = found[[lower - before, min(lower + 1, n - 1) - before]]
    return float(np.quantile(pair, place - lower))


def _in_bins(values: FloatArray, first: np.int64, last: np.int64) -> FloatArray:
    """Return the values in some bins."""
    known = values[~np.isnan(values)]
    of = known.view(np.uint64) >> np.uint64(BITS_BELOW)
    return known[(of >= np.uint64(first)) & (of <= np.uint64(last))]

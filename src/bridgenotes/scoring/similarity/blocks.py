"""The raters' work in blocks, so that threads share it and results keep one order."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Final, TypeVar

import numba
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from bridgenotes.scoring.similarity.notes import Int64Array

T = TypeVar("T")

BLOCKS_PER_THREAD: Final = 8
"""A few, because some raters are far busier than others."""


def by_block(work: Callable[[int, int], T], start: Int64Array) -> list[T]:
    """Call ``work(first, last)`` for blocks of raters with about as many rows each.

    Parameters
    ----------
    work : callable
        Releases the interpreter lock; its result depends on its block only.
    start : numpy.ndarray, int64, shape (n_raters + 1,)
        Where each rater's rows begin.

    Returns
    -------
    list
        Results in the order of raters, at least one.
    """
    n_threads = numba.get_num_threads()
    n_raters = len(start) - 1
    shares = np.linspace(0, start[-1], n_threads * BLOCKS_PER_THREAD + 1)[1:-1]
    inner = np.searchsorted(start, shares).clip(0, n_raters)
    bounds = [0, *inner.tolist(), n_raters]
    with ThreadPoolExecutor(n_threads) as pool:
        return list(pool.map(work, bounds[:-1], bounds[1:]))

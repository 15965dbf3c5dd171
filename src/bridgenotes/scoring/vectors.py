"""Choosing, looking up, counting and sorting along columns of ratings, with nothing beside the result in memory.

NumPy does the same, but widens every index to 64 bits first: 8 bytes per rating, for a moment, each time.
Kernels get read-only views, because for numba an array that may be written is another type, compiled again.
"""

from __future__ import annotations

from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from bridgenotes.scoring import vector_kernels as kernels

Number = TypeVar("Number", bound=np.generic)
BoolArray = npt.NDArray[np.bool_]
Int64Array = npt.NDArray[np.int64]
Codes = npt.NDArray[np.integer[Any]]


def still(values: npt.NDArray[Number]) -> npt.NDArray[Number]:
    """Return the same numbers, side by side and not to be written."""
    view = np.ascontiguousarray(values).view()
    view.flags.writeable = False
    return view


def distinct(values: npt.NDArray[Number]) -> npt.NDArray[Number]:
    """Return the distinct values, ascending: `numpy.unique`, which looks millions of integers up in a hash table.

    Sorting them is up to 19 times as fast.
    """
    ordered = np.sort(values)
    return ordered[:1] if len(ordered) < 2 else ordered[np.append(True, ordered[1:] != ordered[:-1])]


def take(values: npt.NDArray[Number], index: Codes) -> npt.NDArray[Number]:
    """Return ``values[index]``; no index is checked.

    Parameters
    ----------
    values : numpy.ndarray, any type, shape (n_values,)
    index : numpy.ndarray, int32 or uint32, shape (n,)
        0 to ``n_values - 1``.
    """
    out: npt.NDArray[Number] = kernels.take(still(values), still(index))
    return out


def chosen(keep: BoolArray, rows: npt.NDArray[np.uint32] | None = None) -> npt.NDArray[np.uint32]:
    """Return the positions at which ``keep`` holds, uint32, or what ``rows`` has there."""
    n = int(np.count_nonzero(keep))
    out: npt.NDArray[np.uint32]
    out = kernels.chosen(still(keep), n) if rows is None else kernels.chosen_of(still(rows), still(keep), n)
    return out


def count(codes: Codes, n_codes: int, keep: BoolArray | None = None) -> Int64Array:
    """Return how often each code occurs, int64, shape (n_codes,).

    Parameters
    ----------
    codes : numpy.ndarray, int32, shape (n,)
        0 to ``n_codes - 1``.
    n_codes : int
    keep : numpy.ndarray, bool, shape (n,), optional
        Count only where it holds.
    """
    out: Int64Array
    if keep is None:
        out = kernels.count(still(codes), n_codes)
    else:
        out = kernels.count_where(still(codes), still(keep), n_codes)
    return out


def before(time: Int64Array, ends: Int64Array, codes: Codes) -> BoolArray:
    """Return which times are before the end that ``ends`` has for their code, bool, shape (n,)."""
    out: BoolArray = kernels.before(still(time), still(ends), still(codes))
    return out


def first_rows(position: Codes, codes: Codes, n_keys: int) -> Int64Array:
    """Return the first row that names each key, int64, shape (n_keys,), -1 for none.

    Parameters
    ----------
    position : numpy.ndarray, int32, shape (n_codes,)
        The key that a code is.
    codes : numpy.ndarray, int32, shape (n,)
    n_keys : int
    """
    out: Int64Array = kernels.first_rows(still(position), still(codes), n_keys)
    return out


def group(codes: Codes, n_codes: int) -> tuple[Int64Array, npt.NDArray[np.uint32]]:
    """Return where each code's rows begin, int64 (n_codes + 1,), and the rows by code, uint32; stable."""
    # NumPy's arrays, not the kernel's own: their large pages make places that are far apart quicker to reach.
    start, order = np.zeros(n_codes + 1, np.int64), np.empty(len(codes), np.uint32)
    kernels.counting_sort(still(codes), start, order)
    return start, order


def group_by_time(codes: Codes, time: Int64Array, n_codes: int) -> tuple[Int64Array, npt.NDArray[np.uint32]]:
    """Return the same as `group`, each code's rows by time; of equal times the first stays first."""
    start, order = group(codes, n_codes)
    kernels.sort_groups(start, order, still(time))
    return start, order

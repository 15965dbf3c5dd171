"""Compiled loops over ratings for tags and sides, nothing else."""

from __future__ import annotations

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def add_tag_counts(note, tags, out):  # type: ignore[no-untyped-def]
    """Add how often each tag occurs per note to ``out``: int32, shape (n_notes, n_tags)."""
    for r in range(len(note)):
        mask = tags[r]
        tag = 0
        while mask:
            if mask & np.uint32(1):
                out[note[r], tag] += 1
            mask >>= np.uint32(1)
            tag += 1


@njit(cache=True, nogil=True)
def add_counts(codes, keep, out):  # type: ignore[no-untyped-def]
    """Add how often each code occurs where ``keep`` holds to ``out``: int64, shape (n_codes,)."""
    for r in range(len(codes)):
        if keep[r]:
            out[codes[r]] += 1


@njit(cache=True, nogil=True)
def add_values(codes, values, out):  # type: ignore[no-untyped-def]
    """Add the values of each code, one after the other, to ``out``: float64, shape (n_codes,)."""
    for r in range(len(codes)):
        out[codes[r]] += values[r]


@njit(cache=True, nogil=True)
def add_tag_weights(note, tags, weight, first_tag, total, out):  # type: ignore[no-untyped-def]
    """Add rating weights per note to ``total``, and per note and tag from ``first_tag`` on to ``out`` (float64).

    Ratings whose weight is NaN have none.
    """
    for r in range(len(note)):
        w = weight[r]
        if np.isnan(w):
            continue
        total[note[r]] += w
        mask = tags[r] >> np.uint32(first_tag)
        tag = 0
        while mask:
            if mask & np.uint32(1):
                out[note[r], tag] += w
            mask >>= np.uint32(1)
            tag += 1


@njit(cache=True, nogil=True)
def add_side_counts(note, side, level, sampled, out):  # type: ignore[no-untyped-def]
    """Add per note and side of the spectrum: ratings, helpful, not helpful, halves, population-sampled.

    ``side`` is 0 (negative factor), 1 (factor 0 or positive) or -1 (rater without parameters). ``out`` is of
    shape (n_notes, 2, 5), int32; the fourth counts half points (level sums).
    """
    for r in range(len(note)):
        s = side[r]
        if s < 0:
            continue
        n = note[r]
        out[n, s, 0] += 1
        out[n, s, 1] += level[r] == 2
        out[n, s, 2] += level[r] == 0
        out[n, s, 3] += level[r]
        out[n, s, 4] += sampled[r]


@njit(cache=True, nogil=True)
def add_outcomes(rater, level, outcome, out):  # type: ignore[no-untyped-def]
    """Count per rater the ratings that took a side on notes that became helpful (1) or not helpful (-1).

    ``out`` is of shape (n_raters, 4), int64, in the order of `valid_ratings.RATING_CLASSES`.
    """
    for r in range(len(rater)):
        if outcome[r] == 0 or level[r] == 1:
            continue
        helpful = level[r] == 2
        if outcome[r] == 1:
            out[rater[r], 0 if helpful else 2] += 1
        else:
            out[rater[r], 3 if helpful else 1] += 1


@njit(cache=True, nogil=True)
def add_bins(values, bins):  # type: ignore[no-untyped-def]
    """Count numbers that are 0 or more by the first 16 bits of their float64; NaN is not counted."""
    bits = values.view(np.uint64)
    for r in range(len(values)):
        if not np.isnan(values[r]):
            bins[bits[r] >> np.uint64(48)] += 1

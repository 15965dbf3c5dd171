"""Compiled loops over ratings for tags and sides, nothing else."""

from __future__ import annotations

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def tag_counts(note, tags, n_notes, n_tags):  # type: ignore[no-untyped-def]
    """Count each tag per note: int32, shape (n_notes, n_tags)."""
    out = np.zeros((n_notes, n_tags), np.int32)
    for r in range(len(note)):
        mask = tags[r]
        tag = 0
        while mask:
            if mask & np.uint32(1):
                out[note[r], tag] += 1
            mask >>= np.uint32(1)
            tag += 1
    return out


@njit(cache=True, nogil=True)
def tag_weights(note, tags, weight, first_tag, n_notes, n_tags):  # type: ignore[no-untyped-def]
    """Sum rating weights per note, and per note and tag from ``first_tag`` on (float64)."""
    total = np.zeros(n_notes)
    out = np.zeros((n_notes, n_tags))
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
    return total, out


@njit(cache=True, nogil=True)
def side_counts(note, side, level, sampled, n_notes):  # type: ignore[no-untyped-def]
    """Count per note and side of the spectrum: ratings, helpful, not helpful, halves, population-sampled.

    ``side`` is 0 (negative factor), 1 (factor 0 or positive) or -1 (rater without parameters).
    Shape (n_notes, 2, 5), int32; the fourth counts half points (level sums).
    """
    out = np.zeros((n_notes, 2, 5), np.int32)
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
    return out

"""Claim: a solver sweep runs near the limit that the hardware sets, and which limit that is.

    python -m benchmarks.sweep [--ratings 5000000 50000000] [--runs 5]

Per rating, on one thread, interleaved: a plain read of the packed ratings (memory bandwidth); the read with
the other side's pair of numbers looked up and nothing computed (gathers); the kernel with every look-up
at the same place (its instructions, nothing to wait for); the kernel itself. What is slowest of the first
three binds it, and the figure beside it says how near to that one the kernel is. Communities are made up:
long-tailed activity, notes in the order of their time, raters who rate what is new while they are active.
"""

from __future__ import annotations

import argparse
import time
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from numba import njit

from benchmarks.common import interleaved, store
from bridgenotes.scoring.mf import kernels, sliced_kernels
from bridgenotes.scoring.mf.matrix import RatingMatrix
from bridgenotes.scoring.mf.sliced import SlicedMatrix

if TYPE_CHECKING:
    from collections.abc import Callable

RATINGS_PER_NOTE = 46
RATINGS_PER_RATER = 60


@njit(cache=True, nogil=True)
def plain_read(words: np.ndarray) -> np.uint64:
    """Add all words."""
    total = np.uint64(0)
    for k in range(len(words)):
        total += np.uint64(words[k])
    return total


@njit(cache=True, nogil=True)
def look_up(words: np.ndarray, table: np.ndarray) -> np.uint64:
    """Look up the pair of every rating, in four sums, so that none waits for another."""
    a = b = c = d = np.uint64(0)
    for k in range(0, len(words) - 3, 4):
        a += table[np.uint64(words[k] >> np.uint32(2))]
        b += table[np.uint64(words[k + 1] >> np.uint32(2))]
        c += table[np.uint64(words[k + 2] >> np.uint32(2))]
        d += table[np.uint64(words[k + 3] >> np.uint32(2))]
    return a + b + c + d


def community(ratings: int, seed: int) -> RatingMatrix:
    """Make up ratings."""
    rng = np.random.default_rng(seed)
    n_notes, n_raters = ratings // RATINGS_PER_NOTE, ratings // RATINGS_PER_RATER
    rater = (n_raters * rng.random(ratings, np.float32) ** 2.5).astype(np.int32)
    begin, length = rng.random(n_raters, np.float32), rng.random(n_raters, np.float32) ** 2
    share = begin[rater] * (1 - length[rater]) + length[rater] * rng.random(ratings, np.float32)
    note = np.minimum(n_notes * share, n_notes - 1).astype(np.int32)
    note = np.minimum(note + rng.geometric(0.02, ratings).astype(np.int32), n_notes - 1)
    return RatingMatrix.build(
        note, rater, rng.integers(0, 3, ratings).astype(np.uint8), shape=(n_notes, n_raters)
    )


def exact(side: Any, table: np.ndarray) -> Callable[[np.ndarray], object]:
    """Return the exact solver's half sweep, to be called with packed ratings."""
    return lambda packed: kernels.sweep_squared.compiled(
        0, len(side.chunks) - 1, side.start, packed, side.weight, side.chunks, table, 0.1, 6.0, 1.2, 0.0,
        *np.zeros((4, len(side.start) - 1)),
    )  # fmt: skip


def epoch(side: Any, table: np.ndarray, *, logistic: bool) -> Callable[[np.ndarray], object]:
    """Return half an epoch of the early-stopped trainer."""
    own, words = np.zeros((side.n_rows, 2), np.float32), table.reshape(-1).view(np.uint64)
    out, totals = np.zeros((side.n_rows, 2)), np.zeros((len(side.chunks) - 1, 2))
    return lambda packed: sliced_kernels.slopes.compiled(
        0, len(side.chunks) - 1, side.start, packed, side.weight, side.chunks, words, own, 0.1,
        np.float32(1), logistic, logistic, out, totals,
    )  # fmt: skip


def limits(
    name: str,
    side: Any,
    n_other: int,
    n_ratings: int,
    runs: int,
    kernel: Callable[..., Any],
) -> dict[str, float | str]:
    """Time one kernel on one side beside its limits."""
    table = np.random.default_rng(0).normal(size=(n_other, 2)).astype(np.float32)
    words, sweep = table.reshape(-1).view(np.uint64), kernel(side, table)
    near = np.where(side.packed == np.uint32(3), side.packed, side.packed & np.uint32(3))

    def timed(function: Callable[[], object]) -> float:
        began = time.thread_time()
        function()
        return (time.thread_time() - began) / n_ratings * 1e9

    measured = [
        partial(timed, function)
        for function in (
            lambda: plain_read(side.packed),
            lambda: look_up(side.packed, words),
            lambda: sweep(near),
            lambda: sweep(side.packed),
        )
    ]
    for function in measured:
        function()
    found = dict(
        zip(("read", "look-ups", "instructions", "kernel"), interleaved(runs, *measured), strict=True)
    )
    bound = max(("read", "look-ups", "instructions"), key=lambda limit: found[limit])
    return {
        **{f"{name}: {what}, ns per rating": round(value, 3) for what, value in found.items()},
        f"{name}: bound by": bound,
        f"{name}: share of that limit": round(found[bound] / found["kernel"], 2),
        f"{name}: share of a plain read": round(found["read"] / found["kernel"], 2),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--ratings", type=int, nargs="+", default=[5_000_000, 50_000_000])
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--name", default="sweep", help="name of the result")
    options = parser.parse_args()
    figures: dict[str, float | str] = {}
    for n in options.ratings:
        matrix = community(n, seed=7)
        sliced = SlicedMatrix.of(matrix)
        for of, other in (("by_note", "by_rater"), ("by_rater", "by_note")):
            title, side = f"{n:,} {of.replace('_', ' ')}", getattr(sliced, of)
            n_rows = getattr(sliced, other).n_rows
            figures |= limits(f"{title}: exact", getattr(matrix, of), n_rows, n, options.runs, exact)
            for loss in ("squared", "logistic"):
                half = partial(epoch, logistic=loss == "logistic")
                figures |= limits(f"{title}: epoch, {loss}", side, n_rows, n, options.runs, half)
    store(options.name, figures)


if __name__ == "__main__":
    main()

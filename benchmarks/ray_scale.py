"""Claim: two workers solve one fit, its ratings cut by rater, at least 1.7 times as fast as one.

    python -m benchmarks.ray_scale [--ratings 5000000] [--runs 5] [--iterations 10]

Times the exact trainer's iterations on Ray with one and with two workers of one thread each, in turn, over
the same ratings: raters and notes of falling activity, 200 ratings per rater. The driver, which works while
workers wait, has all processors with one worker as with two. Shards are laid out before the clock starts:
that happens once per fit. Says how busy the machine was, because two workers need two free cores. Results
are compared bit by bit on the way, also with the shards in this process.
"""

from __future__ import annotations

import argparse
import os
import time
from contextlib import suppress
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.common import interleaved, store
from bridgenotes.scoring.errors import NotConvergedError
from bridgenotes.scoring.executors.ray_ import RayExecutor, RayShards
from bridgenotes.scoring.mf.matrix import RatingMatrix
from bridgenotes.scoring.mf.objective import Objective, Parameters
from bridgenotes.scoring.mf.shard import sweep
from bridgenotes.scoring.mf.sharded import LocalShards, Margins, Shards, solve_sharded
from bridgenotes.scoring.mf.solver import Stopping, solve
from bridgenotes.scoring.threads import use_threads

if TYPE_CHECKING:
    from collections.abc import Callable

RATINGS_PER_RATER = 200
RATINGS_PER_NOTE = 90


def drawn(n_ratings: int) -> RatingMatrix:
    """Ratings of two camps, some raters and notes far busier than others."""
    rng = np.random.default_rng(1)
    n_notes, n_raters = max(10, n_ratings // RATINGS_PER_NOTE), max(10, n_ratings // RATINGS_PER_RATER)
    note = (n_notes * rng.random(n_ratings) ** 1.8).astype(np.int32)
    rater = (n_raters * rng.random(n_ratings) ** 2.2).astype(np.int32)
    side, camp = rng.normal(size=n_notes), rng.normal(size=n_raters)
    liking = 0.4 * rng.normal(size=n_notes)[note] + side[note] * camp[rater] + rng.normal(size=n_ratings)
    level = np.digitize(liking, [-0.3, 0.1]).astype(np.uint8)
    return RatingMatrix.build(note, rater, level, shape=(n_notes, n_raters))


def begin(ratings: RatingMatrix) -> Parameters:
    """Return a start that needs no pass: what is timed is the iteration."""
    draw = np.random.default_rng(2).normal
    return Parameters(*(draw(0, 0.1, size) for size in [ratings.n_notes] * 2 + [ratings.n_raters] * 2))


def iterate(solve_it: Callable[[Stopping], object], iterations: int) -> float:
    """Return the seconds that so many iterations take."""
    began = time.perf_counter()
    with suppress(NotConvergedError):  # as asked for
        solve_it(Stopping(intercept_change=0, relative_decrease=-1, max_iterations=iterations))
    return time.perf_counter() - began


def same_bits(margins: Margins, start: Parameters, *many: Shards) -> bool:
    """Whether one sweep reports the same integers however the ratings are cut."""
    terms = margins.terms(Objective())
    table = np.stack([start.note_intercept, start.note_factor], axis=1).astype(np.float32)
    found = set()
    for shards in many:
        whole = sum(sums.per_note for sums in shards.each(sweep, table, 0.1, terms))
        found.add(np.asarray(whole).tobytes())
    return len(found) == 1


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--ratings", type=int, default=5_000_000)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--iterations", type=int, default=10)
    options = parser.parse_args()
    use_threads(1)
    ratings = drawn(options.ratings)
    margins, start, objective = Margins.of(ratings), begin(ratings), Objective()
    # Four times the packed ratings, and what travels in an iteration.
    room = 200_000_000 + 16 * options.ratings
    load_before = os.getloadavg()[0]
    with RayExecutor(store_bytes=room, cores=2):
        one, two = RayShards(ratings, 1, cores=1), RayShards(ratings, 2, cores=1)
        agree = same_bits(margins, start, one, two, LocalShards(ratings, 3))

        def over(shards: Shards) -> float:
            use_threads(None)  # as a run has them
            return iterate(
                lambda until: solve_sharded(shards, margins, objective, start, until), options.iterations
            )

        def here() -> float:
            use_threads(1)
            return iterate(lambda until: solve(ratings, objective, start, until), options.iterations)

        here()  # compiled, or loaded from the cache, before the clock starts
        alone, first, second = interleaved(options.runs, here, lambda: over(one), lambda: over(two))
        one.close()
        two.close()
    store(
        f"ray_scale_{options.ratings}",
        {
            "ratings": options.ratings,
            "notes": ratings.n_notes,
            "raters": ratings.n_raters,
            "s per iteration, no Ray, one thread": round(alone / options.iterations, 4),
            "s per iteration, one worker": round(first / options.iterations, 4),
            "s per iteration, two workers": round(second / options.iterations, 4),
            "two workers, times as fast as one": round(first / second, 2),
            "integers of one sweep equal for 1, 2 and 3 shards": agree,
            "load average before and after": [round(load_before, 1), round(os.getloadavg()[0], 1)],
        },
    )


if __name__ == "__main__":
    main()

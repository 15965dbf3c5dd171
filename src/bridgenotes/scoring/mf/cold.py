"""A fit from nothing: the best of a few spectral starts.

On large data the leading singular pair leads to the global optimum (docs/engine/solver.md); on
small data the objective has local optima that matter, and trying several starts costs nothing.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from bridgenotes.scoring.errors import NotConvergedError
from bridgenotes.scoring.mf.solver import Fit, Stopping, solve
from bridgenotes.scoring.mf.start import spectral_starts

if TYPE_CHECKING:
    from bridgenotes.scoring.mf.matrix import RatingMatrix
    from bridgenotes.scoring.mf.objective import Objective

MOST_STARTS: Final = 8
MOST_ITERATIONS_OF_OTHERS: Final = 200
"""A start that is not the strongest gets this many."""
RATINGS_TRIED: Final = 200_000
"""About how many ratings all starts together may touch per iteration; one start is always tried."""


def solve_cold(ratings: RatingMatrix, objective: Objective, stopping: Stopping | None = None) -> Fit:
    """Return the lowest optimum found from spectral starts, with the reference's sign convention.

    Raises
    ------
    NotConvergedError
        If no start reaches its tolerance.
    """
    stopping = stopping or Stopping()
    most = min(MOST_STARTS, max(1, RATINGS_TRIED // max(ratings.n_ratings, 1)))
    first, *others = spectral_starts(ratings, objective, most)
    fits, trouble = [], None
    for start, limits in [(first, stopping), *((start, _briefly(stopping)) for start in others)]:
        try:
            fits.append(solve(ratings, objective, start, limits))
        except NotConvergedError as error:  # a weak start may linger at a saddle; the others are as good
            trouble = trouble or error
    if not fits:
        raise trouble or NotConvergedError(iterations=0, change=0.0, tolerance=stopping.intercept_change)
    return min(fits, key=lambda fit: fit.objective).identified()


def _briefly(stopping: Stopping) -> Stopping:
    return replace(stopping, max_iterations=min(stopping.max_iterations, MOST_ITERATIONS_OF_OTHERS))

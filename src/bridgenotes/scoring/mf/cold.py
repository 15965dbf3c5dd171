"""A fit from nothing: the best of a few spectral starts.

On large data the leading singular pair leads to the global optimum (docs/engine/solver.md); on
small data the objective has local optima that matter, and trying several starts costs nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bridgenotes.scoring.mf.solver import Fit, Stopping, solve
from bridgenotes.scoring.mf.start import spectral_starts

if TYPE_CHECKING:
    from bridgenotes.scoring.mf.matrix import RatingMatrix
    from bridgenotes.scoring.mf.objective import Objective

MOST_STARTS: Final = 8
RATINGS_TRIED: Final = 200_000
"""About how many ratings all starts together may touch per iteration; one start is always tried."""


def solve_cold(ratings: RatingMatrix, objective: Objective, stopping: Stopping | None = None) -> Fit:
    """Return the lowest optimum found from spectral starts, with the reference's sign convention.

    Raises
    ------
    NotConvergedError
        If a fit does not reach its tolerance.
    """
    most = min(MOST_STARTS, max(1, RATINGS_TRIED // max(ratings.n_ratings, 1)))
    fits = [solve(ratings, objective, start, stopping) for start in spectral_starts(ratings, objective, most)]
    return min(fits, key=lambda fit: fit.objective).identified()

"""Where fits of all parameters are made: in this process or, from so many ratings on, over shards.

Other fits stay here: notes alone (one pass), cross-entropy (no sums per note), and the second, weighted
fit of the normalised loss.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from bridgenotes.scoring.mf import cold, early_stopped, solver
from bridgenotes.scoring.mf.sharded import Margins, solve_sharded
from bridgenotes.scoring.mf.sharded_descent import train_sharded
from bridgenotes.scoring.mf.sharded_start import spectral_start_sharded

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from bridgenotes.scoring.mf.early_stopped import Schedule
    from bridgenotes.scoring.mf.matrix import RatingMatrix
    from bridgenotes.scoring.mf.objective import Objective, Parameters
    from bridgenotes.scoring.mf.sharded import Shards
    from bridgenotes.scoring.mf.solver import Fit


@dataclass(frozen=True)
class Trainers:
    """The trainers, and who works for them.

    Attributes
    ----------
    shards : callable or None
        Opens the shards of a rating matrix; without it every fit is made here. It can be named to
        another process.
    from_ratings : int
        Fits of fewer ratings are made here, too: exchanges would take longer than passes.
    """

    shards: Callable[[RatingMatrix], AbstractContextManager[Shards]] | None = None
    from_ratings: int = 0

    def solve(self, ratings: RatingMatrix, objective: Objective, start: Parameters) -> Fit:
        """Return the optimum in the basin of ``start``, as `solver.solve`."""
        if (opener := self._opener(ratings)) is None:
            return solver.solve(ratings, objective, start)
        with opener(ratings) as shards:
            return solve_sharded(shards, Margins.of(ratings), objective, start)

    def solve_cold(self, ratings: RatingMatrix, objective: Objective) -> Fit:
        """Return a fit from nothing, as `cold.solve_cold`; over shards from the strongest start only."""
        if (opener := self._opener(ratings)) is None:
            return cold.solve_cold(ratings, objective)
        margins = Margins.of(ratings)
        with opener(ratings) as shards:
            start = spectral_start_sharded(shards, margins, objective)
            return solve_sharded(shards, margins, objective, start).identified()

    def train(
        self, ratings: RatingMatrix, objective: Objective, start: Parameters, schedule: Schedule
    ) -> Fit:
        """Return the early-stopped fit, as `early_stopped.train`."""
        if (opener := self._opener(ratings)) is None:
            return early_stopped.train(ratings, objective, start, schedule)
        with opener(ratings) as shards:
            return train_sharded(shards, Margins.of(ratings), objective, start, schedule)

    def _opener(
        self, ratings: RatingMatrix
    ) -> Callable[[RatingMatrix], AbstractContextManager[Shards]] | None:
        return self.shards if ratings.n_ratings >= self.from_ratings else None


HERE: Final = Trainers()
"""Every fit in this process."""

"""What every scorer of a run is given."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from bridgenotes.scoring import kernels
from bridgenotes.scoring.accidents import Accidents
from bridgenotes.scoring.batches import batches
from bridgenotes.scoring.mf.trainers import Trainers
from bridgenotes.scoring.vectors import still

if TYPE_CHECKING:
    import numpy.typing as npt
    import polars as pl

    from bridgenotes.scoring.preprocess import Community
    from bridgenotes.scoring.ratings import Ratings


@dataclass(frozen=True)
class Inputs:
    """One phase of a run, the same for all scorers.

    Attributes
    ----------
    community : Community
        Notes, history, groups.
    ratings : Ratings
        All ratings of the phase after coalescing, correlated and most active raters flagged.
    topics : polars.DataFrame
        Columns note and topic, one row per note that has one.
    now_ms : int
        Clock of the run, epoch milliseconds.
    seed : int
        For models with a random start.
    accidents : Accidents
        Which accidents of the reference happen.
    trainers : Trainers
        Where prescoring fits all parameters.
    """

    community: Community
    ratings: Ratings
    topics: pl.DataFrame
    now_ms: int
    seed: int = 1
    accidents: Accidents = field(default_factory=Accidents)
    trainers: Trainers = field(default_factory=Trainers)

    @cached_property
    def per_note(self) -> npt.NDArray[np.int64]:
        """Number of ratings by note code."""
        return self._count("note", self.community.shape[0])

    @cached_property
    def per_rater(self) -> npt.NDArray[np.int64]:
        """Number of ratings by contributor code."""
        return self._count("rater", self.community.shape[1])

    def _count(self, column: str, n_codes: int) -> npt.NDArray[np.int64]:
        counts = np.zeros(n_codes, np.int64)
        for part in batches(self.ratings):
            kernels.add_counts(getattr(part, column), still(np.ones(len(part), np.bool_)), counts)
        return counts

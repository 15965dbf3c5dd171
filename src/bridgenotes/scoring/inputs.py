"""What every scorer of a run is given."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bridgenotes.scoring.accidents import Accidents
from bridgenotes.scoring.mf.trainers import Trainers

if TYPE_CHECKING:
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

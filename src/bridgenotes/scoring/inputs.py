"""What every scorer of a run is given."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bridgenotes.scoring.accidents import Accidents
from bridgenotes.scoring.mf.trainers import Trainers

if TYPE_CHECKING:
    import polars as pl

    from bridgenotes.scoring.preprocess import Community


@dataclass(frozen=True)
class Inputs:
    """One phase of a run, the same for all scorers.

    Attributes
    ----------
    community : Community
        Notes, history, groups.
    ratings : polars.DataFrame
        All ratings of the phase after coalescing, with ``is_correlated`` and ``is_high_volume``.
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
    ratings: pl.DataFrame
    topics: pl.DataFrame
    now_ms: int
    seed: int = 1
    accidents: Accidents = field(default_factory=Accidents)
    trainers: Trainers = field(default_factory=Trainers)

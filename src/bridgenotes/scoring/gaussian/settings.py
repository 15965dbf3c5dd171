"""What a Gaussian scorer is set to (spec 07 sections 1 and 3)."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Final, Literal

import numpy as np
import numpy.typing as npt

from bridgenotes.scoring.mf.objective import Objective

COARSE: Final = (0.01, 0.07, 0.12, 0.17, 0.22, 0.28, 0.33, 0.38, 0.43, 0.49, 0.55, 0.61, 0.92)
"""Positive viewpoints of the not-helpful direction."""
FINE: Final = tuple(sorted({*COARSE, 0.04, 0.09, 0.14, 0.20, 0.25, 0.30, 0.35, 0.41, 0.46, 0.52, 0.58, 0.65}))
"""Positive viewpoints of the helpful direction."""


@dataclass(frozen=True)
class Direction:
    """How one direction, helpful or not helpful, is scored.

    Attributes
    ----------
    viewpoints : tuple of float
        The positive viewpoints on the factor axis; each is used with its mirror image.
    bandwidth : float
        Standard deviation of a rating's kernel on the factor axis.
    normalises : bool
        Whether each rating's kernel is scaled to sum to 1 over the viewpoints.
    mirrors : bool
        Whether a rating's value is 1 - value: scores how *not* helpful a note is.
    with_authors : bool
        Whether every author counts as having rated their own note helpful.
    opposing_weight : float
        Factor on the kernels of opposing ratings: those of value 0.
    spread_slope, spread_cap : float
        How much more opposing ratings from many sides weigh, and at most.
    prior, prior_floor : float
        Value expected at a viewpoint before any rating: at most, and at least.
    prior_weight : float
        Weight of the prior at a note with ``prior_weight_ratings`` ratings or fewer; grows with
        their logarithm.
    prior_weight_ratings : float
    lowest, highest : float
        Range that values at viewpoints are clipped to.
    min_mass : float
        A note with less kernel mass at some viewpoint is not scored.
    """

    viewpoints: tuple[float, ...]
    bandwidth: float
    normalises: bool
    mirrors: bool
    with_authors: bool
    opposing_weight: float
    spread_slope: float
    spread_cap: float
    prior: float
    prior_floor: float
    prior_weight: float
    prior_weight_ratings: float
    lowest: float
    highest: float
    min_mass: float

    @property
    def points(self) -> npt.NDArray[np.float32]:
        """All viewpoints in ascending order, float32, shape (2 * len(viewpoints),)."""
        half = np.sort(np.array(self.viewpoints, np.float32))
        return np.concatenate([-half[::-1], half])


HELPFUL: Final = Direction(
    viewpoints=FINE,
    bandwidth=0.1,
    normalises=True,
    mirrors=False,
    with_authors=True,
    opposing_weight=1.75,
    spread_slope=3.0,
    spread_cap=2.0,
    prior=0.35,
    prior_floor=0.2,
    prior_weight=0.4,
    prior_weight_ratings=9.0,
    lowest=0.05,
    highest=0.8,
    min_mass=1e-9,
)
NOT_HELPFUL: Final = Direction(
    viewpoints=COARSE,
    bandwidth=0.2,
    normalises=False,
    mirrors=True,
    with_authors=False,
    opposing_weight=1.25,
    spread_slope=4.0,
    spread_cap=4.0,
    prior=0.35,
    prior_floor=0.3,
    prior_weight=5.0,
    prior_weight_ratings=9.0,
    lowest=0.25,
    highest=0.65,
    min_mass=5e-4,
)


@dataclass(frozen=True)
class GaussianSettings:
    """One Gaussian scorer's numbers.

    Attributes
    ----------
    helpful, not_helpful : Direction
    somewhat_helpful : float
        Value of a somewhat helpful rating before mirroring.
    spread_window, spread_steepness : float
        Opposing ratings count as spread when their factor lies half the window or more from
        their mean factor; the steepness is that of the logistic edge.
    sparse_prior : float
        Prior of a note that too few raters of one sign rated.
    sparse_count : int
        How many of each sign are enough.
    filters_raters : bool
        Whether only raters above the helpfulness threshold take part.
    min_raters_per_note : int
        Notes with fewer ratings in scope do not take part.
    objective : Objective
        Of the note-only fit that gives note factors: always the default one.
    trainer : {"early-stopped", "exact"}
        How that fit is solved.
    learning_rate : float
        Of the early-stopped trainer.
    population_sampled_ratings_per_note : float
        Scale of that fit's penalties in the population-sampled pass.
    """

    helpful: Direction = HELPFUL
    not_helpful: Direction = NOT_HELPFUL
    somewhat_helpful: float = 0.7
    spread_window: float = 0.28
    spread_steepness: float = 200.0
    sparse_prior: float = 0.1
    sparse_count: int = 3
    filters_raters: bool = True
    min_raters_per_note: int = 5
    objective: Objective = field(default_factory=Objective)
    trainer: Literal["early-stopped", "exact"] = "early-stopped"
    learning_rate: float = 0.2
    population_sampled_ratings_per_note: float = 10.0


GAUSSIAN: Final = GaussianSettings()
"""GaussianScorer, GaussianCoreWithTopicsScorer and GaussianGroupScorer_15."""
GAUSSIAN_TOPIC: Final = GaussianSettings(helpful=replace(HELPFUL, bandwidth=0.05), filters_raters=False)
"""GaussianTopicScorer_InDimensionTwo."""

"""What to make up: the parameters of a community, checked."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields
from typing import Final

from bridgenotes.lab.errors import SimulationError

DAY_MS: Final = 86_400_000
NOW_MS: Final = 1_767_225_600_000
"""The fixed clock of made-up communities, 2026-01-01 00:00 UTC: results do not depend on today."""
_FIRST_NOW_MS: Final = 1_672_531_200_000
_LAST_NOW_MS: Final = 4_102_444_800_000


@dataclass(frozen=True)
class CommunitySpec:
    """A community to be made up; equal specifications give equal files.

    Attributes
    ----------
    ratings : int
        How many ratings there are, exactly.
    seed : int
        Non-negative; decides everything the other parameters leave open.
    raters, notes : int
        Raters who may rate (a few never do) and notes, deleted ones included.
    now_ms : int
        The end of time, epoch milliseconds.
    span_days : int
        How far back the notes reach.
    deleted_share, not_misleading_share, media_share, topic_share : float
        Shares of the notes.
    population_sampled_share : float
        Share of the ratings asked of a random rater.
    group_13_share : float
        Share of the raters in modeling group 13.
    noisy_share : float
        Share of the raters who judge at random.
    colluding_blocks : int
        Groups of 8 to 13 raters who rate the same notes within minutes, with one voice.
    brigades : int
        Groups of 12 to 20 raters of one camp who call its one-sided notes helpful.
    """

    ratings: int
    seed: int
    raters: int
    notes: int
    now_ms: int = NOW_MS
    span_days: int = 400
    deleted_share: float = 0.025
    not_misleading_share: float = 0.2
    media_share: float = 0.12
    topic_share: float = 0.22
    population_sampled_share: float = 0.05
    group_13_share: float = 0.32
    noisy_share: float = 0.05
    colluding_blocks: int = 2
    brigades: int = 1

    def __post_init__(self) -> None:
        """Refuse what cannot be made up."""
        for name, least in (
            ("ratings", 0),
            ("seed", 0),
            ("raters", 2),
            ("notes", 1),
            ("colluding_blocks", 0),
            ("brigades", 0),
            ("span_days", 1),
        ):
            if getattr(self, name) < least:
                raise SimulationError(f"{name} is {getattr(self, name)}; it must be at least {least}")
        for field in fields(self):
            value = getattr(self, field.name)
            if field.name.endswith("_share") and not 0 <= value <= 1:
                raise SimulationError(f"{field.name} is {value}; a share lies between 0 and 1")
        if not _FIRST_NOW_MS <= self.now_ms <= _LAST_NOW_MS:
            raise SimulationError(f"now_ms is {self.now_ms}; it must lie between 2023 and 2100")


def community(ratings: int, seed: int) -> CommunitySpec:
    """Return a believable community with this many ratings.

    Parameters
    ----------
    ratings : int
        60,000 come from some 1,350 raters on 1,650 notes, 500,000 from 9,000 on 12,000.
    seed : int
        Which of the communities of this size.

    Raises
    ------
    SimulationError
        If a number is negative.
    """
    if ratings < 0:
        raise SimulationError(f"ratings is {ratings}; it must be at least 0")
    scale = ratings / 60_000
    raters = max(math.ceil(1350 * scale**0.895), math.ceil(2 * math.sqrt(ratings)) + 12)
    notes = max(math.ceil(1650 * scale**0.9356), math.ceil(ratings / (0.12 * raters)), 2)
    return CommunitySpec(ratings=ratings, seed=seed, raters=raters, notes=notes)

"""The kept form of the overview of a community."""

from __future__ import annotations

from typing import Final, TypedDict

STATUSES: Final = ("CURRENTLY_RATED_HELPFUL", "NEEDS_MORE_RATINGS", "CURRENTLY_RATED_NOT_HELPFUL")
"""Points name a status by its place here."""
MOST_POINTS: Final = 600
"""Notes drawn on the map; more are sampled."""
MOST_DAYS: Final = 371
"""Days of activity kept: 53 weeks."""
MOST_LANGUAGES: Final = 40
WAITS: Final = (1, 3, 6, 12, 24, 48, 96, 168, 336)
"""Hours that separate the bars of the time to a first status; after two weeks statuses are locked."""


class Landscape(TypedDict):
    """How many raters hold which viewpoint, in groups of at least five; kept until five raters more or fewer.

    ``groups`` are first cell, last cell, raters; the range is cut into ``cells``.
    """

    groups: list[list[int]]
    raters: int
    cells: int


class NoteMap(TypedDict):
    """Notes between the camps: factor, intercept and status of a sample; ``notes`` counts them all."""

    points: list[list[float]]
    notes: int
    helpful_from: float


class Funnel(TypedDict):
    """From proposed to Helpful, in numbers of notes."""

    proposed: int
    rated: int
    enough: int
    least: int
    liked: int
    helpful: int
    not_helpful: int


class Waiting(TypedDict):
    """How long notes waited for a first status: counts between the hours of `WAITS`, and the median in hours."""

    helpful: list[int]
    not_helpful: list[int]
    median: float | None


class Day(TypedDict):
    """What happened on a day; ``ratings`` is None if there were some, but fewer than five."""

    day: str
    notes: int
    ratings: int | None
    helpful: int


class Figures(TypedDict):
    """The overview of a community; ``languages`` are those of notes, the most written first."""

    landscape: Landscape
    map: NoteMap
    funnel: Funnel
    waiting: Waiting
    days: list[Day]
    languages: list[str]

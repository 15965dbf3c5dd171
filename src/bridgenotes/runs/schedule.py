"""What is due: nothing, prescoring or final scoring. Pure; the facts are gathered by `queries`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from bridgenotes.runs.models import Kind

if TYPE_CHECKING:
    from bridgenotes.base.settings import ScoringSettings

SHORTEST: Final = timedelta(minutes=1)
"""Between two final scorings, however many ratings come."""
AFTER_FAILURES: Final = (
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=15),
    timedelta(hours=1),
)
"""How long to wait after one, two, ... failures in a row."""


@dataclass(frozen=True)
class Facts:
    """What decides about the next run.

    Attributes
    ----------
    prescored_at, scored_at : datetime or None
        When the latest useful prescoring and final scoring began; None if there is none.
    new_ratings : int
        Ratings since the latest final scoring.
    has_changes : bool
        Something was rated, written, edited or deleted since, or a note waits for its time to pass.
    failures : int
        Failed runs since the last one that ended well.
    failed_at : datetime or None
        When the last of them began.
    """

    prescored_at: datetime | None = None
    scored_at: datetime | None = None
    new_ratings: int = 0
    has_changes: bool = True
    failures: int = 0
    failed_at: datetime | None = None


def due(facts: Facts, settings: ScoringSettings, now: datetime) -> Kind | None:
    """Return the kind of run to start now, if any.

    Prescoring comes first: final scoring needs what it learns. Whatever failed is tried again, less and
    less often, so that a fault does not keep the machine busy.
    """
    if facts.failed_at is not None:
        pause = AFTER_FAILURES[min(facts.failures, len(AFTER_FAILURES)) - 1]
        if now < facts.failed_at + pause:
            return None
    idle = timedelta(minutes=settings.idle_minutes)
    if _is_over(facts.prescored_at, timedelta(minutes=settings.prescoring_minutes), now) and (
        facts.has_changes or _is_over(facts.prescored_at, idle, now)
    ):
        return Kind.PRESCORING
    wait = timedelta(minutes=settings.final_minutes) if facts.has_changes else idle
    if facts.new_ratings >= settings.new_ratings:
        wait = min(wait, SHORTEST)
    return Kind.FINAL if _is_over(facts.scored_at, wait, now) else None


def _is_over(since: datetime | None, wait: timedelta, now: datetime) -> bool:
    return since is None or now - since >= wait

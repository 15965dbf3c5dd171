"""How many notes one may write, and when the next one is possible (WL-2 to WL-4, WL-6)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bridgenotes.domain.config import Budget
from bridgenotes.domain.verdict import Reason, Verdict, because, verdict

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from bridgenotes.domain.config import WritingLimitConfig


@dataclass(frozen=True)
class OnAuthor:
    """What a writer has written about one post author.

    Attributes
    ----------
    total : int
        Notes ever, deleted ones included.
    proposed : int
        Of them those since `WritingLimitConfig.author_since`.
    helpful : int
        Of those the ones that are Helpful now.
    """

    total: int = 0
    proposed: int = 0
    helpful: int = 0


@dataclass(frozen=True)
class Allowance:
    """What is left of a limit.

    Attributes
    ----------
    limit : Budget
        So many within any such time.
    used : int
        Notes within the window that ends now.
    next_at : datetime
        When the next note is possible; now if it is.
    """

    limit: Budget
    used: int
    next_at: datetime

    @property
    def left(self) -> int:
        """How many more are possible now."""
        return max(self.limit.count - self.used, 0)


def daily_limit(writing_impact: int, notes_written: int, config: WritingLimitConfig) -> Budget:
    """Return how many notes a writer may write in any 24 hours (WL-2).

    Parameters
    ----------
    writing_impact : int
        Helpful minus not helpful notes.
    notes_written : int
        All notes ever, deleted ones included.
    config : WritingLimitConfig
        The numbers of the formula.

    Notes
    -----
    Negative impact: 1. Else min(impact + 5, floor(200 impact / notes)), where impact 0 or no
    notes leaves the first term alone, and a positive impact never leaves less than negative
    impact does. Whole numbers throughout, so the limit is exact.
    """
    if writing_impact < 0:
        return _per_day(config.negative_impact_limit, config)
    by_impact = writing_impact + config.base_limit
    if writing_impact == 0 or notes_written <= 0:
        return _per_day(by_impact, config)
    by_hit_rate = writing_impact * config.hit_rate_factor // notes_written
    return _per_day(max(min(by_impact, by_hit_rate), config.negative_impact_limit), config)


def _per_day(count: int, config: WritingLimitConfig) -> Budget:
    return Budget(count, config.window)


def author_limit(record: OnAuthor, config: WritingLimitConfig) -> Budget:
    """Return how many notes a writer may write about one post author (WL-3).

    Notes
    -----
    Who wrote six notes, but none since the count began, has no share yet and keeps the first limit.
    """
    if record.total < config.author_history_notes or record.proposed == 0:
        return _per_day(config.author_initial_limit, config)
    percent = 100 * record.helpful // record.proposed
    if percent >= config.author_good_percent:
        return _per_day(percent, config)
    if percent >= config.author_poor_percent or record.proposed < config.author_poor_notes:
        return _per_day(1, config)
    return Budget(1, config.author_poor_window)


def allowance(written_at: Iterable[datetime], limit: Budget, now: datetime) -> Allowance:
    """Return what a sliding window leaves of a limit (WL-6).

    Parameters
    ----------
    written_at : iterable of datetime
        When earlier notes were written, deleted ones included: deleting gives nothing back.
    limit : Budget
        At least one per window.
    now : datetime
        The clock.
    """
    recent = sorted(time for time in written_at if time > now - limit.window)
    if len(recent) < limit.count:
        return Allowance(limit, len(recent), now)
    return Allowance(limit, len(recent), recent[len(recent) - limit.count] + limit.window)


def may_write_now(everywhere: Allowance, on_author: Allowance | None, now: datetime) -> Verdict:
    """Return whether both limits leave room for a note, and else when (WL-4, WL-6).

    Parameters
    ----------
    everywhere : Allowance
        Of the daily limit.
    on_author : Allowance or None
        Of the limit on this post's author; None where the author is not known.
    now : datetime
        The clock.
    """
    return verdict([_spent("limit.daily", everywhere, now), _spent("limit.author", on_author, now)])


def _spent(code: str, found: Allowance | None, now: datetime) -> Reason | None:
    if found is None or found.next_at <= now:
        return None
    hours = round(found.limit.window.total_seconds() / 3600)
    return because(code, found.next_at, limit=found.limit.count, hours=hours, at=found.next_at)

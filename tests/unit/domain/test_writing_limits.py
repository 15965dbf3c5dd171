"""How much may be written; the check values of the spec."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from bridgenotes.domain.config import Budget, WritingLimitConfig
from bridgenotes.domain.texts import sentence
from bridgenotes.domain.writing_limits import OnAuthor, allowance, author_limit, daily_limit, may_write_now

CONFIG = WritingLimitConfig()
DAY, WEEK = timedelta(days=1), timedelta(weeks=1)


@pytest.mark.requirement("WL-2")
@pytest.mark.parametrize(
    ("impact", "notes", "limit"),
    [
        (-1, 5, 1), (0, 0, 5), (0, 400, 5), (3, 15, 8), (12, 60, 17),  # hit rate 20 %
        (12, 240, 10), (100, 2000, 10),  # hit rate 5 %
        (1, 1000, 1), (1, 1, 6),
    ],
)  # fmt: skip
def test_notes_per_day(impact: int, notes: int, limit: int) -> None:
    assert daily_limit(impact, notes, CONFIG) == Budget(limit, DAY)


@pytest.mark.requirement("WL-3")
@pytest.mark.parametrize(
    ("record", "limit"),
    [
        (OnAuthor(), Budget(3, DAY)),
        (OnAuthor(5, 5, 0), Budget(3, DAY)),
        (OnAuthor(6, 0, 0), Budget(3, DAY)),
        (OnAuthor(6, 6, 0), Budget(1, DAY)),
        (OnAuthor(14, 14, 0), Budget(1, DAY)),
        (OnAuthor(15, 15, 0), Budget(1, WEEK)),
        (OnAuthor(100, 100, 1), Budget(1, DAY)),
        (OnAuthor(101, 101, 1), Budget(1, WEEK)),
        (OnAuthor(100, 100, 5), Budget(5, DAY)),
        (OnAuthor(30, 30, 2), Budget(6, DAY)),
        (OnAuthor(6, 6, 6), Budget(100, DAY)),
    ],
)
def test_notes_on_one_author(record: OnAuthor, limit: Budget) -> None:
    assert author_limit(record, CONFIG) == limit


@pytest.mark.requirement("WL-6")
def test_the_window_slides(now: datetime) -> None:
    written = [now - timedelta(hours=h) for h in (30, 20, 10, 1)]
    found = allowance(written, Budget(3, DAY), now)
    assert (found.used, found.left) == (3, 0)
    assert found.next_at == now + timedelta(hours=4)
    assert allowance(written, Budget(3, DAY), found.next_at).left == 1
    assert allowance(written, Budget(2, DAY), now).next_at == now + timedelta(hours=14)
    assert allowance(written, Budget(4, DAY), now).next_at == now


@pytest.mark.requirement("WL-4")
@pytest.mark.requirement("WL-6")
def test_both_limits_apply_and_the_later_time_counts(now: datetime) -> None:
    full = allowance([now - timedelta(hours=1)], Budget(1, DAY), now)
    weekly = allowance([now - timedelta(hours=1)], Budget(1, WEEK), now)
    free = allowance([], Budget(1, DAY), now)
    assert may_write_now(free, None, now).allowed
    assert may_write_now(free, free, now).allowed
    refused = may_write_now(full, weekly, now)
    assert [reason.code for reason in refused.reasons] == ["limit.daily", "limit.author"]
    assert refused.possible_at == now + WEEK - timedelta(hours=1)
    assert sentence(refused.reasons[0]) == (
        "You can write 1 note in 24 hours. Your next note is possible from 2 July 2026, 11:00 UTC."
    )
    assert may_write_now(free, weekly, now).reasons[0].params["hours"] == 168

"""Requests: who, how many, whom they reach; and additional review."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bridgenotes.data.vocabulary import CRH, MISLEADING, NMR
from bridgenotes.domain.additional_review import is_pending, may_request_review
from bridgenotes.domain.config import RequestConfig, ReviewConfig, UrlConfig
from bridgenotes.domain.display import ShownNote
from bridgenotes.domain.requests import (
    Request,
    RequesterRecord,
    check_request,
    due_at,
    in_feed,
    may_request,
    may_see_requests,
    request_allowance,
    request_limit,
    requester_score,
    shows_on_post,
    visible_sources,
)

CONFIG, URLS = RequestConfig(), UrlConfig()
NOW = datetime(2026, 7, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)


def asked(*scores: str) -> list[Request]:
    """One request an hour, the last one now."""
    return [Request(NOW - k * HOUR, score) for k, score in enumerate(scores[::-1])]


@pytest.mark.requirement("RQ-5")
@pytest.mark.parametrize(
    ("eligible", "hits", "score"),
    [(0, 0, "none"), (1, 1, "medium"), (33, 1, "medium"), (34, 1, "none"), (4, 4, "medium"), (62, 5, "high"),
     (63, 5, "medium"), (5, 5, "high"), (1000, 30, "medium"), (1001, 30, "none")],
)  # fmt: skip
def test_requester_scores(eligible: int, hits: int, score: str) -> None:
    assert requester_score(RequesterRecord(eligible, hits), CONFIG) == score


@pytest.mark.requirement("RQ-2")
@pytest.mark.parametrize(
    ("eligible", "hits", "limit"), [(0, 0, 5), (19, 0, 5), (20, 0, 2), (20, 1, 10), (20, 5, 20), (100, 1, 5)]
)
def test_the_daily_limit_follows_success(eligible: int, hits: int, limit: int) -> None:
    assert request_limit(RequesterRecord(eligible, hits), CONFIG).count == limit


@pytest.mark.requirement("RQ-1")
@pytest.mark.requirement("RQ-2")
def test_anyone_with_a_verified_phone_may_ask_within_the_limit() -> None:
    def codes(n: int, *, phone: bool = True, before: bool = False) -> list[str]:
        left = request_allowance([NOW - HOUR] * n, RequesterRecord(), CONFIG, NOW)
        return [r.code for r in may_request(left, NOW, has_verified_phone=phone, asked_before=before).reasons]

    assert codes(4) == []
    assert codes(5) == ["request.limit"]
    assert codes(0, phone=False) == ["request.phone_unverified"]
    assert codes(0, before=True) == ["request.repeated"]
    left = request_allowance([NOW - HOUR] * 5, RequesterRecord(), CONFIG, NOW)
    assert may_request(left, NOW, has_verified_phone=True, asked_before=False).possible_at == NOW + 23 * HOUR


@pytest.mark.requirement("RQ-3")
@pytest.mark.requirement("RQ-6")
@pytest.mark.parametrize(
    ("scores", "views", "is_due"),
    [
        (("none",) * 3, 0, False),
        (("none",) * 4, 100_000, True),
        (("none",) * 4, 100_001, False),
        (("none",) * 5, 100_001, True),
        (("medium",), 10**9, False),
        (("medium", "medium"), 10**9, True),
        (("high",), 10**9, True),
    ],
)
def test_when_requests_are_enough(scores: tuple[str, ...], views: int, is_due: bool) -> None:
    assert (due_at(asked(*scores), views, CONFIG) == NOW) == is_due


@pytest.mark.requirement("RQ-4")
def test_requests_show_to_top_writers_for_a_day() -> None:
    requests = asked("high")

    def shows(after: timedelta, *, top: bool = True) -> bool:
        return shows_on_post(requests, 0, CONFIG, NOW + after, is_top_writer=top)

    assert shows(timedelta(0))
    assert shows(23 * HOUR)
    assert not shows(24 * HOUR)
    assert not shows(HOUR, top=False)
    assert may_see_requests(is_top_writer=True).allowed
    assert not may_see_requests(is_top_writer=False).allowed


@pytest.mark.requirement("RQ-9")
def test_the_feed_holds_young_posts_only() -> None:
    assert in_feed(NOW - 23 * HOUR, asked("high"), 0, CONFIG, NOW)
    assert not in_feed(NOW - 24 * HOUR, asked("high"), 0, CONFIG, NOW)
    assert not in_feed(NOW, asked("none"), 0, CONFIG, NOW)


@pytest.mark.requirement("RQ-7")
@pytest.mark.requirement("RQ-8")
def test_source_and_words_are_optional_and_checked() -> None:
    def codes(source: str | None, words: str) -> list[str]:
        return [reason.code for reason in check_request(source, words, CONFIG, URLS).reasons]

    assert codes(None, "") == []
    assert codes("https://x.com/a/status/1", "It was a drill: https://example.org/" + "a" * 400) == []
    assert codes("javascript:alert(1)", "x" * 281) == ["url.scheme", "request.too_long"]


@pytest.mark.requirement("RQ-7")
def test_spam_and_muted_sources_are_not_shown() -> None:
    requests = [
        Request(NOW, source="b", source_author_id="good"),
        Request(NOW - HOUR, source="a", source_author_id="good"),
        Request(NOW, source="a", source_author_id="good"),
        Request(NOW, source="m", source_author_id="muted"),
        Request(NOW, source="spam"),
        Request(NOW),
    ]
    found = visible_sources(requests, Counter(a=3, spam=4), frozenset({"muted"}), CONFIG)
    assert found == ("a", "b")


REVIEW = ReviewConfig()
SHOWN = ShownNote("n", CRH, MISLEADING, NOW)


@pytest.mark.requirement("AR-1")
def test_the_post_s_author_can_ask_for_review_of_a_shown_note() -> None:
    def codes(note: ShownNote, last: datetime | None, *, author: bool) -> list[str]:
        found = may_request_review(note, last, REVIEW, NOW, is_post_author=author)
        return [reason.code for reason in found.reasons]

    assert codes(SHOWN, None, author=True) == []
    assert codes(SHOWN, None, author=False) == ["review.not_author"]
    assert codes(replace(SHOWN, status=NMR), None, author=True) == ["review.not_shown"]
    assert codes(SHOWN, NOW - 24 * HOUR, author=True) == ["review.repeated"]
    assert codes(SHOWN, NOW - timedelta(weeks=1), author=True) == []


@pytest.mark.requirement("AR-3")
def test_review_lasts_a_day_or_until_the_note_no_longer_shows() -> None:
    assert is_pending(NOW - 23 * HOUR, SHOWN, REVIEW, NOW)
    assert not is_pending(NOW - 24 * HOUR, SHOWN, REVIEW, NOW)
    assert not is_pending(NOW, replace(SHOWN, status=NMR), REVIEW, NOW)
    assert not is_pending(None, SHOWN, REVIEW, NOW)

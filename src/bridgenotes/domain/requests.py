"""Requests for a note: who may ask, how much askers are heeded, whom it reaches (RQ-1 to RQ-9)."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from bridgenotes.domain import note_text
from bridgenotes.domain.config import Budget, NoteConfig
from bridgenotes.domain.urls import canonical_url
from bridgenotes.domain.verdict import Reason, Refused, Verdict, refuse, verdict
from bridgenotes.domain.writing_limits import Allowance, allowance

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from bridgenotes.domain.config import RequestConfig, UrlConfig

HIGH: Final = "high"
MEDIUM: Final = "medium"
NONE: Final = "none"


@dataclass(frozen=True)
class RequesterRecord:
    """What came of somebody's requests (RQ-5).

    Attributes
    ----------
    eligible : int
        Requests made before any note was proposed on the post.
    hits : int
        Of those, the ones whose post ended with a Helpful note.
    """

    eligible: int = 0
    hits: int = 0


def requester_score(record: RequesterRecord, config: RequestConfig) -> str:
    """Return ``high``, ``medium`` or ``none`` (RQ-5)."""
    percent_of_eligible = 100 * record.hits
    if record.hits >= config.high_hits and percent_of_eligible >= config.high_hit_percent * record.eligible:
        return HIGH
    if (
        record.hits >= config.medium_hits
        and percent_of_eligible >= config.medium_hit_percent * record.eligible
    ):
        return MEDIUM
    return NONE


def request_limit(record: RequesterRecord, config: RequestConfig) -> Budget:
    """Return how many requests somebody may make per day: more with success, fewer without (RQ-2)."""
    by_score = {HIGH: config.high_limit, MEDIUM: config.medium_limit, NONE: config.initial_limit}
    limit = by_score[requester_score(record, config)]
    if record.hits == 0 and record.eligible >= config.reduced_after:
        limit = config.reduced_limit
    return Budget(limit, config.window)


def may_request(left: Allowance, now: datetime, *, has_verified_phone: bool, asked_before: bool) -> Verdict:
    """Return whether an account may ask for a note on a post (RQ-1, RQ-2).

    Parameters
    ----------
    left : Allowance
        Of the account's `request_limit`; see `request_allowance`.
    now : datetime
        The clock.
    has_verified_phone : bool
        All an account needs; contributor or not.
    asked_before : bool
        Whether it already asked for a note on this post.
    """
    return verdict(
        [
            None if has_verified_phone else Reason("request.phone_unverified"),
            Reason("request.repeated") if asked_before else None,
            Reason("request.limit", {"limit": left.limit.count, "at": left.next_at}, left.next_at)
            if left.next_at > now
            else None,
        ]
    )


def request_allowance(
    requested_at: Iterable[datetime], record: RequesterRecord, config: RequestConfig, now: datetime
) -> Allowance:
    """Return what is left of today's requests (RQ-2)."""
    return allowance(requested_at, request_limit(record, config), now)


def check_request(source: str | None, suggestion: str, config: RequestConfig, urls: UrlConfig) -> Verdict:
    """Return whether what comes with a request is fine: a source link and words, both optional (RQ-7, RQ-8)."""
    reasons: list[Reason] = []
    if source:
        try:
            canonical_url(source, urls)
        except Refused as error:
            reasons.extend(error.reasons)
    size = note_text.length(note_text.cleaned(suggestion), NoteConfig())
    if size > config.max_suggestion_length:
        reasons.append(Reason("request.too_long", {"length": size, "limit": config.max_suggestion_length}))
    return verdict(reasons)


@dataclass(frozen=True)
class Request:
    """One request for a note on a post.

    Attributes
    ----------
    requested_at : datetime
        When.
    score : str
        The requester's score.
    source : str or None
        Canonical link to another post.
    source_author_id : str or None
        That post's author at the host, if known.
    """

    requested_at: datetime
    score: str = NONE
    source: str | None = None
    source_author_id: str | None = None


def due_at(requests: Iterable[Request], views: int, config: RequestConfig) -> datetime | None:
    """Return when a post's requests became enough to reach writers (RQ-3, RQ-6); None if never.

    Parameters
    ----------
    requests : iterable of Request
        All of the post, each counting whatever its requester's score.
    views : int
        Of the post.
    config : RequestConfig
        The three ways of being enough.
    """
    scores: Counter[str] = Counter()
    for request in sorted(requests, key=lambda request: request.requested_at):
        scores[request.score] += 1
        # total >= max(min_total, views / views_per_request), without division
        total = scores.total()
        is_many = total >= config.min_total and total * config.views_per_request >= views
        is_backed = scores[HIGH] + scores[MEDIUM] >= config.min_medium or scores[HIGH] >= config.min_high
        if is_many or is_backed:
            return request.requested_at
    return None


def shows_on_post(
    requests: Iterable[Request], views: int, config: RequestConfig, now: datetime, *, is_top_writer: bool
) -> bool:
    """Return whether the post asks this viewer for a note: top writers, for a day (RQ-3, RQ-4)."""
    since = due_at(requests, views, config)
    return is_top_writer and since is not None and since <= now < since + config.shown_for


def in_feed(
    post_created_at: datetime, requests: Iterable[Request], views: int, config: RequestConfig, now: datetime
) -> bool:
    """Return whether the requests feed holds a post: young, and asked for enough (RQ-9, TL-5)."""
    since = due_at(requests, views, config)
    return since is not None and since <= now and now - post_created_at < config.feed_post_age


def visible_sources(
    requests: Sequence[Request],
    posts_with_source: Counter[str],
    hidden_authors: frozenset[str],
    config: RequestConfig,
) -> tuple[str, ...]:
    """Return the sources a viewer sees beside a request, each once, oldest first (RQ-7).

    Parameters
    ----------
    requests : sequence of Request
        Of the post.
    posts_with_source : Counter
        On how many posts each source was given lately; many is likely spam.
    hidden_authors : frozenset of str
        Authors the viewer muted or blocked.
    config : RequestConfig
        What is many.
    """
    ordered = sorted(requests, key=lambda request: request.requested_at)
    sources = [
        request.source
        for request in ordered
        if request.source is not None
        and request.source_author_id not in hidden_authors
        and posts_with_source[request.source] <= config.spam_distinct_posts
    ]
    return tuple(dict.fromkeys(sources))


def may_see_requests(*, is_top_writer: bool) -> Verdict:
    """Return whether a contributor sees the requests feed (TL-5, TW-2)."""
    return Verdict() if is_top_writer else refuse("request.top_writers_only")

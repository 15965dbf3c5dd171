"""Requests for notes: what is left to their askers, what writers see (RQ); additional review (AR)."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from django.db.models import Count, Exists, OuterRef

from bridgenotes.base.rules import rules
from bridgenotes.data.vocabulary import CRH
from bridgenotes.domain import requests as domain
from bridgenotes.domain.additional_review import is_pending, may_request_review
from bridgenotes.domain.requests import Request, RequesterRecord
from bridgenotes.domain.top_writer import is_top_writer
from bridgenotes.notes.models import HiddenAuthor, Note, NoteRequest, Requester
from bridgenotes.notes.queries.display import shown_facts
from bridgenotes.posts.models import Post

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from bridgenotes.contributors.models import Contributor
    from bridgenotes.domain.verdict import Verdict
    from bridgenotes.domain.writing_limits import Allowance

MOST_POSTS: Final = 100
"""Posts in the requests feed."""


@dataclass(frozen=True)
class RequestedPost:
    """A post that notes are asked for.

    Attributes
    ----------
    post : Post
        The post.
    total : int
        Requests, whatever the requesters' scores (RQ-6).
    since : datetime
        When they became enough to show.
    sources, suggestions : tuple of str
        What came with them (RQ-7, RQ-8).
    """

    post: Post
    total: int
    since: datetime
    sources: tuple[str, ...]
    suggestions: tuple[str, ...]


@dataclass(frozen=True)
class Asking:
    """What is left to somebody who asks for notes, and whether they may ask for this one now."""

    left: Allowance
    verdict: Verdict


@dataclass(frozen=True)
class Review:
    """Additional review of a note.

    Attributes
    ----------
    asked_at : datetime or None
        When it was last asked for.
    is_pending : bool
        Whether contributors are asked to rate the note because of it.
    verdict : Verdict
        Whether it can be asked for now.
    """

    asked_at: datetime | None
    is_pending: bool
    verdict: Verdict


def record_of(requester: Requester) -> RequesterRecord:
    """Return what came of somebody's requests, as of now (RQ-5)."""
    eligible = NoteRequest.objects.filter(requester=requester, is_eligible=True)
    helpful = Note.objects.filter(post=OuterRef("post"), status=CRH, deleted_at__isnull=True)
    return RequesterRecord(eligible.count(), eligible.filter(Exists(helpful)).count())


def left_of(requester: Requester, record: RequesterRecord, *, now: datetime) -> Allowance:
    """Return what is left of a requester's day (RQ-2)."""
    config = rules().requests
    recent = NoteRequest.objects.filter(requester=requester, requested_at__gt=now - config.window)
    times = list(recent.values_list("requested_at", flat=True))
    return domain.request_allowance(times, record, config, now)


def asking_of(handle: str, post: Post, *, now: datetime, has_verified_phone: bool) -> Asking:
    """Return what the rules leave somebody who may want to ask for a note on a post (RQ-1, RQ-2)."""
    requester = Requester(handle=handle)
    left = left_of(requester, record_of(requester), now=now)
    asked_before = NoteRequest.objects.filter(requester=requester, post=post).exists()
    found = domain.may_request(left, now, has_verified_phone=has_verified_phone, asked_before=asked_before)
    return Asking(left, found)


def review_of(note: Note, *, is_post_author: bool, now: datetime) -> Review:
    """Return whether review of a note goes on, and whether somebody may ask for it now (AR-1 to AR-3)."""
    config, facts = rules().additional_review, shown_facts(note)
    asked_at = note.reviews.order_by("-requested_at").values_list("requested_at", flat=True).first()
    return Review(
        asked_at,
        is_pending=is_pending(asked_at, facts, config, now),
        verdict=may_request_review(facts, asked_at, config, now, is_post_author=is_post_author),
    )


def prompt_for(post: Post, contributor: Contributor | None, *, now: datetime) -> RequestedPost | None:
    """Return what a post asks a top writer for; None for everybody else and after a day (RQ-3, RQ-4)."""
    if contributor is None or not is_top_writer(contributor.impact.writing, rules().top_writer):
        return None
    requests = list(post.requests.all())
    asked = [_request(row, {}) for row in requests]
    config = rules().requests
    if not domain.shows_on_post(asked, post.view_count, config, now, is_top_writer=True):
        return None
    return _requested(post, requests, contributor, now)


def feed(contributor: Contributor, *, now: datetime) -> tuple[RequestedPost, ...]:
    """Return the requests feed: young posts asked for enough, latest first (RQ-9, TL-5).

    Raises
    ------
    Refused
        If the contributor is no top writer (TW-2).
    """
    is_top = is_top_writer(contributor.impact.writing, rules().top_writer)
    domain.may_see_requests(is_top_writer=is_top).require()
    config = rules().requests
    young = Post.objects.filter(requests__requested_at__gt=now - config.feed_post_age).distinct()
    posts = young.select_related("author", "host").prefetch_related("requests").order_by("-added_at", "id")
    hidden = _hidden(contributor)
    found = []
    candidates = list(posts[:MOST_POSTS])
    everything = [row for post in candidates for row in post.requests.all()]
    counts, authors = _source_counts(everything, now), _source_authors(everything)
    for post in candidates:
        rows = list(post.requests.all())
        asked = [_request(row, authors) for row in rows]
        if domain.in_feed(post.published_at or post.added_at, asked, post.view_count, config, now):
            found.append(_describe(post, rows, asked, counts, hidden))
    return tuple(sorted(found, key=lambda requested: requested.since, reverse=True))


def _requested(
    post: Post, rows: Sequence[NoteRequest], contributor: Contributor, now: datetime
) -> RequestedPost:
    asked = [_request(row, _source_authors(rows)) for row in rows]
    return _describe(post, rows, asked, _source_counts(rows, now), _hidden(contributor))


def _describe(
    post: Post,
    rows: Sequence[NoteRequest],
    asked: Sequence[Request],
    counts: Counter[str],
    hidden: frozenset[str],
) -> RequestedPost:
    config = rules().requests
    since = domain.due_at(asked, post.view_count, config)
    assert since is not None
    ordered = sorted(rows, key=lambda row: row.requested_at)
    return RequestedPost(
        post=post,
        total=len(rows),
        since=since,
        sources=domain.visible_sources(asked, counts, hidden, config),
        suggestions=tuple(row.suggestion for row in ordered if row.suggestion),
    )


def _request(row: NoteRequest, authors: dict[str, str]) -> Request:
    return Request(
        requested_at=row.requested_at,
        score=row.score,
        source=row.source_url or None,
        source_author_id=authors.get(row.source_identity),
    )


def _source_counts(rows: Iterable[NoteRequest], now: datetime) -> Counter[str]:
    """Return on how many posts each source of ``rows`` was given lately."""
    sources = {row.source_url for row in rows if row.source_url}
    recent = NoteRequest.objects.filter(
        source_url__in=sources, requested_at__gt=now - rules().requests.window
    )
    counted = recent.values_list("source_url").annotate(posts=Count("post", distinct=True))
    return Counter(dict(counted))


def _source_authors(rows: Iterable[NoteRequest]) -> dict[str, str]:
    """Return the known authors of posts given as sources, by the source's identity."""
    identities = {row.source_identity for row in rows if row.source_identity}
    known = Post.objects.filter(identity__in=identities, author__isnull=False)
    return {identity: str(pk) for identity, pk in known.values_list("identity", "author_id")}


def _hidden(contributor: Contributor) -> frozenset[str]:
    hidden = HiddenAuthor.objects.filter(contributor=contributor)
    return frozenset(str(pk) for pk in hidden.values_list("author_id", flat=True))

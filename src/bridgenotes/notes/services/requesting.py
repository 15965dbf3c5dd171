"""Requests for a note on a post (RQ)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import transaction

from bridgenotes.base.rules import rules
from bridgenotes.domain import note_text
from bridgenotes.domain.requests import check_request, may_request, requester_score
from bridgenotes.domain.urls import canonical_url
from bridgenotes.notes.models import Note, NoteRequest, Requester
from bridgenotes.notes.queries.asking import left_of, record_of

if TYPE_CHECKING:
    from datetime import datetime

    from bridgenotes.posts.models import Post


@dataclass(frozen=True)
class RequestForm:
    """What comes with a request; both may be empty (RQ-7, RQ-8)."""

    source: str = ""
    suggestion: str = ""


@transaction.atomic
def request_note(
    handle: str, post: Post, form: RequestForm, *, now: datetime, has_verified_phone: bool
) -> NoteRequest:
    """Record that somebody asks for a note on a post (RQ-1, RQ-6).

    Parameters
    ----------
    handle : str
        The requester's, made for requests alone.
    post : Post
        Noted or not; only requests before the first note tell of the requester's judgement (RQ-5).
    form : RequestForm
        Source and words.
    now : datetime
        The clock.
    has_verified_phone : bool
        All that is needed.

    Raises
    ------
    Refused
        If there is no verified phone, it was asked before, the day's requests are used up, or source or words
        are not fine.
    """
    config = rules().requests
    requester, _ = Requester.objects.get_or_create(handle=handle)
    requester = Requester.objects.select_for_update().get(pk=requester.pk)
    record = record_of(requester)
    asked_before = NoteRequest.objects.filter(requester=requester, post=post).exists()
    left = left_of(requester, record, now=now)
    may_request(left, now, has_verified_phone=has_verified_phone, asked_before=asked_before).require()
    check_request(form.source, form.suggestion, config, rules().urls).require()
    source = canonical_url(form.source, rules().urls) if form.source else None
    return NoteRequest.objects.create(
        post=post, requester=requester, requested_at=now, score=requester_score(record, config),
        is_eligible=not Note.objects.filter(post=post).exists(),
        source_url=source.url if source else "", source_identity=source.identity if source else "",
        suggestion=note_text.cleaned(form.suggestion),
    )  # fmt: skip

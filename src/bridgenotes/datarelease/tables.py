"""Rows of the database as public tables, in portions and in a fixed order.

Contributors appear by their participant id, which no account, phone or mail is near (AL-6). A deleted note
leaves the notes table and stays in the status history; a deleted rating leaves altogether (DD-9).
"""

from __future__ import annotations

import json
from itertools import groupby, islice
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final

import polars as pl
from django.conf import settings
from django.db.models import Q

from bridgenotes.base.public_ids import epoch_ms
from bridgenotes.base.rules import rules
from bridgenotes.contributors.models import Contributor
from bridgenotes.data.columns import DTYPES
from bridgenotes.data.tables import NOTES, STATUS_HISTORY
from bridgenotes.data.vocabulary import CRH, CRNH, TAGS
from bridgenotes.datarelease.columns import FETCH, PORTION, Field, frames
from bridgenotes.domain.requests import Request, due_at
from bridgenotes.notes.models import Note, NoteRequest, NoteStatus, Rating

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime


FORM_VERSION: Final = 2
"""Of the rating form: levels and reasons of today (spec 01 A.2.2)."""
NEVER_EARNED_OUT_MS: Final = 1
NEVER_MS: Final = -1
_TICKED: Final = "ticked"

_REASONS: Final = tuple(c.name for c in NOTES.columns if c.name.startswith(("misleading", "notMisleading")))
_HISTORY_FIELDS: Final = {
    column.name: column.field
    for column in STATUS_HISTORY.columns
    if column.field and column.name not in {"noteId", "noteAuthorParticipantId", "createdAtMillis"}
}


def notes() -> Iterator[pl.DataFrame]:
    """Yield the notes that are not deleted, ascending by number."""
    columns = {
        "noteId": ("id", pl.Int64),
        "noteAuthorParticipantId": ("author_id", pl.String),
        "createdAtMillis": ("created_at", pl.Int64),
        "tweetId": ("post_id", pl.Int64),
        "classification": ("classification", pl.String),
        "trustworthySources": ("trustworthy_sources", pl.Boolean),
        "summary": ("summary", pl.String),
        _TICKED: ("reasons", pl.String),
    }
    ticked = [
        pl.col(_TICKED).str.contains(f'"{reason}"', literal=True).cast(pl.Int64).alias(reason)
        for reason in _REASONS
    ]
    rows = Note.objects.filter(deleted_at__isnull=True).order_by("id")
    for frame in frames(
        rows, columns, times=["createdAtMillis"], people=["noteAuthorParticipantId"], texts=[_TICKED]
    ):
        yield frame.with_columns(
            *ticked,
            pl.col("trustworthySources").cast(pl.Int64),
            pl.lit(0).alias("isMediaNote"),
            pl.lit(0).alias("isCollaborativeNote"),
        ).drop(_TICKED)


def ratings(*, decided_notes_only: bool = False) -> Iterator[pl.DataFrame]:
    """Yield the ratings, by note and rater.

    Parameters
    ----------
    decided_notes_only : bool
        Leave out ratings of notes that never had a status: those wait while a remedy pauses the scoring
        of new notes (GR-3).
    """
    found = Rating.objects.filter(deleted_at__isnull=True)
    if decided_notes_only:
        found = found.filter(Q(note__history__first_non_nmr_status__in=(CRH, CRNH)))
    columns = {
        "noteId": ("note_id", pl.Int64),
        "raterParticipantId": ("rater_id", pl.String),
        "createdAtMillis": ("created_at", pl.Int64),
        "helpfulnessLevel": ("level", pl.String),
        "ratedOnTweetId": ("rated_on_id", pl.Int64),
        "ratingSourceBucketed": ("source", pl.String),
        _TICKED: ("tags", pl.Int64),
    }
    ticked = [(pl.col(_TICKED) // (1 << bit) % 2).alias(tag) for bit, tag in enumerate(TAGS)]
    rows = found.order_by("note_id", "rater_id")
    for frame in frames(rows, columns, times=["createdAtMillis"], people=["raterParticipantId"]):
        yield frame.with_columns(pl.lit(FORM_VERSION).alias("version"), *ticked).drop(_TICKED)


def status_history() -> Iterator[pl.DataFrame]:
    """Yield what became of every scored note, deleted ones included, ascending by number."""
    dtypes = {column.name: DTYPES[column.kind] for column in STATUS_HISTORY.columns}
    columns: dict[str, Field] = {
        "noteId": ("note_id", pl.Int64),
        "noteAuthorParticipantId": ("note__author_id", pl.String),
        "createdAtMillis": ("note__created_at", pl.Int64),
        **{name: (field, dtypes[name]) for name, field in _HISTORY_FIELDS.items()},
    }
    rows = NoteStatus.objects.order_by("note_id")
    yield from frames(rows, columns, times=["createdAtMillis"], people=["noteAuthorParticipantId"])


def enrollment() -> Iterator[pl.DataFrame]:
    """Yield everybody who has an alias, ascending by participant id.

    A contributor without a modeling group of their own is in the site's default group.
    """
    columns = {
        "participantId": ("id", pl.String),
        "enrollmentState": ("enrollment_state", pl.String),
        "successfulRatingNeededToEarnIn": ("earn_in_target", pl.Int64),
        "timestampOfLastStateChange": ("state_changed_at", pl.Int64),
        "timestampOfLastEarnOut": ("last_earned_out_at", pl.Int64),
        "modelingPopulation": ("modeling_population", pl.String),
        "modelingGroup": ("modeling_group", pl.Int64),
        "numberOfTimesEarnedOut": ("times_earned_out", pl.Int64),
    }
    default = pl.lit(settings.SITE.scoring.default_group, dtype=pl.Int64)
    rows = Contributor.objects.exclude(alias="").order_by("id")
    times = ["timestampOfLastStateChange", "timestampOfLastEarnOut"]
    for frame in frames(rows, columns, times=times, people=["participantId"]):
        yield frame.with_columns(
            pl.col("timestampOfLastEarnOut").fill_null(NEVER_EARNED_OUT_MS),
            pl.when(modelingGroup=0).then(default).otherwise("modelingGroup").alias("modelingGroup"),
        )


def note_requests() -> Iterator[pl.DataFrame]:
    """Yield the posts for which notes were asked, ascending by number."""
    made = NoteRequest.objects.select_related("post").order_by("post_id", "requested_at", "id")
    by_post = groupby(made.iterator(chunk_size=FETCH), attrgetter("post_id"))
    rows = (_asked(post, list(requests)) for post, requests in by_post)
    while portion := list(islice(rows, PORTION)):
        yield pl.DataFrame(portion)


def _asked(post: int, requests: list[NoteRequest]) -> dict[str, Any]:
    made = [Request(request.requested_at, request.score) for request in requests]
    since = due_at(made, requests[0].post.view_count, rules().requests)
    links = list(dict.fromkeys(request.source_url for request in requests if request.source_url))
    said = [
        {"id": request.id.hex, "text": request.suggestion, "link": request.source_url}
        for request in requests
        if request.suggestion
    ]
    return {
        "tweetId": post,
        "sourceLinks": json.dumps(links),
        "suggestions": json.dumps(said, ensure_ascii=False),
        "noteRequestFeedEligibleTimestamp": _when(since),
        "apiSmallFeedEligibleTimestamp": NEVER_MS,
        "apiLargeFeedEligibleTimestamp": NEVER_MS,
        "apiXlFeedEligibleTimestamp": NEVER_MS,
    }


def _when(moment: datetime | None) -> int:
    return NEVER_MS if moment is None else epoch_ms(moment)

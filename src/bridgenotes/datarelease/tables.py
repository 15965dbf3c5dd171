"""Rows of the database as public tables, in portions and in a fixed order.

Contributors appear by their participant id, which no account, phone or mail is near (AL-6). A deleted note
leaves the notes table and stays in the status history; a deleted rating leaves altogether (DD-9).
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

import polars as pl
from django.conf import settings
from django.db.models import Q

from bridgenotes.base.public_ids import epoch_ms
from bridgenotes.base.rules import rules
from bridgenotes.contributors.models import Contributor
from bridgenotes.data.columns import DTYPES
from bridgenotes.data.tables import ENROLLMENT, NOTES, STATUS_HISTORY
from bridgenotes.data.vocabulary import CRH, CRNH, TAGS
from bridgenotes.domain.requests import Request, due_at
from bridgenotes.notes.models import Note, NoteRequest, NoteStatus, Rating

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from django.db.models import QuerySet

PORTION: Final = 50_000
"""Rows held in memory at once."""
FORM_VERSION: Final = 2
"""Of the rating form: levels and reasons of today (spec 01 A.2.2)."""
NEVER_EARNED_OUT_MS: Final = 1
NEVER_MS: Final = -1

_REASONS: Final = tuple(c.name for c in NOTES.columns if c.name.startswith(("misleading", "notMisleading")))
_HISTORY_FIELDS: Final = {
    column.name: column.field
    for column in STATUS_HISTORY.columns
    if column.field and column.name not in {"noteId", "noteAuthorParticipantId", "createdAtMillis"}
}


def notes() -> Iterator[pl.DataFrame]:
    """Yield the notes that are not deleted, ascending by number."""
    fields = (
        "id", "author_id", "created_at", "post_id", "classification", "reasons", "trustworthy_sources", "summary"
    )  # fmt: skip
    rows = Note.objects.filter(deleted_at__isnull=True).order_by("id").values(*fields)
    for portion in _portions(rows):
        yield pl.DataFrame([_note(row) for row in portion], infer_schema_length=None)


def _note(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "noteId": row["id"],
        "noteAuthorParticipantId": _participant(row["author_id"]),
        "createdAtMillis": epoch_ms(row["created_at"]),
        "tweetId": row["post_id"],
        "classification": row["classification"],
        **{reason: int(reason in row["reasons"]) for reason in _REASONS},
        "trustworthySources": int(row["trustworthy_sources"]),
        "summary": row["summary"],
        "isMediaNote": 0,
        "isCollaborativeNote": 0,
    }


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
    fields = ("note_id", "rater_id", "created_at", "level", "tags", "rated_on_id", "source")
    rows = found.order_by("note_id", "rater_id").values_list(*fields)
    for portion in _portions(rows):
        note, rater, created, level, tags, post, source = zip(*portion, strict=True)
        frame = pl.DataFrame(
            {
                "noteId": pl.Series(note, dtype=pl.Int64),
                "raterParticipantId": [_participant(person) for person in rater],
                "createdAtMillis": pl.Series([epoch_ms(time) for time in created], dtype=pl.Int64),
                "helpfulnessLevel": list(level),
                "tags": pl.Series(tags, dtype=pl.Int64),
                "ratedOnTweetId": pl.Series(post, dtype=pl.Int64),
                "ratingSourceBucketed": list(source),
            }
        )
        flags = [(pl.col("tags") // (1 << bit) % 2).alias(tag) for bit, tag in enumerate(TAGS)]
        yield frame.with_columns(pl.lit(FORM_VERSION).alias("version"), *flags).drop("tags")


def status_history() -> Iterator[pl.DataFrame]:
    """Yield what became of every scored note, deleted ones included, ascending by number."""
    given = ("note_id", "note__author_id", "note__created_at", *_HISTORY_FIELDS.values())
    rows = NoteStatus.objects.order_by("note_id").values_list(*given)
    dtypes = {column.name: DTYPES[column.kind] for column in STATUS_HISTORY.columns}
    for portion in _portions(rows):
        note, author, created, *others = zip(*portion, strict=True)
        yield pl.DataFrame(
            {
                "noteId": pl.Series(note, dtype=pl.Int64),
                "noteAuthorParticipantId": [_participant(person) for person in author],
                "createdAtMillis": pl.Series([epoch_ms(time) for time in created], dtype=pl.Int64),
                **{
                    name: pl.Series(values, dtype=dtypes[name])
                    for name, values in zip(_HISTORY_FIELDS, others, strict=True)
                },
            }
        )


def enrollment() -> Iterator[pl.DataFrame]:
    """Yield everybody who has an alias, ascending by participant id.

    A contributor without a modeling group of their own is in the site's default group.
    """
    default = settings.SITE.scoring.default_group
    rows = Contributor.objects.exclude(alias="").order_by("id")
    for portion in _portions(rows):
        yield pl.DataFrame([_enrolled(person, default) for person in portion], infer_schema_length=None)


def _enrolled(person: Contributor, default_group: int) -> dict[str, Any]:
    last = person.last_earned_out_at
    values = (
        person.participant_id,
        person.enrollment_state,
        person.earn_in_target,
        epoch_ms(person.state_changed_at),
        NEVER_EARNED_OUT_MS if last is None else epoch_ms(last),
        person.modeling_population,
        person.modeling_group or default_group,
        person.times_earned_out,
    )
    return dict(zip((column.name for column in ENROLLMENT.columns), values, strict=True))


def note_requests() -> Iterator[pl.DataFrame]:
    """Yield the posts for which notes were asked, ascending by number."""
    asked: dict[int, list[NoteRequest]] = {}
    for request in NoteRequest.objects.select_related("post").order_by("post_id", "requested_at", "id"):
        asked.setdefault(request.post_id, []).append(request)
    if asked:
        yield pl.DataFrame([_asked(post, requests) for post, requests in asked.items()])


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


def _participant(contributor_id: Any) -> str:  # noqa: ANN401 (a UUID, untyped in value lists)
    return str(contributor_id.hex.upper())


def _portions(rows: QuerySet[Any, Any]) -> Iterator[list[Any]]:
    """Yield rows in lists of `PORTION`, none empty, read from the database as they are needed."""
    portion: list[Any] = []
    for row in _streamed(rows):
        portion.append(row)
        if len(portion) == PORTION:
            yield portion
            portion = []
    if portion:
        yield portion


def _streamed(rows: QuerySet[Any, Any]) -> Iterable[Any]:
    return rows.iterator(chunk_size=2_000)

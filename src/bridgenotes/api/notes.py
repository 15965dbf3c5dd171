"""Notes and ratings: read by anybody, written by contributors."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003 (ninja reads the annotations)
from typing import TYPE_CHECKING, Annotated, Self

from django.http import HttpRequest  # noqa: TC002
from ninja import Query, Router, Schema, Status
from ninja.security import django_auth
from pydantic import Field

from bridgenotes.api.identifiers import PublicId  # noqa: TC001 (ninja reads it)
from bridgenotes.api.limits import WRITES
from bridgenotes.api.moments import Moment
from bridgenotes.api.problems import FAILURES
from bridgenotes.base import clock
from bridgenotes.base.wording import say
from bridgenotes.contributors import queries as contributors
from bridgenotes.domain.note_form import NoteForm
from bridgenotes.domain.rating_form import RatingForm
from bridgenotes.guardrails import queries as guardrails
from bridgenotes.identity import services as identity
from bridgenotes.notes.queries import timelines
from bridgenotes.notes.queries.display import Looker, NoteView, note_by_id, note_views
from bridgenotes.notes.services import rating, writing
from bridgenotes.posts import queries as posts

if TYPE_CHECKING:
    from bridgenotes.contributors.models import Contributor
    from bridgenotes.notes.models import Rating

router = Router(tags=["notes"])

Word = Annotated[str, Field(max_length=60)]
Before = Annotated[Moment | None, Query(description="Continue before this time.")]


class NoteOut(Schema):
    """A note with its status (ST-8); without words once it is deleted."""

    id: str
    post_id: str
    author: str
    classification: str
    reasons: list[str]
    trustworthy_sources: bool
    text: str
    language: str
    created_at: datetime
    is_deleted: bool
    status: str
    status_label: str
    status_reasons: list[str]
    decided_by: str
    outlook: str
    ratings: int

    @classmethod
    def of(cls, view: NoteView) -> Self:
        """Return a note as the API tells it."""
        note, line = view.note, view.line
        return cls.model_construct(  # not checked again: all of it comes from here
            id=str(note.pk), post_id=str(note.post_id), author=note.author.alias,
            classification=note.classification, reasons=note.reasons,
            trustworthy_sources=note.trustworthy_sources, text=note.summary, language=note.language,
            created_at=note.created_at, is_deleted=note.is_deleted, status=note.status,
            status_label=say(line.label), status_reasons=list(line.tags), decided_by=note.decided_by,
            outlook=say(line.outlook) if line.outlook else "", ratings=view.facts.n_ratings,
        )  # fmt: skip


class NotesOut(Schema):
    """A stretch of a list of notes; ``next_before`` continues it."""

    notes: list[NoteOut]
    next_before: datetime | None


class NoteIn(Schema):
    """The writing form (WF-4 to WF-8)."""

    classification: Word | None = None
    reasons: Annotated[list[Word], Field(max_length=20, default_factory=list)]
    trustworthy_sources: bool | None = None
    text: Annotated[str, Field(max_length=20_000)] = ""

    def form(self) -> NoteForm:
        """Return the form as the rules see it."""
        return NoteForm(self.classification, frozenset(self.reasons), self.trustworthy_sources, self.text)


class RatingIn(Schema):
    """The rating form (RF-2 to RF-5); ``rated_on`` is the post under which it is rated (RF-9)."""

    level: Word
    tags: Annotated[list[Word], Field(max_length=40, default_factory=list)]
    rated_on: PublicId | None = None


class RatingOut(Schema):
    """One's own rating."""

    note_id: str
    level: str
    tags: list[str]
    source: str
    rated_on: str
    created_at: datetime
    edited_at: datetime | None

    @classmethod
    def of(cls, found: Rating) -> Self:
        """Return a rating as the API tells it."""
        return cls(
            note_id=str(found.note_id), level=found.level, tags=list(found.tag_names), source=found.source,
            rated_on=str(found.rated_on_id), created_at=found.created_at, edited_at=found.edited_at,
        )  # fmt: skip


@router.get("/notes/{note_id}", response={200: NoteOut, **FAILURES}, operation_id="note")
def note(request: HttpRequest, note_id: PublicId) -> NoteOut:  # noqa: ARG001 (ninja needs the name)
    """Return a note."""
    return _note(note_id)


@router.get("/contributors/{alias}/notes", response={200: NotesOut, **FAILURES}, operation_id="notes_of")
def notes_of(request: HttpRequest, alias: str, before: Before = None) -> NotesOut:  # noqa: ARG001
    """Return a contributor's notes, newest first (AL-4)."""
    page = timelines.notes_of(contributors.by_alias(alias), reader(), before=before)
    return NotesOut(notes=[NoteOut.of(view) for view in page.notes], next_before=page.next_before)


@router.post(
    "/posts/{post_id}/notes",
    response={201: NoteOut, **FAILURES},
    auth=django_auth,
    operation_id="write_note",
    throttle=WRITES,
)
def write_note(request: HttpRequest, post_id: PublicId, body: NoteIn) -> Status[NoteOut]:
    """Write a note on a post."""
    author = _contributor(request)
    written = writing.write_note(author, posts.by_id(post_id), body.form(), now=clock.now())
    return Status(201, _note(written.pk))


@router.delete(
    "/notes/{note_id}",
    response={204: None, **FAILURES},
    auth=django_auth,
    operation_id="delete_note",
    throttle=WRITES,
)
def delete_note(request: HttpRequest, note_id: PublicId) -> Status[None]:
    """Delete one's note."""
    writing.delete_note(_contributor(request), note_by_id(note_id), now=clock.now())
    return Status(204, None)


@router.put(
    "/notes/{note_id}/rating",
    response={200: RatingOut, **FAILURES},
    auth=django_auth,
    operation_id="rate_note",
    throttle=WRITES,
)
def rate_note(request: HttpRequest, note_id: PublicId, body: RatingIn) -> RatingOut:
    """Rate a note, or change one's rating."""
    rater, found = _contributor(request), note_by_id(note_id)
    rated_on = posts.by_id(body.rated_on) if body.rated_on else None
    form = RatingForm(body.level, frozenset(body.tags))
    return RatingOut.of(rating.rate_note(rater, found, form, now=clock.now(), rated_on=rated_on))


@router.delete(
    "/notes/{note_id}/rating",
    response={204: None, **FAILURES},
    auth=django_auth,
    operation_id="take_back_rating",
    throttle=WRITES,
)
def take_back(request: HttpRequest, note_id: PublicId) -> Status[None]:
    """Delete one's rating."""
    rating.take_back(_contributor(request), note_by_id(note_id), now=clock.now())
    return Status(204, None)


def _contributor(request: HttpRequest) -> Contributor:
    return identity.require_contributor(request.user)


def reader(name: str | None = None) -> Looker:
    """Return somebody who takes no part, under the remedy in force (GR-3), by what a host calls them."""
    return Looker(guardrails.viewer(is_contributor=False, reader=name))


def _note(note_id: int) -> NoteOut:
    return NoteOut.of(note_views([note_by_id(note_id)], reader())[0])

"""Tabs, requests, reviews and reports."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003 (ninja reads the annotations)
from typing import TYPE_CHECKING, Annotated, cast

from django.http import HttpRequest  # noqa: TC002
from ninja import Router, Schema, Status
from ninja.security import django_auth
from pydantic import Field

from bridgenotes.api.identifiers import PublicId  # noqa: TC001 (ninja reads it)
from bridgenotes.api.limits import WRITES
from bridgenotes.api.notes import Before, NoteOut, Word, reader
from bridgenotes.api.posts import PostOut, PostWithNotes
from bridgenotes.api.problems import FAILURES
from bridgenotes.base import clock
from bridgenotes.guardrails import queries as guardrails
from bridgenotes.identity import handles
from bridgenotes.identity import services as identity
from bridgenotes.identity.handles import Purpose
from bridgenotes.moderation import services as moderation
from bridgenotes.moderation.services import Reporter
from bridgenotes.notes.models import Note
from bridgenotes.notes.queries import asking, timelines
from bridgenotes.notes.queries import help as helping
from bridgenotes.notes.queries.display import Looker, note_by_id, note_views, with_facts
from bridgenotes.notes.services import requesting, reviewing
from bridgenotes.notes.services.requesting import RequestForm
from bridgenotes.posts import queries as posts

if TYPE_CHECKING:
    from bridgenotes.identity.services import Account
    from bridgenotes.notes.queries.timelines import TimelinePage

router = Router(tags=["timelines"])


class TimelineOut(Schema):
    """A stretch of a timeline; ``next_before`` continues it."""

    posts: list[PostWithNotes]
    next_before: datetime | None


class HelpOut(Schema):
    """One post of the tab: the note to rate, and why it stands where it stands."""

    post: PostOut
    note: NoteOut
    components: dict[str, float]


class RequestBody(Schema):
    """What comes with a request (RQ-7, RQ-8)."""

    source: Annotated[str, Field(max_length=8192)] = ""
    suggestion: Annotated[str, Field(max_length=20_000)] = ""


class RequestedOut(Schema):
    """A post that notes are asked for."""

    post: PostOut
    requests: int
    since: datetime
    sources: list[str]
    suggestions: list[str]


class ReportBody(Schema):
    """A report (RP-2)."""

    ground: Word
    text: Annotated[str, Field(max_length=20_000)] = ""


@router.get("/timelines/new", response={200: TimelineOut, **FAILURES}, operation_id="timeline_new")
def new(request: HttpRequest, before: Before = None) -> TimelineOut:  # noqa: ARG001 (ninja needs the name)
    """Return the posts noted latest (TL-3)."""
    return _timeline(timelines.new(reader(), before=before))


@router.get("/timelines/helpful", response={200: TimelineOut, **FAILURES}, operation_id="timeline_helpful")
def helpful(request: HttpRequest, before: Before = None) -> TimelineOut:  # noqa: ARG001
    """Return the posts with a Helpful note (TL-4)."""
    return _timeline(timelines.rated_helpful(reader(), before=before))


@router.get(
    "/needs-your-help",
    response={200: list[HelpOut], **FAILURES},
    auth=django_auth,
    operation_id="needs_your_help",
)
def needs_your_help(request: HttpRequest) -> list[HelpOut]:
    """Return the notes that lack this contributor's viewpoint (NYH-1)."""
    me = identity.require_contributor(request.user)
    offers = helping.needs_your_help(me, now=clock.now())
    notes = with_facts(Note.objects.filter(pk__in=[int(offer.candidate.note_id) for offer in offers]))
    views = {
        view.facts.note_id: view
        for view in note_views(list(notes), Looker(guardrails.viewer(is_contributor=True), me))
    }
    found = [(views[offer.candidate.note_id], offer) for offer in offers]
    return [
        HelpOut(post=PostOut.of(view.note.post), note=NoteOut.of(view), components=dict(offer.components))
        for view, offer in found
    ]


@router.get(
    "/requests", response={200: list[RequestedOut], **FAILURES}, auth=django_auth, operation_id="requests"
)
def requests(request: HttpRequest) -> list[RequestedOut]:
    """Return the posts that notes are asked for, to top writers (RQ-9)."""
    found = asking.feed(identity.require_contributor(request.user), now=clock.now())
    return [
        RequestedOut(
            post=PostOut.of(item.post), requests=item.total, since=item.since,
            sources=list(item.sources), suggestions=list(item.suggestions),
        )
        for item in found
    ]  # fmt: skip


@router.post(
    "/posts/{post_id}/requests",
    response={204: None, **FAILURES},
    auth=django_auth,
    operation_id="request_note",
    throttle=WRITES,
)
def request_note(request: HttpRequest, post_id: PublicId, body: RequestBody) -> Status[None]:
    """Ask for a note on a post (RQ-1)."""
    asker = handles.asker(_account(request))
    requesting.request_note(
        asker.handle, posts.by_id(post_id), RequestForm(body.source, body.suggestion), now=clock.now(),
        has_verified_phone=asker.has_verified_phone,
    )  # fmt: skip
    return Status(204, None)


@router.post(
    "/notes/{note_id}/reviews",
    response={204: None, **FAILURES},
    auth=django_auth,
    operation_id="request_review",
    throttle=WRITES,
)
def request_review(request: HttpRequest, note_id: PublicId) -> Status[None]:
    """Ask for additional review of the note on one's post (AR-1)."""
    note = note_by_id(note_id)
    is_author = posts.is_author(note.post, handles.handle(_account(request), Purpose.AUTHORSHIP))
    reviewing.request_review(note, is_post_author=is_author, now=clock.now())
    return Status(204, None)


@router.post(
    "/notes/{note_id}/reports",
    response={204: None, **FAILURES},
    auth=django_auth,
    operation_id="report_note",
    throttle=WRITES,
)
def report_note(request: HttpRequest, note_id: PublicId, body: ReportBody) -> Status[None]:
    """Report a note (RP-2)."""
    note, account = note_by_id(note_id), _account(request)
    reporter = Reporter(handles.handle(account, Purpose.REPORT), identity.contributor_for(account))
    moderation.report(reporter, note.author, note, body.ground, body.text, now=clock.now())
    return Status(204, None)


def _account(request: HttpRequest) -> Account:
    return cast("Account", request.user)


def _timeline(page: TimelinePage) -> TimelineOut:
    return TimelineOut(
        posts=[PostWithNotes.of_view(view) for view in page.posts], next_before=page.next_before
    )

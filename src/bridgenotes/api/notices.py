"""Notices: one's own, and those a host delivers to its people (NO-3 to NO-6)."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003 (ninja reads the annotations)
from typing import TYPE_CHECKING, Annotated, Self

from django.http import HttpRequest  # noqa: TC002 (named at run time)
from ninja import Query, Router, Schema
from ninja.security import django_auth
from pydantic import Field

from bridgenotes.api.identifiers import PublicId  # noqa: TC001 (ninja reads it)
from bridgenotes.api.posts import HostToken
from bridgenotes.api.problems import FAILURES
from bridgenotes.base import clock
from bridgenotes.identity import services as identity
from bridgenotes.notifications import queries
from bridgenotes.notifications.services import hosts
from bridgenotes.posts import queries as posts

if TYPE_CHECKING:
    from bridgenotes.notifications.models import HostNotice, Notice

router = Router(tags=["notices"])

A_PAGE = 100
Person = Annotated[str, Field(min_length=1, max_length=120)]


class NoticeOut(Schema):
    """Something a contributor was told."""

    kind: str
    text: str
    note: str | None
    made_at: datetime
    is_new: bool

    @classmethod
    def of(cls, notice: Notice) -> Self:
        """Return a notice for its contributor."""
        return cls(
            kind=notice.kind,
            text=notice.words,
            note=str(notice.note_id) if notice.note_id else None,
            made_at=notice.made_at,
            is_new=notice.read_at is None,
        )


class HostNoticeOut(Schema):
    """Something to tell a person of the host."""

    id: int
    person: str
    kind: str
    text: str
    note: str
    post_url: str

    @classmethod
    def of(cls, notice: HostNotice) -> Self:
        """Return a notice for its host."""
        return cls(
            id=notice.pk,
            person=notice.person,
            kind=notice.kind,
            text=notice.words,
            note=str(notice.note_id),
            post_url=notice.note.post.url,
        )


class Engaged(Schema):
    """People who replied to, liked or reposted a post, by the host's own ids."""

    people: Annotated[list[Person], Field(min_length=1, max_length=hosts.PEOPLE_AT_ONCE)]


class Delivered(Schema):
    """Notices the host has delivered."""

    ids: Annotated[list[PublicId], Field(min_length=1, max_length=A_PAGE)]


class Done(Schema):
    """How many were new."""

    count: int


@router.get("/notices", response={200: list[NoticeOut], **FAILURES}, auth=django_auth, operation_id="notices")
def notices(request: HttpRequest) -> list[NoticeOut]:
    """Return the latest notices to the contributor who asks."""
    own = identity.require_contributor(request.user)
    return [NoticeOut.of(notice) for notice in queries.notices_of(own)[:A_PAGE]]


@router.post(
    "/posts/{post_id}/engagements",
    response={200: Done, **FAILURES},
    auth=HostToken(),
    operation_id="report_engagement",
)
def report_engagement(request: HttpRequest, post_id: PublicId, engaged: Engaged) -> Done:
    """Say who engaged with a post of the host; they are told of a note that lasts (NO-5)."""
    host = request.auth  # type: ignore[attr-defined] # set by ninja
    post = posts.by_id(post_id)
    return Done(count=hosts.record_engagement(host, post, engaged.people, now=clock.now()))


@router.get(
    "/host/notices",
    response={200: list[HostNoticeOut], **FAILURES},
    auth=HostToken(),
    operation_id="host_notices",
)
def host_notices(
    request: HttpRequest, after: Annotated[int, Query(ge=0, le=posts.LARGEST_ID)] = 0
) -> list[HostNoticeOut]:
    """Return what the host has to deliver, the oldest first; ask again with the last ``id`` as ``after``.

    Withdrawals are among them: whoever was told of a note is told when it no longer shows.
    """
    waiting = queries.waiting_for(request.auth, after)  # type: ignore[attr-defined] # set by ninja
    return [HostNoticeOut.of(notice) for notice in waiting[:A_PAGE]]


@router.post(
    "/host/notices/delivered",
    response={200: Done, **FAILURES},
    auth=HostToken(),
    operation_id="host_notices_delivered",
)
def host_notices_delivered(request: HttpRequest, delivered: Delivered) -> Done:
    """Say which notices were delivered; they are not returned again."""
    return Done(count=hosts.acknowledge(request.auth, delivered.ids, now=clock.now()))  # type: ignore[attr-defined]

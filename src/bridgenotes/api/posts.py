"""Posts: supplied by hosts, looked up by anybody; what shows on many addresses at once."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003 (ninja reads the annotations)
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

from django.http import HttpRequest  # noqa: TC002 (ninja reads the annotations)
from ninja import Router, Schema, Status
from ninja.security import HttpBearer
from pydantic import Field

from bridgenotes.api.identifiers import PublicId  # noqa: TC001 (ninja reads it)
from bridgenotes.api.moments import Moment  # noqa: TC001 (ninja reads it)
from bridgenotes.api.notes import NoteOut
from bridgenotes.api.notes import reader as as_reader
from bridgenotes.api.problems import FAILURES
from bridgenotes.base import clock
from bridgenotes.notes.queries.display import PostView, post_views
from bridgenotes.posts import queries, services
from bridgenotes.posts.models import Host  # noqa: TC001 (named at run time)
from bridgenotes.posts.services import PostFields

if TYPE_CHECKING:
    from bridgenotes.posts.models import Post

router = Router(tags=["posts"])

LARGEST_COUNT = 2**62


class HostToken(HttpBearer):
    """The token of a host: ``Authorization: Bearer bn_host_…``."""

    def authenticate(self, request: HttpRequest, token: str) -> Host:  # noqa: ARG002 (ninja's signature)
        """Return the host."""
        return queries.host_of(token)


class Medium(Schema):
    """What a post shows beside its text."""

    kind: Literal["image", "video", "link"]
    url: Annotated[str, Field(max_length=2048)]
    alt: Annotated[str, Field(max_length=1000)] = ""


Count = Annotated[int, Field(ge=0, le=LARGEST_COUNT)]


class PostIn(Schema):
    """What a host tells about one of its posts; what is left out stays as it is."""

    url: Annotated[str, Field(max_length=8192)]
    author_id: Annotated[str, Field(min_length=1, max_length=120)] | None = None
    author_name: Annotated[str, Field(max_length=120)] | None = None
    text: Annotated[str, Field(max_length=services.TEXT_LENGTH)] | None = None
    language: Annotated[str, Field(max_length=16)] | None = None
    media: Annotated[list[Medium], Field(max_length=20)] | None = None
    published_at: Moment | None = None
    views: Count | None = None
    likes: Count | None = None
    reposts: Count | None = None

    def fields(self) -> PostFields:
        """Return what is told."""
        told: dict[str, Any] = self.model_dump(exclude={"url"})
        return PostFields(**told)


class PostOut(Schema):
    """A post."""

    id: str
    url: str
    author: str
    text: str
    language: str
    published_at: datetime | None
    views: int
    likes: int
    reposts: int

    @classmethod
    def of(cls, post: Post) -> Self:
        """Return a post as the API tells it."""
        return cls(
            id=str(post.pk), url=post.url, author=str(post.author or ""), text=post.text,
            language=post.language, published_at=post.published_at, views=post.view_count,
            likes=post.like_count, reposts=post.repost_count,
        )  # fmt: skip


class PostWithNotes(PostOut):
    """A post, the note that shows on it, and all its notes in their order (ST-3, ST-9)."""

    shown: NoteOut | None
    notes: list[NoteOut]

    @classmethod
    def of_view(cls, view: PostView) -> Self:
        """Return a post with its notes."""
        return cls(
            **PostOut.of(view.post).model_dump(),
            shown=NoteOut.of(view.card) if view.card else None,
            notes=[NoteOut.of(note) for note in view.notes],
        )


@router.put(
    "/posts", response={200: PostOut, 201: PostOut, **FAILURES}, auth=HostToken(), operation_id="supply_post"
)
def supply_post(request: HttpRequest, body: PostIn) -> Status[PostOut]:
    """Record a post of one's platform, or what changed about it."""
    host: Host = request.auth  # type: ignore[attr-defined]
    post, is_new = services.supply(host, body.url, body.fields(), now=clock.now())
    return Status(201 if is_new else 200, PostOut.of(post))


@router.get("/posts/{post_id}", response={200: PostWithNotes, **FAILURES}, operation_id="post")
def post(request: HttpRequest, post_id: PublicId) -> PostWithNotes:  # noqa: ARG001 (ninja needs the name)
    """Return a post with its notes, as readers see them."""
    (view,) = post_views([queries.by_id(post_id)], as_reader())
    return PostWithNotes.of_view(view)

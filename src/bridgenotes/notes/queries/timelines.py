"""The tabs of the site (TL-1, TL-3, TL-4) and a contributor's notes (PP-1), page by page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from django.db.models import Exists, OuterRef, Q

from bridgenotes.base.prepared import Prepared
from bridgenotes.domain import timelines
from bridgenotes.domain.timelines import NotedPost
from bridgenotes.notes.models import Note
from bridgenotes.notes.queries.display import MAY_SHOW, NoteView, PostView, note_views, post_views, with_facts
from bridgenotes.posts.models import Post

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from uuid import UUID

    from django.db.models import QuerySet

    from bridgenotes.contributors.models import Contributor
    from bridgenotes.notes.queries.display import Looker

PAGE_SIZE: Final = 20
NEVER: Final = datetime(9999, 1, 1, tzinfo=UTC)
"""Everything was written before."""


@dataclass(frozen=True)
class TimelinePage:
    """A stretch of a timeline; ``next_before`` continues it, None at its end."""

    posts: tuple[PostView, ...]
    next_before: datetime | None


@dataclass(frozen=True)
class NotesPage:
    """A stretch of a contributor's notes, newest first."""

    notes: tuple[NoteView, ...]
    next_before: datetime | None


_noted = Prepared(
    lambda before: (
        Post.objects.filter(last_noted_at__lt=before)
        .select_related("author", "host")
        .order_by("-last_noted_at", "id")[: PAGE_SIZE + 1]
    )
)


def _firsts(before: datetime, **further: float) -> QuerySet[Note]:
    """Return the first note of each post that may show, latest first, with its post."""
    shown = Note.objects.filter(MAY_SHOW, **further)
    earlier = shown.filter(
        Q(created_at__lt=OuterRef("created_at"))
        | Q(created_at=OuterRef("created_at"), pk__lt=OuterRef("pk")),
        post=OuterRef("post"),
    )
    firsts = shown.filter(~Exists(earlier), created_at__lt=before).only("post", "created_at")
    return firsts.select_related("post__author", "post__host").order_by("-created_at", "post")[
        : PAGE_SIZE + 1
    ]


_helpful = Prepared(_firsts)


def new(looker: Looker, *, before: datetime | None = None) -> TimelinePage:
    """Return the posts noted latest (TL-3)."""
    found = _noted(before or NEVER)
    more = found[PAGE_SIZE - 1].last_noted_at if len(found) > PAGE_SIZE else None
    return _page(found[:PAGE_SIZE], more, timelines.new, looker)


def rated_helpful(looker: Looker, *, before: datetime | None = None) -> TimelinePage:
    """Return the posts with a Helpful note that calls them misleading, by the first such note (TL-4)."""
    viewer = looker.viewer
    if not viewer.is_contributor and viewer.display_is_paused:
        return TimelinePage((), None)
    if viewer.is_contributor or viewer.least_intercept is None:
        found = _helpful(before or NEVER)
    else:
        found = list(_firsts(before or NEVER, score__intercept__gte=viewer.least_intercept))
    more = found[PAGE_SIZE - 1].created_at if len(found) > PAGE_SIZE else None
    return _page([note.post for note in found[:PAGE_SIZE]], more, timelines.rated_helpful, looker)


def _of(author: UUID) -> QuerySet[Note]:
    notes = with_facts(Note.objects.filter(author=author, deleted_at__isnull=True), "score")
    return notes.order_by("-created_at", "-id")


_notes_of = Prepared(lambda author: _of(author)[: PAGE_SIZE + 1])
_notes_before = Prepared(lambda author, before: _of(author).filter(created_at__lt=before)[: PAGE_SIZE + 1])


def notes_of(author: Contributor, looker: Looker, *, before: datetime | None = None) -> NotesPage:
    """Return a contributor's notes with their status, without deleted ones (PP-1, AL-4)."""
    found = _notes_of(author.pk) if before is None else _notes_before(author.pk, before)
    for note in found:
        note.author = author
    views = note_views(found[:PAGE_SIZE], looker)
    more = found[PAGE_SIZE - 1].created_at if len(found) > PAGE_SIZE else None
    return NotesPage(tuple(views), more)


def _page(
    posts: Sequence[Post],
    next_before: datetime | None,
    order: Callable[[Iterable[NotedPost]], tuple[str, ...]],
    looker: Looker,
) -> TimelinePage:
    """Return one page: the database has cut it, the rule of `bridgenotes.domain.timelines` orders it."""
    views = {str(view.post.pk): view for view in post_views(posts, looker)}
    noted = [NotedPost(key, tuple(note.facts for note in view.notes)) for key, view in views.items()]
    return TimelinePage(tuple(views[key] for key in order(noted)), next_before)

"""The tabs of the site (TL-1, TL-3, TL-4) and a contributor's notes (PP-1), page by page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from django.db.models import Min, Q

from bridgenotes.data.vocabulary import CRH, MISLEADING
from bridgenotes.domain import timelines
from bridgenotes.domain.timelines import NotedPost
from bridgenotes.notes.models import Note
from bridgenotes.notes.queries.display import NoteView, PostView, note_views, post_views, with_facts
from bridgenotes.posts.models import Post

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from django.db.models import QuerySet

    from bridgenotes.contributors.models import Contributor
    from bridgenotes.notes.queries.display import Looker

PAGE_SIZE: Final = 20


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


def new(looker: Looker, *, before: datetime | None = None) -> TimelinePage:
    """Return the posts noted latest (TL-3)."""
    posts = Post.objects.filter(last_noted_at__isnull=False)
    return _page(posts, "last_noted_at", before, timelines.new, looker)


def rated_helpful(looker: Looker, *, before: datetime | None = None) -> TimelinePage:
    """Return the posts with a Helpful note that calls them misleading (TL-4)."""
    viewer = looker.viewer
    shown = Q(notes__status=CRH, notes__classification=MISLEADING, notes__deleted_at__isnull=True)
    if not viewer.is_contributor and viewer.display_is_paused:
        return TimelinePage((), None)
    if not viewer.is_contributor and viewer.least_intercept is not None:
        shown &= Q(notes__score__intercept__gte=viewer.least_intercept)
    posts = Post.objects.annotate(helpful_since=Min("notes__created_at", filter=shown))
    return _page(
        posts.filter(helpful_since__isnull=False), "helpful_since", before, timelines.rated_helpful, looker
    )


def notes_of(author: Contributor, looker: Looker, *, before: datetime | None = None) -> NotesPage:
    """Return a contributor's notes with their status, without deleted ones (PP-1, AL-4)."""
    notes = with_facts(Note.objects.filter(author=author, deleted_at__isnull=True))
    if before is not None:
        notes = notes.filter(created_at__lt=before)
    found = list(notes.order_by("-created_at", "-id")[: PAGE_SIZE + 1])
    views = note_views(found[:PAGE_SIZE], looker)
    more = found[PAGE_SIZE - 1].created_at if len(found) > PAGE_SIZE else None
    return NotesPage(tuple(views), more)


def _page(
    posts: QuerySet[Post],
    by: str,
    before: datetime | None,
    order: Callable[[Iterable[NotedPost]], tuple[str, ...]],
    looker: Looker,
) -> TimelinePage:
    """Return one page: the database cuts it, the rule of `bridgenotes.domain.timelines` orders it."""
    if before is not None:
        posts = posts.filter(**{f"{by}__lt": before})
    found = list(posts.select_related("author", "host").order_by(f"-{by}", "id")[: PAGE_SIZE + 1])
    shown = found[:PAGE_SIZE]
    views = {str(view.post.pk): view for view in post_views(shown, looker)}
    noted = [NotedPost(key, tuple(note.facts for note in view.notes)) for key, view in views.items()]
    more: datetime | None = getattr(shown[-1], by) if len(found) > PAGE_SIZE else None
    return TimelinePage(tuple(views[key] for key in order(noted)), more)

"""The tabs of the site: which posts, in which order (TL-3, TL-4)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bridgenotes.data.vocabulary import CRH, MISLEADING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from bridgenotes.domain.display import ShownNote


@dataclass(frozen=True)
class NotedPost:
    """A post and all its notes."""

    post_id: str
    notes: tuple[ShownNote, ...]


def new(posts: Iterable[NotedPost]) -> tuple[str, ...]:
    """Return the posts noted latest, newest note first; a new note lifts its post (TL-3)."""
    dated = [(max(_times(post, helpful_only=False), default=None), post.post_id) for post in posts]
    return _newest_first(dated)


def rated_helpful(posts: Iterable[NotedPost]) -> tuple[str, ...]:
    """Return the posts with a Helpful note that calls them misleading (TL-4).

    Ordered by the creation of the post's first-created such note, newest first; so further notes
    do not move a post.
    """
    dated = [(min(_times(post, helpful_only=True), default=None), post.post_id) for post in posts]
    return _newest_first(dated)


def _times(post: NotedPost, *, helpful_only: bool) -> list[datetime]:
    notes = [note for note in post.notes if not note.is_deleted]
    return [
        note.created_at
        for note in notes
        if not helpful_only or (note.status == CRH and note.classification == MISLEADING)
    ]


def _newest_first(dated: Iterable[tuple[datetime | None, str]]) -> tuple[str, ...]:
    present = [(time, post_id) for time, post_id in dated if time is not None]
    return tuple(
        post_id for time, post_id in sorted(present, key=lambda pair: (-pair[0].timestamp(), pair[1]))
    )

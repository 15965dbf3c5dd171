"""Facts that the rules of writing ask for, gathered from rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Count, Q

from bridgenotes.base.prepared import Prepared
from bridgenotes.base.rules import rules
from bridgenotes.data.vocabulary import CRH
from bridgenotes.domain.writing_ability import Ability, OwnNote, Record, recent_decided, standing
from bridgenotes.domain.writing_limits import (
    Allowance,
    OnAuthor,
    allowance,
    author_limit,
    daily_limit,
    may_write_now,
)
from bridgenotes.notes.models import Note

if TYPE_CHECKING:
    from datetime import datetime

    from bridgenotes.contributors.models import Contributor
    from bridgenotes.domain.verdict import Reason, Verdict
    from bridgenotes.posts.models import PostAuthor


def ability_of(contributor: Contributor) -> Ability:
    """Return where a contributor stands, as the rules see it."""
    return Ability(
        state=contributor.enrollment_state,
        target=contributor.earn_in_target,
        times_locked=contributor.times_earned_out,
        last_locked_at=contributor.last_earned_out_at,
    )


_own_notes = Prepared(lambda author: Note.objects.filter(author=author).only("id", "created_at", "status"))


def record_of(contributor: Contributor) -> Record:
    """Return what decides about a contributor's right to write, as of the latest scoring run."""
    own = [OwnNote(note.pk, note.created_at, note.status) for note in _own_notes(contributor.pk)]
    recent = recent_decided(own, ability_of(contributor), rules().ability)
    return Record(contributor.impact.rating.total, contributor.impact.writing, recent)


def standing_of(contributor: Contributor) -> Reason:
    """Return what to tell a contributor about the right to write (PP-3, WA-1 to WA-6)."""
    return standing(ability_of(contributor), record_of(contributor), rules().ability)


@dataclass(frozen=True)
class Room:
    """What the limits leave (WL-4, WL-6).

    Attributes
    ----------
    everywhere : Allowance
        Of the daily limit.
    on_author : Allowance or None
        Of the limit on the post's author; None where nobody is known to have written the post.
    verdict : Verdict
        Whether a note is possible now, and else when.
    """

    everywhere: Allowance
    on_author: Allowance | None
    verdict: Verdict


def room_to_write(writer: Contributor, post_author: PostAuthor | None, *, now: datetime) -> Room:
    """Return what the limits leave a writer; deleted notes count, so deleting gives nothing back."""
    config = rules().writing_limits
    written = Note.objects.filter(author=writer)
    longest = max(config.window, config.author_poor_window)
    limit = daily_limit(writer.impact.writing.total, written.count(), config)
    recent = list(written.filter(created_at__gt=now - longest).values_list("created_at", "post__author_id"))
    everywhere = allowance([at for at, _ in recent], limit, now)
    on_author = None
    if post_author is not None:
        times = [at for at, author_id in recent if author_id == post_author.pk]
        on_author = allowance(times, author_limit(_on_author(writer, post_author), config), now)
    return Room(everywhere, on_author, may_write_now(everywhere, on_author, now))


def _on_author(writer: Contributor, post_author: PostAuthor) -> OnAuthor:
    since = Q(created_at__gte=rules().writing_limits.author_since)
    counts = Note.objects.filter(author=writer, post__author=post_author).aggregate(
        total=Count("id"),
        proposed=Count("id", filter=since),
        helpful=Count("id", filter=since & Q(status=CRH)),
    )
    return OnAuthor(**counts)

"""Ask contributors drawn at random to rate a note (NO-1, NO-2, RF-10)."""

from __future__ import annotations

import secrets
from collections import defaultdict
from typing import TYPE_CHECKING, Final

from django.db import transaction

from bridgenotes.base.rules import rules
from bridgenotes.contributors.models import Contributor, Enrollment, NotificationFrequency
from bridgenotes.domain.needs_your_help import HelpViewer, offers
from bridgenotes.domain.notifications import AlertTarget, Frequency, Kind, Notice, budget, draw_recipients
from bridgenotes.notes.models import HiddenAuthor, Note, Rating, SampledAlert
from bridgenotes.notes.queries.help import candidates
from bridgenotes.notes.services.rating import record_sampled_alert
from bridgenotes.notifications.models import AlertDraw
from bridgenotes.notifications.models import Notice as Row
from bridgenotes.notifications.services.notices import opaque, tell

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from bridgenotes.domain.needs_your_help import Candidate

ANYBODY: Final = HelpViewer(contributor_id="")
"""Whom a note suits is drawn, not chosen: the criteria look at notes and posts alone."""


def ask_for_ratings(*, now: datetime, seed: str | None = None) -> int:
    """Draw recipients for the notes that need ratings most; return how many people are asked.

    Parameters
    ----------
    now : datetime
        The present.
    seed : str or None
        Fresh and random by default; kept in the record of each draw.
    """
    seed = seed or secrets.token_hex(16)
    config = rules().notifications
    lately = set(
        AlertDraw.objects.filter(drawn_at__gt=now - config.ask_again_after).values_list("note_id", flat=True)
    )
    waiting = [c for c in candidates(now=now) if int(c.note_id) not in lately]
    chosen = offers(waiting, ANYBODY, rules().needs_your_help, now, seed)[: config.notes_per_draw]
    return sum(_ask_about(offer.candidate, seed, now=now) for offer in chosen)


@transaction.atomic
def _ask_about(candidate: Candidate, seed: str, *, now: datetime) -> int:
    """Draw for one note and put the notices down."""
    note = (
        Note.objects.select_for_update(of=("self",))
        .select_related("post__author")
        .get(pk=int(candidate.note_id))
    )
    config = rules().notifications
    if AlertDraw.objects.filter(note=note, drawn_at__gt=now - config.ask_again_after).exists():
        return 0  # another worker was faster
    excluded = _excluded(note)
    targets = _targets(now)
    drawn = draw_recipients(
        candidate.note_id,
        targets,
        excluded,
        config,
        now,
        seed,
        author_is_top_writer=candidate.author_is_top_writer,
    )
    people = Contributor.objects.in_bulk(drawn)
    for contributor in people.values():
        record_sampled_alert(note, contributor, now=now)
    tell((Notice(Kind.RATE_NOTE, person, candidate.note_id, "drawn") for person in drawn), now=now)
    AlertDraw.objects.create(note=note, seed=seed, drawn_at=now, asked=len(drawn))
    return len(drawn)


def _excluded(note: Note) -> frozenset[str]:
    """Return who must not be asked: the author, who rated, who was asked, who hides the post's author."""
    rated = Rating.objects.filter(note=note, deleted_at__isnull=True).values_list("rater_id", flat=True)
    asked = SampledAlert.objects.filter(note=note).values_list("contributor_id", flat=True)
    hidden = HiddenAuthor.objects.filter(author=note.post.author).values_list("contributor_id", flat=True)
    return frozenset(map(opaque, (note.author_id, *rated, *asked, *hidden)))


def _targets(now: datetime) -> list[AlertTarget]:
    """Return everybody who may be asked, with how often they lately were."""
    config = rules().notifications
    longest = max(budget(frequency, config).window for frequency in Frequency)
    asked: dict[UUID, list[datetime]] = defaultdict(list)
    lately = Row.objects.filter(kind=Kind.RATE_NOTE, made_at__gt=now - longest)
    for contributor, made_at in lately.values_list("contributor_id", "made_at"):
        asked[contributor].append(made_at)
    people = (
        Contributor.objects.filter(is_active=True)
        .exclude(alias="")
        .exclude(enrollment_state=Enrollment.REMOVED)
        .exclude(notification_frequency=NotificationFrequency.NEVER)
        .values_list("pk", "notification_frequency")
    )
    return [
        AlertTarget(opaque(person), Frequency(frequency), tuple(asked.get(person, ())))
        for person, frequency in people
    ]

"""Tell contributors what a scoring run changed (NO-3, NO-4)."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

from bridgenotes.domain.notifications import Kind, Notice, StatusChange, status_notices
from bridgenotes.notes.models import Rating
from bridgenotes.notifications.services.notices import opaque, tell

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime
    from uuid import UUID

    from bridgenotes.contributors.models import Contributor
    from bridgenotes.domain.verdict import Reason
    from bridgenotes.notes.models import StatusChange as Change


def tell_of_statuses(changes: list[Change], *, now: datetime) -> None:
    """Tell authors and raters that the status of a note changed (NO-3).

    A note that loses its status is such a change: whoever was told of it is told again.
    """
    raters: dict[int, list[UUID]] = {}
    rated = Rating.objects.filter(note__in=[change.note_id for change in changes], deleted_at__isnull=True)
    for note, rater in rated.order_by("note_id", "rater_id").values_list("note_id", "rater_id"):
        raters.setdefault(note, []).append(rater)
    tell(
        chain.from_iterable(
            status_notices(
                StatusChange(str(change.note_id), change.before, change.status, change.at),
                opaque(change.note.author_id),
                map(opaque, raters.get(change.note_id, [])),
            )
            for change in changes
        ),
        now=now,
    )


def tell_of_ability(news: Iterable[tuple[Contributor, Reason]], *, now: datetime) -> None:
    """Tell contributors that they earned, risk or lost the right to write (NO-4)."""
    tell(
        (
            Notice(
                Kind.WRITING_ABILITY,
                opaque(contributor.pk),
                "writing",
                str(round(now.timestamp() * 1000)),
                {"code": reason.code, **reason.params},
            )
            for contributor, reason in news
        ),
        now=now,
    )

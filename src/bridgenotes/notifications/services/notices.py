"""Put notices down, once each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bridgenotes.base.rules import rules
from bridgenotes.domain.notifications import Kind, batch_closes_at
from bridgenotes.notifications.models import Notice as Row

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime, timedelta
    from uuid import UUID

    from bridgenotes.contributors.models import Contributor
    from bridgenotes.domain.notifications import Notice

AT_ONCE: Final = 1_000


def tell(notices: Iterable[Notice], *, now: datetime) -> None:
    """Put notices to contributors down; one that is there already stays as it is.

    ``recipient`` is a contributor's id and ``subject`` a note's number. Call it in the transaction of what
    it tells of: then both happen or neither.
    """
    config = rules().notifications
    rows = [
        Row(
            contributor_id=notice.recipient,
            kind=notice.kind,
            note_id=int(notice.subject) if notice.kind != Kind.WRITING_ABILITY else None,
            code=str(notice.params.get("code", f"notice.{notice.kind}")),
            params={name: value for name, value in notice.params.items() if name != "code"},
            key=notice.idempotency_key,
            made_at=now,
            batch=notice.batch_key(now, config),
            due_at=batch_closes_at(now, config),
        )
        for notice in notices
    ]
    Row.objects.bulk_create(rows, batch_size=AT_ONCE, ignore_conflicts=True)


def mark_read(contributor: Contributor, *, now: datetime) -> int:
    """Record that a contributor has seen the list; return how many were new."""
    return Row.objects.filter(contributor=contributor, read_at__isnull=True, made_at__lte=now).update(
        read_at=now
    )


def forget(keep: timedelta, *, now: datetime) -> int:
    """Remove what contributors were told longer than ``keep`` ago, read or not; return how many notices went.

    Their keys go with them: ``keep`` is longer than anything that could make the same notice again.
    """
    removed, _ = Row.objects.filter(made_at__lt=now - keep).delete()
    return removed


def opaque(contributor_id: UUID) -> str:
    """Return a contributor's id as the rules take it."""
    return str(contributor_id)

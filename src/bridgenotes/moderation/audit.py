"""The record of what operators did; entries are only ever added."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bridgenotes.moderation.models import AuditEntry

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID


def record(actor: UUID, action: str, subject: str, *, now: datetime, **details: str) -> AuditEntry:
    """Write one act into the audit log, within the transaction of the act.

    Parameters
    ----------
    actor : UUID
        The operator's account.
    action : str
        What was done; stable.
    subject : str
        What it was done to, by public name.
    now : datetime
        The clock.
    **details
        More for the record; no personal data.
    """
    return AuditEntry.objects.create(
        at=now, actor=str(actor), action=action, subject=subject, details=details
    )

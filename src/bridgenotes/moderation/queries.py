"""What staff see: reports, and the record of what was done."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bridgenotes.base.errors import NotFound
from bridgenotes.domain.moderation import ReportState
from bridgenotes.moderation.models import AuditEntry, Report, StaffNotice

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from bridgenotes.contributors.models import Contributor

PAGE_SIZE: Final = 50


def reports(*, is_open: bool) -> list[Report]:
    """Return open reports, the longest waiting first, or the latest decided ones."""
    found = Report.objects.select_related("contributor", "note")
    if is_open:
        return list(found.filter(state=ReportState.OPEN).order_by("reported_at")[:PAGE_SIZE])
    return list(found.exclude(state=ReportState.OPEN).order_by("-decided_at")[:PAGE_SIZE])


def report_by_id(report_id: UUID) -> Report:
    """Return a report.

    Raises
    ------
    NotFound
        If there is none of this id.
    """
    found = Report.objects.select_related("contributor", "note__post").filter(pk=report_id).first()
    if found is None:
        raise NotFound("reports.unknown", "There is no such report.")
    return found


def audit_log(*, before: datetime | None = None) -> list[AuditEntry]:
    """Return what staff did, latest first, up to a page of it."""
    entries = AuditEntry.objects.order_by("-at", "id")
    return list((entries.filter(at__lt=before) if before else entries)[:PAGE_SIZE])


def staff_notices(contributor: Contributor) -> list[StaffNotice]:
    """Return what staff told a contributor, latest first."""
    return list(contributor.staff_notices.order_by("-due_at")[:PAGE_SIZE])

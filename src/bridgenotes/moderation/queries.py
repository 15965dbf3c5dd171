"""What staff see: reports, and the record of what was done."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from django.utils.translation import gettext

from bridgenotes.base.errors import NotFound
from bridgenotes.domain.moderation import ReportState
from bridgenotes.moderation.models import AuditEntry, Report, StaffNotice
from bridgenotes.notes.models import Note

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
        raise NotFound("reports.unknown", gettext("There is no such report."))
    return found


def reports_about(contributor: Contributor) -> list[Report]:
    """Return the latest reports of a contributor and the contributor's notes, open ones first."""
    found = Report.objects.filter(contributor=contributor).select_related("contributor", "note")
    return sorted(
        found.order_by("-reported_at")[:PAGE_SIZE], key=lambda report: report.state != ReportState.OPEN
    )


def notes_by(contributor: Contributor) -> list[Note]:
    """Return a contributor's latest notes, deleted ones included."""
    return list(
        Note.objects.filter(author=contributor).select_related("post").order_by("-created_at")[:PAGE_SIZE]
    )


def acts_about(contributor: Contributor) -> list[AuditEntry]:
    """Return what staff did about a contributor, latest first."""
    cases = [str(pk) for pk in Report.objects.filter(contributor=contributor).values_list("pk", flat=True)]
    return list(AuditEntry.objects.filter(details__report__in=cases).order_by("-at", "id")[:PAGE_SIZE])


def audit_log(*, before: datetime | None = None) -> list[AuditEntry]:
    """Return what staff did, latest first, up to a page of it."""
    entries = AuditEntry.objects.order_by("-at", "id")
    return list((entries.filter(at__lt=before) if before else entries)[:PAGE_SIZE])


def staff_notices(contributor: Contributor) -> list[StaffNotice]:
    """Return what staff told a contributor, latest first."""
    return list(contributor.staff_notices.order_by("-due_at")[:PAGE_SIZE])

"""Reports and the record of what staff did."""

from __future__ import annotations

import uuid
from typing import Any, ClassVar, Final

from django.db import models
from django.utils.translation import gettext_lazy as _

from bridgenotes.base.wording import say
from bridgenotes.contributors.models import Contributor
from bridgenotes.domain.labels import LABELS
from bridgenotes.domain.moderation import Ground, Measure, ReportState
from bridgenotes.domain.verdict import Reason
from bridgenotes.notes.models import Note

STATES: Final = {
    ReportState.OPEN: _("open"),
    ReportState.DISMISSED: _("dismissed"),
    ReportState.UPHELD: _("upheld"),
}


class Report(models.Model):
    """Somebody says that a note, or a contributor's conduct, breaks the rules (RP-2).

    ``reporter`` is a keyed hash, made for reports alone: of the account, or of a visitor's session.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    contributor = models.ForeignKey(Contributor, models.PROTECT, related_name="reports")
    note = models.ForeignKey(Note, models.PROTECT, null=True, blank=True, related_name="reports")
    ground = models.CharField(max_length=24, choices=[(g.value, _(LABELS[g])) for g in Ground])
    text = models.TextField(blank=True)
    reporter = models.CharField(max_length=64, db_index=True)
    reported_at = models.DateTimeField(db_index=True)
    state = models.CharField(
        max_length=12,
        choices=[(state.value, STATES[state]) for state in ReportState],
        default=ReportState.OPEN,
        db_index=True,
    )
    note_text = models.TextField(blank=True, help_text="The note as reported; its author may delete it.")
    measures: models.JSONField[list[str]] = models.JSONField(default=list)
    decision = models.TextField(blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        """An open report is not repeated by the same person."""

        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["note", "reporter"],
                condition=models.Q(state=ReportState.OPEN.value, note__isnull=False),
                name="one_open_report_per_note",
            ),
            models.UniqueConstraint(
                fields=["contributor", "reporter"],
                condition=models.Q(state=ReportState.OPEN.value, note__isnull=True),
                name="one_open_report_per_contributor",
            ),
        ]

    def __str__(self) -> str:
        """Return the ground."""
        return f"report: {self.ground}"


class StaffNotice(models.Model):
    """What staff tell a contributor about a decision; shown on their profile and mailed by a job (RP-3)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    contributor = models.ForeignKey(Contributor, models.CASCADE, related_name="staff_notices")
    code = models.CharField(max_length=64, help_text="Of the sentence.")
    params: models.JSONField[dict[str, Any]] = models.JSONField(default=dict)
    due_at = models.DateTimeField(db_index=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    done_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        """Return who is told."""
        return f"notice to {self.contributor_id}"

    @property
    def words(self) -> str:
        """The sentence."""
        return say(Reason(self.code, self.params))


class AuditAction(models.TextChoices):
    """What staff can do that is recorded."""

    DISMISS = "dismiss", _("dismissed a report")
    WARN = Measure.WARN.value, _("warned a contributor")
    TAKE_DOWN_NOTE = Measure.TAKE_DOWN_NOTE.value, _("took a note down")
    REMOVE_CONTRIBUTOR = Measure.REMOVE_CONTRIBUTOR.value, _("removed a contributor")
    OTHER = "other", _("did something else")


class AuditEntry(models.Model):
    """One act of staff; never changed, never deleted (RP-3)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    at = models.DateTimeField(db_index=True)
    actor = models.CharField(max_length=64, help_text="Id of the operator's account.")
    action = models.CharField(max_length=32)
    subject = models.CharField(max_length=120, help_text="What it was done to.")
    details: models.JSONField[dict[str, Any]] = models.JSONField(default=dict)

    def __str__(self) -> str:
        """Return the act."""
        return f"{self.action}: {self.subject}"

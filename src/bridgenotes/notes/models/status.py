"""The public row of what became of a note, and the log of its changes."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from bridgenotes.notes.models.note import STATUS_CHOICES, Note


def _status_field() -> models.CharField[str | None, str | None]:
    return models.CharField(max_length=32, choices=STATUS_CHOICES, null=True, blank=True)


def _time_field() -> models.BigIntegerField[int | None, int | None]:
    return models.BigIntegerField(null=True, blank=True)


class NoteStatus(models.Model):
    """A row of the public table noteStatusHistory, written by scoring runs only; none before the first.

    Names are those of `bridgenotes.data.tables`. Times are epoch milliseconds, as the table writes them: some
    are -1 or negative with a meaning of their own. Number, author and creation time are the note's.
    """

    note = models.OneToOneField(Note, models.CASCADE, primary_key=True, related_name="history")
    first_non_nmr_status_at_ms = _time_field()
    first_non_nmr_status = _status_field()
    current_status_at_ms = _time_field()
    current_status = _status_field()
    latest_non_nmr_status_at_ms = _time_field()
    most_recent_non_nmr_status = _status_field()
    status_lock_at_ms = _time_field()
    locked_status = _status_field()
    retro_lock_at_ms = _time_field()
    current_core_status = _status_field()
    current_expansion_status = _status_field()
    current_group_status = _status_field()
    current_decided_by = models.CharField(max_length=120, null=True, blank=True)  # noqa: DJ001 (empty = null in the table)
    current_modeling_group = models.FloatField(null=True, blank=True)
    most_recent_status_change_at_ms = _time_field()
    nmr_due_to_min_stable_crh_time_at_ms = _time_field()
    current_multi_group_status = _status_field()
    current_modeling_multi_group = models.FloatField(null=True, blank=True)
    final_scoring_output_at_minute = _time_field()
    first_nmr_due_to_min_stable_crh_time_at_ms = _time_field()
    above_pcrh_threshold_at_ms = _time_field()

    def __str__(self) -> str:
        """Return the status."""
        return f"{self.note_id}: {self.current_status}"


class StatusChange(models.Model):
    """One change of a note's status; the latest one's ``status`` is the note's (ST-11)."""

    note = models.ForeignKey(Note, models.CASCADE, related_name="status_changes")
    at = models.DateTimeField()
    before = models.CharField(max_length=32, choices=STATUS_CHOICES)
    status = models.CharField(max_length=32, choices=STATUS_CHOICES)
    decided_by = models.CharField(max_length=120, blank=True)
    run = models.CharField(max_length=36, blank=True, help_text="Id of the scoring run.")

    class Meta:
        """A run changes a note once."""

        indexes: ClassVar = [models.Index(fields=["note", "at"], name="changes_of_note")]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["note", "run"], condition=~models.Q(run=""), name="one_change_per_note_and_run"
            )
        ]

    def __str__(self) -> str:
        """Return the change."""
        return f"{self.note_id}: {self.before} to {self.status}"

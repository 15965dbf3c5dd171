"""What was measured, what remedy was put in force, what operators were told."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from bridgenotes.domain.guardrails import Alarm, Remedy


class Observation(models.Model):
    """One measure at one time (GR-1)."""

    measure = models.CharField(max_length=32)
    value = models.FloatField()
    samples = models.PositiveIntegerField()
    alarm = models.PositiveSmallIntegerField(choices=[(alarm.value, alarm.name.lower()) for alarm in Alarm])
    at = models.DateTimeField()
    actor = models.CharField(
        max_length=64, blank=True, help_text="Operator's account who entered it; empty: the site counted it."
    )

    class Meta:
        """The latest of a measure counts."""

        indexes: ClassVar = [models.Index(fields=["measure", "-at"], name="latest_of_measure")]

    def __str__(self) -> str:
        """Return the measure and its value."""
        return f"{self.measure}: {self.value:.3f}"


class RemedyChange(models.Model):
    """A remedy was put in force or ended; the latest row is the present state, all rows are the record (GR-3)."""

    remedy = models.CharField(max_length=20, choices=[(remedy.value, remedy.value) for remedy in Remedy])
    since = models.DateTimeField()
    because: models.JSONField[list[str]] = models.JSONField(default=list)
    actor = models.CharField(
        max_length=64, blank=True, help_text="Operator's account; empty: a circuit breaker tripped."
    )
    reason = models.TextField(blank=True)

    def __str__(self) -> str:
        """Return the remedy."""
        return f"{self.remedy} since {self.since:%Y-%m-%d %H:%M}"


class OperatorAlert(models.Model):
    """Something people who run the site must know; shown to them, and mailed by a job."""

    key = models.CharField(max_length=160, unique=True, help_text="Equal for the same alert made twice.")
    subject = models.CharField(max_length=160)
    text = models.TextField()
    at = models.DateTimeField()
    due_at = models.DateTimeField(db_index=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    done_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        """Return the subject."""
        return self.subject

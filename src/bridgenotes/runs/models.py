"""A scoring run, from its claim to its outcome."""

from __future__ import annotations

import uuid
from typing import Any, ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Kind(models.TextChoices):
    """The two halves of scoring: slow learning about raters, quick judging of notes."""

    PRESCORING = "prescoring", _("prescoring")
    FINAL = "final", _("final scoring")


class State(models.TextChoices):
    """Where a run stands; every state but `RUNNING` is an outcome."""

    RUNNING = "running", _("running")
    DONE = "done", _("done")
    HELD = "held", _("held back")
    FAILED = "failed", _("failed")
    ABANDONED = "abandoned", _("its worker died")


class Step(models.TextChoices):
    """What a running run is at."""

    EXPORT = "export", _("writing the public tables")
    PRESCORING = "prescoring", _("learning about raters")
    FINAL = "final", _("scoring notes")
    CONTRIBUTOR = "contributor", _("scoring contributors")
    APPLY = "apply", _("applying statuses")
    ENDED = "ended", _("ended")


class ScoringRun(models.Model):
    """One run of the engine for this site.

    At most one is running, by a constraint of the database. The worker shows that it lives by
    ``heartbeat_at``, in the machine's time; a run whose heart has stopped is taken over. Files are in the
    folder `bridgenotes.runs.folders` names; whatever is not applied in one transaction never happened.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=12, choices=Kind)
    state = models.CharField(max_length=12, choices=State, default=State.RUNNING, db_index=True)
    step = models.CharField(max_length=12, choices=Step, default=Step.EXPORT)
    started_at = models.DateTimeField(db_index=True, help_text="The clock of the run.")
    ended_at = models.DateTimeField(null=True, blank=True)
    heartbeat_at = models.DateTimeField(help_text="In the machine's time.")
    worker = models.CharField(max_length=80, blank=True)
    learned_by = models.ForeignKey("self", models.SET_NULL, null=True, blank=True, related_name="+")
    previous = models.ForeignKey("self", models.SET_NULL, null=True, blank=True, related_name="+")
    rating_cutoff_at = models.DateTimeField(help_text="Ratings up to then have been seen.")
    leaves_out_new = models.BooleanField(default=False, help_text="Scoring of new notes was paused (GR-3).")
    checks_flips = models.BooleanField(default=True)
    files_kept = models.BooleanField(default=True)
    message = models.TextField(blank=True)
    figures: models.JSONField[dict[str, Any]] = models.JSONField(
        default=dict, help_text="Seconds per step, rows per table, statuses, changes."
    )

    class Meta:
        """Two workers never score at once."""

        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["state"], condition=Q(state="running"), name="one_scoring_run_at_once"
            )
        ]

    def __str__(self) -> str:
        """Return kind and state."""
        return f"{self.get_kind_display()}, {self.get_state_display()}"

    @property
    def step_seconds(self) -> list[tuple[str, float]]:
        """How long each step took, by its words."""
        taken: dict[str, float] = self.figures.get("seconds", {})
        return [
            (str(Step(name).label) if name in Step.values else name, took) for name, took in taken.items()
        ]

    @property
    def seconds(self) -> float:
        """How long all steps took."""
        return sum(took for _, took in self.step_seconds)


class Permit(models.Model):
    """An operator lets the next run through the flip guard, once (see docs/operate/scoring.md)."""

    held = models.OneToOneField(ScoringRun, models.CASCADE, related_name="permit")
    actor = models.CharField(max_length=64, help_text="Id of the operator's account.")
    reason = models.TextField()
    given_at = models.DateTimeField()
    used_by = models.OneToOneField(
        ScoringRun, models.SET_NULL, null=True, blank=True, related_name="used_permit"
    )

    def __str__(self) -> str:
        """Return when it was given."""
        return f"permit of {self.given_at:%Y-%m-%d %H:%M}"

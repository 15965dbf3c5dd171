"""What a scoring run left for pages to show. Runs write it together with the statuses; no page computes it."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models

from bridgenotes.notes.models import Note


class NoteExplanation(models.Model):
    """Why a note has its status: codes and numbers, so that pages can say it in any language.

    A row is written when what it says changes, and not for notes that nobody has rated.
    """

    note = models.OneToOneField(Note, models.CASCADE, primary_key=True, related_name="explanation")
    facts: models.JSONField[dict[str, Any]] = models.JSONField(
        help_text="See `bridgenotes.insight.facts.Facts`."
    )
    explained_at = models.DateTimeField(help_text="Clock of the run that found it.")

    def __str__(self) -> str:
        """Return the note."""
        return f"explanation of {self.note_id}"


class NoteDrawing(models.Model):
    """How raters along the range of viewpoints rated a note, in groups (see `bridgenotes.domain.viewpoints`).

    It is replaced only when at least five raters more or fewer are in it, so that two drawings never differ by
    one person.
    """

    note = models.OneToOneField(Note, models.CASCADE, primary_key=True, related_name="drawing")
    groups: models.JSONField[list[list[int]]] = models.JSONField(
        help_text="First cell, last cell, helpful, somewhat, not helpful."
    )
    raters = models.PositiveIntegerField(help_text="Whose viewpoint was known.")
    drawn_at = models.DateTimeField(help_text="Clock of the run.")

    def __str__(self) -> str:
        """Return the note."""
        return f"drawing of {self.note_id}"


class Overview(models.Model):
    """The community as the latest run found it; one row."""

    only = models.BooleanField(primary_key=True, default=True, editable=False)
    figures: models.JSONField[dict[str, Any]] = models.JSONField(
        help_text="See `bridgenotes.insight.overview.Figures`."
    )
    made_at = models.DateTimeField(help_text="Clock of the run.")

    class Meta:
        """There is one community."""

        constraints: ClassVar = [models.CheckConstraint(name="one_overview", condition=models.Q(only=True))]

    def __str__(self) -> str:
        """Return the time."""
        return f"overview of {self.made_at:%Y-%m-%d %H:%M}"

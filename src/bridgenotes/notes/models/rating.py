"""Ratings by contributors, and feedback by readers that is not scored."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import models

from bridgenotes.contributors.models import Contributor
from bridgenotes.data.vocabulary import DEFAULT_SOURCE, HELPFULNESS_LEVELS, RATING_SOURCES, TAGS, tag_bit
from bridgenotes.notes.models.note import Note
from bridgenotes.posts.models import Post

LEVEL_CHOICES = [(level, level) for level in HELPFULNESS_LEVELS]


class Rating(models.Model):
    """What a contributor says of a note; one per note and rater, editable (RF-1).

    ``created_at`` is when the present level was given: changing the level rates anew, else one could wait
    for a status and then agree with it (IM-4). ``edited_at`` is the latest change of any kind. A deleted
    rating leaves exports, scoring and counts; its row waits for the rater to come back.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    note = models.ForeignKey(Note, models.CASCADE, related_name="ratings", db_index=False)
    rater = models.ForeignKey(Contributor, models.CASCADE, related_name="ratings")
    level = models.CharField(max_length=20, choices=LEVEL_CHOICES)
    tags = models.IntegerField(default=0, help_text="Bit k is TAGS[k] of the vocabulary.")
    source = models.CharField(
        max_length=24, choices=[(word, word) for word in RATING_SOURCES], default=DEFAULT_SOURCE
    )
    rated_on = models.ForeignKey(
        Post, models.PROTECT, related_name="+", help_text="Where it was rated (RF-9)."
    )
    created_at = models.DateTimeField(db_index=True)
    edited_at = models.DateTimeField(null=True, blank=True, db_index=True)
    deleted_at = models.DateTimeField(null=True, blank=True, db_index=True)

    class Meta:
        """One rating per note and rater, at any time; what counts of a note is counted from an index."""

        indexes: ClassVar = [
            models.Index(
                fields=["note"], condition=models.Q(deleted_at__isnull=True), name="ratings_that_count"
            )
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["note", "rater"], name="one_rating_per_note_and_rater")
        ]

    def __str__(self) -> str:
        """Return the level."""
        return f"{self.level} on {self.note_id}"

    @property
    def tag_names(self) -> tuple[str, ...]:
        """The reasons ticked, by their public names."""
        return tuple(tag for tag in TAGS if self.tags & tag_bit(tag))


class SampledAlert(models.Model):
    """A contributor was drawn at random and asked to rate a note; tells the source of the rating (RF-10)."""

    note = models.ForeignKey(Note, models.CASCADE, related_name="sampled_alerts")
    contributor = models.ForeignKey(Contributor, models.CASCADE, related_name="+")
    drawn_at = models.DateTimeField()

    class Meta:
        """Nobody is drawn twice for a note."""

        constraints: ClassVar = [
            models.UniqueConstraint(fields=["note", "contributor"], name="one_alert_per_note_and_contributor")
        ]

    def __str__(self) -> str:
        """Return the note."""
        return f"alert on {self.note_id}"


class ReaderFeedback(models.Model):
    """What somebody who takes no part says of a note on a post; a signal of quality, never scored (RF-12).

    ``reader`` is a keyed hash made for this note alone, so that it says nothing across notes.
    """

    note = models.ForeignKey(Note, models.CASCADE, related_name="reader_feedback")
    reader = models.CharField(max_length=64)
    level = models.CharField(max_length=20, choices=LEVEL_CHOICES)
    given_on = models.DateField()

    class Meta:
        """One answer per reader."""

        constraints: ClassVar = [
            models.UniqueConstraint(fields=["note", "reader"], name="one_feedback_per_note_and_reader")
        ]

    def __str__(self) -> str:
        """Return the answer."""
        return f"{self.level} on {self.note_id}"

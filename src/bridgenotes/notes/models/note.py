"""A note on a post."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from bridgenotes.contributors.models import Contributor
from bridgenotes.data.vocabulary import CLASSIFICATIONS, CRH, MISLEADING, NMR, STATUSES
from bridgenotes.posts.models import Post

STATUS_CHOICES = [(status, status) for status in STATUSES]


class Removal(models.TextChoices):
    """Why a note is deleted."""

    NONE = "", _("not deleted")
    BY_AUTHOR = "author", _("deleted by its author")
    BY_STAFF = "staff", _("taken down for breaking the rules")


class Note(models.Model):
    """What a contributor wrote about a post.

    The primary key is the public number (``noteId``). Deleting wipes what was written and keeps the row: the
    note keeps its status and its effect on impacts (IM-6, ST-16, DD-9). The fields of the status are what
    pages show; scoring runs set them together with `NoteStatus`.
    """

    id = models.BigIntegerField(primary_key=True, editable=False)
    post = models.ForeignKey(Post, models.PROTECT, related_name="notes")
    author = models.ForeignKey(Contributor, models.PROTECT, related_name="notes")
    classification = models.CharField(max_length=40, choices=[(word, word) for word in CLASSIFICATIONS])
    reasons: models.JSONField[list[str]] = models.JSONField(default=list)
    trustworthy_sources = models.BooleanField()
    summary = models.TextField(blank=True)
    language = models.CharField(max_length=16, blank=True, help_text="BCP 47.")
    created_at = models.DateTimeField(db_index=True)
    deleted_at = models.DateTimeField(null=True, blank=True)
    removal = models.CharField(max_length=8, choices=Removal, default=Removal.NONE, blank=True)

    status = models.CharField(max_length=32, choices=STATUS_CHOICES, default=NMR, db_index=True)
    status_tags: models.JSONField[list[str]] = models.JSONField(default=list)
    decided_by = models.CharField(max_length=120, blank=True)
    is_stabilising = models.BooleanField(default=False)
    is_safeguarded = models.BooleanField(default=False)

    class Meta:
        """A deleted note says by whom and holds no words."""

        indexes: ClassVar = [
            models.Index(fields=["post", "created_at"], name="notes_of_post"),
            models.Index(fields=["author", "created_at"], name="notes_of_author"),
            models.Index(
                fields=["created_at"],
                condition=models.Q(status=CRH, classification=MISLEADING, deleted_at__isnull=True),
                name="notes_that_may_show",
            ),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="deleted_notes_hold_no_words",
                condition=models.Q(deleted_at__isnull=True, removal="")
                | (models.Q(deleted_at__isnull=False, summary="") & ~models.Q(removal="")),
            )
        ]

    def __str__(self) -> str:
        """Return the number."""
        return f"note {self.id}"

    @property
    def is_deleted(self) -> bool:
        """Whether it was deleted, by its author or by staff."""
        return self.deleted_at is not None

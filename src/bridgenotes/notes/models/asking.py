"""What people ask for: a note on a post, more eyes on a note, not to see an author's posts."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import models

from bridgenotes.contributors.models import Contributor
from bridgenotes.notes.models.note import Note
from bridgenotes.posts.models import Post, PostAuthor


class Requester(models.Model):
    """Somebody who asked for notes; a row of its own, to be locked while the quota is counted (RQ-2).

    ``handle`` is a keyed hash of the account, made for requests alone.
    """

    handle = models.CharField(max_length=64, primary_key=True)

    def __str__(self) -> str:
        """Return nothing that tells."""
        return "requester"


class NoteRequest(models.Model):
    """Somebody with a verified phone asks for a note (RQ-1).

    ``is_eligible`` says that no note was proposed on the post at the time (RQ-5); ``score`` is the
    requester's then.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    post = models.ForeignKey(Post, models.CASCADE, related_name="requests")
    requester = models.ForeignKey(Requester, models.CASCADE, related_name="requests")
    requested_at = models.DateTimeField(db_index=True)
    score = models.CharField(max_length=8)
    is_eligible = models.BooleanField()
    source_url = models.CharField(max_length=2048, blank=True)
    source_identity = models.CharField(max_length=2048, blank=True, db_index=True)
    suggestion = models.TextField(blank=True)

    class Meta:
        """One request per post and requester."""

        constraints: ClassVar = [
            models.UniqueConstraint(fields=["post", "requester"], name="one_request_per_post_and_requester")
        ]

    def __str__(self) -> str:
        """Return the post."""
        return f"request on {self.post_id}"


class ReviewRequest(models.Model):
    """A post's author asks contributors to look at the note on it (AR-1)."""

    note = models.ForeignKey(Note, models.CASCADE, related_name="reviews")
    requested_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        """Return the note."""
        return f"review of {self.note_id}"


class HiddenAuthor(models.Model):
    """A contributor wants no posts of an author offered; notes stay visible everywhere (NYH-4, AL-5)."""

    contributor = models.ForeignKey(Contributor, models.CASCADE, related_name="hidden_authors")
    author = models.ForeignKey(PostAuthor, models.CASCADE, related_name="+")

    class Meta:
        """Once is enough."""

        constraints: ClassVar = [
            models.UniqueConstraint(fields=["contributor", "author"], name="one_hiding_per_author")
        ]

    def __str__(self) -> str:
        """Return the author."""
        return f"hides posts of {self.author_id}"

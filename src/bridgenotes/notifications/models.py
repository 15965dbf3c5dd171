"""Notices: each is made once, by its key, and waits here until it is read, mailed or fetched."""

from __future__ import annotations

import uuid
from typing import Any, ClassVar

from django.db import models
from django.db.models import Q

from bridgenotes.base.wording import say
from bridgenotes.contributors.models import Contributor
from bridgenotes.domain.notifications import Kind
from bridgenotes.domain.verdict import Reason
from bridgenotes.notes.models import Note
from bridgenotes.posts.models import Host, Post

KINDS = [(kind.value, kind.value) for kind in Kind]


class Notice(models.Model):
    """Something a contributor is told, under the alias: on the site, and by mail.

    Notices of one ``batch`` go out in one mail. ``done_at`` is set when the mail went, or when nobody could be
    reached.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    contributor = models.ForeignKey(Contributor, models.CASCADE, related_name="notices")
    kind = models.CharField(max_length=24, choices=KINDS)
    note = models.ForeignKey(Note, models.CASCADE, null=True, blank=True, related_name="+")
    code = models.CharField(max_length=64, help_text="Of the sentence.")
    params: models.JSONField[dict[str, Any]] = models.JSONField(default=dict)
    key = models.CharField(max_length=200, unique=True, help_text="Equal for the same notice made twice.")
    made_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True, blank=True)
    batch = models.CharField(max_length=80, db_index=True)
    due_at = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    done_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        """Lists are by contributor, the newest first; every page counts the new ones; mails are by what is due."""

        indexes: ClassVar = [
            models.Index(fields=["contributor", "-made_at"], name="notices_of_contributor"),
            models.Index(fields=["contributor"], condition=Q(read_at__isnull=True), name="notices_unseen"),
            models.Index(fields=["due_at"], condition=Q(done_at__isnull=True), name="notices_to_mail"),
        ]

    def __str__(self) -> str:
        """Return the kind."""
        return f"notice: {self.kind}"

    @property
    def words(self) -> str:
        """The sentence."""
        return say(Reason(self.code, self.params))


class HostNotice(models.Model):
    """Something a person of a host is told about a note on a post; the host fetches it and delivers it.

    ``person`` is the host's own id. It is kept while a withdrawal may have to follow (`withdrawn_at`).
    """

    host = models.ForeignKey(Host, models.CASCADE, related_name="notices")
    person = models.CharField(max_length=120)
    kind = models.CharField(max_length=24, choices=KINDS)
    note = models.ForeignKey(Note, models.CASCADE, related_name="+")
    params: models.JSONField[dict[str, Any]] = models.JSONField(default=dict)
    key = models.CharField(max_length=260, unique=True, help_text="Equal for the same notice made twice.")
    made_at = models.DateTimeField()
    delivered_at = models.DateTimeField(null=True, blank=True, help_text="When the host said so.")
    withdrawn_at = models.DateTimeField(
        null=True,
        blank=True,
        db_index=True,
        help_text="When the person was told that the note shows no more.",
    )

    class Meta:
        """What waits for a host."""

        indexes: ClassVar = [
            models.Index(
                fields=["host", "id"], condition=Q(delivered_at__isnull=True), name="notices_for_host"
            )
        ]

    def __str__(self) -> str:
        """Return the kind."""
        return f"notice for a host: {self.kind}"

    @property
    def words(self) -> str:
        """The sentence."""
        return say(Reason(f"notice.{self.kind}", self.params))


class Engagement(models.Model):
    """A person of a host replied to, liked or reposted a post (NO-5); forgotten when no notice can follow."""

    post = models.ForeignKey(Post, models.CASCADE, related_name="engagements")
    person = models.CharField(max_length=120)
    told_on = models.DateField(help_text="When the host said so.")

    class Meta:
        """Once is enough."""

        constraints: ClassVar = [
            models.UniqueConstraint(fields=["post", "person"], name="one_engagement_per_post_and_person")
        ]

    def __str__(self) -> str:
        """Return the post."""
        return f"engagement with {self.post_id}"


class AlertDraw(models.Model):
    """Contributors were drawn to be asked about a note; the seed lets staff repeat it (NO-2)."""

    note = models.ForeignKey(Note, models.CASCADE, related_name="alert_draws")
    seed = models.CharField(max_length=64)
    drawn_at = models.DateTimeField(db_index=True)
    asked = models.PositiveIntegerField()

    def __str__(self) -> str:
        """Return the note."""
        return f"draw for {self.note_id}"

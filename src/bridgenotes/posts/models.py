"""Posts, their authors at the host, hosts, and proven authorship."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _


class Host(models.Model):
    """A platform that supplies its posts through the API, by a token of its own."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=80, unique=True)
    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    claim_key = models.TextField(
        blank=True, help_text="PEM of the Ed25519 public key that signs claims of authorship; empty: none."
    )
    sites: models.JSONField[list[str]] = models.JSONField(
        default=list, help_text="Registrable domains whose posts it may supply, e.g. example.org."
    )
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        """Return the name."""
        return self.name


class PostAuthor(models.Model):
    """Who wrote a post, as its host names them: public at the host, no account of ours."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    host = models.ForeignKey(Host, models.PROTECT, related_name="authors")
    external_id = models.CharField(max_length=120)
    name = models.CharField(max_length=120, blank=True)

    class Meta:
        """A host names an author once."""

        constraints: ClassVar = [
            models.UniqueConstraint(fields=["host", "external_id"], name="one_author_per_host_id")
        ]

    def __str__(self) -> str:
        """Return the name, or the host's id for them."""
        return self.name or self.external_id


class MediaKind(models.TextChoices):
    """What a post shows beside its text."""

    NONE = "none", _("text only")
    IMAGE = "image", _("image")
    VIDEO = "video", _("video")
    LINK = "link", _("link")
    SEVERAL = "several", _("several media")


class Post(models.Model):
    """Something anywhere on the web that notes can be written on (WF-1).

    The primary key is the public number (``tweetId`` of the public tables); ``identity`` is what makes two
    addresses the same post.
    """

    id = models.BigIntegerField(primary_key=True, editable=False)
    identity = models.CharField(max_length=2048, unique=True)
    url = models.CharField(max_length=2048)
    site = models.CharField(max_length=255)
    added_at = models.DateTimeField()

    # What a host says; empty for a pasted link. Ranking of posts elsewhere never uses a note (ST-18).
    host = models.ForeignKey(Host, models.SET_NULL, null=True, blank=True, related_name="posts")
    author = models.ForeignKey(PostAuthor, models.SET_NULL, null=True, blank=True, related_name="posts")
    text = models.TextField(blank=True)
    language = models.CharField(max_length=16, blank=True, help_text="BCP 47.")
    media_kind = models.CharField(max_length=8, choices=MediaKind, default=MediaKind.NONE)
    media: models.JSONField[list[dict[str, str]]] = models.JSONField(
        default=list, help_text="Objects with kind, url and alt."
    )
    published_at = models.DateTimeField(null=True, blank=True)
    view_count = models.PositiveBigIntegerField(default=0)
    like_count = models.PositiveBigIntegerField(default=0)
    repost_count = models.PositiveBigIntegerField(default=0)
    counted_at = models.DateTimeField(null=True, blank=True)

    # What a fetched preview says; empty unless the operator switched fetching on.
    preview_title = models.CharField(max_length=300, blank=True)
    preview_text = models.TextField(blank=True)
    preview_due_at = models.DateTimeField(null=True, blank=True, db_index=True)
    preview_attempts = models.PositiveSmallIntegerField(default=0)

    last_noted_at = models.DateTimeField(null=True, blank=True, db_index=True)

    def __str__(self) -> str:
        """Return the address."""
        return self.url

    @property
    def engagement(self) -> int:
        """Likes and reposts so far (NYH-4)."""
        return self.like_count + self.repost_count


class Authorship(models.Model):
    """Somebody proved to have written a post (AR-1).

    ``claimant`` is a keyed hash of the account, made for this purpose alone: it matches no other table.
    """

    class Method(models.TextChoices):
        """How it was proven."""

        CLAIM = "claim", "claim signed by the host"
        TOKEN = "token", "token found on the page"

    post = models.ForeignKey(Post, models.CASCADE, related_name="authorships")
    claimant = models.CharField(max_length=64)
    method = models.CharField(max_length=8, choices=Method)
    proven_on = models.DateField()

    class Meta:
        """Once is enough."""

        constraints: ClassVar = [
            models.UniqueConstraint(fields=["post", "claimant"], name="one_authorship_per_post_and_claimant")
        ]

    def __str__(self) -> str:
        """Return the method."""
        return f"authorship proven by {self.method}"

"""Applications, draws and the sealed link."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models

if TYPE_CHECKING:
    from bridgenotes.accounts.models import Account


class Link(models.Model):
    """One account is one contributor; without the key nobody can tell which.

    Both indexes are keyed hashes, the content is encrypted and bound to its row. There is no time here,
    no foreign key, and the primary key is a hash, so the table has no telling order.
    """

    account_index = models.CharField(max_length=64, primary_key=True)
    contributor_index = models.CharField(max_length=64, unique=True)
    sealed = models.BinaryField()

    def __str__(self) -> str:
        """Return nothing that tells."""
        return "sealed link"


class Draw(models.Model):
    """One draw from the waitlists; the seed lets anybody repeat it (SU-9)."""

    drawn_at = models.DateTimeField(db_index=True)
    seed = models.CharField(max_length=64)
    record = models.JSONField(help_text="Waiting, slots and admitted, by country.")

    def __str__(self) -> str:
        """Return the time of the draw."""
        return f"draw of {self.drawn_at:%Y-%m-%d %H:%M}"


class Application(models.Model):
    """An account that wants to take part: waiting until a draw admits it."""

    class State(models.TextChoices):
        """Where an application stands."""

        WAITING = "waiting", "waiting"
        ADMITTED = "admitted", "admitted"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account: models.OneToOneField[Account, Account] = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="application"
    )
    country = models.CharField(
        max_length=2, blank=True, help_text="Whose waitlist; that of the phone number."
    )
    state = models.CharField(max_length=8, choices=State, default=State.WAITING)
    applied_at = models.DateTimeField()
    agreed_at = models.DateTimeField(help_text="When the values and terms were agreed to (SU-14).")
    draw = models.ForeignKey(Draw, models.SET_NULL, null=True, blank=True, related_name="admitted")

    def __str__(self) -> str:
        """Return the state."""
        return f"application, {self.state}"

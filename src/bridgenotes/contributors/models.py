"""Who takes part, under an alias. No field here is personal and none tells when an account did something."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from bridgenotes.domain.aliases import alias_key
from bridgenotes.domain.impacts import RatingImpact, WritingImpact
from bridgenotes.domain.writing_ability import WRITING_STATES


class Enrollment(models.TextChoices):
    """What a contributor may do; the words of the public table (WA-5)."""

    NEW_USER = "newUser", _("new: rates to earn writing")
    EARNED_IN = "earnedIn", _("may write")
    AT_RISK = "atRisk", _("may write, at risk")
    EARNED_OUT = "earnedOutAcknowledged", _("lost writing, rates to earn it back")
    EARNED_OUT_UNSEEN = "earnedOutNoAcknowledge", _("lost writing, has not seen it yet")
    REMOVED = "removed", _("removed for breaking the rules")
    API_TEST_USER = "apiTestUser", _("program under test")
    API_EARNED_IN = "apiEarnedIn", _("program that may write")
    API_EARNED_OUT = "apiEarnedOut", _("program that lost writing")


class NotificationFrequency(models.TextChoices):
    """How often a contributor wants to be asked for help (NO-1)."""

    ALL_IN = "all_in", _("I'm all in: up to a few a day")
    OFTEN = "often", _("Often: a few a week")
    SOMETIMES = "sometimes", _("Sometimes: a few a month")
    NEVER = "never", _("Never")


class Contributor(models.Model):
    """A participant: a random id, an alias, a state.

    ``enrolled_on`` is the first day of the month of admission, so that it matches no account's time.
    The id is random, so that its order tells nothing; its hexadecimal digits are the public participant id.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    alias = models.CharField(max_length=40, blank=True)
    alias_key = models.CharField(max_length=40, unique=True, null=True, editable=False)  # noqa: DJ001 (many have none yet)
    enrolled_on = models.DateField()
    is_active = models.BooleanField(default=True, help_text="False after leaving; the alias stays.")
    notification_frequency = models.CharField(
        max_length=12, choices=NotificationFrequency, default=NotificationFrequency.OFTEN
    )

    # The row of the public table userEnrollment; set by scoring runs, moderation and `services`.
    enrollment_state = models.CharField(max_length=32, choices=Enrollment, default=Enrollment.NEW_USER)
    earn_in_target = models.IntegerField(default=5, help_text="Rating impact that unlocks writing.")
    state_changed_at = models.DateTimeField()
    last_earned_out_at = models.DateTimeField(null=True, blank=True)
    times_earned_out = models.PositiveIntegerField(default=0)
    modeling_population = models.CharField(max_length=24, default="CORE")
    modeling_group = models.IntegerField(default=0)

    class Meta:
        """An alias and its key come together."""

        constraints: ClassVar = [
            models.CheckConstraint(
                name="alias_with_its_key",
                condition=Q(alias="", alias_key__isnull=True) | (~Q(alias="") & Q(alias_key__isnull=False)),
            )
        ]

    def __str__(self) -> str:
        """Return the public name."""
        return self.alias or "contributor without alias"

    @property
    def participant_id(self) -> str:
        """The id in public data (AL-6)."""
        return self.id.hex.upper()

    @property
    def can_rate(self) -> bool:
        """Whether ratings are accepted (SU-16, WA-6)."""
        return self.is_active and bool(self.alias) and self.enrollment_state != Enrollment.REMOVED

    @property
    def can_write(self) -> bool:
        """Whether notes are accepted (WF-2)."""
        return self.can_rate and self.enrollment_state in WRITING_STATES

    def take_alias(self, alias: str) -> None:
        """Set the alias together with the key that keeps it unique."""
        self.alias, self.alias_key = alias, alias_key(alias)


class AliasOffer(models.Model):
    """One of the aliases a contributor may choose from; gone once chosen (AL-1)."""

    contributor = models.ForeignKey(Contributor, models.CASCADE, related_name="alias_offers")
    alias = models.CharField(max_length=40)
    alias_key = models.CharField(max_length=40, unique=True)

    def __str__(self) -> str:
        """Return the alias."""
        return self.alias


class TeamMessage(models.Model):
    """What a contributor wrote to the site's team, under the alias (AL-7); dated to the day."""

    contributor = models.ForeignKey(Contributor, models.CASCADE, related_name="team_messages")
    text = models.TextField(max_length=4000)
    written_on = models.DateField()
    is_answered = models.BooleanField(default=False)

    def __str__(self) -> str:
        """Return who wrote and when."""
        return f"{self.contributor}, {self.written_on}"


class Impact(models.Model):
    """The last scoring run's count of what a contributor did (PP-2). Public, may be negative."""

    contributor = models.OneToOneField(Contributor, models.CASCADE, primary_key=True, related_name="impact")
    notes_helpful = models.PositiveIntegerField(default=0)
    notes_not_helpful = models.PositiveIntegerField(default=0)
    notes_awaiting = models.PositiveIntegerField(default=0)
    helped_helpful = models.PositiveIntegerField(default=0)
    helped_not_helpful = models.PositiveIntegerField(default=0)
    against_helpful = models.PositiveIntegerField(default=0)
    against_not_helpful = models.PositiveIntegerField(default=0)
    updated_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        """Return both totals."""
        return f"writing impact {self.writing.total}, rating impact {self.rating.total}"

    @property
    def writing(self) -> WritingImpact:
        """How the contributor's notes did (IM-1)."""
        return WritingImpact(self.notes_helpful, self.notes_not_helpful, self.notes_awaiting)

    @property
    def rating(self) -> RatingImpact:
        """How the contributor's ratings compare with what notes became (IM-2)."""
        return RatingImpact(
            self.helped_helpful, self.helped_not_helpful, self.against_helpful, self.against_not_helpful
        )

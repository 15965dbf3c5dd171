"""What a contributor can do with their participation: choose an alias, set how often, leave, rejoin."""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from django.db import IntegrityError, transaction
from django.utils.translation import gettext

from bridgenotes.base.errors import Conflict, Invalid, LimitReached, NotAllowed, NotFound
from bridgenotes.base.rules import rules
from bridgenotes.contributors.models import (
    AliasOffer,
    Contributor,
    Enrollment,
    Impact,
    NotificationFrequency,
    TeamMessage,
)
from bridgenotes.domain.aliases import alias_key, alias_offers

if TYPE_CHECKING:
    from datetime import datetime

MESSAGE_LENGTH: Final = 4000
MESSAGES_A_DAY: Final = 5


@transaction.atomic
def enroll(*, now: datetime, modeling_group: int = 0) -> Contributor:
    """Return a new contributor: a random id, rating only (SU-16), enrolled this month and no more precise.

    ``modeling_group`` is public; 0 leaves the contributor in the site's default group. Where the rules ask
    for no rating impact the contributor may write at once: somebody must write a site's first notes.
    """
    month = now.date().replace(day=1)
    target = rules().ability.rating_impact_for_earn_in
    contributor = Contributor.objects.create(
        enrolled_on=month,
        state_changed_at=now.replace(day=1, hour=0, minute=0, second=0, microsecond=0),
        enrollment_state=Enrollment.NEW_USER if target > 0 else Enrollment.EARNED_IN,
        earn_in_target=target,
        modeling_group=modeling_group,
    )
    Impact.objects.create(contributor=contributor)
    return contributor


@transaction.atomic
def offer_aliases(contributor: Contributor) -> list[str]:
    """Return the aliases offered to a contributor; the same ones until one is chosen (AL-1).

    Raises
    ------
    Conflict
        If an alias was chosen already.
    """
    contributor = Contributor.objects.select_for_update().get(pk=contributor.pk)
    _require_no_alias(contributor)
    offers = list(contributor.alias_offers.order_by("pk"))
    if not offers:
        aliases = alias_offers(_is_taken, rules().aliases, secrets.token_hex(16))
        offers = [
            AliasOffer.objects.create(contributor=contributor, alias=alias, alias_key=alias_key(alias))
            for alias in aliases
        ]
    return [offer.alias for offer in offers]


@transaction.atomic
def choose_alias(contributor: Contributor, alias: str) -> Contributor:
    """Give a contributor one of the offered aliases, for good (AL-1).

    Raises
    ------
    NotFound
        If it was not offered to this contributor.
    Conflict
        If an alias was chosen already.
    """
    contributor = Contributor.objects.select_for_update().get(pk=contributor.pk)
    _require_no_alias(contributor)
    if not contributor.alias_offers.filter(alias=alias).exists():
        raise NotFound("alias.not_offered", gettext("Choose one of the aliases that are offered to you."))
    contributor.take_alias(alias)
    try:
        with transaction.atomic():
            contributor.save(update_fields=["alias", "alias_key"])
    except IntegrityError as error:
        raise Conflict("alias.taken", gettext("Somebody was faster. Choose another alias.")) from error
    contributor.alias_offers.all().delete()
    return contributor


def set_notification_frequency(contributor: Contributor, frequency: NotificationFrequency) -> None:
    """Set how often the contributor is asked for help (NO-1)."""
    contributor.notification_frequency = frequency
    contributor.save(update_fields=["notification_frequency"])


def leave(contributor: Contributor) -> None:
    """End participation; notes, ratings and the alias stay (OP-1).

    Raises
    ------
    Conflict
        If they left before.
    """
    if not contributor.is_active:
        raise Conflict(
            "contributors.left_already", gettext("You have left already. You can rejoin from your profile.")
        )
    contributor.is_active = False
    contributor.save(update_fields=["is_active"])


@transaction.atomic
def remove(contributor: Contributor, *, now: datetime) -> Contributor:
    """End participation for breaking the rules, for good (RP-4); what was contributed stays.

    Raises
    ------
    Conflict
        If they were removed before.
    """
    contributor = Contributor.objects.select_for_update().get(pk=contributor.pk)
    if contributor.enrollment_state == Enrollment.REMOVED:
        raise Conflict("contributors.removed_already", gettext("This contributor was removed before."))
    contributor.enrollment_state, contributor.state_changed_at = Enrollment.REMOVED, now
    contributor.save(update_fields=["enrollment_state", "state_changed_at"])
    return contributor


def rejoin(contributor: Contributor) -> None:
    """Take part again, under the same alias, where they stood (OP-2).

    Raises
    ------
    NotAllowed
        If they were removed for breaking the rules (RP-4).
    """
    if contributor.enrollment_state == Enrollment.REMOVED:
        raise NotAllowed(
            "contributors.removed",
            gettext("You were removed for breaking the rules, so you cannot take part again."),
        )
    contributor.is_active = True
    contributor.save(update_fields=["is_active"])


def message_team(contributor: Contributor, text: str, *, now: datetime) -> TeamMessage:
    """Hand a message to the site's team, who see the alias only (AL-7).

    Raises
    ------
    Invalid
        If it is empty or too long.
    LimitReached
        If the contributor has written too often today.
    """
    text = text.strip()
    if not text or len(text) > MESSAGE_LENGTH:
        sentence = gettext("Write between 1 and {limit} characters.").format(limit=MESSAGE_LENGTH)
        raise Invalid("contributors.message_length", sentence, fields={"text": sentence})
    if contributor.team_messages.filter(written_on=now.date()).count() >= MESSAGES_A_DAY:
        tomorrow = now.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
        raise LimitReached(
            "contributors.message_limit",
            gettext("You have written {count} messages today. You can write again tomorrow.").format(
                count=MESSAGES_A_DAY
            ),
            retry_at=tomorrow,
        )
    return TeamMessage.objects.create(contributor=contributor, text=text, written_on=now.date())


def require_rater(contributor: Contributor) -> None:
    """Do nothing if the contributor may rate; else say why not.

    Raises
    ------
    NotAllowed
        If they were removed, left, or have no alias yet.
    """
    if contributor.can_rate:
        return
    if contributor.enrollment_state == Enrollment.REMOVED:
        raise NotAllowed("contributors.removed", gettext("You were removed for breaking the rules."))
    if not contributor.is_active:
        raise NotAllowed(
            "contributors.left", gettext("You have left. Rejoin from your profile to take part again.")
        )
    raise NotAllowed(
        "contributors.no_alias", gettext("Choose an alias first; everything you do appears under it.")
    )


def _require_no_alias(contributor: Contributor) -> None:
    if contributor.alias:
        raise Conflict(
            "alias.chosen",
            gettext("Your alias is {alias}. It cannot be changed.").format(alias=contributor.alias),
        )


def _is_taken(key: str) -> bool:
    return (
        Contributor.objects.filter(alias_key=key).exists()
        or AliasOffer.objects.filter(alias_key=key).exists()
    )

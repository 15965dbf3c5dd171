"""The way from a visitor to a contributor who rates: one visible path (SU-15)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING, Final

from django.utils.translation import gettext_lazy as _

from bridgenotes.identity import queries
from bridgenotes.identity import services as identity
from bridgenotes.notes.queries.progress import ratings_given

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser
    from django.utils.functional import _StrPromise

    from bridgenotes.contributors.models import Contributor
    from bridgenotes.identity.services import Account

FIRST_RATINGS: Final = 3
"""With which the path ends; only a beginning, no rule depends on it."""


class Stage(IntEnum):
    """What comes next for somebody."""

    ACCOUNT = 0
    APPLICATION = 1
    DRAW = 2
    ALIAS = 3
    RATINGS = 4
    ARRIVED = 5


LABELS: Final = {
    Stage.ACCOUNT: _("Make an account"),
    Stage.APPLICATION: _("Meet the criteria and apply"),
    Stage.DRAW: _("Be drawn by lot"),
    Stage.ALIAS: _("Choose an alias"),
    Stage.RATINGS: _("Rate your first three notes"),
}


@dataclass(frozen=True)
class Step:
    """One step of the path, for one person."""

    number: int
    label: _StrPromise
    is_done: bool
    is_current: bool


def stage_of(account: Account | AnonymousUser, contributor: Contributor | None) -> Stage:
    """Return what comes next for somebody.

    Parameters
    ----------
    account : Account or AnonymousUser
        Who asks.
    contributor : Contributor or None
        Whom the account is known as, if it takes part.
    """
    if contributor is not None:
        if not contributor.alias:
            return Stage.ALIAS
        return Stage.RATINGS if ratings_given(contributor) < FIRST_RATINGS else Stage.ARRIVED
    if not isinstance(account, identity.Account):
        return Stage.ACCOUNT
    application = queries.application_of(account)
    is_waiting = application is not None and application.state == application.State.WAITING
    return Stage.DRAW if is_waiting else Stage.APPLICATION


def path_at(stage: Stage) -> tuple[Step, ...]:
    """Return all steps as they look from one of them."""
    return tuple(
        Step(number, label, is_done=step < stage, is_current=step == stage)
        for number, (step, label) in enumerate(LABELS.items(), start=1)
    )

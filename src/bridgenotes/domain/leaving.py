"""Leaving the programme and coming back under the same alias (OP-1, OP-2)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bridgenotes.domain.verdict import Reason, Verdict, verdict
from bridgenotes.domain.writing_ability import REMOVED

if TYPE_CHECKING:
    from datetime import datetime

    from bridgenotes.domain.config import LeavingConfig


@dataclass(frozen=True)
class Membership:
    """Whether somebody takes part.

    Attributes
    ----------
    state : str
        Public enrollment state; kept while away, so that leaving neither heals nor harms.
    left_at : datetime or None
        When they left; None while they take part.
    """

    state: str
    left_at: datetime | None = None

    @property
    def is_enrolled(self) -> bool:
        """Whether they may rate and be alerted: here and not removed."""
        return self.left_at is None and self.state != REMOVED


def may_leave(membership: Membership) -> Verdict:
    """Return whether somebody can leave, which is any time (OP-1). Notes and ratings stay, under the alias."""
    return verdict([None if membership.left_at is None else Reason("leaving.already_left")])


def may_rejoin(membership: Membership, config: LeavingConfig, now: datetime) -> Verdict:
    """Return whether somebody can come back to their alias (OP-2); who was removed cannot (RP-4)."""
    left_at = membership.left_at
    back_at = None if left_at is None else left_at + config.rejoin_after
    return verdict(
        [
            Reason("leaving.removed") if membership.state == REMOVED else None,
            Reason("leaving.not_left") if left_at is None else None,
            Reason("leaving.too_early", {"at": back_at}, back_at) if back_at and now < back_at else None,
        ]
    )

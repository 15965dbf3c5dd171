"""The right to write: how it is earned, endangered, lost and earned back (WA-1 to WA-6, SU-16, WF-2).

The engine applies these transitions to everybody at once (`scoring.contributors.states`); here
they are stated for one person, with the numbers that person needs. A test holds both together.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from bridgenotes.data.vocabulary import CRH, CRNH
from bridgenotes.domain.top_writer import is_top_writer
from bridgenotes.domain.verdict import Reason

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from bridgenotes.domain.config import AbilityConfig, TopWriterConfig
    from bridgenotes.domain.impacts import WritingImpact

NEW_USER: Final = "newUser"
EARNED_IN: Final = "earnedIn"
AT_RISK: Final = "atRisk"
LOCKED: Final = "earnedOutNoAcknowledge"
LOCKED_ACKNOWLEDGED: Final = "earnedOutAcknowledged"
REMOVED: Final = "removed"
OUT_STATES: Final = (LOCKED, LOCKED_ACKNOWLEDGED)
API_STATES: Final = ("apiTestUser", "apiEarnedIn", "apiEarnedOut")
WRITING_STATES: Final = frozenset({EARNED_IN, AT_RISK, "apiEarnedIn"})
"""Who may write (WF-2)."""


@dataclass(frozen=True)
class OwnNote:
    """A note of one's own, deleted ones included.

    Attributes
    ----------
    number : int
        Grows with time of writing.
    created_at : datetime
        When it was written.
    status : str
        Its present public status.
    """

    number: int
    created_at: datetime
    status: str


@dataclass(frozen=True)
class Ability:
    """Where somebody stands.

    Attributes
    ----------
    state : str
        Public enrollment state.
    target : int
        Rating impact that unlocks writing.
    times_locked : int
        How often writing was lost.
    last_locked_at : datetime or None
        When last.
    """

    state: str
    target: int
    times_locked: int = 0
    last_locked_at: datetime | None = None

    @property
    def can_write(self) -> bool:
        """Whether the state allows writing; rating is allowed in all but ``removed`` (WA-6)."""
        return self.state in WRITING_STATES


@dataclass(frozen=True)
class Record:
    """What the transitions look at.

    Attributes
    ----------
    rating_impact : int
        Over a lifetime.
    writing : WritingImpact
        Over a lifetime.
    recent : tuple of bool
        The latest decided notes since the last lock, newest first: whether each is Not Helpful.
    """

    rating_impact: int
    writing: WritingImpact
    recent: tuple[bool, ...] = ()

    @property
    def recent_not_helpful(self) -> int:
        """How many of them are Not Helpful."""
        return sum(self.recent)


def newcomer(config: AbilityConfig) -> Ability:
    """Return where everybody starts: rating only (SU-16)."""
    return Ability(NEW_USER, config.rating_impact_for_earn_in)


def recent_decided(notes: Iterable[OwnNote], ability: Ability, config: AbilityConfig) -> tuple[bool, ...]:
    """Return whether each of the latest decided notes is Not Helpful, newest first (WA-2).

    Notes before the last lock do not count, and while somebody is locked and knows it none does.
    """
    if ability.state == LOCKED_ACKNOWLEDGED:
        return ()
    since = ability.last_locked_at
    decided = [n for n in notes if n.status in {CRH, CRNH} and (since is None or n.created_at > since)]
    decided.sort(key=lambda note: note.number, reverse=True)
    return tuple(note.status == CRNH for note in decided[: config.max_history])


@dataclass(frozen=True)
class Step:
    """One way of changing state; barred are states at the start of the run (spec 04 D.8 step 3)."""

    barred: tuple[str, ...]
    when: Callable[[Ability, Record, AbilityConfig], bool]
    to: str


STEPS: Final = (
    Step((REMOVED, EARNED_IN, AT_RISK), lambda a, r, _: r.rating_impact >= a.target, EARNED_IN),
    Step(
        (REMOVED, NEW_USER, *OUT_STATES, AT_RISK),
        lambda _, r, config: r.recent_not_helpful == config.at_risk_not_helpful,
        AT_RISK,
    ),
    Step(
        (REMOVED, NEW_USER, LOCKED_ACKNOWLEDGED),
        lambda _, r, config: r.recent_not_helpful > config.at_risk_not_helpful,
        LOCKED,
    ),
    Step(
        (REMOVED, NEW_USER, *OUT_STATES, EARNED_IN),
        lambda _, r, config: r.recent_not_helpful < config.at_risk_not_helpful,
        EARNED_IN,
    ),
)
"""Earn in, go at risk, lose, leave risk: in this order, each seeing what the one before did."""


def after_scoring(
    ability: Ability, record: Record, config: AbilityConfig, top: TopWriterConfig, now: datetime
) -> Ability:
    """Return where somebody stands after new statuses (WA-1 to WA-5).

    Parameters
    ----------
    ability : Ability
        Before.
    record : Record
        Impacts and recent notes.
    config : AbilityConfig
        Numbers and switches.
    top : TopWriterConfig
        Top writers earn back in single steps.
    now : datetime
        Becomes the time of the last lock of who is locked.

    Notes
    -----
    Who has moved is barred from no further step, as in the published code; so one run can let
    somebody in and put them at risk. A lock counts as acknowledged at once (WA-5).
    """
    moved, current = False, ability
    if ability.state == LOCKED_ACKNOWLEDGED:  # nothing written before somebody is back counts against them
        current = replace(ability, last_locked_at=now)
    for step in STEPS:
        is_free = ability.state not in API_STATES and (moved or ability.state not in step.barred)
        if is_free and step.when(ability, record, config):
            locks = step.to == LOCKED
            current, moved = replace(current, state=step.to, times_locked=current.times_locked + locks), True
    if config.single_trigger and _single_trigger(current, record):
        current = replace(current, state=LOCKED, times_locked=current.times_locked + 1)
    return _settled(current, record, config, top, now)


def _single_trigger(ability: Ability, record: Record) -> bool:
    """Return whether one bad note locks: more Not Helpful than Helpful ones, and a recent one (WA-3)."""
    spared = ability.state in {*OUT_STATES, NEW_USER, REMOVED}
    return not spared and record.writing.total < 0 and record.recent_not_helpful > 0


def _settled(
    ability: Ability, record: Record, config: AbilityConfig, top: TopWriterConfig, now: datetime
) -> Ability:
    """Return a fresh lock with its target, 5 above the impact, then 10, 15, ... (WA-4)."""
    if ability.state != LOCKED:
        return ability
    step = config.rating_impact_for_earn_in
    again = max(ability.times_locked - 1, 0) if config.earn_in_grows else 0
    increment = step if is_top_writer(record.writing, top) else step * (1 + again)
    target = max(record.rating_impact, 0) + increment
    return replace(ability, state=LOCKED_ACKNOWLEDGED, target=target, last_locked_at=now)


def not_helpful_until_locked(record: Record, config: AbilityConfig) -> int:
    """Return how many of one's next notes in a row would have to fail until writing is lost.

    Both ways of losing it are played forward, so the number is exact (WA-2, WA-3, NO-4).
    """
    recent, balance, failed = record.recent, record.writing.total, 0
    while True:
        failed += 1
        recent, balance = (True, *recent)[: config.max_history], balance - 1
        if sum(recent) > config.at_risk_not_helpful or (config.single_trigger and balance < 0):
            return failed


def standing(ability: Ability, record: Record, config: AbilityConfig) -> Reason:
    """Return what to tell somebody about their right to write, with the numbers (PP-3, WA-1 to WA-6)."""
    if ability.state == REMOVED:
        return Reason("ability.removed")
    impact, target = record.rating_impact, ability.target
    progress = {"impact": impact, "target": target, "missing": max(target - impact, 0)}
    if ability.state == NEW_USER:
        return Reason("ability.not_yet", progress)
    if ability.state in OUT_STATES:
        return Reason("ability.locked", {**progress, "times": ability.times_locked})
    if ability.state in API_STATES:
        return Reason("ability.api_writes" if ability.can_write else "ability.api_closed")
    until = not_helpful_until_locked(record, config)
    numbers = {"not_helpful": record.recent_not_helpful, "decided": len(record.recent), "until": until}
    return Reason("ability.at_risk" if ability.state == AT_RISK or until == 1 else "ability.writes", numbers)


def news(before: Ability, after: Ability, record: Record, config: AbilityConfig) -> Reason | None:
    """Return what a change of state tells its person; None if there is no news (NO-4).

    Parameters
    ----------
    before, after : Ability
        Around one scoring run.
    record : Record
        What the run found.
    config : AbilityConfig
        As in the run.
    """
    if before.state == after.state:
        return None
    if after.can_write and not before.can_write and after.state != AT_RISK:
        return Reason("ability.earned", {"impact": record.rating_impact})
    if before.state == AT_RISK and after.state == EARNED_IN:
        return Reason("ability.risk_over")
    return standing(after, record, config)

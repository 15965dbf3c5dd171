"""Measures over everything shown, and what happens when they go bad (GR-1 to GR-4).

Remedies are for the whole system; no single note is ever touched (GR-1, GR-3).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import TYPE_CHECKING, Final

from bridgenotes.domain.verdict import Reason, Verdict, because, refuse

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from bridgenotes.domain.config import GuardrailConfig, Threshold


class Alarm(IntEnum):
    """How bad a measure is, in order."""

    NONE = 0
    GUARDRAIL = 1
    BREAKER = 2


class Remedy(StrEnum):
    """What is in force, the smallest first (GR-3)."""

    NORMAL = "normal"
    RAISED_THRESHOLD = "raised_threshold"
    SCORING_PAUSED = "scoring_paused"
    DISPLAY_PAUSED = "display_paused"


STRENGTH: Final = tuple(Remedy)
"""Remedies from none to the strongest."""


@dataclass(frozen=True)
class Measure:
    """One observation: a name of the configuration, its value, over how many cases."""

    name: str
    value: float
    samples: int


@dataclass(frozen=True)
class Finding:
    """What a measure says; ``reason`` carries the numbers and is None when fine."""

    measure: Measure
    alarm: Alarm
    reason: Reason | None


@dataclass(frozen=True)
class Guard:
    """The state of the whole.

    Attributes
    ----------
    remedy : Remedy
        In force.
    since : datetime
        Since when.
    because : tuple of str
        Names of the measures that brought it; empty when an operator chose freely.
    """

    remedy: Remedy
    since: datetime
    because: tuple[str, ...] = ()


@dataclass(frozen=True)
class Effects:
    """What a remedy changes.

    Attributes
    ----------
    shows_to_readers : bool
        Whether people who do not contribute see notes on posts.
    scores_new_notes : bool
        Whether notes without a status get one.
    extra_intercept : float
        Added to the score needed for Helpful.
    """

    shows_to_readers: bool = True
    scores_new_notes: bool = True
    extra_intercept: float = 0.0


def judge(measure: Measure, config: GuardrailConfig) -> Finding:
    """Return how bad a measure is (GR-2); too few cases say nothing.

    Raises
    ------
    KeyError
        If the configuration has no thresholds of that name.
    """
    threshold = config.thresholds[measure.name]
    alarm = Alarm.NONE if measure.samples < threshold.min_samples else _alarm(measure.value, threshold)
    if alarm is Alarm.NONE:
        return Finding(measure, alarm, None)
    crossed = threshold.breaker if alarm is Alarm.BREAKER else threshold.guardrail
    reason = because(
        f"guardrail.{alarm.name.lower()}",
        measure=measure.name,
        value=measure.value,
        threshold=crossed,
        samples=measure.samples,
    )
    return Finding(measure, alarm, reason)


def _alarm(value: float, threshold: Threshold) -> Alarm:
    sign = -1 if threshold.worse == "below" else 1
    if sign * value > sign * threshold.breaker:
        return Alarm.BREAKER
    return Alarm.GUARDRAIL if sign * value > sign * threshold.guardrail else Alarm.NONE


def after_measuring(guard: Guard, findings: Iterable[Finding], now: datetime) -> Guard:
    """Return the state after measures: a breaker pauses display, a guardrail only alerts people (GR-2).

    Nothing here weakens a remedy; normal service resumes by `resume`.
    """
    tripped = tuple(sorted(f.measure.name for f in findings if f.alarm is Alarm.BREAKER))
    if not tripped or guard.remedy is Remedy.DISPLAY_PAUSED:
        return guard
    return Guard(Remedy.DISPLAY_PAUSED, now, tripped)


def may_choose(guard: Guard, remedy: Remedy, findings: Iterable[Finding]) -> Verdict:
    """Return whether an operator may put a remedy in force (GR-3).

    A weaker one than the present, or none, only while no measure trips its breaker; normal
    service only while none alarms at all.
    """
    worst = max((finding.alarm for finding in findings), default=Alarm.NONE)
    is_weaker = STRENGTH.index(remedy) < STRENGTH.index(guard.remedy)
    if is_weaker and worst is Alarm.BREAKER:
        return refuse("guardrail.still_tripped")
    if remedy is Remedy.NORMAL and worst is Alarm.GUARDRAIL:
        return refuse("guardrail.still_alarmed")
    return Verdict()


def choose(guard: Guard, remedy: Remedy, findings: Iterable[Finding], now: datetime) -> Guard:
    """Return the state with the remedy an operator chose (GR-3).

    Raises
    ------
    Refused
        If `may_choose` says no.
    """
    seen = tuple(findings)
    may_choose(guard, remedy, seen).require()
    because = tuple(sorted(f.measure.name for f in seen if f.alarm is not Alarm.NONE))
    return guard if remedy is guard.remedy else Guard(remedy, now, because)


def resume(guard: Guard, findings: Iterable[Finding], now: datetime) -> Guard:
    """Return normal service, once the measures allow it (GR-3).

    Raises
    ------
    Refused
        While a measure alarms.
    """
    return choose(guard, Remedy.NORMAL, findings, now)


def effects(guard: Guard, config: GuardrailConfig) -> Effects:
    """Return what the remedy in force changes."""
    return {
        Remedy.NORMAL: Effects(),
        Remedy.RAISED_THRESHOLD: Effects(extra_intercept=config.raised_threshold),
        Remedy.SCORING_PAUSED: Effects(scores_new_notes=False),
        Remedy.DISPLAY_PAUSED: Effects(shows_to_readers=False),
    }[guard.remedy]


def public_state(guard: Guard) -> Reason:
    """Return the sentence of the public status page (GR-4)."""
    return Reason(f"guardrail.public_{guard.remedy}", {"at": guard.since})

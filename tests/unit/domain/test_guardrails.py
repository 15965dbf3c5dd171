"""System-wide remedies, told in public."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bridgenotes.domain.config import GuardrailConfig, Threshold
from bridgenotes.domain.guardrails import (
    Alarm,
    Effects,
    Finding,
    Guard,
    Measure,
    Remedy,
    after_measuring,
    choose,
    effects,
    judge,
    may_choose,
    public_state,
    resume,
)
from bridgenotes.domain.texts import sentence
from bridgenotes.domain.verdict import Refused

CONFIG = GuardrailConfig()
NOW = datetime(2026, 7, 1, tzinfo=UTC)
CALM = Guard(Remedy.NORMAL, NOW - timedelta(days=9))


def finding(value: float, name: str = "accuracy", samples: int = 100) -> Finding:
    return judge(Measure(name, value, samples), CONFIG)


GOOD, LOW, BAD = finding(0.99), finding(0.94), finding(0.80)


@pytest.mark.requirement("GR-1")
@pytest.mark.requirement("GR-2")
@pytest.mark.parametrize(
    ("name", "value", "samples", "alarm"),
    [
        ("accuracy", 0.95, 100, Alarm.NONE),
        ("accuracy", 0.94, 100, Alarm.GUARDRAIL),
        ("accuracy", 0.90, 100, Alarm.GUARDRAIL),
        ("accuracy", 0.89, 100, Alarm.BREAKER),
        ("accuracy", 0.10, 49, Alarm.NONE),
        ("rule_violations", 0.01, 100, Alarm.NONE),
        ("rule_violations", 0.02, 100, Alarm.GUARDRAIL),
        ("rule_violations", 0.04, 100, Alarm.BREAKER),
    ],
)
def test_each_measure_has_two_thresholds(name: str, value: float, samples: int, alarm: Alarm) -> None:
    found = finding(value, name, samples)
    assert found.alarm is alarm
    assert (found.reason is None) == (alarm is Alarm.NONE)


@pytest.mark.requirement("GR-2")
def test_a_guardrail_alerts_and_a_breaker_pauses_display() -> None:
    assert LOW.reason is not None
    assert "investigate" in sentence(LOW.reason)
    assert after_measuring(CALM, [GOOD, LOW], NOW) == CALM
    tripped = after_measuring(CALM, [GOOD, BAD], NOW)
    assert tripped == Guard(Remedy.DISPLAY_PAUSED, NOW, ("accuracy",))
    assert after_measuring(tripped, [BAD], NOW + timedelta(hours=1)) == tripped
    assert after_measuring(tripped, [GOOD], NOW) == tripped


@pytest.mark.requirement("GR-3")
def test_operators_choose_and_normal_service_resumes_when_measures_allow() -> None:
    tripped = after_measuring(CALM, [BAD], NOW)
    assert may_choose(tripped, Remedy.RAISED_THRESHOLD, [BAD]).reasons[0].code == "guardrail.still_tripped"
    eased = choose(tripped, Remedy.RAISED_THRESHOLD, [LOW], NOW)
    assert eased == Guard(Remedy.RAISED_THRESHOLD, NOW, ("accuracy",))
    with pytest.raises(Refused, match="still_alarmed"):
        resume(eased, [LOW], NOW)
    assert resume(eased, [GOOD], NOW) == Guard(Remedy.NORMAL, NOW)
    assert choose(CALM, Remedy.SCORING_PAUSED, [], NOW).remedy is Remedy.SCORING_PAUSED
    assert choose(CALM, Remedy.NORMAL, [], NOW) == CALM


@pytest.mark.requirement("GR-3")
def test_each_remedy_changes_one_thing() -> None:
    found = {remedy: effects(Guard(remedy, NOW), CONFIG) for remedy in Remedy}
    assert found == {
        Remedy.NORMAL: Effects(),
        Remedy.RAISED_THRESHOLD: Effects(extra_intercept=0.05),
        Remedy.SCORING_PAUSED: Effects(scores_new_notes=False),
        Remedy.DISPLAY_PAUSED: Effects(shows_to_readers=False),
    }


@pytest.mark.requirement("GR-4")
def test_the_public_state_is_a_sentence() -> None:
    assert sentence(public_state(CALM)) == "Operating normally since 22 June 2026, 00:00 UTC."
    assert len({sentence(public_state(Guard(remedy, NOW))) for remedy in Remedy}) == len(Remedy)


@pytest.mark.parametrize(("breaker", "worse"), [(0.96, "below"), (0.5, "above"), (0.5, "sideways")])
def test_a_breaker_that_is_not_stronger_is_a_mistake(breaker: float, worse: str) -> None:
    with pytest.raises(ValueError, match=r"breaker|worse"):
        Threshold(0.95, breaker, worse, 10)

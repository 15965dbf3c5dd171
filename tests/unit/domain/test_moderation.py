"""Reports, removal, leaving, rejoining."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from bridgenotes.domain.config import LeavingConfig
from bridgenotes.domain.leaving import Membership, may_leave, may_rejoin
from bridgenotes.domain.moderation import (
    Ground,
    Measure,
    Report,
    ReportState,
    decided_state,
    may_decide,
    may_report,
    removed,
)
from bridgenotes.domain.writing_ability import Ability

REPORT = Report(ReportState.OPEN, Ground.SPAM, "reader", "writer", "note")
REMOVE = frozenset({Measure.REMOVE_CONTRIBUTOR})


@pytest.mark.requirement("RP-2")
def test_anyone_can_report_but_oneself() -> None:
    assert may_report("reader", "writer", has_open_report=False).allowed
    assert may_report("a", "a", has_open_report=False).reasons[0].code == "report.own"
    assert may_report("a", "b", has_open_report=True).reasons[0].code == "report.repeated"


@pytest.mark.requirement("RP-3")
def test_an_uninvolved_moderator_decides_once() -> None:
    def codes(report: Report, moderator: str | None, measures: frozenset[Measure] = REMOVE) -> list[str]:
        return [reason.code for reason in may_decide(report, moderator, measures).reasons]

    assert (
        codes(REPORT, None)
        == codes(REPORT, "other", frozenset())
        == codes(REPORT, None, frozenset(Measure))
        == []
    )
    assert codes(REPORT, "writer") == codes(REPORT, "reader") == ["report.involved"]
    assert codes(replace(REPORT, state=ReportState.DISMISSED), None) == ["report.already_decided"]
    conduct = replace(REPORT, about_note=None)
    assert codes(conduct, None, frozenset({Measure.TAKE_DOWN_NOTE})) == ["report.measure_unfit"]
    assert decided_state(REMOVE) is ReportState.UPHELD
    assert decided_state(frozenset()) is ReportState.DISMISSED


@pytest.mark.requirement("RP-4")
def test_removal_is_for_good(now: datetime) -> None:
    found = removed(Ability("earnedIn", 5), now)
    assert found.state == "removed"
    assert not found.can_write
    gone = Membership("removed", left_at=now)
    assert not may_rejoin(gone, LeavingConfig(), now).allowed
    assert not Membership("removed").is_enrolled


@pytest.mark.requirement("OP-1")
def test_leaving_is_possible_any_time_once(now: datetime) -> None:
    here = Membership("atRisk")
    assert here.is_enrolled
    assert may_leave(here).allowed
    gone = replace(here, left_at=now)
    assert not gone.is_enrolled
    assert may_leave(gone).reasons[0].code == "leaving.already_left"


@pytest.mark.requirement("OP-2")
def test_rejoining_needs_having_left(now: datetime) -> None:
    gone = Membership("atRisk", left_at=now)
    assert may_rejoin(gone, LeavingConfig(), now).allowed
    assert may_rejoin(Membership("atRisk"), LeavingConfig(), now).reasons[0].code == "leaving.not_left"
    later = may_rejoin(gone, LeavingConfig(rejoin_after=timedelta(days=3)), now)
    assert later.possible_at == now + timedelta(days=3)

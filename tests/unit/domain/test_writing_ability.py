"""Earning, endangering, losing and earning back the right to write."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from bridgenotes.data.vocabulary import CRH, CRNH, NMR
from bridgenotes.domain.config import AbilityConfig, TopWriterConfig
from bridgenotes.domain.impacts import WritingImpact
from bridgenotes.domain.texts import sentence
from bridgenotes.domain.top_writer import is_top_writer, top_writer_standing
from bridgenotes.domain.writing_ability import (
    Ability,
    OwnNote,
    Record,
    after_scoring,
    newcomer,
    news,
    not_helpful_until_locked,
    recent_decided,
    standing,
)

CONFIG, TOP = AbilityConfig(), TopWriterConfig()
MANY = WritingImpact(helpful=9, not_helpful=3)
BAD, GOOD = True, False


def record(impact: int = 0, writing: WritingImpact = MANY, *recent: bool) -> Record:
    return Record(impact, writing, recent)


def scored(ability: Ability, found: Record, now: datetime) -> Ability:
    return after_scoring(ability, found, CONFIG, TOP, now)


@pytest.mark.requirement("SU-16")
def test_newcomers_rate_and_do_not_write() -> None:
    assert newcomer(CONFIG) == Ability("newUser", target=5)
    assert not newcomer(CONFIG).can_write


@pytest.mark.requirement("WF-2")
@pytest.mark.parametrize("state", ["earnedIn", "atRisk", "apiEarnedIn"])
def test_who_may_write(state: str) -> None:
    assert Ability(state, 5).can_write


@pytest.mark.requirement("WA-1")
def test_writing_unlocks_at_a_rating_impact_of_five(now: datetime) -> None:
    assert scored(newcomer(CONFIG), record(4), now).state == "newUser"
    assert scored(newcomer(CONFIG), record(5), now).state == "earnedIn"
    assert "2 more" in sentence(standing(newcomer(CONFIG), record(3), CONFIG))
    assert standing(newcomer(CONFIG), record(-3), CONFIG).params == {"impact": -3, "target": 5, "missing": 8}


@pytest.mark.requirement("WA-2")
@pytest.mark.parametrize(
    ("recent", "state"),
    [
        ((GOOD,) * 5, "earnedIn"),
        ((BAD, GOOD), "earnedIn"),
        ((BAD, GOOD, BAD), "atRisk"),
        ((BAD, GOOD, BAD, GOOD, BAD), "earnedOutAcknowledged"),
    ],
)
def test_the_five_latest_decided_notes_decide(recent: tuple[bool, ...], state: str, now: datetime) -> None:
    for before in ("earnedIn", "atRisk"):
        assert scored(Ability(before, 5), record(5, MANY, *recent), now).state == state


@pytest.mark.requirement("WA-2")
def test_notes_that_need_more_ratings_are_ignored(now: datetime) -> None:
    statuses = [CRNH, NMR, CRH, NMR, CRNH, CRH, CRH, CRNH]
    notes = [OwnNote(k, now - timedelta(days=k), status) for k, status in enumerate(statuses[::-1])]
    assert recent_decided(notes, Ability("earnedIn", 5), CONFIG) == (BAD, GOOD, BAD, GOOD, GOOD)


@pytest.mark.requirement("WA-2")
def test_notes_before_the_last_lock_do_not_count(now: datetime) -> None:
    days = {1: 2.0, 2: 1.0, 3: 0.0}
    notes = [OwnNote(number, now - timedelta(days=age), CRNH) for number, age in days.items()]
    back = Ability("earnedIn", 5, 1, last_locked_at=now - timedelta(days=1))
    assert recent_decided(notes, back, CONFIG) == (BAD,)
    assert recent_decided(notes, Ability("earnedOutAcknowledged", 5), CONFIG) == ()


@pytest.mark.requirement("WA-3")
def test_without_a_positive_balance_one_bad_note_locks(now: datetime) -> None:
    writer = Ability("earnedIn", 5)
    assert scored(writer, record(5, WritingImpact(0, 1), BAD), now).state == "earnedOutAcknowledged"
    assert scored(writer, record(5, WritingImpact(1, 1), BAD), now).state == "earnedIn"
    assert scored(writer, record(5, WritingImpact(0, 1)), now).state == "earnedIn"


@pytest.mark.requirement("WA-4")
@pytest.mark.parametrize(
    ("impact", "times_before", "target"), [(22, 0, 27), (22, 1, 32), (22, 2, 37), (-4, 0, 5), (-4, 1, 10)]
)
def test_each_lock_takes_five_more_to_come_back(
    impact: int, times_before: int, target: int, now: datetime
) -> None:
    locked = scored(Ability("atRisk", 5, times_before), record(impact, MANY, BAD, BAD, BAD), now)
    assert locked == Ability("earnedOutAcknowledged", target, times_before + 1, now)


@pytest.mark.requirement("WA-4")
def test_top_writers_always_come_back_after_five(now: datetime) -> None:
    top = record(22, WritingImpact(20, 3), BAD, BAD, BAD)
    assert scored(Ability("atRisk", 5, 4), top, now).target == 27


@pytest.mark.requirement("WA-4")
@pytest.mark.requirement("WA-6")
def test_a_lock_is_never_for_ever(now: datetime) -> None:
    locked = Ability("earnedOutAcknowledged", target=32, times_locked=2, last_locked_at=now)
    told = standing(locked, record(30), CONFIG)
    assert "2 more" in sentence(told)
    assert "You can rate as before" in sentence(told)
    assert scored(locked, record(31), now).state == "earnedOutAcknowledged"
    assert scored(locked, record(32), now).state == "earnedIn"


@pytest.mark.requirement("WA-5")
@pytest.mark.requirement("RP-4")
def test_states_that_scoring_leaves_alone(now: datetime) -> None:
    for state in ("removed", "apiTestUser", "apiEarnedIn", "apiEarnedOut"):
        found = Ability(state, 5)
        assert scored(found, record(100, MANY, BAD, BAD, BAD), now) == found


@pytest.mark.requirement("NO-4")
@pytest.mark.parametrize(
    ("writing", "recent", "until"),
    [
        (WritingImpact(9, 0), (), 3),
        (WritingImpact(9, 2), (BAD, BAD), 1),
        (WritingImpact(9, 2), (GOOD, GOOD, GOOD, BAD, BAD), 3),
        (WritingImpact(9, 2), (GOOD, BAD, GOOD, GOOD, BAD), 2),
        (WritingImpact(0, 0), (), 1),
        (WritingImpact(1, 0), (), 2),
    ],
)
def test_how_many_failures_are_left_is_exact(
    writing: WritingImpact, recent: tuple[bool, ...], until: int, now: datetime
) -> None:
    found = record(9, writing, *recent)
    assert not_helpful_until_locked(found, CONFIG) == until
    for failed in range(1, until + 1):
        later = WritingImpact(writing.helpful, writing.not_helpful + failed)
        window = ((BAD,) * failed + recent)[:5]
        locked = (
            scored(Ability("earnedIn", 5), Record(9, later, window), now).state == "earnedOutAcknowledged"
        )
        assert locked == (failed == until)


@pytest.mark.requirement("NO-4")
def test_changes_of_state_are_told(now: datetime) -> None:
    at_risk, locked, writer = (
        Ability("atRisk", 5),
        Ability("earnedOutAcknowledged", 27, 1, now),
        Ability("earnedIn", 5),
    )
    found = record(22, MANY, BAD, BAD)

    def code(before: Ability, after: Ability) -> str | None:
        told = news(before, after, found, CONFIG)
        return told and told.code

    assert code(writer, writer) is None
    assert code(writer, at_risk) == "ability.at_risk"
    assert code(at_risk, locked) == "ability.locked"
    assert code(at_risk, writer) == "ability.risk_over"
    assert code(newcomer(CONFIG), writer) == code(locked, writer) == "ability.earned"
    assert code(newcomer(CONFIG), at_risk) == "ability.at_risk"
    assert code(writer, Ability("removed", 5)) == "ability.removed"


def test_every_state_has_its_sentence() -> None:
    found = record(3, MANY, BAD, GOOD)
    for state in (
        "newUser",
        "earnedIn",
        "atRisk",
        "earnedOutNoAcknowledge",
        "apiTestUser",
        "apiEarnedIn",
        "removed",
    ):
        assert sentence(standing(Ability(state, 5), found, CONFIG))


@pytest.mark.requirement("TW-1")
@pytest.mark.parametrize(
    ("writing", "is_top", "missing"),
    [
        (WritingImpact(10, 0, 0), True, 0),
        (WritingImpact(9, 0, 0), False, 1),
        (WritingImpact(10, 0, 240), True, 0),
        (WritingImpact(10, 0, 241), False, 1),
        (WritingImpact(13, 3, 0), True, 0),
        (WritingImpact(), False, 10),
    ],
)
def test_top_writers_need_impact_and_share(writing: WritingImpact, is_top: bool, missing: int) -> None:
    found = top_writer_standing(writing, TOP)
    assert (found.is_top_writer, found.helpful_missing) == (is_top, missing)
    later = WritingImpact(writing.helpful + missing, writing.not_helpful, writing.awaiting)
    assert is_top_writer(later, TOP)

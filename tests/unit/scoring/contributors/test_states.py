"""Spec 04 D.8: every transition at its edge, and what follows from being out."""

from __future__ import annotations

from dataclasses import replace

import polars as pl
import pytest

from bridgenotes.data.vocabulary import ENROLLMENT_STATES
from bridgenotes.scoring.contributors.states import CODE, TRANSITIONS, contributor_states
from unit.scoring.contributors.tables import NOW, SETTINGS, enrollment

IN, RISK, UNTOLD, OUT, NEW, REMOVED, TEST, API_IN, API_OUT = ENROLLMENT_STATES
SPARED = {IN: IN, UNTOLD: OUT}
"""Where a state ends when no transition fires; who is out is always told so."""


def person(
    state: str | None,
    impact: int = 0,
    recent_crnh: int | None = 0,
    notes: tuple[int, int, int] | None = None,
    target: int | None = 5,
    times: int | None = 0,
    settings: object = SETTINGS,
) -> dict[str, object]:
    """One contributor's row after the run."""
    counts = {
        "rater": 3,
        "successful_rating_total": max(impact, 0),
        "unsuccessful_rating_total": max(-impact, 0),
        "unsuccessful_rating_not_helpful_count": 0,
        "notes_currently_rated_helpful": notes[0] if notes else None,
        "notes_currently_rated_not_helpful": notes[1] if notes else None,
        "notes_awaiting_more_ratings": notes[2] if notes else None,
    }
    lifetime = pl.DataFrame(
        {name: [value] for name, value in counts.items()},
        schema={name: pl.Int32 if name == "rater" else pl.Int64 for name in counts},
    )
    recent = pl.DataFrame(
        {"rater": [3], "crnh_since_earn_out": [recent_crnh]},
        schema={"rater": pl.Int32, "crnh_since_earn_out": pl.Int64},
    ).drop_nulls()
    people = enrollment((3, state, 1, target, times)) if state else enrollment()
    table = contributor_states(lifetime, recent, people, settings, NOW)
    row = table.row(0, named=True)
    row["state"] = ENROLLMENT_STATES[row.pop("enrollment_state")]
    return row


def test_the_codes_are_the_published_ones() -> None:
    assert CODE == {
        "earnedIn": 0,
        "atRisk": 1,
        "earnedOutNoAcknowledge": 2,
        "earnedOutAcknowledged": 3,
        "newUser": 4,
        "removed": 5,
        "apiTestUser": 6,
        "apiEarnedIn": 7,
        "apiEarnedOut": 8,
    }


def test_the_transitions_come_in_the_published_order() -> None:
    assert [t.name for t in TRANSITIONS] == ["earn in by rating", "go at risk", "earn out", "leave at risk"]


@pytest.mark.parametrize("state", [NEW, UNTOLD, OUT])
def test_rating_impact_at_the_target_earns_in(state: str) -> None:
    row = person(state, impact=7, target=7)
    assert row["state"] == IN
    assert row["last_state_change_at_ms"] == NOW
    assert row["successful_rating_needed_to_earn_in"] == 7


@pytest.mark.parametrize("state", [NEW, UNTOLD, OUT])
def test_rating_impact_below_the_target_does_not(state: str) -> None:
    row = person(state, impact=6, target=7)
    assert row["state"] == SPARED.get(state, state)
    assert row["last_state_change_at_ms"] == 77


@pytest.mark.parametrize("state", [REMOVED, TEST, API_IN, API_OUT])
@pytest.mark.parametrize("recent_crnh", [0, 2, 3])
def test_removed_and_api_contributors_do_not_move_by_transitions(state: str, recent_crnh: int) -> None:
    row = person(state, impact=99, recent_crnh=recent_crnh)
    assert row["state"] == state
    assert row["last_state_change_at_ms"] == 77


@pytest.mark.parametrize(("recent_crnh", "state"), [(0, IN), (1, IN), (2, RISK), (3, OUT), (5, OUT)])
def test_recent_bad_notes_cost_the_right_to_write(recent_crnh: int, state: str) -> None:
    assert person(IN, recent_crnh=recent_crnh)["state"] == state


@pytest.mark.parametrize(("recent_crnh", "state"), [(0, IN), (1, IN), (2, RISK), (3, OUT)])
def test_who_is_at_risk_recovers_stays_or_goes(recent_crnh: int, state: str) -> None:
    row = person(RISK, recent_crnh=recent_crnh, impact=99)
    assert row["state"] == state
    assert row["last_state_change_at_ms"] == (77 if state == RISK else NOW)


@pytest.mark.parametrize("recent_crnh", [2, 3, 5])
@pytest.mark.parametrize("state", [NEW, OUT])
def test_new_users_and_who_is_out_cannot_lose_what_they_lack(state: str, recent_crnh: int) -> None:
    row = person(state, recent_crnh=recent_crnh)
    assert row["state"] == state
    assert row["number_of_times_earned_out"] == 0


def test_who_was_not_told_earns_out_once_more() -> None:
    row = person(UNTOLD, recent_crnh=3, times=1)
    assert row["state"] == OUT
    assert row["number_of_times_earned_out"] == 2
    assert row["last_state_change_at_ms"] == NOW


def test_who_was_not_told_is_told_with_a_fresh_target_and_the_old_date() -> None:
    row = person(UNTOLD, impact=6, target=9, times=1)
    assert (row["state"], row["successful_rating_needed_to_earn_in"]) == (OUT, 11)
    assert row["last_state_change_at_ms"] == 77


@pytest.mark.parametrize(("recent_crnh", "state"), [(1, IN), (2, RISK), (3, OUT)])
@pytest.mark.parametrize("start", [NEW, OUT])
def test_earning_in_and_losing_it_can_happen_in_one_run(start: str, recent_crnh: int, state: str) -> None:
    row = person(start, impact=5, recent_crnh=recent_crnh)
    assert row["state"] == state
    assert row["last_state_change_at_ms"] == NOW


@pytest.mark.parametrize(("impact", "state"), [(5, IN), (4, NEW)])
def test_strangers_are_new_users(impact: int, state: str) -> None:
    row = person(None, impact=impact)
    assert (row["state"], row["successful_rating_needed_to_earn_in"]) == (state, 5)
    assert row["number_of_times_earned_out"] is None
    assert row["last_state_change_at_ms"] == (NOW if state == IN else None)


def test_a_missing_count_of_earn_outs_stays_missing() -> None:
    row = person(IN, recent_crnh=3, times=None)
    assert (row["state"], row["number_of_times_earned_out"]) == (OUT, None)
    assert row["successful_rating_needed_to_earn_in"] == 5


@pytest.mark.parametrize(
    ("notes", "recent_crnh", "state"),
    [((1, 2, 0), 1, OUT), ((2, 2, 0), 1, IN), ((1, 2, 0), 0, IN), (None, 1, IN)],
)
def test_one_bad_note_more_than_good_ones_is_enough(
    notes: tuple[int, int, int] | None, recent_crnh: int, state: str
) -> None:
    row = person(IN, notes=notes, recent_crnh=recent_crnh)
    assert row["state"] == state
    assert row["number_of_times_earned_out"] == (state == OUT)
    assert row["last_state_change_at_ms"] == (NOW if state == OUT else 77)


@pytest.mark.parametrize(("state", "after"), [(NEW, NEW), (REMOVED, REMOVED), (OUT, OUT), (UNTOLD, OUT)])
def test_the_single_trigger_spares_who_has_nothing_to_lose(state: str, after: str) -> None:
    row = person(state, notes=(0, 1, 0), recent_crnh=1)
    assert (row["state"], row["number_of_times_earned_out"]) == (after, 0)


@pytest.mark.parametrize("state", [RISK, TEST, API_IN, API_OUT])
def test_the_single_trigger_does_not_spare_api_writers(state: str) -> None:
    row = person(state, notes=(0, 1, 0), recent_crnh=1)
    assert (row["state"], row["number_of_times_earned_out"]) == (OUT, 1)


def test_the_single_trigger_does_not_count_an_earn_out_twice() -> None:
    assert person(IN, notes=(0, 3, 0), recent_crnh=3)["number_of_times_earned_out"] == 1


def test_who_just_earned_in_can_trip_the_single_trigger() -> None:
    row = person(NEW, impact=5, notes=(0, 1, 0), recent_crnh=1, times=0)
    assert (row["state"], row["successful_rating_needed_to_earn_in"]) == (OUT, 10)


def test_the_single_trigger_can_be_switched_off() -> None:
    settings = replace(SETTINGS, single_trigger=False)
    assert person(IN, notes=(0, 1, 0), recent_crnh=1, settings=settings)["state"] == IN


@pytest.mark.parametrize(
    ("impact", "times", "target"), [(0, 0, 5), (8, 0, 13), (-8, 0, 5), (8, 1, 18), (8, 3, 28), (-8, 3, 20)]
)
def test_targets_grow_with_every_earn_out(impact: int, times: int, target: int) -> None:
    row = person(IN, impact=impact, recent_crnh=3, times=times)
    assert row["number_of_times_earned_out"] == times + 1
    assert row["successful_rating_needed_to_earn_in"] == target


def test_targets_need_not_grow() -> None:
    settings = replace(SETTINGS, earn_in_grows=False)
    row = person(IN, impact=8, recent_crnh=3, times=3, settings=settings)
    assert row["successful_rating_needed_to_earn_in"] == 13


@pytest.mark.parametrize(
    ("notes", "is_top"),
    [((13, 3, 234), True), ((12, 3, 0), False), ((13, 3, 235), False)],
)
def test_top_writers_targets_do_not_grow(notes: tuple[int, int, int], *, is_top: bool) -> None:
    row = person(IN, impact=8, recent_crnh=3, notes=notes, times=3)
    assert row["successful_rating_needed_to_earn_in"] == (13 if is_top else 28)


@pytest.mark.parametrize(
    ("has_rating", "recent_crnh", "has_row"), [(True, None, True), (False, 0, True), (False, None, False)]
)
def test_only_activity_makes_a_row(*, has_rating: bool, recent_crnh: int | None, has_row: bool) -> None:
    counts = pl.DataFrame(
        {"rater": [3], "successful_rating_total": [0 if has_rating else None]},
        schema={"rater": pl.Int32, "successful_rating_total": pl.Int64},
    ).with_columns(
        pl.lit(0, pl.Int64).alias(name)
        for name in (
            "unsuccessful_rating_total",
            "unsuccessful_rating_not_helpful_count",
            "notes_currently_rated_helpful",
            "notes_currently_rated_not_helpful",
            "notes_awaiting_more_ratings",
        )
    )
    recent = pl.DataFrame(
        {"rater": [3], "crnh_since_earn_out": [recent_crnh]},
        schema={"rater": pl.Int32, "crnh_since_earn_out": pl.Int64},
    ).drop_nulls()
    assert contributor_states(counts, recent, enrollment((3, IN)), SETTINGS, NOW).height == has_row

"""Spec 04 D.8 steps 0 and 1."""

from __future__ import annotations

import pytest

from bridgenotes.data.vocabulary import CRH, CRNH, ENROLLMENT_STATES, NMR
from bridgenotes.scoring.contributors.since_earn_out import crnh_since_earn_out, with_earn_out_times
from unit.scoring.contributors.tables import NOW, SETTINGS, START, enrollment, history


def since(notes, people=None):
    people = with_earn_out_times(enrollment() if people is None else people, NOW)
    return dict(crnh_since_earn_out(notes, people, SETTINGS).iter_rows())


def own(*statuses):
    return history(*((4, status) for status in statuses))


@pytest.mark.parametrize("state", ENROLLMENT_STATES)
def test_only_who_is_out_goes_out_now(state: str) -> None:
    times = with_earn_out_times(enrollment((0, state, 55)), NOW)["last_earn_out_at_ms"].item()
    assert times == (NOW if state == "earnedOutAcknowledged" else 55)


def test_a_missing_time_means_never() -> None:
    assert with_earn_out_times(enrollment((0, "earnedIn", None)), NOW)["last_earn_out_at_ms"].item() == 1


def test_the_five_latest_decided_notes_count() -> None:
    assert since(own(CRNH, CRNH, CRH, CRNH, CRH, CRH, CRNH)) == {4: 2}


def test_undecided_notes_only_fill_up() -> None:
    assert since(own(CRNH, CRNH, CRNH, NMR, NMR, None, NMR, NMR)) == {4: 3}


def test_an_author_of_undecided_notes_has_a_row() -> None:
    assert since(own(NMR)) == {4: 0}


@pytest.mark.parametrize(("after", "expected"), [(0, {}), (1, {4: 1})])
def test_notes_count_from_after_the_last_earn_out(after: int, expected: dict[int, int]) -> None:
    notes = history((4, CRNH, START + after))
    assert since(notes, enrollment((4, "earnedIn", START))) == expected


def test_nothing_counts_against_who_is_out() -> None:
    assert since(own(CRNH, CRNH, CRNH), enrollment((4, "earnedOutAcknowledged", 1))) == {}


def test_authors_are_judged_apart() -> None:
    assert since(history((4, CRNH), (5, CRH), (4, CRH), (None, CRNH))) == {4: 1, 5: 0}


def test_no_notes_no_rows() -> None:
    assert since(history()) == {}

"""Spec 04 D.10."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bridgenotes.data.vocabulary import CRH
from bridgenotes.scoring.contributors.emerging import emerging_writers
from unit.scoring.contributors.tables import SETTINGS, history, note_results


def emerging(intercepts, recent, settings=SETTINGS):
    notes = history(*((4, CRH) for _ in intercepts))
    results = note_results(len(intercepts), core_note_intercept=intercepts, num_ratings_last28=recent)
    return emerging_writers(notes, results, settings)["is_emerging_writer"].to_list()


@pytest.mark.parametrize(
    ("intercepts", "recent", "expected"),
    [
        ([0.31], [10], True),
        ([0.31], [9], False),
        ([0.25], [10], False),
        ([0.65, None], [5, 5], True),
        ([0.55, None], [5, 5], False),
        ([0.55, float("nan")], [5, 5], False),
        ([None], [50], False),
    ],
)
def test_liked_on_average_and_rated_lately(intercepts, recent, *, expected: bool) -> None:
    assert emerging(intercepts, recent) == [expected]


@pytest.mark.parametrize(("intercept", "expected"), [(0.25, False), (0.2501, True)])
def test_the_mean_must_exceed_the_limit(intercept: float, *, expected: bool) -> None:
    settings = replace(SETTINGS, emerging_writer_mean=0.25)
    assert emerging([intercept], [10], settings) == [expected]


def test_no_notes_no_authors() -> None:
    assert emerging([], []) == []

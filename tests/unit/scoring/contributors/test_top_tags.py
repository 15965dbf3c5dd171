"""Spec 04 D.9."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bridgenotes.data.vocabulary import CRH, NOT_HELPFUL_TAGS
from bridgenotes.scoring.contributors.top_tags import author_top_tags, note_top_tags
from unit.scoring.contributors.tables import SETTINGS, START, history, mask, ratings

OTHER, INCORRECT, SOURCES, _, MISSING, OUTDATED = NOT_HELPFUL_TAGS[:6]


def rated(note, *tags, times=2):
    return [(note, 0, 0, START, mask(*tags))] * times


def note_tags(*rows, settings=SETTINGS):
    found = note_top_tags(ratings(*rows), settings)
    return {
        note: found.filter(note=note)["tag"].to_list() for note in found["note"].unique(maintain_order=True)
    }


def author_tags(notes, *rows):
    return dict(sorted(author_top_tags(ratings(*rows), notes, SETTINGS).iter_rows()))


def test_the_more_frequent_tag_comes_first() -> None:
    assert note_tags(*rated(3, OTHER, SOURCES), *rated(3, OTHER, times=1)) == {3: [0, 2]}


def test_ties_go_to_the_higher_priority() -> None:
    assert note_tags(*rated(0, OTHER, INCORRECT, SOURCES, OUTDATED)) == {0: [5, 1]}


@pytest.mark.parametrize(("times", "expected"), [(1, {}), (2, {0: [1, 4]})])
def test_a_tag_needs_two_ratings_and_a_note_two_tags(times: int, expected: dict[int, list[int]]) -> None:
    rows = [*rated(0, INCORRECT, times=3), *rated(0, MISSING, times=times)]
    assert note_tags(*rows) == expected


def test_how_many_ratings_a_tag_needs_is_a_setting() -> None:
    settings = replace(SETTINGS, tag_min_count=1)
    assert note_tags(*rated(0, INCORRECT, MISSING, times=1), settings=settings) == {0: [1, 4]}


def test_helpful_tags_do_not_count() -> None:
    assert note_tags(*rated(0, "helpfulOther", "helpfulClear", INCORRECT)) == {}


def test_an_authors_tags_by_number_of_notes() -> None:
    notes = history((4, CRH), (4, CRH), (4, CRH), (5, CRH), (None, CRH))
    rows = [
        *rated(0, INCORRECT, MISSING),
        *rated(1, OTHER, MISSING),
        *rated(2, OTHER, MISSING),
        *rated(4, OTHER, MISSING),
    ]
    assert author_tags(notes, *rows) == {4: "4,0", 5: ""}


def test_an_authors_ties_go_to_the_higher_priority() -> None:
    notes = history((4, CRH), (4, CRH))
    assert author_tags(notes, *rated(0, OTHER, OUTDATED), *rated(1, SOURCES, INCORRECT)) == {4: "5,1"}


def test_no_ratings_no_tags() -> None:
    assert author_tags(history((4, CRH))) == {4: ""}
    assert author_tags(history()) == {}

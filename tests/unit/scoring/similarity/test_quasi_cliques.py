"""Dense groups of raters who give the same verdicts (spec 02 B.4)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import pytest

from bridgenotes.data.dataset import Dataset
from bridgenotes.data.vocabulary import NOT_MISLEADING
from bridgenotes.scoring.ratings import Ratings
from bridgenotes.scoring.similarity.notes import NoteFacts
from bridgenotes.scoring.similarity.quasi_cliques import quasi_cliques
from bridgenotes.scoring.similarity.settings import QuasiCliques
from support.tables import DAY_MS, NOW_MS, dataset

SETTINGS = QuasiCliques()


def found(data: Dataset, settings: QuasiCliques = SETTINGS) -> list[set[int]]:
    table = quasi_cliques(NoteFacts.of(data), Ratings(data.ratings), settings)
    groups = table.group_by("quasi_clique_value").agg("rater").sort("quasi_clique_value")
    assert groups["quasi_clique_value"].to_list() == list(range(1, groups.height + 1))
    return [set(group) for group in groups["rater"].to_list()]


def community(rated: dict[int, Iterable[int]], n_posts: int = 200, **note: Any) -> Dataset:
    """One note per post; each rater calls the notes listed helpful."""
    return dataset(
        notes=[{"note": n, "post_id": n, **note} for n in range(n_posts)],
        ratings=[{"note": n, "rater": r} for r, notes in rated.items() for n in notes],
    )


def camp(n_raters: int, n_posts: int, first_rater: int = 0, first_post: int = 0) -> dict[int, Iterable[int]]:
    return {first_rater + r: range(first_post, first_post + n_posts) for r in range(n_raters)}


def test_a_camp_is_found() -> None:
    assert found(community(camp(5, 51))) == [set(range(5))]


@pytest.mark.parametrize(("n_raters", "n_posts"), [(4, 51), (5, 50)])
def test_small_camps_and_weak_pairs_are_not(n_raters: int, n_posts: int) -> None:
    assert found(community(camp(n_raters, n_posts))) == []


def test_different_verdicts_are_different_actions() -> None:
    data = community(camp(6, 60))
    split = data.ratings.with_columns(
        (data.ratings["rater"] % 3).cast(data.ratings.schema["level"]).alias("level")
    )
    assert found(replace(data, ratings=split)) == []


def test_no_pair_reaches_five() -> None:
    assert found(community(camp(10, 4))) == []


def test_a_seed_that_cannot_grow_is_too_small() -> None:
    """The only outsider shares 24 posts with the seed, one less than needed."""
    settings = replace(SETTINGS, min_raters=3)
    assert found(community({0: range(60), 1: range(60), 2: range(24)}), settings) == []
    assert found(community({0: range(60), 1: range(60), 2: range(25)}), settings) == [{0, 1, 2}]


def test_a_seed_nobody_else_accompanies_stays_alone() -> None:
    settings = replace(SETTINGS, min_raters=2)
    assert found(community({0: range(60), 1: range(60)}), settings) == [{0, 1}]


def test_members_must_join_a_quarter_of_the_posts() -> None:
    """Rater 4 shares 30 of what become 120 or 121 posts of the group (an action needs four of five)."""
    for n_posts, joins in ((120, True), (121, False)):
        data = community(camp(4, n_posts) | {4: range(30)})
        assert found(data, replace(SETTINGS, min_raters=4)) == [set(range(5 if joins else 4))]


def test_the_number_of_additions_is_limited() -> None:
    data = community(camp(9, 60))
    settings = replace(SETTINGS, max_additions=4, largest_first=False)
    # Raters 6 to 8 are left as seeds and grow over the same pool.
    assert found(data, settings) == [set(range(6)), {0, 1, 2, 3, 6, 7}]


@pytest.mark.parametrize(("largest_first", "joined"), [(True, 5), (False, 2)])
def test_ties_between_candidates(largest_first: bool, joined: int) -> None:
    data = community(camp(2, 100) | {r: range(60) for r in range(2, 6)})
    settings = replace(SETTINGS, min_raters=3, max_additions=1, largest_first=largest_first)
    assert {0, 1, joined} in found(data, settings)


def test_cliques_can_overlap() -> None:
    """Rater 9 acts with both camps; the second grows over the whole pool and finds it again."""
    first, second = camp(5, 100), camp(5, 90, first_rater=20, first_post=100)
    groups = found(community(first | second | {9: [*range(80), *range(100, 180)]}))
    assert groups == [{0, 1, 2, 3, 4, 9}, {9, 20, 21, 22, 23, 24}]


def test_smaller_cliques_get_smaller_numbers() -> None:
    groups = found(community(camp(8, 100) | camp(6, 60, first_rater=20, first_post=100)))
    assert [len(group) for group in groups] == [6, 8]


@pytest.mark.parametrize("note", [{"post_id": -1}, {"classification": NOT_MISLEADING}])
def test_notes_out_of_scope(note: dict[str, Any]) -> None:
    assert found(community(camp(5, 60), **note)) == []


def test_deleted_notes_do_not_count() -> None:
    data = community(camp(5, 60))
    assert found(replace(data, notes=data.notes.clear())) == []


@pytest.mark.parametrize(("age_ms", "is_found"), [(91 * DAY_MS, False), (91 * DAY_MS - 1, True)])
def test_notes_older_than_thirteen_weeks_do_not_count(age_ms: int, is_found: bool) -> None:
    """Age is measured from the newest rated note; unrated notes do not matter."""
    data = dataset(
        notes=[
            *({"note": n, "post_id": n, "created_at_ms": NOW_MS - age_ms} for n in range(60)),
            {"note": 60, "created_at_ms": NOW_MS},
            {"note": 61, "created_at_ms": NOW_MS + 300 * DAY_MS},
        ],
        ratings=[{"note": n, "rater": r} for n in range(60) for r in range(5)] + [{"note": 60, "rater": 70}],
    )
    assert bool(found(data)) == is_found


def test_no_ratings() -> None:
    assert found(dataset()) == []
    assert found(community(camp(1, 60))) == []

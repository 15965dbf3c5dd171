"""Counts by batches are counts of everything, whatever the size of a batch."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from bridgenotes.data.vocabulary import NOT_HELPFUL_TAGS, TAGS
from bridgenotes.scoring import batches as batching
from bridgenotes.scoring.batches import batches, count_by_note, flags
from bridgenotes.scoring.note_statistics import NoteCounts, side_counts, side_statistics
from bridgenotes.scoring.profile import load_profile
from bridgenotes.scoring.ratings import Ratings
from bridgenotes.scoring.tag_filter import incorrect_usage, near_votes, tag_weights
from bridgenotes.scoring.valid_ratings import valid_counts

N_NOTES, N_RATERS, NOW = 12, 30, 1_700_000_000_000
TAG_FILTER = load_profile("x-2026").scorer("MFCoreScorer").tags


def made_up(*, chosen: bool) -> Ratings:
    rng, n = np.random.default_rng(5), 400
    table = pl.DataFrame(
        {
            "note": rng.integers(0, N_NOTES, n).astype(np.int32),
            "rater": rng.integers(0, N_RATERS, n).astype(np.int32),
            "created_at_ms": NOW - rng.integers(0, 60 * 86_400_000, n),
            "level": rng.integers(0, 3, n).astype(np.uint8),
            "tags": rng.integers(0, 1 << len(TAGS), n).astype(np.uint32),
            "is_population_sampled": rng.random(n) < 0.2,
        }
    )
    return Ratings(table).take(rng.permutation(n)[:333]) if chosen else Ratings(table)


@pytest.fixture(params=[1, 7, 332, 1000])
def size(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setattr(batching, "AT_A_TIME", request.param)
    return int(request.param)


@pytest.fixture(params=[False, True], ids=["all", "chosen"])
def ratings(request: pytest.FixtureRequest) -> Ratings:
    return made_up(chosen=request.param)


def test_batches_are_the_ratings_in_order(ratings: Ratings, size: int) -> None:
    parts = list(batches(ratings))
    assert max(map(len, parts)) <= size
    np.testing.assert_array_equal(np.concatenate([part.tags for part in parts]), ratings.tags)
    helpful = flags(ratings, lambda part: part.level == 2)
    np.testing.assert_array_equal(helpful, ratings.level == 2)
    found = count_by_note(ratings, N_NOTES, lambda part: part.level == 2)
    np.testing.assert_array_equal(found, np.bincount(ratings.note[helpful], minlength=N_NOTES))


@pytest.mark.usefixtures("size")
def test_counts_of_notes(ratings: Ratings) -> None:
    counts = NoteCounts.of(ratings, N_NOTES, NOW)
    recent = ratings.created_at_ms > NOW - 28 * 86_400_000
    np.testing.assert_array_equal(counts.ratings, np.bincount(ratings.note, minlength=N_NOTES))
    np.testing.assert_array_equal(counts.recent, np.bincount(ratings.note[recent], minlength=N_NOTES))
    for bit in (0, 9, len(TAGS) - 1):
        given = (ratings.tags >> np.uint32(bit)) & 1
        np.testing.assert_array_equal(counts.tags[:, bit], np.bincount(ratings.note, given, N_NOTES))


@pytest.mark.usefixtures("size")
def test_what_sides_and_neighbours_say(ratings: Ratings, monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(6)
    of_note, of_rater, habit = (rng.normal(0, 0.4, n) for n in (N_NOTES, N_RATERS, N_RATERS))
    of_note[3], of_rater[::5], habit[::7] = np.nan, np.nan, np.nan

    def everything() -> list[object]:
        weights = tag_weights(ratings, of_note, of_rater, TAG_FILTER)
        return [
            side_statistics(side_counts(ratings, of_rater, N_NOTES)),
            near_votes(ratings, of_note, of_rater, np.abs(habit), TAG_FILTER).frame(),
            incorrect_usage(ratings, N_RATERS),
            pl.DataFrame(weights.adjusted, schema=list(NOT_HELPFUL_TAGS), orient="row"),
            pl.DataFrame({"weight": weights.rating_weight}),
        ]

    in_parts = everything()
    monkeypatch.setattr(batching, "AT_A_TIME", 10_000)
    for found, expected in zip(in_parts, everything(), strict=True):
        assert isinstance(found, pl.DataFrame)
        assert found.equals(expected)  # type: ignore[arg-type]


@pytest.mark.usefixtures("size")
def test_outcomes_of_raters(ratings: Ratings) -> None:
    words = ["CURRENTLY_RATED_HELPFUL", "CURRENTLY_RATED_NOT_HELPFUL", "NEEDS_MORE_RATINGS"]
    statuses = pl.DataFrame(
        {"note": range(N_NOTES), "status": words * 4}, {"note": pl.Int32, "status": pl.String}
    )
    helpful, level = np.isin(ratings.note % 3, [0]), ratings.level
    sided = (ratings.note % 3 != 2) & (level != 1)
    agrees = sided & (helpful == (level == 2))
    found = valid_counts(ratings, statuses)
    own = np.bincount(ratings.rater[sided], minlength=N_RATERS)
    right = np.bincount(ratings.rater[agrees], minlength=N_RATERS)
    rater = found["rater"].to_numpy()
    np.testing.assert_array_equal(rater, np.flatnonzero(own))
    np.testing.assert_array_equal(found.drop("rater").sum_horizontal(), own[rater])
    successes = found.select(pl.col("^successful.*$")).sum_horizontal()
    np.testing.assert_array_equal(successes, right[rater])

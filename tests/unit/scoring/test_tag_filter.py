"""Tags near the note's viewpoint (spec 05 sections 5 and 6), by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from bridgenotes.data.vocabulary import NOT_HELPFUL_TAGS, tag_bit
from bridgenotes.scoring.profile import load_profile
from bridgenotes.scoring.ratings import Ratings
from bridgenotes.scoring.tag_filter import incorrect_usage, near_votes, tag_thresholds, tag_weights

TAGS = load_profile("x-2026").scorer("MFCoreScorer").tags
INCORRECT = NOT_HELPFUL_TAGS.index("notHelpfulIncorrect")


def ratings(*rows: tuple[int, int, int]) -> Ratings:
    schema = {"note": pl.Int32, "rater": pl.Int32, "tags": pl.UInt32}
    return Ratings(pl.DataFrame(rows, schema=schema, orient="row"))


def test_weights_fall_with_the_distance_of_viewpoints() -> None:
    note_factor, rater_factor = np.array([-1.0, 1.0]), np.array([-1.0, 1.0, np.nan])
    bit = tag_bit("notHelpfulIncorrect")
    rows = ratings((0, 0, bit), (0, 1, bit), (1, 0, 0), (1, 1, bit), (1, 2, bit))
    found = tag_weights(rows, note_factor, rater_factor, replace(TAGS, distance_percentile=100))
    # distances are 0, 2, 2, 0 standard deviations and the scale is 2: weights 1, 1/2, 1/2, 1
    np.testing.assert_allclose(found.rating_weight, [1.5, 1.5])
    np.testing.assert_allclose(found.adjusted[:, INCORRECT], [1.5, 1.0])
    np.testing.assert_allclose(found.ratio[:, INCORRECT], [1.0, 1 / 1.5])


def test_thresholds_are_the_high_quantile_over_helpful_notes() -> None:
    rows = ratings(*((n, 0, tag_bit("notHelpfulIncorrect") if n == 0 else 0) for n in range(5)))
    found = tag_weights(rows, np.linspace(-1, 1, 5), np.array([0.5]), TAGS)
    everyone = np.ones(5, np.bool_)
    expected = np.quantile([1, 0, 0, 0, 0], 0.95)
    assert tag_thresholds(found, everyone, TAGS)[INCORRECT] == pytest.approx(expected)
    assert tag_thresholds(found, ~everyone, TAGS).tolist() == [0.0] * 13


def test_usage_counts_ratings_with_a_not_helpful_tag() -> None:
    rows = ratings(
        (0, 7, tag_bit("notHelpfulIncorrect")),
        (1, 7, tag_bit("notHelpfulOther")),
        (2, 7, tag_bit("helpfulClear")),
    )
    assert incorrect_usage(rows, 9).rows() == [(7, 1, 2)]


def test_only_raters_within_the_interval_are_voters() -> None:
    bit = tag_bit("notHelpfulIncorrect")
    rows = ratings((0, 0, bit), (0, 1, bit), (0, 2, bit), (0, 3, 0))
    found = near_votes(
        rows, np.array([0.0]), np.array([0.1, 0.29, 0.3, 0.0]), np.array([0.5, np.nan, 1.0, 1.0]), TAGS
    ).frame()
    assert found["num_voters_interval"].to_list() == [2]
    assert found["not_helpful_incorrect_interval"].to_list() == [2]
    assert found["tf_idf_incorrect_interval"][0] == pytest.approx(2 / np.log(1.5))


def test_factors_are_clipped_before_they_are_compared() -> None:
    rows = ratings((0, 0, tag_bit("notHelpfulIncorrect")))
    found = near_votes(rows, np.array([0.45]), np.array([0.9]), np.array([0.0]), TAGS).frame()
    assert found["num_voters_interval"].to_list() == [1]
    assert found["tf_idf_incorrect_interval"].to_list() == [np.inf]


def test_the_columns_have_one_type_also_where_nobody_is_near() -> None:
    rows = ratings((0, 0, 0))
    found = near_votes(rows, np.array([0.4]), np.array([0.4]), np.array([0.0]), TAGS).frame()
    assert set(found.dtypes) == {pl.Float64()}
    assert found.null_count().row(0) == (1, 1, 1, 1)

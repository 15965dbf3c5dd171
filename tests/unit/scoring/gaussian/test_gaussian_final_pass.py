"""Who takes part in a Gaussian final pass, and what it hands back."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from bridgenotes.scoring.gaussian.final_pass import final_round, gaussian_pass, note_authors
from bridgenotes.scoring.gaussian.settings import GAUSSIAN, GAUSSIAN_TOPIC
from bridgenotes.scoring.handover import Handover
from bridgenotes.scoring.ratings import Ratings
from unit.scoring.gaussian import truth

N_RATERS = 14
FACTOR = np.array([-0.9, -0.7, -0.5, -0.3, -0.1, 0.1, 0.3, 0.5, 0.7, 0.9, 0.2, -0.2, 0.4, 0.0])
AUTHOR, NOT_HELPFUL_RATER, UNKNOWN = 12, 11, 13
SHAPE = (4, N_RATERS)


def handover(**changes: object) -> Handover:
    """Raters 0 to 12 with factors; 11 and the author are below the threshold, 13 has no parameters."""
    known = [None if r == UNKNOWN else float(FACTOR[r]) for r in range(N_RATERS)]
    raters = pl.DataFrame(
        {
            "rater": pl.Series(range(N_RATERS), dtype=pl.Int32),
            "intercept": pl.Series([None if f is None else 0.1 for f in known], dtype=pl.Float32),
            "factor": pl.Series(known, dtype=pl.Float32),
            "above_helpfulness_threshold": [r < 11 or (None if r == AUTHOR else False) for r in range(14)],
        }
    )
    notes = pl.DataFrame(
        {"note": [0], "intercept": [0.2], "factor": [0.3]},
        schema={"note": pl.Int32, "intercept": pl.Float32, "factor": pl.Float32},
    )
    base = Handover("MFCoreScorer", notes, raters, 0.17, np.zeros(13), 100, 10, 14, None, {})
    return replace(base, **changes)


def table(rows: list[tuple[int, int, int]]) -> Ratings:
    schema = {"note": pl.Int32, "rater": pl.Int32, "level": pl.UInt8}
    return Ratings(pl.DataFrame(rows, schema=schema, orient="row"))


AUTHORS = np.array([AUTHOR, AUTHOR, -1, AUTHOR])
RATINGS = table([(n, r, 2 if (n + r) % 3 else 0) for n in (0, 2) for r in range(10)])


def test_scores_are_those_of_the_plain_note():
    result = gaussian_pass(RATINGS, AUTHORS, handover(), GAUSSIAN, SHAPE)
    assert result is not None
    factor = FACTOR.astype(np.float32).astype(float)
    for note, author in ((0, factor[AUTHOR]), (2, None)):
        level = RATINGS.level[RATINGS.note == note]
        expected, _ = truth.score(factor[:10], level, author, GAUSSIAN)
        assert result.intercept[note] == pytest.approx(expected, abs=1e-5)
    assert np.isnan(result.intercept[[1, 3]]).all()
    assert np.isnan(result.factor[[1, 3]]).all()


def test_raters_without_parameters_or_below_the_threshold_do_not_take_part():
    ratings = table([(0, r, 2) for r in range(N_RATERS)])
    keep = final_round(ratings, handover(), GAUSSIAN, N_RATERS)
    assert np.flatnonzero(keep).tolist() == list(range(11))
    everybody = final_round(ratings, handover(), GAUSSIAN_TOPIC, N_RATERS)
    assert np.flatnonzero(~everybody).tolist() == [UNKNOWN]


def test_notes_are_counted_before_raters_leave():
    """Note 0 keeps one of its five ratings; note 1 has four to begin with."""
    ratings = table([(0, r, 2) for r in (0, 11, 12, 13, 11)] + [(1, r, 2) for r in range(4)])
    keep = final_round(ratings, handover(), GAUSSIAN, N_RATERS)
    assert np.flatnonzero(keep).tolist() == [0]
    result = gaussian_pass(ratings, AUTHORS, handover(), GAUSSIAN, SHAPE)
    assert result is not None
    assert result.intercept[0] == 0
    assert np.isnan(result.intercept[1])


def test_nobody_left_gives_nothing():
    ratings = table([(0, UNKNOWN, 2)] * 5)
    assert gaussian_pass(ratings, AUTHORS, handover(), GAUSSIAN, SHAPE) is None
    assert gaussian_pass(table([]), AUTHORS, handover(), GAUSSIAN, SHAPE) is None


def test_the_author_needs_no_helpfulness_but_a_factor_and_no_rating_of_their_own():
    rows = [(0, r, 2 if r % 2 else 0) for r in range(10)]
    score = [
        result.intercept[0]
        for author in (AUTHOR, UNKNOWN, -1, 3)
        if (result := gaussian_pass(table(rows), np.full(4, author), handover(), GAUSSIAN, SHAPE))
    ]
    assert len(score) == 4
    assert score[0] > score[1]
    assert score[1] == score[2] == score[3]


def test_a_rating_by_the_author_that_was_left_out_does_not_count_as_theirs():
    """Below the threshold their rating is dropped; as author they count as rating helpful all the same."""
    rows = [(0, r, 2 if r % 2 else 0) for r in range(10)]
    own = gaussian_pass(table([*rows, (0, AUTHOR, 0)]), AUTHORS, handover(), GAUSSIAN, SHAPE)
    none = gaussian_pass(table(rows), AUTHORS, handover(), GAUSSIAN, SHAPE)
    assert own is not None
    assert none is not None
    assert own.intercept[0] == none.intercept[0]


def test_author_ratings_leave_the_note_factor_alone():
    with_authors = gaussian_pass(RATINGS, AUTHORS, handover(), GAUSSIAN, SHAPE)
    without = gaussian_pass(RATINGS, np.full(4, -1), handover(), GAUSSIAN, SHAPE)
    assert with_authors is not None
    assert without is not None
    np.testing.assert_array_equal(with_authors.factor, without.factor)
    assert with_authors.intercept[0] != without.intercept[0]


def test_the_note_factor_is_that_of_the_default_fit():
    exact = replace(GAUSSIAN, trainer="exact")
    result = gaussian_pass(RATINGS, AUTHORS, handover(), exact, SHAPE)
    assert result is not None
    early = gaussian_pass(RATINGS, AUTHORS, handover(), GAUSSIAN, SHAPE)
    assert early is not None
    np.testing.assert_allclose(early.factor, result.factor, atol=5e-3)
    label = RATINGS.level[RATINGS.note == 0] / 2
    design = np.stack([np.ones(10), FACTOR[:10]], axis=1)
    ridge = np.diag([0.15, 0.03]) * 10.0
    expected = np.linalg.solve(design.T @ design + ridge, design.T @ (label - 0.17 - 0.1))
    assert result.factor[0] == pytest.approx(expected[1], abs=1e-6)


def test_penalties_follow_the_given_ratings_per_note():
    exact = replace(GAUSSIAN, trainer="exact")
    loose, strict = (
        gaussian_pass(RATINGS, AUTHORS, handover(), exact, SHAPE, ratings_per_note=scale)
        for scale in (1.0, 100.0)
    )
    assert loose is not None
    assert strict is not None
    assert abs(strict.factor[0]) < abs(loose.factor[0])
    np.testing.assert_array_equal(strict.intercept, loose.intercept)


def test_a_missing_global_intercept_counts_as_zero():
    """As prescoring of InDimensionTwo, which has none."""
    missing = gaussian_pass(RATINGS, AUTHORS, handover(global_intercept=float("nan")), GAUSSIAN, SHAPE)
    zero = gaussian_pass(RATINGS, AUTHORS, handover(global_intercept=0.0), GAUSSIAN, SHAPE)
    assert missing is not None
    assert zero is not None
    np.testing.assert_array_equal(missing.factor, zero.factor)


def test_authors_come_from_the_history():
    history = pl.DataFrame({"author": pl.Series([3, None, 0], dtype=pl.Int32)})
    assert note_authors(history).tolist() == [3, -1, 0]

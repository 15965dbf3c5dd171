"""The compiled Gaussian score against the plain one, and what holds for every score."""

from __future__ import annotations

from dataclasses import replace

import numba
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridgenotes.scoring.gaussian.score import direction_scores, gaussian_scores
from bridgenotes.scoring.gaussian.settings import COARSE, FINE, GAUSSIAN, GAUSSIAN_TOPIC
from bridgenotes.scoring.mf.matrix import RatingMatrix
from unit.scoring.gaussian import truth

NOT_HELPFUL, SOMEWHAT, HELPFUL = 0, 1, 2
BOTH = pytest.mark.parametrize("settings", [GAUSSIAN, GAUSSIAN_TOPIC], ids=["core", "topic"])
EVERYWHERE = np.array([-0.9, -0.7, -0.5, -0.3, -0.1, 0.1, 0.3, 0.5, 0.7, 0.9])


class Ratings:
    """Random ratings; every note has 1 to 40, some notes lean to one side, some have an author's row."""

    def __init__(self, seed: int, n_notes: int = 40, n_raters: int = 120) -> None:
        rng = np.random.default_rng(seed)
        self.n_notes, self.n_raters = n_notes, n_raters
        self.factor = rng.normal(0, 0.5, n_raters).astype(np.float32).astype(float)
        self.factor[0] = 0.0
        taste = rng.uniform(0.05, 0.95, (n_notes, 2))
        rows = [rng.permutation(n_raters)[: rng.integers(1, 41)] for _ in range(n_notes)]
        self.rater = np.concatenate(rows).astype(np.int32)
        self.note = np.repeat(np.arange(n_notes), [len(row) for row in rows]).astype(np.int32)
        likes = rng.random(len(self.note)) < taste[self.note, (self.factor[self.rater] > 0).astype(int)]
        self.level = np.where(rng.random(len(self.note)) < 0.15, SOMEWHAT, np.where(likes, HELPFUL, 0))
        self.level = self.level.astype(np.uint8)
        present = np.zeros((n_notes, n_raters), bool)
        present[self.note, self.rater] = True
        absent = [np.flatnonzero(~row) for row in present]
        chosen = np.array([rng.choice(row) for row in absent])
        self.author = np.where(rng.random(n_notes) < 0.6, chosen, -1)

    def scores(self, settings=GAUSSIAN, *, order=None, sign=1.0):
        order = np.arange(len(self.note)) if order is None else order
        matrix = RatingMatrix.build(
            self.note[order], self.rater[order], self.level[order], shape=(self.n_notes, self.n_raters)
        )
        return gaussian_scores(matrix.by_note, sign * self.factor, self.author, settings)

    def expected(self, settings):
        found = []
        for n in range(self.n_notes):
            mine = self.note == n
            author = None if self.author[n] < 0 else self.factor[self.author[n]]
            found.append(truth.score(self.factor[self.rater[mine]], self.level[mine], author, settings))
        return np.array(found).T


ratings = st.builds(Ratings, seed=st.integers(0, 2**31))


def one_note(factor, level, settings=GAUSSIAN, author=None):
    """Score of a single note; its author, if any, is one more row."""
    n = len(factor)
    matrix = RatingMatrix.build(np.zeros(n, np.int32), np.arange(n), np.asarray(level), shape=(1, n))
    rows = np.array(factor if author is None else [*factor, author], float)
    author_row = np.array([-1 if author is None else n])
    return gaussian_scores(matrix.by_note, rows, author_row, settings)[0][0]


@BOTH
@given(case=ratings)
def test_equals_the_plain_score(settings, case):
    score, tilt = case.scores(settings)
    expected_score, expected_tilt = case.expected(settings)
    np.testing.assert_allclose(score, expected_score, rtol=0, atol=2e-5)
    np.testing.assert_allclose(tilt, expected_tilt, rtol=0, atol=1e-12)


def test_the_cases_cover_both_signs_and_zero():
    score, _ = Ratings(3, n_notes=200).scores()
    assert (score > 0).any()
    assert (score < 0).any()
    assert (score == 0).any()


@given(case=ratings)
def test_scores_stay_in_their_ranges(case):
    score, _ = case.scores()
    positive, negative = score[score > 0], score[score < 0]
    assert ((positive >= 0.05 - 1e-7) & (positive <= 0.8 + 1e-7)).all()
    assert ((negative >= -0.65 - 1e-7) & (negative <= -0.25 + 1e-7)).all()


@given(case=ratings, seed=st.integers(0, 99))
def test_row_order_does_not_matter(case, seed):
    order = np.random.default_rng(seed).permutation(len(case.note))
    np.testing.assert_allclose(case.scores(order=order)[0], case.scores()[0], rtol=0, atol=2e-7)


@given(case=ratings)
def test_turning_the_axis_round_changes_only_the_sign_of_tilts(case):
    score, tilt = case.scores()
    turned, turned_tilt = case.scores(sign=-1.0)
    np.testing.assert_allclose(turned, score, rtol=0, atol=2e-7)
    np.testing.assert_allclose(turned_tilt, -tilt, atol=1e-12)


@given(case=ratings, seed=st.integers(0, 99))
def test_names_do_not_matter(case, seed):
    before, _ = case.scores()
    rng = np.random.default_rng(seed)
    note, rater = rng.permutation(case.n_notes), rng.permutation(case.n_raters)
    author = np.where(case.author >= 0, rater[case.author], -1)
    factor = case.factor.copy()
    case.factor[rater] = factor
    case.author = case.author.copy()
    case.author[note] = author
    case.note, case.rater = note[case.note].astype(np.int32), rater[case.rater].astype(np.int32)
    np.testing.assert_allclose(case.scores()[0][note], before, rtol=0, atol=2e-7)


def test_any_number_of_threads_gives_the_same_bits():
    case = Ratings(11, n_notes=300)
    before = numba.get_num_threads()
    try:
        numba.set_num_threads(2)
        several, _ = case.scores()
        numba.set_num_threads(1)
        single, _ = case.scores()
    finally:
        numba.set_num_threads(before)
    np.testing.assert_array_equal(single, several)


def test_nobody_rated():
    matrix = RatingMatrix.build(np.zeros(0, np.int32), np.zeros(0, np.int32), np.zeros(0), shape=(0, 0))
    score, tilt = gaussian_scores(matrix.by_note, np.zeros(0), np.zeros(0, np.int64), GAUSSIAN)
    assert len(score) == len(tilt) == 0


@pytest.mark.parametrize("level", [NOT_HELPFUL, SOMEWHAT, HELPFUL])
def test_one_rating_is_not_enough(level):
    assert one_note([0.2], [level]) == 0


def test_raters_on_one_side_are_not_enough():
    """Fifty raters around -0.5 leave the viewpoints at 0.92 without kernel mass."""
    assert one_note(np.linspace(-0.6, -0.4, 50), [HELPFUL] * 50) == 0


def test_one_sided_raters_that_reach_far_meet_the_sparse_prior():
    """All on the positive side, but near enough to be heard on the other: the prior falls to 0.1."""
    wide = replace(GAUSSIAN, helpful=replace(GAUSSIAN.helpful, bandwidth=0.6))
    factor, level = np.full(6, 0.05), np.full(6, HELPFUL)
    assert one_note(factor, level, wide) < one_note(factor, level, replace(wide, sparse_count=0))
    assert one_note(factor, level, wide) == pytest.approx(truth.score(factor, level, None, wide)[0], abs=1e-6)


def test_a_factor_of_zero_counts_for_neither_side():
    factor = np.array([*EVERYWHERE, 0.0])
    level = np.array([HELPFUL] * 11)
    strict = replace(GAUSSIAN, sparse_count=6)
    assert one_note(factor, level, strict) == pytest.approx(
        truth.score(factor, level, None, strict)[0], abs=1e-6
    )
    assert one_note(factor, level, strict) < one_note(factor, level, replace(strict, sparse_count=5))


def test_agreement_across_the_axis_is_shown_and_camps_are_not():
    factor = np.tile(EVERYWHERE, 3)
    everybody = one_note(factor, np.full(30, HELPFUL))
    one_camp = one_note(factor, np.where(factor > 0, HELPFUL, NOT_HELPFUL))
    nobody = one_note(factor, np.full(30, NOT_HELPFUL))
    assert everybody > 0.51
    assert one_camp < 0.3
    assert nobody < -0.5


def test_wide_opposition_weighs_more_than_the_same_opposition_from_one_place():
    """The opponents of either note sit at the same place; only their mean, hence their spread, differs."""
    direction = GAUSSIAN.helpful
    together = truth.spread_multiplier(np.array([0.3, 0.3, 0.3]), 10, direction, GAUSSIAN)
    apart = truth.spread_multiplier(np.array([-0.5, 0.0, 0.5]), 10, direction, GAUSSIAN)
    assert together == pytest.approx(1.0, abs=1e-9)
    assert apart == pytest.approx(1.6, abs=1e-9)
    flat = replace(GAUSSIAN, helpful=replace(direction, spread_slope=0.0))
    level = np.where(np.isin(EVERYWHERE, [-0.5, 0.1, 0.7]), NOT_HELPFUL, HELPFUL)
    assert one_note(EVERYWHERE, level) < one_note(EVERYWHERE, level, flat)


def test_an_author_counts_as_one_helpful_rating_in_the_helpful_direction_only():
    level = np.array([HELPFUL, NOT_HELPFUL] * 5)
    matrix = RatingMatrix.build(np.zeros(10, np.int32), np.arange(10), level, shape=(1, 10))
    rows = np.array([*EVERYWHERE, 0.4])
    with_author, without = np.array([10]), np.array([-1])
    helpful = [
        direction_scores(matrix.by_note, rows, who, GAUSSIAN.helpful, GAUSSIAN)[0][0]
        for who in (with_author, without)
    ]
    mirrored = [
        direction_scores(matrix.by_note, rows, who, GAUSSIAN.not_helpful, GAUSSIAN)[0][0]
        for who in (with_author, without)
    ]
    assert helpful[0] > helpful[1]
    assert mirrored[0] == mirrored[1]
    assert helpful[0] == pytest.approx(
        truth.one_direction(EVERYWHERE, level, 0.4, GAUSSIAN.helpful, GAUSSIAN)[0], abs=1e-6
    )


def test_a_rater_beyond_the_reach_of_every_viewpoint_silences_the_helpful_direction():
    """float32 underflows to 0 / 0; the not-helpful direction does not normalise and goes on."""
    factor, level = np.array([*EVERYWHERE, 5.0]), np.full(11, HELPFUL)
    matrix = RatingMatrix.build(np.zeros(11, np.int32), np.arange(11), level, shape=(1, 11))
    nobody = np.array([-1])
    assert direction_scores(matrix.by_note, factor, nobody, GAUSSIAN.helpful, GAUSSIAN)[0][0] == 0
    assert direction_scores(matrix.by_note, factor, nobody, GAUSSIAN.not_helpful, GAUSSIAN)[0][0] > 0


def test_viewpoints_are_symmetric_and_as_many_as_the_spec_says():
    assert (len(FINE), len(COARSE)) == (25, 13)
    for direction, count in ((GAUSSIAN.helpful, 50), (GAUSSIAN.not_helpful, 26)):
        points = direction.points
        assert len(points) == count
        np.testing.assert_array_equal(points, -points[::-1])
        assert (np.diff(points) > 0).all()

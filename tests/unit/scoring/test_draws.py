"""The reference's random numbers: values that PyTorch 2.13 on a CPU printed for the same seeds."""

from __future__ import annotations

import numpy as np
import pytest

from bridgenotes.scoring.mf.draws import Draws

UNIFORM = [0.2576316, -0.220689118, -0.096930742]
NORMAL_3 = [-0.146795094, 0.786141276, 0.94682163]
NORMAL_35_ENDS = [-0.820134521, 1.090165138, 1.926368117, 2.298342705, 0.395740926]
UNIFORM_AFTER_35 = [0.798807979, 0.987240195]
NORMAL_AFTER_5 = [-0.894827902, -0.355625033]


def test_uniform_numbers() -> None:
    np.testing.assert_allclose(Draws(1).uniform(3, 0.5), UNIFORM, atol=1e-7)


def test_few_normal_numbers_come_in_pairs() -> None:
    np.testing.assert_allclose(Draws(7).normal(3), NORMAL_3, atol=1e-6)
    draws = Draws(7)
    draws.normal(5)
    np.testing.assert_allclose(draws.normal(2), NORMAL_AFTER_5, atol=1e-6)


def test_many_normal_numbers_come_in_blocks_the_last_of_which_is_drawn_anew() -> None:
    draws = Draws(7)
    found = draws.normal(35)
    np.testing.assert_allclose(found[[0, 15, 18, 19, 34]], NORMAL_35_ENDS, atol=1e-6)
    np.testing.assert_allclose(draws.uniform(2, 1.0), UNIFORM_AFTER_35, atol=1e-7)


@pytest.mark.parametrize("size", [0, 1, 2, 15, 16, 17, 100])
def test_skipping_leaves_the_stream_where_drawing_does(size: int) -> None:
    drawn, skipped = Draws(3), Draws(3)
    drawn.normal(size)
    skipped.skip_normal(size)
    np.testing.assert_array_equal(drawn.uniform(4, 1.0), skipped.uniform(4, 1.0))


def test_normal_numbers_look_normal() -> None:
    sample = Draws(2).normal(100_000)
    assert abs(sample.mean()) < 0.01
    assert abs(sample.std() - 1) < 0.01

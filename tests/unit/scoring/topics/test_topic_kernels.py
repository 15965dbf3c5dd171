"""The compiled loop of topic regression against the formula in plain numpy."""

from __future__ import annotations

import numba
import numpy as np
import pytest

from bridgenotes.scoring import compiled
from bridgenotes.scoring.topics.kernels import LANES, misfit_and_slope


def drawn(n_classes: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Posts by tokens, some posts without any; weights of tokens and, last, intercepts; the right classes."""
    rng = np.random.default_rng(n_classes)
    posts = rng.random((50, 7)) * (rng.random((50, 7)) < 0.4)
    posts[3] = 0
    return posts, rng.normal(size=(8, n_classes)), rng.integers(0, n_classes, 50)


def found(
    posts: np.ndarray, weights: np.ndarray, right: np.ndarray, n_chunks: int
) -> tuple[float, np.ndarray]:
    n_classes = weights.shape[1]
    width = -(-n_classes // LANES) * LANES
    lines = np.zeros((len(weights), width))
    lines[:, :n_classes] = weights
    start = np.append(0, np.cumsum((posts > 0).sum(axis=1)))
    tokens = np.nonzero(posts)[1].astype(np.int32)
    chunks = np.linspace(0, len(posts), n_chunks + 1).astype(np.int64)
    misfits, slopes = misfit_and_slope(
        start, tokens, posts[posts > 0], chunks, right, lines.ravel(), n_classes, width
    )
    return misfits.sum(), slopes.sum(axis=0).reshape(lines.shape)


@pytest.mark.parametrize("n_classes", [2, 5, 8, 9, 17])
def test_misfit_and_slope_are_the_formulas(n_classes: int) -> None:
    """Of the columns that fill a line up nothing comes."""
    posts, weights, right = drawn(n_classes)
    scores = posts @ weights[:-1] + weights[-1]
    chance = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    residual = chance - np.eye(n_classes)[right]
    misfit, slope = found(posts, weights, right, 3)
    assert misfit == pytest.approx(-np.log(chance[np.arange(50), right]).sum(), rel=1e-12)
    np.testing.assert_allclose(slope[:-1, :n_classes], posts.T @ residual, atol=1e-12)
    np.testing.assert_allclose(slope[-1, :n_classes], residual.sum(axis=0), atol=1e-12)
    assert not slope[:, n_classes:].any()


def test_threads_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    alone = found(*drawn(5), 6)
    monkeypatch.setattr(compiled, "LARGE", 0)
    monkeypatch.setattr(numba, "get_num_threads", lambda: 2)
    shared = found(*drawn(5), 6)
    assert alone[0] == shared[0]
    np.testing.assert_array_equal(alone[1], shared[1])

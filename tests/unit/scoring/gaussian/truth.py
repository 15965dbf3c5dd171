"""One note's Gaussian score, spelled out as the spec has it: slow, readable.

Kernels are float32 as in the reference, since it matters where they underflow; all else is float64.
"""

from __future__ import annotations

import numpy as np

from bridgenotes.scoring.gaussian.settings import Direction, GaussianSettings

HELPFUL_LEVEL = 2


def score(
    factor: np.ndarray, level: np.ndarray, author: float | None, settings: GaussianSettings
) -> tuple[float, float]:
    """Score and tilt of a note from its raters' factors, their levels and the author's factor."""
    helpful, tilt = one_direction(factor, level, author, settings.helpful, settings)
    not_helpful, _ = one_direction(factor, level, author, settings.not_helpful, settings)
    return (-not_helpful if abs(helpful) < abs(not_helpful) else helpful), tilt


def one_direction(
    factor: np.ndarray,
    level: np.ndarray,
    author: float | None,
    direction: Direction,
    settings: GaussianSettings,
) -> tuple[float, float]:
    if author is not None and direction.with_authors:
        factor, level = np.append(factor, author), np.append(level, HELPFUL_LEVEL)
    n = len(factor)
    if n == 0:
        return 0.0, 0.0
    helpfulness = level / 2
    value = np.where(helpfulness == 0.5, settings.somewhat_helpful, helpfulness)
    if direction.mirrors:
        helpfulness, value = 1 - helpfulness, 1 - value
    tilt = float(np.mean(2 * (helpfulness - 0.5) * factor))
    points = direction.points.astype(float)
    kernel = kernels(factor, direction).astype(float)
    if (kernel.sum(axis=0) < direction.min_mass).any():
        return 0.0, tilt
    opposes = helpfulness == 0
    multiplier = spread_multiplier(factor[opposes], n, direction, settings)
    weight = np.where(opposes[:, None], kernel * multiplier * direction.opposing_weight, kernel)
    prior = np.clip(direction.prior + tilt * points / 2, direction.prior_floor, direction.prior)
    if min((factor < 0).sum(), (factor > 0).sum()) < settings.sparse_count:
        prior = np.full(len(points), settings.sparse_prior)
    base = direction.prior_weight_ratings
    prior_weight = direction.prior_weight * np.log(max(n, base)) / np.log(base)
    curve = (weight.T @ value + prior_weight * prior) / (weight.sum(axis=0) + prior_weight)
    if np.isnan(curve).any():
        return 0.0, tilt
    curve = np.clip(curve, direction.lowest, direction.highest)
    return float(np.exp(np.log(curve).mean())), tilt


def kernels(factor: np.ndarray, direction: Direction) -> np.ndarray:
    width = np.float32(direction.bandwidth)
    distance = (factor.astype(np.float32)[:, None] - direction.points[None, :]) / width
    kernel = np.exp(-(distance**2) / 2) / (width * np.sqrt(np.float32(2 * np.pi)))
    if direction.normalises:
        with np.errstate(invalid="ignore"):
            kernel = kernel / kernel.sum(axis=1, keepdims=True)
    assert kernel.dtype == np.float32
    return kernel


def spread_multiplier(
    opposing: np.ndarray, n: int, direction: Direction, settings: GaussianSettings
) -> float:
    if len(opposing) == 0:
        return 1.0
    beyond = np.abs(opposing - opposing.mean()) - settings.spread_window / 2
    spread = 1 / (1 + np.exp(-settings.spread_steepness * beyond))
    return min(direction.spread_cap, 1 + direction.spread_slope * float(spread.sum()) / n)

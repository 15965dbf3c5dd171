"""Where chance comes from: one independent generator per stage and part."""

from __future__ import annotations

from bisect import bisect_left
from enum import IntEnum
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt


class Stage(IntEnum):
    """What a generator is for; the number is part of its seed, so never renumber."""

    RATERS = 1
    POSTS = 2
    NOTES = 3
    CREWS = 4
    TAGS = 5
    PHRASES = 6
    RATINGS = 7
    HISTORY = 8
    TEXT = 9
    REQUESTS = 10


def generator(seed: int, stage: Stage, part: int = 0) -> np.random.Generator:
    """Return the generator of one part of one stage; it depends on nothing else."""
    return np.random.Generator(np.random.Philox(np.random.SeedSequence(seed, spawn_key=(stage, part))))


def pick(rng: np.random.Generator, shares: npt.ArrayLike, size: int) -> npt.NDArray[np.int64]:
    """Return ``size`` positions in ``shares``, each as likely as its share."""
    edges = np.cumsum(np.asarray(shares, dtype=np.float64))
    found: npt.NDArray[np.int64] = np.searchsorted(edges / edges[-1], rng.random(size), side="right")
    return np.minimum(found, len(edges) - 1)


def apportion(
    weights: npt.NDArray[np.float64], total: int, caps: npt.NDArray[np.int64]
) -> npt.NDArray[np.int64]:
    """Return whole numbers with the sum ``total``, about proportional to ``weights``, at most ``caps``.

    Raises
    ------
    ValueError
        If the caps add up to less than ``total``.
    """
    if caps.sum() < total:
        raise ValueError(f"at most {caps.sum()} can be given out, not {total}")
    given = np.zeros(len(weights), dtype=np.int64)
    heaviest_first = np.argsort(-weights, kind="stable")
    rest, open_weight = total, np.where(caps > 0, weights, 0.0).sum()
    while rest > 0:
        # Late rounds give one to each of a few, and there are many of them: only the few are looked at.
        factor = rest / open_weight
        reached = bisect_left(heaviest_first, True, key=lambda k: weights[k] * factor < 1.0)
        few = heaviest_first[:reached]
        few = few[given[few] < caps[few]]
        if not len(few):
            is_open = given < caps
            order = np.argsort(-np.where(is_open, weights * factor, -1.0), kind="stable")
            few = order[: min(rest, int(is_open.sum()))]
            share = np.ones(len(few), dtype=np.int64)
        else:
            share = np.minimum(np.floor(weights[few] * factor).astype(np.int64), caps[few] - given[few])
        given[few] += share
        rest -= int(share.sum())
        if (given[few] >= caps[few]).any():
            open_weight = np.where(given < caps, weights, 0.0).sum()
    return given

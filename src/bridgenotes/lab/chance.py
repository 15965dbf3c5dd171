"""Where chance comes from: one independent generator per stage and part."""

from __future__ import annotations

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
    while (rest := total - int(given.sum())) > 0:
        open_weights = np.where(given < caps, weights, 0.0)
        wanted = open_weights * (rest / open_weights.sum())
        share = np.minimum(np.floor(wanted).astype(np.int64), caps - given)
        if not share.any():
            order = np.argsort(-np.where(given < caps, wanted, -1.0), kind="stable")
            share[order[: min(rest, int((given < caps).sum()))]] = 1
        given += share
    return given

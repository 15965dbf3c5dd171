"""Raters who keep rating the same notes close in time (spec 02 B.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bridgenotes.scoring import vectors
from bridgenotes.scoring.similarity import kernels
from bridgenotes.scoring.similarity.blocks import by_block
from bridgenotes.scoring.similarity.dense import dense
from bridgenotes.scoring.similarity.notes import NOWHERE, BoolArray, Int32Array, Int64Array, NoteFacts

if TYPE_CHECKING:
    from bridgenotes.scoring.ratings import Ratings
    from bridgenotes.scoring.similarity.settings import RaterPairs


def rater_pairs(facts: NoteFacts, ratings: Ratings, settings: RaterPairs) -> Int32Array:
    """Return the suspect pairs of raters.

    Parameters
    ----------
    facts : NoteFacts
        For the posts of notes.
    ratings : Ratings
        Any verdict counts.
    settings : RaterPairs
        Window and thresholds.

    Returns
    -------
    numpy.ndarray, int32, shape (n_pairs, 2)
        Contributor codes, each pair once, smaller code first.

    Notes
    -----
    With ``together`` the posts on which both rated one note within the window, ``t`` each
    rater's posts and N their sum:
    npmi = ln(together * N / ((t_x + 500) (t_y + 500))) / -ln(together / N),
    overlap = together / (min(t_x, t_y) + 10).
    """
    ratings = ratings.where(vectors.take(facts.place != NOWHERE, ratings.note))
    place, rater = vectors.take(facts.place, ratings.note), ratings.rater
    total = _posts_per_rater(facts, place, rater)
    grand_total = int(total.sum())
    is_busy = vectors.take(total >= settings.min_posts, rater)
    if not is_busy.any():
        return np.empty((0, 2), np.int32)
    thresholds = (
        settings.regularisation, settings.pseudocount, settings.min_npmi, settings.min_overlap,
    )  # fmt: skip
    least = _least_together(settings, grand_total, thresholds)
    busy = ratings.where(is_busy)
    place, rater, time = _by_note(facts, place[is_busy], busy.rater, busy.created_at_ms)
    keep = _may_be_suspect(kernels.has_company(place, time, settings.window_ms), rater, least)
    place, time = place[keep], time[keep]
    codes, rater = dense(rater[keep])
    start, position = vectors.group(rater, len(codes))

    def find(first: int, last: int) -> Int32Array:
        found: Int32Array = kernels.close_pairs(
            first, last, start, position, rater, time, place, facts.post_of_place, total[codes],
            grand_total, settings.window_ms, *thresholds, least,
        )  # fmt: skip
        return found

    pairs = np.concatenate(by_block(find, start))[:, :2]
    suspects: Int32Array = codes[pairs]
    return suspects


def _posts_per_rater(facts: NoteFacts, place: Int32Array, rater: Int32Array) -> Int64Array:
    """Count the distinct posts each contributor rated."""
    start, order = vectors.group(rater, int(rater.max(initial=-1)) + 1)
    total: Int64Array = kernels.distinct_posts(start, facts.post_of_place[place[order]])
    return total


def _least_together(settings: RaterPairs, grand_total: int, thresholds: tuple[float, ...]) -> int:
    """Return a number of posts together that every suspect pair reaches.

    Both measures fall as the raters' totals grow, so the smallest totals allow the least.
    """
    small = settings.min_posts
    for together in range(1, small):
        if kernels.is_suspect(together, small, small, grand_total, *thresholds):
            return together
    return small


def _by_note(
    facts: NoteFacts, place: Int32Array, rater: Int32Array, time: Int64Array
) -> tuple[Int32Array, Int32Array, Int64Array]:
    """Sort ratings by place, then time."""
    start, order = vectors.group(place, len(facts.post_of_place))
    place, rater, time = place[order], rater[order], time[order]
    kernels.sort_by_time(start, rater, time)
    return place, rater, time


def _may_be_suspect(has_company: BoolArray, rater: Int32Array, least: int) -> BoolArray:
    """Drop ratings nobody accompanied and raters with too few others; they can be in no suspect pair."""
    accompanied = np.bincount(rater[has_company], minlength=int(rater.max()) + 1)
    keep: BoolArray = has_company & (accompanied >= least)[rater]
    return keep

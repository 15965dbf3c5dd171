"""Raters who keep rating the same notes close in time (spec 02 B.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bridgenotes.scoring import vectors
from bridgenotes.scoring.batches import batches, flags
from bridgenotes.scoring.similarity import kernels
from bridgenotes.scoring.similarity.blocks import by_block
from bridgenotes.scoring.similarity.dense import dense
from bridgenotes.scoring.similarity.notes import NOWHERE, Int32Array, Int64Array, NoteFacts

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
    placed = ratings.where(flags(ratings, lambda part: vectors.take(facts.place != NOWHERE, part.note)))
    total = _posts_per_rater(facts, placed)
    grand_total, is_busy = int(total.sum()), total >= settings.min_posts
    if not is_busy.any():
        return np.empty((0, 2), np.int32)
    thresholds = (
        settings.regularisation, settings.pseudocount, settings.min_npmi, settings.min_overlap,
    )  # fmt: skip
    least = _least_together(settings, grand_total, thresholds)
    busy = placed.where(flags(placed, lambda part: vectors.take(is_busy, part.rater)))
    close = _in_company(facts, busy, settings.window_ms, least)
    place, time = _places(facts, close), close.created_at_ms
    codes, rater = dense(close.rater)
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


def _places(facts: NoteFacts, ratings: Ratings) -> Int32Array:
    """Return the place of each rating's note."""
    out = np.empty(len(ratings), np.int32)
    done = 0
    for part in batches(ratings):
        out[done : done + len(part)] = vectors.take(facts.place, part.note)
        done += len(part)
    return out


def _posts_per_rater(facts: NoteFacts, ratings: Ratings) -> Int64Array:
    """Count the distinct posts each contributor rated."""
    n_raters = 1 + max((int(part.rater.max()) for part in batches(ratings)), default=-1)
    start, order = vectors.group(ratings.rater, n_raters)
    post = vectors.take(facts.post_of_place, _places(facts, ratings.take(order)))
    total: Int64Array = kernels.distinct_posts(start, post)
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


def _in_company(facts: NoteFacts, ratings: Ratings, window_ms: int, least: int) -> Ratings:
    """Return the ratings that can be in a suspect pair, by place and time.

    Somebody else rated the same note within the window, and the rater has enough of these.
    """
    _, order = vectors.group_by_time(_places(facts, ratings), ratings.created_at_ms, len(facts.post_of_place))
    ordered = ratings.take(order)
    close = ordered.where(kernels.has_company(_places(facts, ordered), ordered.created_at_ms, window_ms))
    accompanied = vectors.count(
        close.rater, 1 + max((int(p.rater.max()) for p in batches(close)), default=-1)
    )
    return close.where(flags(close, lambda part: vectors.take(accompanied >= least, part.rater)))

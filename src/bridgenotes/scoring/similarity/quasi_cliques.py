"""Dense groups of raters who give the same verdicts on the same notes (spec 02 B.4)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from bridgenotes.scoring import vectors
from bridgenotes.scoring.batches import count_by_note, flags
from bridgenotes.scoring.similarity import kernels
from bridgenotes.scoring.similarity.blocks import by_block
from bridgenotes.scoring.similarity.dense import dense
from bridgenotes.scoring.similarity.notes import NOWHERE, BoolArray, Int32Array, Int64Array, NoteFacts

if TYPE_CHECKING:
    from bridgenotes.scoring.ratings import Ratings
    from bridgenotes.scoring.similarity.settings import QuasiCliques

N_LEVELS: Final = 3
"""Verdicts a rating can give."""


@dataclass(frozen=True)
class Actions:
    """Who gave which verdict on which note; a verdict on a note is an action (spec 02 B.4.2).

    Attributes
    ----------
    codes : numpy.ndarray, int32, shape (n_raters,)
        Contributor codes, ascending; raters below are positions here.
    start, action : numpy.ndarray, int64 (n_raters + 1,) and int32 (n_rows,)
        The actions of each rater, ascending.
    action_start, action_rater : numpy.ndarray, int64 (n_actions + 1,) and int32 (n_rows,)
        The raters of each action, ascending.
    action_visit : numpy.ndarray, int32, shape (n_rows,)
        Beside ``action_rater``: number of the rater's visit to the post.
    post_of_action : numpy.ndarray, int32, shape (n_actions,)
        Dense post numbers, ascending.
    """

    codes: Int32Array
    start: Int64Array
    action: Int32Array
    action_start: Int64Array
    action_rater: Int32Array
    action_visit: Int32Array
    post_of_action: Int32Array

    @classmethod
    def of(cls, rater: Int32Array, key: Int32Array, post_of_key: Int32Array) -> Actions:
        """Index rows of a contributor code and an action key."""
        codes, row_rater = dense(rater)
        keys, row_action = dense(key)
        _, post = dense(post_of_key[keys])
        _, order = vectors.group(row_action, len(keys))
        row_rater, row_action = vectors.take(row_rater, order), vectors.take(row_action, order)
        start, order = vectors.group(row_rater, len(codes))
        row_rater, action = vectors.take(row_rater, order), vectors.take(row_action, order)
        is_new = np.ones(len(action), np.bool_)
        of_post = vectors.take(post, action)
        is_new[1:] = (row_rater[1:] != row_rater[:-1]) | (of_post[1:] != of_post[:-1])
        visit = np.cumsum(is_new, dtype=np.int32) - np.int32(1)
        action_start, order = vectors.group(action, len(keys))
        by_action = vectors.take(row_rater, order), vectors.take(visit, order)
        return cls(codes, start, action, action_start, *by_action, post)


def quasi_cliques(facts: NoteFacts, ratings: Ratings, settings: QuasiCliques) -> pl.DataFrame:
    """Grow quasi-cliques from the pairs of raters that agree most often.

    Parameters
    ----------
    facts : NoteFacts
        For the posts, ages and classifications of notes.
    ratings : Ratings
    settings : QuasiCliques
        Thresholds.

    Returns
    -------
    polars.DataFrame
        rater (int32), quasi_clique_value (int64, from 1 on, smaller cliques first); a rater
        may be in several cliques.

    Notes
    -----
    Of equal seeds the one with the smallest codes goes first; of equal candidates the one that
    ``settings.largest_first`` says. The spec leaves both open.
    """
    rater, key = _recent_actions(facts, ratings, settings)
    post_of_key = np.repeat(facts.post_of_place, N_LEVELS)
    pool, seeds = _pool_and_seeds(rater, key, post_of_key, settings)
    is_pooled = np.zeros(1 + int(rater.max(initial=-1)), np.bool_)
    is_pooled[pool] = True
    in_pool = vectors.take(is_pooled, rater)
    actions = Actions.of(rater[in_pool], key[in_pool], post_of_key)
    kept = [clique for clique in _grown(actions, seeds, settings) if len(clique) >= settings.min_raters]
    kept.sort(key=len)
    return pl.DataFrame(
        {
            "rater": np.concatenate([np.empty(0, np.int32), *kept]),
            "quasi_clique_value": np.repeat(np.arange(1, len(kept) + 1), [len(clique) for clique in kept]),
        },
        schema={"rater": pl.Int32, "quasi_clique_value": pl.Int64},
    )


def _recent_actions(
    facts: NoteFacts, ratings: Ratings, settings: QuasiCliques
) -> tuple[Int32Array, Int32Array]:
    """Return rater and action key of the ratings of recent misleading notes."""
    n_ratings = count_by_note(ratings, len(facts.place), lambda part: np.ones(len(part), np.bool_))
    is_rated = (n_ratings > 0) & facts.is_present
    newest = int(facts.created_at_ms[is_rated].max(initial=0))
    is_recent = facts.created_at_ms > newest - settings.recent_ms
    counts = is_rated & is_recent & facts.is_misleading & (facts.place != NOWHERE)
    recent = ratings.where(flags(ratings, lambda part: vectors.take(counts, part.note)))
    key = vectors.take(facts.place, recent.note) * np.int32(N_LEVELS) + recent.level
    return recent.rater, key.astype(np.int32, copy=False)


def _pool_and_seeds(
    rater: Int32Array, key: Int32Array, post_of_key: Int32Array, settings: QuasiCliques
) -> tuple[Int32Array, Int32Array]:
    """Return the pool's contributor codes and the seeds (left, right; positions in the pool), best first."""
    keep = _may_agree(rater, key, settings.min_matches)
    actions = Actions.of(rater[keep], key[keep], post_of_key)

    def count(first: int, last: int) -> tuple[BoolArray, Int32Array]:
        agrees, found = kernels.agreeing_pairs(
            first, last, actions.start, actions.action, actions.action_start, actions.action_rater,
            actions.post_of_action, settings.min_matches, settings.max_weak_matches,
        )  # fmt: skip
        return agrees, found

    blocks = by_block(count, actions.start)
    agrees = np.logical_or.reduce([found for found, _ in blocks])
    pairs = np.concatenate([found for _, found in blocks])
    pairs = pairs[np.lexsort((pairs[:, 1], pairs[:, 0], -pairs[:, 2]))]
    position = np.cumsum(agrees, dtype=np.int32) - 1
    return actions.codes[agrees], position[pairs[:, :2]].astype(np.int32)


def _may_agree(rater: Int32Array, key: Int32Array, min_matches: int) -> BoolArray:
    """Mark the rows that can make a pair reach ``min_matches``: shared actions of raters with enough."""
    keep = np.ones(len(rater), np.bool_)
    n_keys, n_raters = (1 + int(codes.max(initial=-1)) for codes in (key, rater))
    left, kept = len(rater) + 1, len(rater)
    while kept < left:
        left = kept
        keep &= vectors.take(vectors.count(key, n_keys, keep) >= 2, key)
        keep &= vectors.take(vectors.count(rater, n_raters, keep) >= min_matches, rater)
        kept = int(np.count_nonzero(keep))
    return keep


def _grown(actions: Actions, seeds: Int32Array, settings: QuasiCliques) -> list[Int32Array]:
    """Grow seeds, best first, skipping those that touch a grown group; return contributor codes."""
    n_raters, n_actions = len(actions.codes), len(actions.post_of_action)
    n_visits = int(actions.action_visit.max(initial=-1)) + 1
    n_posts = int(actions.post_of_action.max(initial=-1)) + 1
    scratch = (
        np.zeros(n_actions, np.int32), np.zeros(n_actions, np.bool_), np.empty(n_actions, np.int32),
        np.zeros(n_visits, np.int32), np.zeros(n_raters, np.int32), np.zeros(n_posts, np.int32),
        np.empty(n_raters, np.int32), np.zeros(n_raters, np.bool_), np.zeros(n_raters, np.bool_),
    )  # fmt: skip
    is_used = np.zeros(n_raters, np.bool_)
    grown = []
    i = kernels.next_seed(0, seeds, is_used)
    while i < len(seeds):
        members = kernels.grow(
            seeds[i, 0], seeds[i, 1], actions.start, actions.action, actions.action_start,
            actions.action_rater, actions.action_visit, actions.post_of_action,
            settings.action_share, settings.min_action_raters, settings.rater_share,
            settings.min_posts, settings.max_additions, settings.largest_first,
            settings.idle_members_stay, *scratch,
        )  # fmt: skip
        is_used[members] = True
        grown.append(actions.codes[members])
        i = kernels.next_seed(i, seeds, is_used)
    return grown

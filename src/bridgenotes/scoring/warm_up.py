"""Compile every kernel once, on a handful of ratings, so that runs can show compilation apart."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from bridgenotes.scoring import kernels, vectors
from bridgenotes.scoring.confidence.warm_up import compile_confidence
from bridgenotes.scoring.gaussian.score import gaussian_scores
from bridgenotes.scoring.gaussian.settings import GAUSSIAN
from bridgenotes.scoring.mf.draws import Draws
from bridgenotes.scoring.mf.early_stopped import Schedule, train, train_notes
from bridgenotes.scoring.mf.matrix import RatingMatrix
from bridgenotes.scoring.mf.objective import Objective
from bridgenotes.scoring.mf.solver import solve, solve_notes
from bridgenotes.scoring.mf.start import spectral_start
from bridgenotes.scoring.quantile import N_BINS
from bridgenotes.scoring.ratings import Ratings
from bridgenotes.scoring.reputation.final import StoredReputation, score_notes
from bridgenotes.scoring.reputation.model import DILIGENCE
from bridgenotes.scoring.reputation.rounds import prescore
from bridgenotes.scoring.similarity.notes import NoteFacts
from bridgenotes.scoring.similarity.quasi_cliques import quasi_cliques
from bridgenotes.scoring.similarity.rater_pairs import rater_pairs
from bridgenotes.scoring.similarity.settings import SimilaritySettings
from bridgenotes.scoring.topics.kernels import misfit_and_slope
from bridgenotes.scoring.vectors import still

if TYPE_CHECKING:
    from bridgenotes.scoring.profile import Profile


def warm_up(profile: Profile, *, similarity: bool = True) -> float:
    """Compile, or load from the cache on disk, the kernels a profile needs; return the seconds it took.

    Parameters
    ----------
    profile : Profile
    similarity : bool
        Without it the kernels of rater similarity are left out.
    """
    began = time.perf_counter()
    ratings = _few_ratings()
    _factorization(ratings)
    _counting()
    if any(scorer.uses_diligence for scorer in profile.scorers):
        _diligence(ratings)
    if any(scorer.kind == "gaussian" for scorer in profile.scorers):
        factor, nobody = np.linspace(-0.5, 0.5, ratings.n_raters), np.full(ratings.n_notes, -1)
        gaussian_scores(ratings.by_note, factor, nobody, GAUSSIAN)
    if profile.predicts_flips or profile.predicts_helpful:
        compile_confidence()
    if similarity and profile.uses_similarity:
        compile_similarity()
    if profile.uses_topics:
        _topics()
    return time.perf_counter() - began


def _few_ratings() -> RatingMatrix:
    note = np.repeat(np.arange(6, dtype=np.int32), 6)
    rater = np.tile(np.arange(6, dtype=np.int32), 6)
    return RatingMatrix.build(note, rater, ((note + rater) % 3).astype(np.uint8))


def _factorization(ratings: RatingMatrix) -> None:
    objective = Objective()
    fit = solve(ratings, objective, spectral_start(ratings, objective))
    solve_notes(ratings, objective, fit.parameters)
    train_notes(ratings, objective, fit.parameters, Schedule())
    train(ratings, objective, fit.parameters, Schedule())


def _counting() -> None:
    codes, tags = still(np.zeros(6, np.int32)), still(np.ones(6, np.uint32))
    kernels.add_tag_counts(codes, tags, np.zeros((6, 22), np.int32))
    kernels.add_tag_weights(codes, tags, np.ones(6), 9, np.zeros(6), np.zeros((6, 13)))
    level, every = still(np.ones(6, np.uint8)), np.ones(6, np.bool_)
    kernels.add_side_counts(
        codes, still(np.zeros(6, np.int8)), level, still(every), np.zeros((6, 2, 5), np.int32)
    )
    kernels.add_counts(codes, still(every), np.zeros(6, np.int64))
    kernels.add_values(codes, still(np.ones(6)), np.zeros(6))
    kernels.add_outcomes(codes, level, still(np.ones(6, np.int8)), np.zeros((6, 4), np.int64))
    kernels.add_bins(np.ones(6), np.zeros(N_BINS, np.int64))
    rows = vectors.chosen(every)
    vectors.chosen(every, rows)
    for of_rating in (np.int32, np.int64, np.uint8, np.uint32, np.bool_):
        vectors.take(np.zeros(6, of_rating), rows)
    for of_code in (np.int8, np.uint8, np.int32, np.int64, np.float32, np.float64, np.bool_):
        vectors.take(np.zeros(6, of_code), codes)
    vectors.count(codes, 6)
    vectors.count(codes, 6, every)
    time = np.zeros(6, np.int64)
    vectors.before(time, time, codes)
    vectors.first_rows(codes, codes, 6)
    vectors.group_by_time(codes, time, 6)


def _diligence(ratings: RatingMatrix) -> None:
    fit = prescore(ratings, DILIGENCE, rater_factor=None, draws=Draws(0))
    stored = StoredReputation(
        note_factor=fit.note_factor,
        note_intercept_round2=fit.note_intercept_round2,
        rater_factor=fit.rater_factor,
        rater_reputation=fit.rater_reputation,
        rater_intercept=fit.rater_intercept,
        rater_intercept_round2=fit.rater_intercept_round2,
        global_intercepts=fit.global_intercepts,
    )
    score_notes(ratings, DILIGENCE, stored=stored)


def _topics() -> None:
    one_post, nothing = np.array([0, 1], np.int64), np.zeros(1, np.int64)
    misfit_and_slope(one_post, np.zeros(1, np.int32), np.ones(1), one_post, nothing, np.zeros(16), 1, 8)


def compile_similarity() -> None:
    """Five raters who agree on 51 posts: enough to be counted as pairs and to seed a clique."""
    posts, raters = 51, 5
    note = np.repeat(np.arange(posts, dtype=np.int32), raters)
    rater = np.tile(np.arange(raters, dtype=np.int32), posts)
    ratings = Ratings(
        pl.DataFrame(
            {
                "note": note,
                "rater": rater,
                "created_at_ms": np.zeros(len(note), np.int64),
                "level": np.full(len(note), 2, np.uint8),
            }
        )
    )
    every, order = np.ones(posts, np.bool_), np.arange(posts, dtype=np.int32)
    nobody = np.full(posts, -1, np.int32)
    facts = NoteFacts(every, every, nobody, np.zeros(posts, np.int64), order, order)
    settings = SimilaritySettings()
    rater_pairs(facts, ratings, settings.rater_pairs)
    quasi_cliques(facts, ratings, settings.quasi_cliques)

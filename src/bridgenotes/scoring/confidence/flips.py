"""Flip prediction: will a note that qualifies for Helpful lose it again? (spec 10.2 to 10.5)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt
import polars as pl
from scipy import special

from bridgenotes.data.vocabulary import CRH
from bridgenotes.scoring import vectors
from bridgenotes.scoring.coalesce import coalesce, in_both_detectors
from bridgenotes.scoring.confidence.flip_features import flip_features
from bridgenotes.scoring.confidence.flip_model import Fitted, FlipModel, pick_terms
from bridgenotes.scoring.confidence.flip_rows import FlipRows, training_rows
from bridgenotes.scoring.confidence.flip_sets import SETS, PostNotes, post_ids
from bridgenotes.scoring.confidence.quantities import SHARES, Bins, Limits, bins_per_quantity, quantities
from bridgenotes.scoring.confidence.settings import POST_CLOCK_SHIFT, POST_EPOCH_MS, FlipSettings
from bridgenotes.scoring.confidence.sparse_logistic import fit_sparse
from bridgenotes.scoring.confidence.terms import families
from bridgenotes.scoring.confidence.timeline import Timeline
from bridgenotes.scoring.errors import ScoringError
from bridgenotes.scoring.side import FLIPS_SCHEMA

if TYPE_CHECKING:
    from bridgenotes.scoring.confidence.factors import RaterFactors
    from bridgenotes.scoring.confidence.flip_features import FlipFeatures
    from bridgenotes.scoring.preprocess import Community
    from bridgenotes.scoring.ratings import Ratings

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]

FAMILY_WORDS: Final = (
    "authors",
    *(f"{kind} of set {name}" for kind in ("ratings", "helpful tags", "not helpful tags") for name in SETS),
    "single quantities",
    "factor statistics",
    "pairs of factor statistics",
    "pairs of peer counters",
    "pairs of rating counts",
    "triples of rating counts",
    "quadruples of rating counts",
)
"""What the families of terms are, for remarks."""


def learn_flips(
    community: Community,
    ratings: Ratings,
    factors: RaterFactors,
    *,
    seed: int,
    settings: FlipSettings | None = None,
) -> tuple[FlipModel | None, list[str]]:
    """Learn from notes whose fate is known.

    Parameters
    ----------
    community : Community
        Notes and status history.
    ratings : Ratings
        Coalesced ratings of prescoring.
    factors : RaterFactors
        From prescoring.
    seed : int
        Of the split into training and validation rows.
    settings : FlipSettings, optional

    Returns
    -------
    model : FlipModel or None
        None if there is too little to learn from; every note is then without prediction, and waits
        as long as one predicted to flip (spec 10.4.6).
    remarks : list of str
        Why there is none.
    """
    settings = settings or FlipSettings()
    timeline = Timeline.build(ratings, community.shape[0])
    candidates = community.history.join(
        community.dataset.notes.select("note", "post_id"), on="note", how="inner", maintain_order="left"
    )
    try:
        rows = training_rows(candidates, timeline, settings)
    except ScoringError as error:
        return None, [f"no flip prediction: {error}"]
    train = rows.take(training_split(len(rows), settings.validation_share, seed))
    if train.flips.all() or not train.flips.any():
        remark = (
            f"no flip prediction: of {len(rows) // 2} notes with a known outcome "
            f"{np.count_nonzero(rows.flips) // 2} lost a Helpful status; both kinds are needed"
        )
        return None, [remark]
    features = flip_features(train, post_notes(community), timeline, factors.flips, settings)
    found = _fit(features, train.flips, settings)
    if isinstance(found, str):
        return None, [f"no flip prediction: {len(rows) // 2} notes with a known outcome have {found}"]
    return pick_terms(found, community.dataset.contributor_ids), []


def training_split(n_rows: int, validation_share: float, seed: int) -> npt.NDArray[np.intp]:
    """Return the rows to learn from, in random order, as the reference draws them."""
    generator = np.random.RandomState(seed)
    n_validation = int(np.ceil(n_rows * validation_share))
    return generator.permutation(n_rows)[n_validation:].astype(np.intp)


def post_notes(community: Community) -> PostNotes:
    """Return notes by post."""
    return PostNotes.build(community, (post_ids(community) >> POST_CLOCK_SHIFT) + POST_EPOCH_MS)


def _fit(features: FlipFeatures, flips: BoolArray, settings: FlipSettings) -> Fitted | str:
    """Return the weights of terms, or what kind of term there is none of."""
    n_bins = bins_per_quantity(settings)
    if len(flips) < n_bins.max():
        return f"only {len(flips)} rows to learn from, fewer than the {n_bins.max()} bins of a quantity"
    limits = Limits.learn(features, settings)
    values = quantities(features, limits, settings)
    values[:, SHARES][:, _still(features.shares)] = 0  # a single bin: no feature
    bins = Bins.learn(values, n_bins)
    candidates = families(features, bins.of(values), flips, settings)
    for words, family in zip(FAMILY_WORDS, candidates, strict=True):
        if not family.n_terms:
            return f"too little variety in {words}"
    fit = fit_sparse(candidates, flips, inverse_regularisation=settings.inverse_regularisation)
    learned_from = {
        "rows": len(flips),
        "flips": int(flips.sum()),
        "terms": sum(family.n_terms for family in candidates),
    }
    threshold = flip_threshold(flips, fit.margin, settings.stable_notes_delayed)
    return Fitted(candidates, fit, limits, bins, threshold, learned_from)


def _still(shares: FloatArray) -> BoolArray:
    """Return which columns hold one value or none, NaN apart."""
    smallest = np.fmin.reduce(shares, axis=0)
    return np.asarray(np.isnan(smallest) | (smallest == np.fmax.reduce(shares, axis=0)))


def flip_threshold(flips: BoolArray, score: FloatArray, stable_notes_delayed: float) -> float:
    """Return the score above which notes count as flipping.

    Parameters
    ----------
    flips, score : numpy.ndarray, shape (n_rows,)
        Outcome and score of training rows.
    stable_notes_delayed : float
        Share of stable notes that may be above; the nearest corner of the ROC curve is taken.
    """
    order = np.argsort(-score, kind="stable")
    last = np.flatnonzero(np.append(np.diff(score[order]) != 0, True))  # of rows with equal scores
    positives = np.cumsum(flips[order])[last]
    negatives = last + 1 - positives
    is_corner = np.ones(len(last), np.bool_)
    is_corner[1:-1] = (np.diff(positives, 2) != 0) | (np.diff(negatives, 2) != 0)
    rate = np.append(0, negatives[is_corner]) / negatives[-1]
    thresholds = np.append(np.inf, score[order][last][is_corner])
    return float(thresholds[np.argmin(np.abs(rate - stable_notes_delayed))])


def flip_notes(
    community: Community, now_ms: int, settings: FlipSettings | None = None
) -> npt.NDArray[np.int32]:
    """Return the notes to predict: all on the posts of notes that stabilise or became Helpful lately.

    Parameters
    ----------
    community : Community
        All notes, also those not scored this time.
    now_ms : int
        Clock of the run.
    settings : FlipSettings, optional

    Returns
    -------
    numpy.ndarray, int32
        Ascending note codes (spec 10.5.1).
    """
    since = now_ms - (settings or FlipSettings()).recently_ms
    history = community.history
    recent = (pl.col("first_non_nmr_status_at_ms") >= since).fill_null(value=False) | (
        pl.col("latest_non_nmr_status_at_ms") >= since
    ).fill_null(value=False)
    is_target = (pl.col("nmr_due_to_min_stable_crh_time_at_ms") > 0).fill_null(value=False) | (
        (pl.col("current_status") == CRH).fill_null(value=False) & recent
    )
    target = history.select(is_target)["nmr_due_to_min_stable_crh_time_at_ms"].to_numpy()
    post = post_ids(community)
    wanted = np.isin(post, vectors.distinct(post[target & (post > 0)]))
    judged = history["classification"].is_not_null().to_numpy()
    return np.flatnonzero(wanted & (post > 0) & judged).astype(np.int32)


def flip_ratings(
    community: Community, similarity: pl.DataFrame, note: npt.NDArray[np.int32], min_notes: int
) -> Ratings:
    """Return the ratings that prediction sees: of the given notes, coalesced as in final scoring.

    Parameters
    ----------
    community : Community
        All ratings.
    similarity : polars.DataFrame
        As prescoring found it.
    note : numpy.ndarray, int32
        From `flip_notes`.
    min_notes : int
        Fewer notes are not coalesced (spec 02 B.6); the notes of this prediction count, not all.
    """
    mine = np.zeros(community.shape[0], np.bool_)
    mine[note] = True
    ratings = community.ratings.where(vectors.take(mine, community.ratings.note))
    if len(note) < min_notes:
        return ratings
    return coalesce(ratings, community, in_both_detectors(similarity), 0)


def predict_flips(
    model: FlipModel,
    community: Community,
    ratings: Ratings,
    factors: RaterFactors,
    note: npt.NDArray[np.int32],
    settings: FlipSettings | None = None,
) -> pl.DataFrame:
    """Predict for notes with all that is known now.

    Parameters
    ----------
    model : FlipModel
        From prescoring.
    community : Community
        All notes, also those not scored this time.
    ratings : Ratings
        From `flip_ratings`.
    factors : RaterFactors
        From prescoring.
    note : numpy.ndarray, int32
        From `flip_notes`.
    settings : FlipSettings, optional

    Returns
    -------
    polars.DataFrame
        `FLIPS_SCHEMA`, by note; ``pflip_proba`` is the uncalibrated probability of a flip.
    """
    settings = settings or FlipSettings()
    timeline = Timeline.build(ratings, community.shape[0])
    notes = post_notes(community)
    _, first, post = np.unique(notes.post[note], return_index=True, return_inverse=True)
    appeared = np.argsort(np.argsort(first))[post]
    score = np.empty(len(note))
    for begin in range(0, len(first), settings.posts_per_batch):
        batch = np.flatnonzero((appeared >= begin) & (appeared < begin + settings.posts_per_batch))
        rows = FlipRows.now(note[batch], timeline)
        features = flip_features(rows, notes, timeline, factors.flips, settings)
        score[batch] = model.scores(features, community.dataset.contributor_ids, settings)
    return pl.DataFrame(
        {
            "note": note,
            "is_predicted_stable": score <= model.threshold,
            "pflip_proba": special.expit(score),
        },
        schema=FLIPS_SCHEMA,
    )

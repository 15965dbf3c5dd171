"""Final scoring of one scorer: raters frozen, notes refitted on fresh ratings (spec 03 C.7 to C.10)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt
import polars as pl

from bridgenotes.data.vocabulary import NOT_HELPFUL_TAGS
from bridgenotes.scoring import scope
from bridgenotes.scoring.index import index_ratings
from bridgenotes.scoring.mf.early_stopped import Schedule, train_notes
from bridgenotes.scoring.mf.objective import Parameters
from bridgenotes.scoring.mf.solver import Fit, solve_notes, unfitted
from bridgenotes.scoring.note_statistics import float32_columns, note_statistics, side_statistics, spread
from bridgenotes.scoring.preprocess import high_volume, min_counts
from bridgenotes.scoring.pseudo_raters import intercept_bounds
from bridgenotes.scoring.rules.engine import NoteTable, Verdict, run_rules
from bridgenotes.scoring.rules.scorer import scorer_rules
from bridgenotes.scoring.tag_filter import incorrect_filter, tag_weights

if TYPE_CHECKING:
    from bridgenotes.scoring.handover import Handover
    from bridgenotes.scoring.mf.matrix import RatingMatrix
    from bridgenotes.scoring.mf.objective import Objective
    from bridgenotes.scoring.preprocess import Community
    from bridgenotes.scoring.profile import Model, Profile, Scorer

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class ScorerResult:
    """What one scorer says.

    Attributes
    ----------
    table : polars.DataFrame
        One row per note code: what the rules read (intercept, factor, counts, baselines, tag
        weights …), ``status``, ``active_rules``, ``captured``: whether the scorer may speak about it.
    verdict : Verdict
        Every rule's effect.
    fit : Fit
        The main note-only fit.
    """

    table: pl.DataFrame
    verdict: Verdict
    fit: Fit


@dataclass(frozen=True)
class _Pass:
    fit: Fit
    intercept: FloatArray
    factor: FloatArray
    bounds: tuple[FloatArray, FloatArray] | None
    used_rater: BoolArray


def score(
    community: Community,
    ratings: pl.DataFrame,
    topics: pl.DataFrame,
    scorer: Scorer,
    handover: Handover,
    profile: Profile,
    now_ms: int,
) -> ScorerResult | None:
    """Score every note with one scorer.

    Parameters
    ----------
    ratings : polars.DataFrame
        All ratings of the run after coalescing, with ``is_correlated``.
    topics : polars.DataFrame
        Columns note and topic.
    handover : Handover
        The scorer's prescoring.

    Returns
    -------
    ScorerResult or None
        None when no rating by a known, helpful rater remains.
    """
    ratings = ratings.with_columns(
        pl.Series(
            "is_high_volume", high_volume(ratings, profile.high_volume, profile.history.small_data_notes)
        )
    )
    member = scope.group_members(community.group, scorer)
    visible = scope.visible_notes(community, topics, scorer)
    seen = scope.ratings_in_scope(ratings, visible, member)
    main = _one_pass(community, seen, scorer, handover, None, with_bounds=scorer.uses_pseudo_raters)
    if main is None:
        return None
    baselines = _baselines(community, seen, scorer, handover)
    table = _final_table(community, seen, scorer, handover, main, baselines, now_ms)
    verdict = run_rules(scorer_rules(scorer.final_rules), NoteTable(table), scorer)
    captured = visible & scope.captured_notes(ratings, member, community.shape[0], scorer.capture_share)
    known = np.zeros(community.shape[1], np.bool_)
    known[handover.raters["rater"].to_numpy()] = True
    note = seen["note"].to_numpy()[known[seen["rater"].to_numpy()]]
    rounds = pl.Series("num_final_round_ratings", np.bincount(note, minlength=community.shape[0]))
    return ScorerResult(
        table=table.with_columns(
            verdict.status().alias("status"),
            verdict.active_rules().alias("active_rules"),
            pl.Series("captured", captured),
            pl.when(rounds > 0).then(rounds.cast(pl.Float64)).alias("num_final_round_ratings"),
            *(column.alias(name) for name, column in verdict.columns.items()),
        ),
        verdict=verdict,
        fit=main.fit,
    )


def _one_pass(
    community: Community,
    seen: pl.DataFrame,
    scorer: Scorer,
    handover: Handover,
    ratings_per_note: float | None,
    *,
    with_bounds: bool = False,
) -> _Pass | None:
    """Fit notes on the ratings of known, helpful raters; None when there is none (spec 03 C.7)."""
    n_notes, n_contributors = community.shape
    note, rater = seen["note"].to_numpy(), seen["rater"].to_numpy()
    intercept = handover.rater_values("intercept", n_contributors)
    factor = handover.rater_values("factor", n_contributors)
    helpful = handover.rater_values("above_helpfulness_threshold", n_contributors) == 1
    keep = min_counts(note, rater, 0, scorer.model.min_raters_per_note)
    keep &= (~np.isnan(intercept) & helpful)[rater]
    if scorer.model.final_trainer == "second round":
        keep &= ~np.isnan(handover.note_values("intercept", n_notes))[note]
    if not keep.any():
        return None
    data = index_ratings(seen.filter(pl.Series(keep)), community.shape)
    notes, raters = data.notes.codes, data.raters.codes
    start = Parameters(
        note_intercept=np.nan_to_num(handover.note_values("intercept", n_notes)[notes]),
        note_factor=np.nan_to_num(handover.note_values("factor", n_notes)[notes]),
        rater_intercept=intercept[raters],
        rater_factor=factor[raters],
        global_intercept=handover.global_intercept,
    )
    objective = replace(
        scorer.model.objective, ratings_per_note=ratings_per_note or handover.ratings_per_note
    )
    fit = _FITS[scorer.model.final_trainer](data.matrix, objective, start, scorer.model)
    bounds = None
    if with_bounds:
        low, high = intercept_bounds(data.matrix, objective, fit.parameters, scorer.model.final_trainer)
        bounds = spread(low, notes, n_notes), spread(high, notes, n_notes)
    used = np.zeros(n_contributors, np.bool_)
    used[raters] = True
    x = fit.parameters
    return _Pass(
        fit, spread(x.note_intercept, notes, n_notes), spread(x.note_factor, notes, n_notes), bounds, used
    )


def _early_stopped(ratings: RatingMatrix, objective: Objective, start: Parameters, model: Model) -> Fit:
    return train_notes(ratings, objective, start, Schedule(learning_rate=model.learning_rate))


def _closed_form(ratings: RatingMatrix, objective: Objective, start: Parameters, _model: Model) -> Fit:
    return solve_notes(ratings, objective, start)


def _as_prescored(ratings: RatingMatrix, objective: Objective, start: Parameters, _model: Model) -> Fit:
    return unfitted(ratings, objective, start)


_FITS: Final = {"early-stopped": _early_stopped, "exact": _closed_form, "second round": _as_prescored}


def _baselines(
    community: Community, seen: pl.DataFrame, scorer: Scorer, handover: Handover
) -> list[tuple[str, FloatArray]]:
    """Return intercepts without high-volume raters, without correlated raters, and of sampled ratings only."""
    subsets = {
        "no_high_volume": (~pl.col("is_high_volume"), None),
        "no_correlated": (~pl.col("is_correlated"), None),
        "population_sampled": (
            pl.col("is_population_sampled"),
            scorer.model.population_sampled_ratings_per_note,
        ),
    }
    found = []
    for name in scorer.baselines:
        condition, per_note = subsets[name]
        result = _one_pass(community, seen.filter(condition), scorer, handover, per_note)
        nothing = np.full(community.shape[0], np.nan)
        found.append((f"intercept_{name}", nothing if result is None else result.intercept))
    return found


def _final_table(
    community: Community,
    seen: pl.DataFrame,
    scorer: Scorer,
    handover: Handover,
    main: _Pass,
    baselines: list[tuple[str, FloatArray]],
    now_ms: int,
) -> pl.DataFrame:
    """Join everything the rules read, one row per note code (spec 05 section 4.4)."""
    n_notes, n_contributors = community.shape
    factor = handover.rater_values("factor", n_contributors)
    in_fit = np.where(main.used_rater, factor, np.nan)
    usage = handover.rater_values("incorrect_tag_ratings_made_by_rater", n_contributors)
    with np.errstate(invalid="ignore"):
        incorrect_share = usage / handover.rater_values("total_ratings_made_by_rater", n_contributors)
    weights = tag_weights(seen, main.factor, in_fit, scorer.tags)
    parameters = [("intercept", main.intercept), ("factor", main.factor), *baselines]
    if main.bounds is not None:
        parameters += [("intercept_min", main.bounds[0]), ("intercept_max", main.bounds[1])]
    has_row = pl.Series(weights.has_row)
    aggregates = pl.DataFrame(
        [pl.Series("rating_weight", weights.rating_weight)]
        + [pl.Series(f"{t}Adjusted", weights.adjusted[:, k]) for k, t in enumerate(NOT_HELPFUL_TAGS)]
        + [pl.Series(f"{t}AdjustedRatio", weights.ratio[:, k]) for k, t in enumerate(NOT_HELPFUL_TAGS)]
    ).with_columns(pl.when(has_row).then(pl.all()))
    limits = scorer.thresholds
    line = limits.crnh_intercept + limits.crnh_factor_multiplier * np.abs(main.factor)
    return pl.concat(
        [
            note_statistics(seen, community.history, now_ms),
            side_statistics(seen, in_fit, n_notes),
            aggregates,
            incorrect_filter(seen, main.factor, in_fit, incorrect_share, scorer.tags),
        ],
        how="horizontal",
    ).with_columns(
        *float32_columns([*parameters, ("crnh_line", line)]),
        *(
            pl.lit(np.float32(handover.tag_thresholds[k]), dtype=pl.Float32).alias(f"{t}Threshold")
            for k, t in enumerate(NOT_HELPFUL_TAGS)
        ),
    )

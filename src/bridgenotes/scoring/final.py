"""Final scoring of one scorer: raters frozen, notes refitted on fresh ratings (spec 03 C.7 to C.10)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt
import polars as pl

from bridgenotes.data.vocabulary import NOT_HELPFUL_TAGS
from bridgenotes.scoring import scope, vectors
from bridgenotes.scoring.note_statistics import float32_columns, note_statistics, side_statistics
from bridgenotes.scoring.passes import Pass, Passes
from bridgenotes.scoring.rules.engine import NoteTable, run_rules
from bridgenotes.scoring.rules.scorer import scorer_rules
from bridgenotes.scoring.rules.trace import trace
from bridgenotes.scoring.tag_filter import incorrect_filter, tag_weights

if TYPE_CHECKING:
    from collections.abc import Callable

    from bridgenotes.scoring.handover import Handover
    from bridgenotes.scoring.inputs import Inputs
    from bridgenotes.scoring.profile import Scorer
    from bridgenotes.scoring.ratings import Ratings

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class ScorerResult:
    """What one scorer says.

    Attributes
    ----------
    scorer : str
        Its name.
    table : polars.DataFrame
        By ``note``, what the rules read (intercept, factor, counts, baselines, tag weights …),
        ``status``, ``active_rules``, ``captured``: whether the scorer may speak about it. Only
        notes it may speak about; of Core all notes, as evidence on those that no scorer judges.
    effects : polars.DataFrame
        How many notes each rule decided on and changed.
    trace : polars.DataFrame or None
        Which rule decided on which note, where that is recorded.
    record : dict
        Objective, iterations and gradient norm of the main note-only fit.
    """

    scorer: str
    table: pl.DataFrame
    effects: pl.DataFrame
    trace: pl.DataFrame | None
    record: dict[str, float | int | str]


EVIDENCE_ON_ALL: Final = "core"
"""Prefix of the scorer whose evidence on every note is kept."""
SAMPLED: Final = "population_sampled"
"""The pass over ratings of people drawn at random."""


def score(inputs: Inputs, scorer: Scorer, handover: Handover, *, traces: bool = False) -> ScorerResult | None:
    """Score every note with one scorer.

    Parameters
    ----------
    inputs : Inputs
        Ratings with ``is_high_volume``.
    handover : Handover
        The scorer's prescoring, or that of the scorer it borrows from.
    traces : bool
        Whether to record which rule decided on which note.

    Returns
    -------
    ScorerResult or None
        None when no rating by a known, helpful rater remains.
    """
    community = inputs.community
    ratings = inputs.ratings
    visible, seen = scope.scope_of(community, ratings, inputs.topics, scorer)
    passes = Passes(community, scorer, handover, inputs.seed, inputs.accidents.second_fit_free)
    main = passes.run(seen, is_main=True)
    if main is None:
        return None
    table = _final_table(passes, seen, main, _baselines(passes, seen), inputs.now_ms)
    verdict = run_rules(scorer_rules(scorer.final_rules), NoteTable(table), scorer)
    member = scope.group_members(community.group, scorer)
    captured = visible & scope.captured_notes(ratings, member, community.shape[0], scorer.capture_share)
    known = np.zeros(community.shape[1], np.bool_)
    known[handover.raters["rater"].to_numpy()] = True
    by_known = vectors.count(seen.note, community.shape[0], vectors.take(known, seen.rater))
    rounds = pl.Series("num_final_round_ratings", by_known)
    table = table.with_columns(
        verdict.status().alias("status"),
        verdict.active_rules().alias("active_rules"),
        pl.Series("captured", captured),
        *_confidence(scorer, ratings, handover, main, community.shape),
        pl.when(rounds > 0).then(rounds.cast(pl.Float64)).alias("num_final_round_ratings"),
        *(column.alias(name) for name, column in verdict.columns.items()),
    )
    return ScorerResult(
        scorer=scorer.name,
        table=table if scorer.prefix == EVIDENCE_ON_ALL else table.filter("captured"),
        effects=verdict.effects(),
        trace=trace({scorer.name: verdict}, judged={scorer.name: captured}) if traces else None,
        record=main.fit.record(),
    )


def _baselines(passes: Passes, seen: Ratings) -> list[tuple[str, FloatArray]]:
    """Return intercepts without high-volume raters, without correlated raters, and of sampled ratings only."""
    scorer = passes.scorer
    subsets: dict[str, Callable[[], BoolArray]] = {
        "no_high_volume": lambda: ~seen.is_high_volume,
        "no_correlated": lambda: ~seen.is_correlated,
        SAMPLED: lambda: seen.is_population_sampled,
    }
    found = []
    for name in scorer.baselines:
        per_note = scorer.model.population_sampled_ratings_per_note if name == SAMPLED else None
        result = passes.run(seen.where(subsets[name]()), per_note)
        nothing = np.full(passes.community.shape[0], np.nan)
        found.append((f"intercept_{name}", nothing if result is None else result.intercept))
    return found


def _confidence(
    scorer: Scorer, ratings: Ratings, handover: Handover, main: Pass, shape: tuple[int, int]
) -> list[pl.Series]:
    """Return whether a topic scorer has enough raters on both sides (spec 03 C.10 step 3)."""
    if scorer.confident_ratings is None:
        return []
    factor = np.where(main.used_rater, handover.rater_values("factor", shape[1]), np.nan)
    sides = (
        vectors.count(ratings.note, shape[0], vectors.take(side, ratings.rater))
        for side in (factor < 0, factor >= 0)
    )
    confident = ~np.isnan(main.intercept)
    for count in sides:
        confident &= count > scorer.confident_ratings
    return [pl.Series("is_confident", confident)]


def _final_table(
    passes: Passes, seen: Ratings, main: Pass, baselines: list[tuple[str, FloatArray]], now_ms: int
) -> pl.DataFrame:
    """Join everything the rules read, one row per note code (spec 05 section 4.4)."""
    community, scorer, handover = passes.community, passes.scorer, passes.handover
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
    if main.diligence is not None:
        parameters.append(("low_diligence_intercept", main.diligence))
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

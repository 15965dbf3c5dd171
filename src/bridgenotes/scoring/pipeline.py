"""A scoring run, top to bottom: prepare, prescore, score, decide, remember (spec 06)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from bridgenotes.data.vocabulary import CRH, CRNH, NMR, NOT_HELPFUL_TAGS, TAGS
from bridgenotes.scoring.coalesce import coalesce, in_both_detectors
from bridgenotes.scoring.contributors.assembly import score_contributors
from bridgenotes.scoring.final import ScorerResult, score
from bridgenotes.scoring.note_statistics import note_statistics
from bridgenotes.scoring.preprocess import Community, prepare
from bridgenotes.scoring.prescoring import prescore
from bridgenotes.scoring.rules.engine import NoteTable, Verdict, run_rules
from bridgenotes.scoring.rules.meta import LOCKING_RULES, meta_rules
from bridgenotes.scoring.side import Side
from bridgenotes.scoring.status_history import update_history

if TYPE_CHECKING:
    from bridgenotes.data.dataset import Dataset
    from bridgenotes.scoring.handover import Handover
    from bridgenotes.scoring.profile import Profile, Scorer

Progress = Callable[[str], None]


@dataclass(frozen=True)
class Run:
    """The outcome of a run; tables are keyed by codes and carry our field names.

    Attributes
    ----------
    scored_notes, aux_note_info, note_status_history, helpfulness_scores : polars.DataFrame
        The public tables of spec 01 A.13.
    statistics : dict of str to polars.DataFrame
        Per scorer what its rules read: the evidence behind each status.
    effects : dict of str to polars.DataFrame
        Per rule list, how many notes each rule decided on and changed.
    diagnostics : dict
        Objective, iterations and gradient norm of every fit.
    """

    scored_notes: pl.DataFrame
    aux_note_info: pl.DataFrame
    note_status_history: pl.DataFrame
    helpfulness_scores: pl.DataFrame
    statistics: dict[str, pl.DataFrame]
    effects: dict[str, pl.DataFrame]
    diagnostics: dict[str, dict[str, dict[str, float | int | str]]]


def score_dataset(
    dataset: Dataset,
    profile: Profile,
    *,
    now_ms: int,
    side: Side | None = None,
    handovers: Mapping[str, Handover] | None = None,
    progress: Progress = lambda _stage: None,
) -> Run:
    """Score a community.

    Parameters
    ----------
    dataset : Dataset
        The public tables.
    profile : Profile
        What to run and with which constants.
    now_ms : int
        Clock of the run, epoch milliseconds.
    side : Side, optional
        Similarity and topics.
    handovers : mapping of str to Handover, optional
        Prescoring results by scorer name; given ones are used instead of prescoring.
    progress : callable, optional
        Called with the name of each stage as it begins.
    """
    side = side or Side()
    progress("preparing ratings")
    community = prepare(dataset, profile.history)
    small = profile.history.small_data_notes
    learned = dict(handovers or {})
    training = coalesce(community.ratings, community, side.similarity, small)
    for scorer in profile.scorers:
        if scorer.name not in learned:
            progress(f"{scorer.name}: learning raters")
            found = prescore(community, training, side.topics, scorer, now_ms)
            if found is not None:
                learned[scorer.name] = found
    fresh = coalesce(community.ratings, community, in_both_detectors(side.similarity), small)
    results: dict[str, ScorerResult] = {}
    for scorer in profile.scorers:
        if scorer.name in learned:
            progress(f"{scorer.name}: scoring notes")
            result = score(community, fresh, side.topics, scorer, learned[scorer.name], profile, now_ms)
            if result is not None:
                results[scorer.name] = result
    progress("deciding statuses")
    table = _joined(community, fresh, profile, results, now_ms)
    verdict = run_rules(meta_rules(profile.meta_rules), NoteTable(table), profile)
    decided = _decided(table, verdict, now_ms)
    history = update_history(community.history, decided, profile.history, LOCKING_RULES, now_ms)
    progress("scoring contributors")
    contributors = score_contributors(
        dataset, community.ratings, history, decided, _rater_models(profile, learned), profile, now_ms
    )
    return Run(
        scored_notes=_scored_notes(decided, history),
        aux_note_info=_aux_note_info(decided),
        note_status_history=history,
        helpfulness_scores=contributors,
        statistics={name: result.table for name, result in results.items()},
        effects={name: result.verdict.effects() for name, result in results.items()} | {"meta": verdict.effects()},
        diagnostics={
            name: learned[name].diagnostics
            | ({"notes": _record(results[name])} if name in results else {})
            for name in learned
        },
    )


def _record(result: ScorerResult) -> dict[str, float | int | str]:
    fit = result.fit
    return {
        "objective": fit.objective,
        "iterations": fit.iterations,
        "gradient_norm": fit.gradient_norm,
        "trainer": fit.trainer,
    }


def _joined(
    community: Community, ratings: pl.DataFrame, profile: Profile, results: Mapping[str, ScorerResult], now_ms: int
) -> pl.DataFrame:
    """Join all scorers' columns to the statistics over all ratings (spec 06 sections 6 and 7)."""
    parts = [note_statistics(ratings, community.history, now_ms)]
    for scorer in profile.scorers:
        result = results.get(scorer.name)
        parts.append(_scorer_columns(scorer, result, community.shape[0]))
    return pl.concat(parts, how="horizontal")


def _scorer_columns(scorer: Scorer, result: ScorerResult | None, n_notes: int) -> pl.DataFrame:
    """Return a scorer's public columns; null where it may not speak (spec 03 C.10, C.11)."""
    prefix = scorer.prefix
    single = {
        f"{prefix}_note_intercept": "intercept",
        f"{prefix}_note_factor1": "factor",
        f"{prefix}_note_intercept_min": "intercept_min",
        f"{prefix}_note_intercept_max": "intercept_max",
        f"{prefix}_note_intercept_no_high_vol": "intercept_no_high_volume",
        f"{prefix}_note_intercept_no_correlated": "intercept_no_correlated",
        f"{prefix}_note_intercept_population_sampled": "intercept_population_sampled",
        f"{prefix}_rating_status": "status",
        f"{prefix}_active_rules": "active_rules",
        f"{prefix}_num_final_round_ratings": "num_final_round_ratings",
    }
    if prefix == "core":
        single |= {
            "active_filter_tags": "active_filter_tags",
            "rating_weight": "rating_weight",
            **{f"{t}Adjusted": f"{t}Adjusted" for t in NOT_HELPFUL_TAGS},
            **{f"{t}AdjustedRatio": f"{t}AdjustedRatio" for t in NOT_HELPFUL_TAGS},
            "not_helpful_incorrect_interval": "not_helpful_incorrect_interval",
            "p_incorrect_user_interval": "p_incorrect_user_interval",
            "num_voters_interval": "num_voters_interval",
            "tf_idf_incorrect_interval": "tf_idf_incorrect_interval",
            "low_diligence_intercept": "low_diligence_intercept",
            "core_neg_factor_population_sampled_rating_count": "neg_factor_population_sampled_rating_count",
            "core_pos_factor_population_sampled_rating_count": "pos_factor_population_sampled_rating_count",
        }
    if result is None:
        from bridgenotes.data.vocabulary import Status  # noqa: PLC0415

        nothing = pl.lit(None, pl.Float32)
        return pl.DataFrame({"row": np.zeros(n_notes, np.int8)}).select(
            pl.lit(None, Status).alias(name) if source == "status" else nothing.alias(name)
            for name, source in single.items()
        )
    captured = pl.col("captured")
    return result.table.select(
        pl.when(captured).then(pl.col(source)).alias(name)
        for name, source in single.items()
        if source in result.table.columns
    ).with_columns(pl.col("^core_..._factor_population_sampled_rating_count$").fill_null(0))


def _decided(table: pl.DataFrame, verdict: Verdict, now_ms: int) -> pl.DataFrame:
    status = verdict.status()
    extra = [column.alias(name) for name, column in verdict.columns.items()]
    return table.with_columns(
        status.alias("final_rating_status"),
        verdict.active_rules().alias("meta_scorer_active_rules"),
        verdict.decided_by().alias("decided_by"),
        pl.Series("crh_bool", status == CRH).cast(pl.Int8),
        pl.Series("crnh_bool", status == CRNH).cast(pl.Int8),
        pl.Series("awaiting_bool", status == NMR).cast(pl.Int8),
        pl.lit(now_ms, pl.Int64).alias("current_status_at_ms"),
        *extra,
    )


def _scored_notes(decided: pl.DataFrame, history: pl.DataFrame) -> pl.DataFrame:
    aux_only = {
        "author", "current_status", "locked_status", "num_ratings_last28", "num_population_sampled_ratings",
        "crh_bool", "crnh_bool", "awaiting_bool", "unlocked_rating_status", "rating_weight",
        "low_diligence_intercept", "core_neg_factor_population_sampled_rating_count",
        "core_pos_factor_population_sampled_rating_count", *_TAG_COLUMNS, *_INTERVAL_COLUMNS,
    }  # fmt: skip
    return decided.select(c for c in decided.columns if c not in aux_only).with_columns(
        history["nmr_due_to_min_stable_crh_time_at_ms"], pl.lit("ALL_NOTES").alias("rescoring_active_rules")
    )


def _aux_note_info(decided: pl.DataFrame) -> pl.DataFrame:
    wanted = [
        "note", "rating_weight", "created_at_ms", "author", "awaiting_bool", "num_ratings_last28",
        "num_population_sampled_ratings", "current_status", "crh_bool", "crnh_bool", "unlocked_rating_status",
        "low_diligence_intercept", "core_neg_factor_population_sampled_rating_count",
        "core_pos_factor_population_sampled_rating_count", *_TAG_COLUMNS, *_INTERVAL_COLUMNS,
    ]  # fmt: skip
    return decided.select(name for name in wanted if name in decided.columns)


_TAG_COLUMNS = (
    *TAGS,
    *(f"{tag}Adjusted" for tag in NOT_HELPFUL_TAGS),
    *(f"{tag}AdjustedRatio" for tag in NOT_HELPFUL_TAGS),
)
_INTERVAL_COLUMNS = (
    "not_helpful_incorrect_interval",
    "p_incorrect_user_interval",
    "num_voters_interval",
    "tf_idf_incorrect_interval",
)


def _rater_models(profile: Profile, learned: Mapping[str, Handover]) -> pl.DataFrame:
    """Return what prescoring learned about raters, under public names (spec 04 D.6)."""
    models = pl.DataFrame(schema={"rater": pl.Int32})
    for scorer in profile.scorers:
        if scorer.name not in learned:
            continue
        raters, prefix = learned[scorer.name].raters, scorer.prefix
        columns = {f"{prefix}_rater_intercept": "intercept", f"{prefix}_rater_factor1": "factor"}
        if prefix == "core":
            columns |= {
                "core_first_round_rater_intercept": "first_round_intercept",
                "core_first_round_rater_factor1": "first_round_factor",
                "crh_crnh_ratio_difference": "crh_crnh_ratio_difference",
                "mean_note_score": "mean_note_score",
                "rater_agree_ratio": "rater_agree_ratio",
                "above_helpfulness_threshold": "above_helpfulness_threshold",
            }
        renamed = raters.select("rater", *(pl.col(source).alias(name) for name, source in columns.items()))
        models = models.join(renamed, on="rater", how="full", coalesce=True)
    return models.sort("rater")

"""Join scorers' results into the tables that leave the engine (spec 03 C.11, 06 sections 6, 7, 10)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

from bridgenotes.data.outputs import OUTPUT_TABLES, field_name
from bridgenotes.data.vocabulary import CRH, CRNH, NMR, NOT_HELPFUL_TAGS, TAGS, Status
from bridgenotes.scoring.note_statistics import note_statistics

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bridgenotes.scoring.final import ScorerResult
    from bridgenotes.scoring.handover import Handover
    from bridgenotes.scoring.preprocess import Community
    from bridgenotes.scoring.profile import Profile, Scorer
    from bridgenotes.scoring.rules.engine import Verdict

_NOTE_COLUMNS: Final = {
    "note_intercept": "intercept",
    "note_factor1": "factor",
    "note_intercept_min": "intercept_min",
    "note_intercept_max": "intercept_max",
    "note_intercept_no_high_vol": "intercept_no_high_volume",
    "note_intercept_no_correlated": "intercept_no_correlated",
    "note_intercept_population_sampled": "intercept_population_sampled",
    "rating_status": "status",
    "active_rules": "active_rules",
    "num_final_round_ratings": "num_final_round_ratings",
}
"""Public column after the scorer's prefix, and what it is called among the scorer's own."""

_CORE_ONLY: Final = {
    "active_filter_tags": "active_filter_tags",
    "rating_weight": "rating_weight",
    **{
        field_name(f"{tag}{kind}"): f"{tag}{kind}"
        for tag in NOT_HELPFUL_TAGS
        for kind in ("Adjusted", "AdjustedRatio")
    },
    "not_helpful_incorrect_interval": "not_helpful_incorrect_interval",
    "p_incorrect_user_interval": "p_incorrect_user_interval",
    "num_voters_interval": "num_voters_interval",
    "tf_idf_incorrect_interval": "tf_idf_incorrect_interval",
    "low_diligence_intercept": "low_diligence_intercept",
}
_CORE_COUNTS: Final = {
    f"core_{side}_factor_population_sampled_rating_count": f"{side}_factor_population_sampled_rating_count"
    for side in ("neg", "pos")
}

_RATER_COLUMNS: Final = {"rater_intercept": "intercept", "rater_factor1": "factor"}
_CORE_RATER_COLUMNS: Final = {
    "core_first_round_rater_intercept": "first_round_intercept",
    "core_first_round_rater_factor1": "first_round_factor",
    "crh_crnh_ratio_difference": "crh_crnh_ratio_difference",
    "mean_note_score": "mean_note_score",
    "rater_agree_ratio": "rater_agree_ratio",
    "above_helpfulness_threshold": "above_helpfulness_threshold",
}


def join_scorers(
    community: Community,
    ratings: pl.DataFrame,
    profile: Profile,
    results: Mapping[str, ScorerResult],
    now_ms: int,
) -> pl.DataFrame:
    """Return what the meta rules read: counts over all ratings and every scorer's columns, by note code."""
    parts = [note_statistics(ratings, community.history, now_ms)]
    ran = [scorer for scorer in profile.scorers if scorer.name in results]
    parts.extend(_scorer_columns(scorer, results[scorer.name].table) for scorer in ran)
    joined = pl.concat(parts, how="horizontal")
    absent = [f"{scorer.prefix}_rating_status" for scorer in profile.scorers if scorer.name not in results]
    counts = {name: pl.lit(0, pl.Int64) for name in _CORE_COUNTS}
    parameters = ("core_note_intercept", "core_note_intercept_population_sampled")
    missing = {name: pl.lit(None, pl.Float32) for name in parameters} | counts
    return joined.with_columns(
        *(pl.lit(None, Status).alias(name) for name in absent),
        *(value.alias(name) for name, value in missing.items() if name not in joined.columns),
    )


def _scorer_columns(scorer: Scorer, table: pl.DataFrame) -> pl.DataFrame:
    """Return a scorer's columns under public names; null where it may not speak."""
    wanted = {f"{scorer.prefix}_{name}": source for name, source in _NOTE_COLUMNS.items()}
    if scorer.prefix == "core":
        wanted |= _CORE_ONLY | _CORE_COUNTS
    captured = pl.col("captured")
    columns = table.select(
        pl.when(captured).then(pl.col(source)).alias(name)
        for name, source in wanted.items()
        if source in table.columns
    )
    return columns.with_columns(pl.col(name).fill_null(0) for name in _CORE_COUNTS if name in columns.columns)


def add_decisions(table: pl.DataFrame, verdict: Verdict, now_ms: int) -> pl.DataFrame:
    """Return the joined table with final statuses and what the meta rules added."""
    status = verdict.status().alias("final_rating_status")
    return table.with_columns(
        status,
        verdict.active_rules().alias("meta_scorer_active_rules"),
        verdict.decided_by().alias("decided_by"),
        (status == CRH).cast(pl.Int8).alias("crh_bool"),
        (status == CRNH).cast(pl.Int8).alias("crnh_bool"),
        (status == NMR).cast(pl.Int8).alias("awaiting_bool"),
        pl.lit(now_ms, pl.Int64).alias("current_status_at_ms"),
        pl.lit("ALL_NOTES").alias("rescoring_active_rules"),
        *(column.alias(name) for name, column in verdict.columns.items()),
    )


def public_columns(table: str, decided: pl.DataFrame) -> pl.DataFrame:
    """Return the columns of ``decided`` that belong to an output table, under our names."""
    renamed = decided.rename({tag: field_name(tag) for tag in TAGS})
    return renamed.select(c.field for c in OUTPUT_TABLES[table] if c.field in renamed.columns)


def rater_models(profile: Profile, learned: Mapping[str, Handover]) -> pl.DataFrame:
    """Return what prescoring learned about raters, one row per rater (spec 04 D.6)."""
    models = pl.DataFrame(schema={"rater": pl.Int32})
    for scorer in profile.scorers:
        if scorer.name not in learned:
            continue
        wanted = {f"{scorer.prefix}_{name}": source for name, source in _RATER_COLUMNS.items()}
        if scorer.prefix == "core":
            wanted |= _CORE_RATER_COLUMNS
        raters = learned[scorer.name].raters.select(
            "rater", *(pl.col(source).alias(name) for name, source in wanted.items())
        )
        models = models.join(raters, on="rater", how="full", coalesce=True)
    return models.sort("rater")

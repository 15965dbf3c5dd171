"""Join scorers' results into the tables that leave the engine (spec 03 C.11, 06 sections 6, 7, 10)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl
from polars import selectors as cs

from bridgenotes.data.outputs import OUTPUT_TABLES, field_name
from bridgenotes.data.vocabulary import CRH, CRNH, NMR, NOT_HELPFUL_TAGS, TAGS, Status
from bridgenotes.scoring.errors import ScoringError
from bridgenotes.scoring.shelf import collected

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy.typing as npt

    from bridgenotes.scoring.handover import Handover
    from bridgenotes.scoring.inputs import Inputs
    from bridgenotes.scoring.note_statistics import NoteCounts
    from bridgenotes.scoring.profile import Profile, Scorer
    from bridgenotes.scoring.rules.engine import Verdict
    from bridgenotes.scoring.shelf import Table

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
    inputs: Inputs,
    counts: NoteCounts,
    profile: Profile,
    results: Mapping[str, pl.DataFrame],
    flips: pl.DataFrame,
    block: slice,
) -> pl.DataFrame:
    """Return what the meta rules read of a block of notes: counts over all ratings and every family's columns.

    Parameters
    ----------
    counts : NoteCounts
        Over all ratings.
    results : mapping of str to polars.DataFrame
        By scorer name, its table of the block (`ScorerResult.blocks`).
    flips : polars.DataFrame
        `side.FLIPS_SCHEMA`; notes without a prediction count as unstable.
    block : slice
        Note codes.
    """
    history = inputs.community.history
    joined = counts.frame(history, block).with_columns(
        history["nmr_due_to_min_stable_crh_time_at_ms"][block],
        history["first_non_nmr_status"][block],
        pl.lit(inputs.now_ms, pl.Int64).alias("now_ms"),
    )
    for prefix in dict.fromkeys(scorer.prefix for scorer in profile.scorers):
        members = [scorer for scorer in profile.scorers if scorer.prefix == prefix and scorer.name in results]
        if members:
            family = _family(prefix, [_scorer_columns(s, results[s.name]) for s in members])
            joined = joined.join(family, on="note", how="left", maintain_order="left")
    known = {name: pl.lit(None, dtype) for name, dtype in _ALWAYS.items() if name not in joined.columns}
    return (
        joined.with_columns(value.alias(name) for name, value in known.items())
        .with_columns(
            pl.col(list(_CORE_COUNTS)).fill_null(0),
            pl.col("note_topic").is_not_null().alias("has_topic"),
        )
        .join(flips, on="note", how="left", maintain_order="left")
    )


def columns_read(scorer: Scorer) -> list[str]:
    """Return the columns of a scorer's table that `join_scorers` reads, where they are there."""
    of_core = [*_CORE_ONLY.values(), *_CORE_COUNTS.values()] if scorer.prefix == "core" else []
    return ["note", "captured", *_NOTE_COLUMNS.values(), "is_confident", *of_core]


_ALWAYS: Final[Mapping[str, pl.DataType | type[pl.DataType]]] = {
    **{
        f"{prefix}_rating_status": Status
        for prefix in (
            "core",
            "core_with_topics",
            "expansion",
            "expansion_plus",
            "group",
            "multi_group",
            "gaussian",
            "gaussian_core_with_topics",
        )
    },
    "core_note_intercept": pl.Float32,
    "core_note_intercept_population_sampled": pl.Float32,
    "expansion_note_intercept": pl.Float32,
    "topic_note_intercept": pl.Float64,
    "topic_note_factor1": pl.Float64,
    "modeling_group": pl.Float64,
    "modeling_multi_group": pl.Float64,
    "note_topic": pl.String,
    "topic_note_confident": pl.Boolean,
    **dict.fromkeys(_CORE_COUNTS, pl.Int64),
}
"""What rules read whether or not its scorer ran."""

_INSTANCE_COLUMNS: Final = {"group": "modeling_group", "multi_group": "modeling_multi_group"}


def _family(prefix: str, tables: list[pl.DataFrame]) -> pl.DataFrame:
    """Return one family's columns: about each note one instance speaks at most (spec 03 C.12).

    Raises
    ------
    ScoringError
        If two instances speak about one note.
    """
    family = pl.concat(tables, how="diagonal")
    if family["note"].n_unique() < family.height:
        note = family["note"].filter(family["note"].is_duplicated())[0]
        raise ScoringError(
            f"two scorers of the family {prefix!r} speak about note {note} (by code); their groups must not "
            "share raters, or their capture shares must exceed one half"
        )
    return family.with_columns(cs.float().cast(pl.Float64)) if prefix in _DOUBLE else family


_DOUBLE: Final = ("group", "multi_group", "topic")
"""Families whose columns the reference holds in 64 bit when rules read them (spec 05 section 4.0)."""


def _scorer_columns(scorer: Scorer, table: pl.DataFrame) -> pl.DataFrame:
    """Return a scorer's columns under public names, about the notes it may speak about."""
    wanted = {f"{scorer.prefix}_{name}": source for name, source in _NOTE_COLUMNS.items()}
    if scorer.prefix == "core":
        wanted |= _CORE_ONLY | _CORE_COUNTS
    own = table.filter("captured")
    columns = own.select(
        "note", *(pl.col(source).alias(name) for name, source in wanted.items() if source in own.columns)
    )
    if scorer.group is not None:
        group = pl.lit(float(scorer.group)).alias(_INSTANCE_COLUMNS[scorer.prefix])
        columns = columns.with_columns(group)
    if scorer.topic is not None:
        columns = columns.with_columns(
            pl.lit(scorer.topic).alias("note_topic"), own["is_confident"].alias("topic_note_confident")
        )
    return columns


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
        *(column.alias(name) for name, column in verdict.columns.items()),
    )


def public_columns(table: str, decided: pl.DataFrame) -> pl.DataFrame:
    """Return the columns of ``decided`` that belong to an output table, under our names."""
    renamed = decided.rename({tag: field_name(tag) for tag in TAGS})
    return renamed.select(c.field for c in OUTPUT_TABLES[table] if c.field in renamed.columns)


def rater_models(
    profile: Profile,
    learned: Mapping[str, Handover],
    similarity: pl.DataFrame,
    group: npt.NDArray[np.int32],
) -> pl.DataFrame:
    """Return what prescoring learned about raters, one row per rater (spec 04 D.6).

    Parameters
    ----------
    similarity : polars.DataFrame
        Raters that act as one: they are raters that prescoring knows, too.
    group : numpy.ndarray, int32, shape (n_contributors,)
        Modeling groups: group scorers speak of their own members only.
    """
    known = np.zeros(len(group), np.bool_)
    known[similarity["rater"].to_numpy()] = True
    for handover in learned.values():
        known |= handover.knows(len(group))
    models = pl.DataFrame({"rater": np.flatnonzero(known).astype(np.int32)})
    for scorer in profile.scorers:
        if scorer.kind == "reputation" and scorer.name in learned:
            raters = learned[scorer.name].raters
            found = collected(raters.select("rater", rater_helpfulness_reputation="reputation"))
            models = models.join(found, on="rater", how="left", maintain_order="left")
    for prefix in dict.fromkeys(
        scorer.prefix for scorer in profile.scorers if scorer.kind == "factorization"
    ):
        family = [
            s for s in profile.scorers if s.prefix == prefix and s.name in learned and prefix != "topic"
        ]
        rows = [_rater_rows(scorer, learned[scorer.name].raters, group) for scorer in family]
        if rows:
            models = models.join(pl.concat(rows), on="rater", how="left", maintain_order="left")
    return models


def _rater_rows(scorer: Scorer, raters: Table, group: npt.NDArray[np.int32]) -> pl.DataFrame:
    wanted = {f"{scorer.prefix}_{name}": source for name, source in _RATER_COLUMNS.items()}
    if scorer.prefix == "core":
        wanted |= _CORE_RATER_COLUMNS
    rows = collected(raters.select("rater", *(pl.col(source).alias(name) for name, source in wanted.items())))
    if scorer.group is None:
        return rows
    member = np.isin(group[rows["rater"].to_numpy()], scorer.rater_groups or ())
    return rows.filter(pl.Series(member)).with_columns(
        pl.lit(float(scorer.group)).alias(_INSTANCE_COLUMNS[scorer.prefix])
    )

"""Write this run's statuses into the status history; lock after two weeks (spec 01 A.12, 06 section 9.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

from bridgenotes.data.dataset import STATUS_HISTORY_SCHEMA
from bridgenotes.data.vocabulary import NMR, Status

if TYPE_CHECKING:
    from collections.abc import Collection

    from bridgenotes.scoring.profile import History

NEVER: Final = -1


def update_history(
    history: pl.DataFrame,
    results: pl.DataFrame,
    settings: History,
    locking: Collection[str],
    now_ms: int,
) -> pl.DataFrame:
    """Return the history after this run.

    Parameters
    ----------
    history : polars.DataFrame
        Completed history, one row per note code.
    results : polars.DataFrame
        Row i is note code i: final_rating_status, decided_by and the scorers' statuses
        (core_rating_status and, where present, expansion_, group_, multi_group_rating_status,
        modeling_group, modeling_multi_group, stabilisation_at_ms, above_pcrh_threshold_at_ms).
    settings : History
        Lock delay and era dates.
    locking : collection of str
        Display names of rules whose decisions may be locked.
    now_ms : int
        Time written to the history.

    Returns
    -------
    polars.DataFrame
        Exactly the columns of the status history, same rows.
    """
    now = pl.lit(now_ms, pl.Int64)
    status = pl.col("final_rating_status")
    table = pl.concat([history.drop("classification"), _complete(results)], how="horizontal")
    changed = status.ne_missing(pl.col("current_status"))
    table = table.with_columns(
        most_recent_status_change_at_ms=pl.when(changed)
        .then(now)
        .otherwise(pl.col("most_recent_status_change_at_ms").fill_null(NEVER)),
        final_scoring_output_at_minute=pl.lit(None, pl.Int64),
        current_status=status,
        current_core_status=pl.col("core_rating_status"),
        current_expansion_status=pl.col("expansion_rating_status"),
        current_group_status=pl.col("group_rating_status"),
        current_multi_group_status=pl.col("multi_group_rating_status"),
        current_decided_by=pl.col("decided_by"),
        current_modeling_group=pl.col("modeling_group"),
        current_modeling_multi_group=pl.col("modeling_multi_group"),
        current_status_at_ms=now,
    )
    table = _lock(table, settings, locking, now_ms)
    table = _stabilise(table)
    return (
        _record_decisions(table, settings, now_ms)
        .select(STATUS_HISTORY_SCHEMA.names())
        .cast(STATUS_HISTORY_SCHEMA)
    )


def _complete(results: pl.DataFrame) -> pl.DataFrame:
    """Keep what the history stores of a run; scorers that did not run leave nulls."""
    wanted: dict[str, pl.DataType | type[pl.DataType]] = {
        "final_rating_status": Status,
        "decided_by": pl.String,
        "core_rating_status": Status,
        "expansion_rating_status": Status,
        "group_rating_status": Status,
        "multi_group_rating_status": Status,
        "modeling_group": pl.Float64,
        "modeling_multi_group": pl.Float64,
        "stabilisation_at_ms": pl.Int64,
        "new_above_pcrh_threshold_at_ms": pl.Int64,
    }
    return results.select(
        pl.col(name) if name in results.columns else pl.lit(None, kind).alias(name)
        for name, kind in wanted.items()
    )


def _lock(table: pl.DataFrame, settings: History, locking: Collection[str], now_ms: int) -> pl.DataFrame:
    if settings.lock_after_ms is None:
        return table
    locks = (
        pl.col("locked_status").is_null()
        & (now_ms - pl.col("created_at_ms") > settings.lock_after_ms)
        & pl.col("decided_by").is_in(list(locking))
    )
    return table.with_columns(
        locked_status=pl.when(locks).then("final_rating_status").otherwise("locked_status"),
        status_lock_at_ms=pl.when(locks).then(pl.lit(now_ms, pl.Int64)).otherwise("status_lock_at_ms"),
    )


def _stabilise(table: pl.DataFrame) -> pl.DataFrame:
    locked = pl.col("locked_status").is_not_null()
    emitted, first = "stabilisation_at_ms", "first_nmr_due_to_min_stable_crh_time_at_ms"
    current, above = "nmr_due_to_min_stable_crh_time_at_ms", "above_pcrh_threshold_at_ms"
    return table.with_columns(
        pl.when(locked).then(NEVER).otherwise(pl.coalesce(emitted, current)).alias(current),
        pl.when(locked).then(pl.col(first)).otherwise(pl.coalesce(first, emitted)).alias(first),
        pl.when(locked).then(NEVER).otherwise(pl.coalesce(f"new_{above}", above)).alias(above),
    )


def _record_decisions(table: pl.DataFrame, settings: History, now_ms: int) -> pl.DataFrame:
    """Record the first status that is not NMR and the latest flip between helpful and not helpful."""
    status, now = pl.col("final_rating_status"), pl.lit(now_ms, pl.Int64)
    counts = (pl.col("created_at_ms") >= settings.tombstones_since_ms) & (status != NMR)
    first = counts & pl.col("first_non_nmr_status").is_null()
    flips = counts & status.ne_missing(pl.col("most_recent_non_nmr_status"))
    moved = first | flips
    return table.with_columns(
        first_non_nmr_status=pl.when(first).then(status).otherwise("first_non_nmr_status"),
        first_non_nmr_status_at_ms=pl.when(first).then(now).otherwise("first_non_nmr_status_at_ms"),
        most_recent_non_nmr_status=pl.when(moved).then(status).otherwise("most_recent_non_nmr_status"),
        latest_non_nmr_status_at_ms=pl.when(moved).then(now).otherwise("latest_non_nmr_status_at_ms"),
    )

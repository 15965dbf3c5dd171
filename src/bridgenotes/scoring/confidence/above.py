"""When a note was predicted Helpful: one number that survives runs (spec 10.6.5, 10.6.6; 06 section 11).

``above_pcrh_threshold_at_ms`` is the first time a note was above while it is so (positive), minus
that time afterwards, -1 when only "once" is known, and null for never.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

from bridgenotes.data.vocabulary import CRNH, FIRM_REJECT, NOT_MISLEADING
from bridgenotes.scoring.confidence.settings import PredictedHelpfulSettings

if TYPE_CHECKING:
    from collections.abc import Sequence

ABOVE: Final = "above_pcrh_threshold_at_ms"
PREVIOUS_SCHEMA: Final = pl.Schema({"note": pl.Int32(), "previous_ms": pl.Int64()})
"""What was known before the run, one row per note with a value."""
TIMES_SCHEMA: Final = pl.Schema({"note": pl.Int32(), ABOVE: pl.Int64()})

_FORGOTTEN: Final = -1
"""Was above once, nobody knows when."""


def previous_above(tables: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """Return the state before a run.

    Parameters
    ----------
    tables : sequence of polars.DataFrame
        note and ``above_pcrh_threshold_at_ms``: previous scored notes, if any, and status history.

    Returns
    -------
    polars.DataFrame
        `PREVIOUS_SCHEMA`. Of several values one with a time counts before one without, a positive
        one before others, then the earliest time.
    """
    value = pl.col("previous_ms")
    rows = [
        table.select(pl.col("note").cast(pl.Int32), pl.col(ABOVE).cast(pl.Int64).alias("previous_ms"))
        for table in tables
    ]
    return (
        pl.concat([pl.DataFrame(schema=PREVIOUS_SCHEMA), *rows])
        .drop_nulls()
        .sort("note", value == _FORGOTTEN, value <= 0, value.abs())
        .unique("note", keep="first", maintain_order=True)
    )


def above_times(
    predictions: pl.DataFrame,
    previous: pl.DataFrame,
    now_ms: int,
    settings: PredictedHelpfulSettings | None = None,
) -> pl.DataFrame:
    """Turn predictions into times.

    Parameters
    ----------
    predictions : polars.DataFrame
        note, pcrh_final_pred.
    previous : polars.DataFrame
        `PREVIOUS_SCHEMA`.
    now_ms : int
        Clock of the run.
    settings : PredictedHelpfulSettings, optional

    Returns
    -------
    polars.DataFrame
        `TIMES_SCHEMA`, rows of ``predictions``; notes that never were above are null.
    """
    settings = settings or PredictedHelpfulSettings()
    first = first_time("previous_ms")
    shown = pl.col("pcrh_final_pred") & (pl.lit(now_ms) - first <= settings.shown_for_ms)
    return (
        predictions.select("note", "pcrh_final_pred")
        .join(previous, on="note", how="left", maintain_order="left")
        .select(
            "note",
            pl.when(first.is_not_null())
            .then(pl.when(shown).then(first).otherwise(-first))
            .when(pl.col("pcrh_final_pred"))
            .then(pl.lit(now_ms))
            .cast(pl.Int64)
            .alias(ABOVE),
        )
    )


def suppress_after_rules(
    notes: pl.DataFrame, settings: PredictedHelpfulSettings | None = None
) -> pl.DataFrame:
    """End what the statuses of this run contradict, right after the meta rules ("suppression A").

    Parameters
    ----------
    notes : polars.DataFrame
        Notes scored: ``above_pcrh_threshold_at_ms``, decided_by, core_rating_status, classification.
    settings : PredictedHelpfulSettings, optional

    Returns
    -------
    polars.DataFrame
        ``notes`` with ``above_pcrh_threshold_at_ms`` replaced.
    """
    ended = (pl.col(ABOVE) > 0) & is_ineligible(settings or PredictedHelpfulSettings())
    return notes.with_columns(_end(ended, first_time(ABOVE)))


def suppress_at_end(
    notes: pl.DataFrame,
    previous: pl.DataFrame,
    now_ms: int,
    settings: PredictedHelpfulSettings | None = None,
) -> pl.DataFrame:
    """End what is contradicted or over, on scored and carried-over notes together ("suppression B").

    Parameters
    ----------
    notes : polars.DataFrame
        All notes: note, ``above_pcrh_threshold_at_ms``, decided_by, core_rating_status, classification.
    previous : polars.DataFrame
        `PREVIOUS_SCHEMA`.
    now_ms : int
        Clock of the run.
    settings : PredictedHelpfulSettings, optional

    Returns
    -------
    polars.DataFrame
        ``notes`` with ``above_pcrh_threshold_at_ms`` replaced; the status history takes the column over
        as it is, nulls included.
    """
    settings = settings or PredictedHelpfulSettings()
    table = notes.join(previous, on="note", how="left", maintain_order="left")
    value, before = pl.col(ABOVE), pl.col("previous_ms")
    first = pl.coalesce(first_time(ABOVE), first_time("previous_ms"))
    was_or_is = (value > 0).fill_null(value=False) | (before > 0).fill_null(value=False)
    over = (value > 0) & (pl.lit(now_ms) - first > settings.shown_for_ms)
    ended = (was_or_is & is_ineligible(settings)) | over.fill_null(value=False)
    return table.with_columns(_end(ended, first)).drop("previous_ms")


def is_ineligible(settings: PredictedHelpfulSettings) -> pl.Expr:
    """Return whether a note may not be above: decided otherwise than by Core, rejected, not misleading."""
    rejected = pl.col("core_rating_status").cast(pl.String).is_in([FIRM_REJECT, CRNH])
    return (
        (pl.col("decided_by") != settings.deciding_rule).fill_null(value=True)
        | rejected.fill_null(value=False)
        | (pl.col("classification") == NOT_MISLEADING).fill_null(value=False)
    )


def first_time(column: str) -> pl.Expr:
    """Return when a note was first above: the size of a value, null if there is none."""
    return pl.when(pl.col(column) != _FORGOTTEN).then(pl.col(column).abs())


def _end(ended: pl.Expr, first: pl.Expr) -> pl.Expr:
    value = pl.col(ABOVE)
    timeless = pl.when(value.is_null() | (value > 0)).then(pl.lit(_FORGOTTEN)).otherwise(value)
    replaced = pl.when(first.is_not_null()).then(-first).otherwise(timeless)
    return pl.when(ended.fill_null(value=False)).then(replaced).otherwise(value).cast(pl.Int64).alias(ABOVE)

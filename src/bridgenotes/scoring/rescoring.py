"""Why a note was scored in this run: labels of rescoring subsets (spec 01 A.11, 06 section 5)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

from bridgenotes.scoring.preprocess import DAY_MS

if TYPE_CHECKING:
    from collections.abc import Callable

SOMEWHAT_RECENT_DAYS: Final = (3, 13)
NEW_DAYS: Final = 14

FULL_RUN: Final[dict[str, Callable[[int], pl.Expr]]] = {
    "ALL_NOTES": lambda _now: pl.lit(value=True),
    "NOTES_CREATED_SOMEWHAT_RECENTLY": lambda now: (
        (pl.col("created_at_ms") >= now - SOMEWHAT_RECENT_DAYS[1] * DAY_MS)
        & (pl.col("created_at_ms") < now - SOMEWHAT_RECENT_DAYS[0] * DAY_MS)
    ),
    "NEW_NOTES_NOT_RESCORED_RECENTLY_ENOUGH": lambda now: (
        (pl.col("created_at_ms") > now - NEW_DAYS * DAY_MS) & (pl.col("current_status_at_ms") < now - DAY_MS)
    ),
}
"""Subsets of a run without previous outputs, in order: from the run's clock to a condition on the history."""


def rescoring_labels(history: pl.DataFrame, now_ms: int) -> pl.Series:
    """Return, per note of the incoming history, its subsets joined with commas.

    The reference takes the wall clock here; we take the run's, so that a run repeats (docs/decisions/0006).
    """
    parts = [pl.when(condition(now_ms)).then(pl.lit(name)) for name, condition in FULL_RUN.items()]
    return history.select(pl.concat_str(parts, separator=",", ignore_nulls=True).alias("rules"))["rules"]

"""Small datasets, written down as rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import polars as pl

from bridgenotes.data.dataset import (
    ENROLLMENT_SCHEMA,
    NOTES_SCHEMA,
    RATINGS_SCHEMA,
    REQUESTS_SCHEMA,
    STATUS_HISTORY_SCHEMA,
    Dataset,
)
from bridgenotes.data.vocabulary import MISLEADING

DAY_MS = 86_400_000
NOW_MS = 1_780_000_000_000
"""2026-05-28."""

Row = dict[str, Any]


def frame(schema: pl.Schema, rows: Sequence[Row], defaults: Row) -> pl.DataFrame:
    complete = [{name: row.get(name, defaults.get(name)) for name in schema} for row in rows]
    return pl.DataFrame(complete, schema=schema)


def dataset(
    *,
    notes: Sequence[Row] = (),
    ratings: Sequence[Row] = (),
    history: Sequence[Row] = (),
    enrollment: Sequence[Row] = (),
    n_notes: int | None = None,
    n_contributors: int = 100,
) -> Dataset:
    """A dataset from rows with defaults: misleading notes of ten days ago, rated helpful a day later."""
    when = NOW_MS - 10 * DAY_MS
    known = {row["note"] for row in (*notes, *history)}
    total = n_notes if n_notes is not None else max(known, default=-1) + 1
    by_note = sorted(notes, key=lambda row: row["note"])
    return Dataset(
        notes=frame(
            NOTES_SCHEMA, by_note,
            {"author": 90, "created_at_ms": when, "post_id": 1, "classification": MISLEADING},
        ),
        ratings=frame(
            RATINGS_SCHEMA, ratings,
            {"created_at_ms": when + DAY_MS, "level": 2, "tags": 0, "has_level": True,
             "is_population_sampled": False},
        ),
        status_history=frame(
            STATUS_HISTORY_SCHEMA, sorted(history, key=lambda row: row["note"]),
            {"author": 90, "created_at_ms": when},
        ),
        enrollment=frame(
            ENROLLMENT_SCHEMA, enrollment,
            {"enrollment_state": "newUser", "successful_rating_needed_to_earn_in": 5,
             "last_state_change_at_ms": 0, "last_earn_out_at_ms": 1, "number_of_times_earned_out": 0},
        ),
        requests=pl.DataFrame(schema=REQUESTS_SCHEMA),
        note_ids=np.arange(total, dtype=np.int64) + 1_000,
        contributor_ids=pl.Series([f"C{k:04}" for k in range(n_contributors)], dtype=pl.String),
    )  # fmt: skip

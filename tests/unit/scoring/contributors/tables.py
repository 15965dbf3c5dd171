"""Small tables to judge contributors by, written row by row."""

from __future__ import annotations

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
from bridgenotes.data.vocabulary import tag_bit
from bridgenotes.scoring.profile import load_profile
from bridgenotes.scoring.ratings import Ratings

PROFILE = load_profile("x-2026")
SETTINGS = PROFILE.contributors
DAY = 86_400_000
START = 1_700_000_000_000
NOW = START + 100 * DAY
HELPFUL, SOMEWHAT, NOT_HELPFUL = 2, 1, 0


def frame(schema: pl.Schema, rows: list[dict[str, object]]) -> pl.DataFrame:
    """Rows of a table; what a row does not mention is null."""
    return pl.DataFrame({name: [row.get(name) for row in rows] for name in schema}, schema=schema)


def history(*rows: tuple[object, ...]) -> pl.DataFrame:
    """Author, status, creation, decision: note k is row k."""
    names = ("author", "current_status", "created_at_ms", "latest_non_nmr_status_at_ms")
    return frame(
        STATUS_HISTORY_SCHEMA,
        [
            {"note": note, "created_at_ms": START, **dict(zip(names, row, strict=False))}
            for note, row in enumerate(rows)
        ],
    )


def ratings(*rows: tuple[object, ...]) -> Ratings:
    """Note, rater, level, time, tags."""
    names = ("note", "rater", "level", "created_at_ms", "tags")
    return Ratings(
        frame(
            RATINGS_SCHEMA,
            [{"created_at_ms": START + 1, "tags": 0, **dict(zip(names, row, strict=False))} for row in rows],
        )
    )


def enrollment(*rows: tuple[object, ...]) -> pl.DataFrame:
    """Contributor, state, last earn-out, target, times out."""
    names = (
        "contributor",
        "enrollment_state",
        "last_earn_out_at_ms",
        "successful_rating_needed_to_earn_in",
        "number_of_times_earned_out",
    )
    usual = {
        "last_earn_out_at_ms": 1,
        "successful_rating_needed_to_earn_in": 5,
        "number_of_times_earned_out": 0,
        "last_state_change_at_ms": 77,
    }
    return frame(ENROLLMENT_SCHEMA, [usual | dict(zip(names, row, strict=False)) for row in rows])


def note_results(n_notes: int, **columns: list[object]) -> pl.DataFrame:
    """Results of note scoring."""
    values = {"core_note_intercept": [None] * n_notes, "num_ratings": [0] * n_notes}
    values |= {"num_ratings_last28": [0] * n_notes, **columns}
    schema = {"core_note_intercept": pl.Float32, "num_ratings": pl.Int64, "num_ratings_last28": pl.Int64}
    notes = pl.Series("note", np.arange(n_notes), dtype=pl.Int32)
    return pl.DataFrame(values, schema=schema).insert_column(0, notes)


def raters(*codes: int) -> pl.DataFrame:
    """What prescoring knows: just that they rated."""
    return pl.DataFrame({"rater": codes}, schema={"rater": pl.Int32})


def dataset(people: pl.DataFrame, n_notes: int, n_contributors: int) -> Dataset:
    """A community of which only the enrollment matters."""
    return Dataset(
        notes=pl.DataFrame(schema=NOTES_SCHEMA),
        ratings=pl.DataFrame(schema=RATINGS_SCHEMA),
        status_history=pl.DataFrame(schema=STATUS_HISTORY_SCHEMA),
        enrollment=people,
        requests=pl.DataFrame(schema=REQUESTS_SCHEMA),
        note_ids=np.arange(n_notes, dtype=np.int64),
        contributor_ids=pl.Series([f"{k:03}" for k in range(n_contributors)], dtype=pl.String),
    )


def mask(*tags: str) -> int:
    """The bits of some tags."""
    return sum(tag_bit(tag) for tag in tags)

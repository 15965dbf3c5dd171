"""What an earlier run found, and what of it stays."""

from __future__ import annotations

from typing import Any

import polars as pl

from bridgenotes.data.outputs import output_schema
from bridgenotes.scoring.previous import Previous
from support.tables import dataset

TABLES = ("scored_notes", "aux_note_info", "note_status_history")
DATA = dataset(notes=[{"note": k} for k in range(3)])


def tables(*ids: int) -> dict[str, pl.DataFrame]:
    def values(name: str, dtype: pl.DataType) -> list[Any]:
        if name == "noteId":
            return list(ids)
        return ["ALL_NOTES" if name == "rescoringActiveRules" else None] * len(ids)

    return {
        table: pl.DataFrame(
            {name: pl.Series(values(name, kind), dtype=kind) for name, kind in output_schema(table).items()}
        )
        for table in TABLES
    }


def test_notes_it_knew_under_today_s_codes() -> None:
    previous = Previous.of(tables(1_000, 1_002, 4_711), 5, DATA)
    assert previous.notes.to_list() == [0, 2]
    assert previous.rating_cutoff_ms == 5


def test_rows_pass_through_but_for_their_labels() -> None:
    before = tables(1_000, 1_001, 1_002)
    previous = Previous.of(before, 5, DATA)
    rescored = pl.Series([1_001], dtype=pl.Int64)
    for table in TABLES:
        kept = previous.passed_through(table, rescored)
        assert kept["noteId"].to_list() == [1_000, 1_002]
        assert kept.schema == before[table].schema
        expected = before[table].filter(pl.col("noteId") != 1_001)
        if table == "scored_notes":
            assert kept["rescoringActiveRules"].to_list() == ["", ""]
            kept, expected = kept.drop("rescoringActiveRules"), expected.drop("rescoringActiveRules")
        assert kept.equals(expected)


def test_nothing_rescored_and_everything_rescored() -> None:
    previous = Previous.of(tables(1_000, 1_001), 5, DATA)
    assert previous.passed_through("aux_note_info", pl.Series([], dtype=pl.Int64)).height == 2
    assert previous.passed_through("aux_note_info", pl.Series([1_000, 1_001])).height == 0

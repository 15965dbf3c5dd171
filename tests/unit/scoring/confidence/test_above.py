"""The time a note was first predicted Helpful, through runs."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridgenotes.data.vocabulary import CRNH, FIRM_REJECT, MISLEADING, NOT_MISLEADING
from bridgenotes.scoring.confidence import (
    above_times,
    previous_above,
    suppress_after_rules,
    suppress_at_end,
)
from bridgenotes.scoring.confidence.above import PREVIOUS_SCHEMA

NOW_MS = 1_780_000_000_000
HOUR_MS = 3_600_000
FRESH, STALE = NOW_MS - 12 * HOUR_MS, NOW_MS - 12 * HOUR_MS - 1
CORE = "CoreModel (v1.1)"
ABOVE = "above_pcrh_threshold_at_ms"


def before(value: int | None) -> pl.DataFrame:
    return pl.DataFrame({"note": [0], "previous_ms": [value]}, schema=PREVIOUS_SCHEMA).drop_nulls()


@pytest.mark.parametrize(
    ("is_above", "previous", "expected"),
    [
        (True, FRESH, FRESH),
        (True, -FRESH, FRESH),
        (True, STALE, -STALE),
        (True, None, NOW_MS),
        (True, -1, NOW_MS),
        (False, FRESH, -FRESH),
        (False, -STALE, -STALE),
        (False, None, None),
        (False, -1, None),
    ],
)
def test_times(is_above: bool, previous: int | None, expected: int | None) -> None:
    predictions = pl.DataFrame(
        {"note": [0], "pcrh_final_pred": [is_above]}, schema_overrides={"note": pl.Int32}
    )
    assert above_times(predictions, before(previous), NOW_MS)[ABOVE].to_list() == [expected]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([5, -1], 5),
        ([-1, -7], -7),
        ([7, -5], 7),
        ([7, 5], 5),
        ([-7, -5], -5),
        ([None, -1], -1),
        ([None, None], None),
    ],
)
def test_the_better_of_two_memories_counts(values: list[int | None], expected: int | None) -> None:
    tables = [
        pl.DataFrame({"note": [4], ABOVE: [value]}, schema={"note": pl.Int32, ABOVE: pl.Int64})
        for value in values
    ]
    for order in (tables, tables[::-1]):
        found = previous_above(order)
        assert found.schema == PREVIOUS_SCHEMA
        assert found["previous_ms"].to_list() == ([] if expected is None else [expected])


def note(value: int | None, **changes: str | None) -> pl.DataFrame:
    row = {"decided_by": CORE, "core_rating_status": "NEEDS_MORE_RATINGS", "classification": MISLEADING}
    return pl.DataFrame(
        {"note": [0], ABOVE: [value], **{name: [changes.get(name, text)] for name, text in row.items()}},
        schema_overrides={"note": pl.Int32, ABOVE: pl.Int64},
    ).with_columns(pl.col("decided_by", "core_rating_status", "classification").cast(pl.String))


INELIGIBLE = [
    {"decided_by": "ExpansionModel (v1.1)"},
    {"decided_by": None},
    {"core_rating_status": FIRM_REJECT},
    {"core_rating_status": CRNH},
    {"classification": NOT_MISLEADING},
]


@pytest.mark.parametrize("changes", INELIGIBLE)
def test_statuses_that_contradict_end_it(changes: dict[str, str | None]) -> None:
    for value, expected in ((FRESH, -FRESH), (-FRESH, -FRESH), (-1, -1), (None, None)):
        assert suppress_after_rules(note(value, **changes))[ABOVE].to_list() == [expected]


@pytest.mark.parametrize("changes", INELIGIBLE)
@pytest.mark.parametrize(
    ("value", "previous", "expected"),
    [
        (FRESH, None, -FRESH),
        (None, FRESH, -FRESH),
        (None, -FRESH, None),
        (-1, FRESH, -FRESH),
        (-1, None, -1),
        (None, None, None),
    ],
)
def test_at_the_end_memory_counts_too(
    changes: dict[str, str | None], value: int | None, previous: int | None, expected: int | None
) -> None:
    assert suppress_at_end(note(value, **changes), before(previous), NOW_MS)[ABOVE].to_list() == [expected]


@pytest.mark.parametrize(
    ("value", "previous", "expected"),
    [(FRESH, None, FRESH), (STALE, None, -STALE), (None, FRESH, None), (-STALE, STALE, -STALE)],
)
def test_an_eligible_note_is_above_for_half_a_day(
    value: int | None, previous: int | None, expected: int | None
) -> None:
    assert suppress_after_rules(note(value))[ABOVE].to_list() == [value]
    assert suppress_at_end(note(value), before(previous), NOW_MS)[ABOVE].to_list() == [expected]


@given(
    runs=st.lists(st.tuples(st.booleans(), st.booleans(), st.integers(1, 8)), min_size=1, max_size=12),
)
def test_one_window_of_half_a_day_per_note(runs: list[tuple[bool, bool, int]]) -> None:
    """Whatever is predicted and decided, the first time never changes and nothing is above after it."""
    now, value, first = NOW_MS, None, None
    for is_above, is_eligible, hours in runs:
        now += hours * HOUR_MS
        predictions = pl.DataFrame(
            {"note": [0], "pcrh_final_pred": [is_above]}, schema_overrides={"note": pl.Int32}
        )
        known = before(value)
        (time,) = above_times(predictions, known, now)[ABOVE]
        row = note(time, **({} if is_eligible else {"decided_by": None}))
        (value,) = suppress_at_end(suppress_after_rules(row), known, now)[ABOVE]
        if value is not None:
            first = first or abs(value)
            assert abs(value) == first
            assert value < 0 or (now - first <= 12 * HOUR_MS and is_eligible and is_above)

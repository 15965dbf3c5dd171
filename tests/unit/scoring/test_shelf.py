"""Tables that wait in files come back as they were."""

from __future__ import annotations

import itertools
from pathlib import Path

import polars as pl
import pytest

from bridgenotes.data.errors import WriteError
from bridgenotes.data.vocabulary import Status
from bridgenotes.scoring.shelf import (
    IN_MEMORY,
    NOTES_AT_A_TIME,
    Files,
    Shelf,
    collected,
    frames_in_turn,
    note_blocks,
    together,
)

FRAME = pl.DataFrame(
    {
        "note": [3, 1, 2],
        "status": ["NEEDS_MORE_RATINGS", None, "CURRENTLY_RATED_HELPFUL"],
        "x": [0.5, None, 1],
    },
    schema={"note": pl.Int32, "status": Status, "x": pl.Float32},
)


@pytest.fixture(params=["memory", "files"])
def shelf(request: pytest.FixtureRequest, tmp_path: Path) -> Shelf:
    return IN_MEMORY if request.param == "memory" else Files(tmp_path)


def test_what_is_kept_comes_back(shelf: Shelf) -> None:
    for frame in (FRAME, FRAME.clear(), FRAME.reverse()):
        back = collected(shelf.keep(frame))
        assert back.equals(frame)
        assert back.schema == frame.schema


def test_tables_stand_below_each_other_in_order(shelf: Shelf) -> None:
    kept = [shelf.keep(FRAME), shelf.keep(FRAME.clear()), shelf.keep(FRAME.reverse().drop("x"))]
    expected = pl.concat([FRAME, FRAME.reverse().drop("x")], how="diagonal")
    assert collected(together(kept, "diagonal")).equals(expected)


def test_names_of_folders_are_no_patterns(tmp_path: Path) -> None:
    folder = tmp_path / "[a]*{b}?"
    folder.mkdir()
    assert collected(Files(folder).keep(FRAME)).equals(FRAME)


def test_a_folder_that_takes_nothing_is_named(tmp_path: Path) -> None:
    with pytest.raises(WriteError, match="gone"):
        Files(tmp_path / "gone").keep(FRAME)


@pytest.mark.parametrize("n_notes", [0, 1, NOTES_AT_A_TIME, 3 * NOTES_AT_A_TIME + 5])
def test_blocks_hold_each_note_once(n_notes: int) -> None:
    blocks = note_blocks(n_notes)
    assert blocks[0].start == 0
    assert blocks[-1].stop == n_notes
    assert all(a.stop == b.start for a, b in itertools.pairwise(blocks))
    assert max(block.stop - block.start for block in blocks) <= NOTES_AT_A_TIME


def test_frames_in_turn_are_made_when_they_are_read() -> None:
    made: list[int] = []

    def frames() -> object:
        for k in range(3):
            made.append(k)
            yield FRAME.with_columns(pl.col("note") + 10 * k)

    table = frames_in_turn(frames, FRAME.schema)  # type: ignore[arg-type]
    assert made == []
    assert table.collect()["note"].to_list() == [3, 1, 2, 13, 11, 12, 23, 21, 22]
    assert table.filter(pl.col("note") == 12).select("x").collect().rows() == [(1.0,)]
    assert table.head(4).collect()["note"].to_list() == [3, 1, 2, 13]

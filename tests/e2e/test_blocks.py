"""How many notes and ratings are worked on at a time, and where tables wait, changes no result."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bridgenotes.cli import score as command
from bridgenotes.scoring import batches, shelf
from support.runs import OUTPUTS, made_up, score, table

EVERYTHING = (*OUTPUTS, "evidence", "trace")


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made_up(tmp_path_factory.mktemp("community") / "data", ratings=6_000)


@pytest.fixture(scope="module")
def whole(source: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return score(source, tmp_path_factory.mktemp("whole"), trace=True)


@pytest.fixture
def few_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shelf, "NOTES_AT_A_TIME", 17)
    monkeypatch.setattr(batches, "AT_A_TIME", 501)
    monkeypatch.setattr(command, "FILES_FROM", 0)


@pytest.mark.usefixtures("few_at_a_time")
def test_a_run_in_small_blocks_is_the_same(source: Path, whole: Path, tmp_path: Path) -> None:
    blocks = score(source, tmp_path / "blocks", trace=True)
    assert len(shelf.note_blocks(table(whole, "scored_notes").height)) > 5
    for name in EVERYTHING:
        assert table(blocks, name).equals(table(whole, name)), name
        assert table(blocks, name).schema == table(whole, name).schema, name
    assert not [path for path in blocks.iterdir() if path.name.startswith(".")], "tables still wait"


@pytest.mark.usefixtures("few_at_a_time")
def test_rows_of_the_previous_run_find_their_place(source: Path, whole: Path, tmp_path: Path) -> None:
    hour_later = {"previous": whole, "now": str(_now(whole) + 3_600_000)}
    blocks = score(source, tmp_path / "blocks", **hour_later)
    ids = table(blocks, "scored_notes")["noteId"]
    assert ids.is_sorted()
    assert ids.equals(table(whole, "scored_notes")["noteId"])
    passed = table(blocks, "scored_notes")["rescoringActiveRules"] == ""
    assert 0 < passed.sum() < len(passed)
    kept, before = (table(f, "aux_note_info").filter(passed) for f in (blocks, whole))
    assert kept.drop("rescoringActiveRules", strict=False).equals(
        before.drop("rescoringActiveRules", strict=False)
    )


def _now(folder: Path) -> int:
    return int(json.loads((folder / "run.json").read_text())["now_ms"])

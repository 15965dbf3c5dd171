"""Prescoring that begins from what an earlier one learned (`score --learned`)."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest
from typer.testing import CliRunner

from bridgenotes.cli.failures import UsageError
from bridgenotes.cli.main import app
from bridgenotes.data.write import write_tables
from support.runs import made_up, score, table

EXACT = ("scorer_defaults.model.prescoring_trainer='exact'",)
CORE = "MFCoreScorer"


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A community, and the same with a hundredth fewer ratings, and without the newest notes."""
    now = made_up(tmp_path_factory.mktemp("data") / "now", ratings=8_000)
    before = now.with_name("before")
    before.mkdir()
    for path in now.glob("*.tsv"):
        frame = pl.read_csv(path, separator="\t", infer_schema=False)
        if path.name.startswith("ratings"):
            frame = frame.gather(sorted(set(range(frame.height)) - set(range(0, frame.height, 100))))
        write_tables(before, {path.stem: frame})
    return before, now


def fits(folder: Path) -> dict[str, dict[str, float]]:
    return json.loads((folder / "run.json").read_text())["fits"][CORE]


def test_the_same_optimum_in_fewer_iterations(data: tuple[Path, Path], tmp_path: Path) -> None:
    before, now = data
    options = {"changes": EXACT, "scorers": CORE, "phase": "prescoring"}
    learned = score(before, tmp_path / "learned", **options)
    cold = score(now, tmp_path / "cold", **options)
    warm = score(now, tmp_path / "warm", learned=learned, **options)
    for fit in ("first round", "final round"):
        assert fits(warm)[fit]["objective"] == pytest.approx(fits(cold)[fit]["objective"], rel=1e-5)
    # the second fit begins from the first in either case
    assert fits(warm)["first round"]["iterations"] < fits(cold)["first round"]["iterations"]
    name = "prescoring_note_model_output"
    a, b = (table(folder, name).sort("noteId") for folder in (warm, cold))
    assert a["noteId"].equals(b["noteId"])
    difference = (a["internalNoteIntercept"] - b["internalNoteIntercept"]).abs().max()
    assert difference < 2e-3


def test_a_whole_run_takes_the_folder_of_a_whole_run(data: tuple[Path, Path], tmp_path: Path) -> None:
    options = {"changes": EXACT, "scorers": CORE}
    first = score(data[0], tmp_path / "first", **options)
    second = score(data[1], tmp_path / "second", learned=first, **options)
    cold = score(data[1], tmp_path / "cold", **options)
    assert fits(second)["first round"]["iterations"] < fits(cold)["first round"]["iterations"]
    statuses = [table(folder, "scored_notes")["finalRatingStatus"] for folder in (second, cold)]
    assert (statuses[0] == statuses[1]).mean() > 0.99


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ([], "profile x-2026 has none: it stops early"),
        (["--set", EXACT[0], "--phase", "similarity"], "--learned is for learning raters"),
        (
            ["--set", EXACT[0]],
            "no prescoring_rater_model_output.parquet; give the folder that prescoring wrote",
        ),
    ],
)
def test_wrong_use_is_told(data: tuple[Path, Path], tmp_path: Path, options: list[str], words: str) -> None:
    command = ["score", str(data[1]), "--out", str(tmp_path / "out"), "--learned", str(tmp_path), *options]
    result = CliRunner().invoke(app, [*command, "--scorers", CORE, "--no-cache"])
    assert isinstance(result.exception, UsageError)
    assert words in str(result.exception)
    assert not (tmp_path / "out").exists()

"""`bridgenotes explain` as a user meets it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bridgenotes.cli.failures import UsageError
from bridgenotes.cli.main import app
from unit.report.made_up import LOCKED, community, edit_record, empty_run, helpful_notes, score


@pytest.fixture(scope="module", params=["parquet", "tsv"])
def scored(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    base = tmp_path_factory.mktemp("explain")
    return score(community(base / "community"), base / "scored", format=request.param)


def explain(*arguments: object) -> str:
    result = CliRunner().invoke(app, ["explain", *map(str, arguments)], catch_exceptions=False)
    assert result.exit_code == 0
    return result.stdout


def test_text(scored: Path) -> None:
    text = explain(LOCKED, "--scored", scored)
    for part in (
        "Needs More Ratings",
        "What a Helpful note needs",
        "rule by rule",
        "ScoringDriftGuard",
        "intercept:",
    ):
        assert part in text
    assert "CONTRIBUTOR" not in text


def test_json(scored: Path) -> None:
    text = explain(LOCKED, "--scored", scored, "--json")
    found = json.loads(text)
    assert list(found) == [
        "note_id", "status", "status_in_words", "decided_by", "decided_by_in_words", "headline", "remarks",
        "lock", "steps", "checks", "missing", "trace",
    ]  # fmt: skip
    assert found["note_id"] == str(LOCKED)
    assert set(found["checks"][0]) == {"id", "name", "value", "needed", "met", "gap"}
    assert set(found["steps"][0]) == {"rule", "stage", "sentence", "outcome"}
    assert set(found["lock"]) == {"status", "status_in_words", "since", "otherwise"}
    assert "CONTRIBUTOR" not in text


def test_both_formats_say_the_same(tmp_path: Path) -> None:
    source = community(tmp_path / "community")
    runs = [score(source, tmp_path / kind, format=kind) for kind in ("parquet", "tsv")]
    for note in (LOCKED, helpful_notes(runs[0])[0]):
        first, second = (explain(note, "--scored", run, "--json") for run in runs)
        assert first == second


def refused(*arguments: object) -> str:
    with pytest.raises(UsageError) as caught:
        explain(*arguments)
    return str(caught.value)


def test_an_unknown_note(scored: Path) -> None:
    assert "there is no note 5 in" in refused(5, "--scored", scored)


def test_no_scored_run(tmp_path: Path) -> None:
    said = refused(5, "--scored", tmp_path)
    assert "is not a scored run: run.json is missing" in said
    assert f"bridgenotes score INPUT --out {tmp_path}" in said


def test_a_missing_table(tmp_path: Path) -> None:
    run = score(community(tmp_path / "community"), tmp_path / "scored")
    (run / "evidence.parquet").unlink()
    assert "evidence.parquet (or .tsv) is missing" in refused(5, "--scored", run)


def test_a_damaged_record(tmp_path: Path) -> None:
    (tmp_path / "run.json").write_text("{}")
    assert "run.json is damaged" in refused(5, "--scored", tmp_path)


def test_a_run_without_notes(tmp_path: Path) -> None:
    run = empty_run(tmp_path / "nothing", tmp_path / "scored")
    assert "the run has no notes" in refused(5, "--scored", run)


def test_markup_in_a_run_is_only_text(tmp_path: Path) -> None:
    run = score(community(tmp_path / "[bold]community"), tmp_path / "[red]scored[/nothing]")
    edit_record(run, inputs=["[red]"])
    assert "Helpful" in explain(helpful_notes(run)[0], "--scored", run)

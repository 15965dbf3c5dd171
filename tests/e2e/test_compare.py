"""`bridgenotes compare` as a user meets it."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest
from typer.testing import CliRunner

from bridgenotes.cli.failures import UsageError
from bridgenotes.cli.main import app
from e2e.test_report import Page


def bridgenotes(*arguments: object, code: int = 0) -> str:
    result = CliRunner().invoke(app, list(map(str, arguments)), catch_exceptions=False)
    assert result.exit_code == code, result.output
    return result.stdout


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    base = tmp_path_factory.mktemp("compare")
    bridgenotes("simulate", "--ratings", 5_000, "--seed", 7, "--out", base / "community", "--json")
    for seed in (1, 2):
        bridgenotes(
            "score", base / "community", "--out", base / f"seed{seed}", "--seed", seed, "--trace", "--json"
        )
    options = ("--scorers", "MFCoreScorer", "--format", "tsv", "--json")
    bridgenotes("score", base / "community", "--out", base / "core", *options)
    return base


def test_two_seeds(base: Path) -> None:
    text = bridgenotes("compare", base / "seed1", base / "seed2")
    for part in ("seed 1", "seed 2", "Final statuses agree on", "Parameters", "coreNoteIntercept"):
        assert part in text
    assert "CONTRIBUTOR" not in text


def test_traced_runs_say_what_each_rule_changed(base: Path) -> None:
    found = json.loads(bridgenotes("compare", base / "seed1", base / "seed2", "--json"))
    firings = [
        firing for note in found["worst"] for path in note["paths"] for firing in (*path["a"], *path["b"])
    ]
    assert firings
    assert all(firing["after"] for firing in firings)
    said = bridgenotes("explain", found["worst"][0]["note_id"], "--scored", base / "seed1")
    assert "no status → Needs More Ratings" in " ".join(said.split())


def test_a_run_against_itself_passes_the_strictest_gate(base: Path) -> None:
    text = bridgenotes("compare", base / "seed1", base / "seed1", "--fail-under", 100)
    assert "Every rule fired on the same notes." in text
    assert "No note has another status or intercept." in text


def test_json_says_all_of_it(base: Path) -> None:
    found = json.loads(bridgenotes("compare", base / "seed1", base / "core", "--json", "--worst", 3))
    assert found["a"]["seed"] == 1
    assert found["b"]["profile"] == "x-2026"
    assert sum(map(sum, found["statuses"]["everything"]["counts"])) == found["overlaps"][0]["both"] > 100
    core = next(one for one in found["columns"] if one["column"] == "coreNoteIntercept")
    assert core["n_both"] > 50
    assert core["share"] == 1  # one is text, the other Parquet: the same 32-bit numbers
    assert len(found["worst"]) <= 3


def test_a_gate_that_is_not_met(base: Path, tmp_path: Path) -> None:
    notes = pl.read_parquet(base / "seed1" / "scored_notes.parquet")
    notes.with_columns(finalRatingStatus=pl.lit("NEEDS_MORE_RATINGS")).write_parquet(
        tmp_path / "scored_notes.parquet"
    )
    bridgenotes("compare", base / "seed1", tmp_path, "--fail-under", 10)
    bridgenotes("compare", base / "seed1", tmp_path, "--fail-under", 99.9, code=1)
    bridgenotes("compare", base / "seed1", tmp_path, "--fail-under", 99.9, "--json", code=1)


def test_the_page(base: Path) -> None:
    out = base / "page.html"
    bridgenotes("compare", base / "seed1", base / "core", "--html", out)
    text = out.read_text("utf-8")
    page = Page(text)
    names = ["statuses", "scorers", "rules", "parameters", "columns", "notes", "rows"]
    assert [section["id"] for section in page.all("section")] == names
    assert page.all("script") == page.all("link") == page.all("img") == []
    assert all((link["href"] or "").startswith("#") for link in page.all("a"))
    ids = [attrs["id"] for _, attrs in page.found if "id" in attrs]
    assert len(ids) == len(set(ids))
    charts = [attrs for attrs in page.all("div") if attrs.get("role") == "img"]
    assert len(charts) > 2
    assert all(len(attrs["aria-label"] or "") > 40 for attrs in charts)
    assert "CONTRIBUTOR" not in text
    assert str(base) not in text


def test_the_page_of_equal_runs(base: Path, tmp_path: Path) -> None:
    bridgenotes("compare", base / "core", base / "core", "--html", tmp_path / "page.html")
    assert "Every rule fired on the same notes." in Page((tmp_path / "page.html").read_text("utf-8")).text


def test_the_input_tells_what_was_locked(base: Path) -> None:
    text = bridgenotes(
        "compare", base / "seed1", base / "core", "--status-history", base / "community", "--json"
    )
    assert "input's status history" in json.loads(text)["statuses"]["unlocked_how"]


def test_a_folder_without_results(base: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="there is no scored_notes table"):
        bridgenotes("compare", base / "seed1", tmp_path)

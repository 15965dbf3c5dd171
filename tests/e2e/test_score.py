"""The command line from a user's seat: simulate, check, score."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import polars as pl
import pytest

COMMAND = [sys.executable, "-m", "bridgenotes.cli.main"]
ONE_THREAD = {**os.environ, "NUMBA_NUM_THREADS": "1"}
"""Tests already share the cores."""
CORE = ("--scorers", "MFCoreScorer")
"""Most questions are answered as well by one scorer, and sooner."""
OUTPUTS = ("scored_notes", "aux_note_info", "note_status_history", "helpfulness_scores")


def bridgenotes(*arguments: str | Path, ok: bool = True) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [*COMMAND, *map(str, arguments)], capture_output=True, text=True, check=False, env=ONE_THREAD
    )
    assert (done.returncode == 0) is ok, done.stderr
    return done


@pytest.fixture(scope="module")
def community(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("community") / "data"
    bridgenotes("simulate", "--ratings", 20_000, "--seed", 4, "--out", folder)
    return folder


@pytest.fixture(scope="module")
def scored(community: Path) -> Path:
    out = community.parent / "scored"
    bridgenotes("score", community, "--out", out)
    return out


def test_a_run_writes_the_four_public_tables_whole(scored: Path) -> None:
    widths = {name: len(pl.read_parquet(scored / f"{name}.parquet").columns) for name in OUTPUTS}
    assert widths == dict(zip(OUTPUTS, (99, 72, 24, 47), strict=True))
    notes = pl.read_parquet(scored / "scored_notes.parquet")
    assert notes["noteId"].n_unique() == notes.height
    assert set(notes["finalRatingStatus"]) == {
        "CURRENTLY_RATED_HELPFUL", "CURRENTLY_RATED_NOT_HELPFUL", "NEEDS_MORE_RATINGS",
    }  # fmt: skip


def test_bridging_notes_become_helpful_and_one_sided_ones_do_not(community: Path, scored: Path) -> None:
    truth = pl.read_parquet(community / "truth-notes.parquet")
    notes = pl.read_parquet(scored / "scored_notes.parquet").join(truth, left_on="noteId", right_on="note_id")
    helpful = notes.filter(pl.col("coreRatingStatus") == "CURRENTLY_RATED_HELPFUL")["kind"].value_counts()
    share = dict(helpful.iter_rows())
    assert share["bridging"] > 10
    assert share["bridging"] > 3 * (share.get("one-sided left", 0) + share.get("one-sided right", 0))
    assert not {"spam", "poor"} & set(share)


def test_equal_input_gives_equal_bytes_for_any_number_of_threads(community: Path, scored: Path) -> None:
    again = community.parent / "again"
    command = [*COMMAND, "score", str(community), "--out", str(again), "--threads", "2", "--no-cache"]
    subprocess.run(command, check=True, capture_output=True)  # every scorer
    for name in OUTPUTS:
        assert (again / f"{name}.parquet").read_bytes() == (scored / f"{name}.parquet").read_bytes()


def test_a_tight_memory_budget_is_said_and_gives_the_same(community: Path, scored: Path) -> None:
    out = community.parent / "tight"
    done = bridgenotes("score", community, "--out", out, "--memory", "451MB", "--no-cache")
    assert "20,000 ratings would like 0.5 GB, more than the memory budget" in " ".join(done.stderr.split())
    for name in OUTPUTS:
        assert (out / f"{name}.parquet").read_bytes() == (scored / f"{name}.parquet").read_bytes()


def test_tsv_says_the_same(community: Path, scored: Path) -> None:
    out = community.parent / "text"
    bridgenotes("score", community, "--out", out, "--format", "tsv")
    text = pl.read_csv(out / "scored_notes.tsv", separator="\t", infer_schema_length=None)
    table = pl.read_parquet(scored / "scored_notes.parquet")
    assert text.columns == table.columns
    assert text["noteId"].to_list() == table["noteId"].to_list()
    assert text["finalRatingStatus"].to_list() == table["finalRatingStatus"].to_list()


def test_the_summary_is_json_for_programs(community: Path) -> None:
    done = bridgenotes("score", community, "--out", community.parent / "json", "--json", *CORE)
    summary = json.loads(done.stdout)
    assert sum(summary["statuses"].values()) > 0
    assert {step["step"] for step in summary["steps"]} >= {"reading", "writing"}


def test_the_run_is_recorded(scored: Path) -> None:
    record = json.loads((scored / "run.json").read_text())
    assert record["profile"] == "x-2026"
    fits = record["fits"]["MFCoreScorer"]
    assert fits["first round"]["gradient_norm"] < 0.01, "early-stopped, not at the optimum"
    assert fits["first round"]["iterations"] > 20
    assert record["effects"]["MFCoreScorer"][0]["rule"] == "InitialNMR (v1.0)"


def test_the_history_feeds_the_next_run(community: Path, scored: Path) -> None:
    """The status history of one run is input of the next; locked statuses stay."""
    next_input = community.parent / "next"
    next_input.mkdir()
    for name in ("notes", "ratings", "userEnrollment"):
        (next_input / f"{name}-00000.tsv").symlink_to(community / f"{name}-00000.tsv")
    pl.read_parquet(scored / "note_status_history.parquet").write_parquet(
        next_input / "noteStatusHistory.parquet"
    )
    out = community.parent / "next-scored"
    bridgenotes("score", next_input, "--out", out, "--no-cache", *CORE)
    before = pl.read_parquet(scored / "note_status_history.parquet").drop_nulls("lockedStatus")
    after = pl.read_parquet(out / "note_status_history.parquet").join(before, on="noteId", suffix="_before")
    assert after.height == before.height
    assert (after["lockedStatus"] == after["lockedStatus_before"]).all()


def test_check_describes_sound_input(community: Path) -> None:
    found = json.loads(bridgenotes("check", community, "--json").stdout)
    assert found["data"]["ratings"]
    assert "The input is sound." in bridgenotes("check", community).stdout


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--profile", "x-2025"], "there is no profile 'x-2025'; choose one of: x-2026, birdwatch-2022"),
        (["--scorers", "MFCoreScorer,Foo"], "has no scorer 'Foo'; it has: GaussianScorer"),
        (["--now", "yesterday"], "give milliseconds since 1970 or an ISO 8601 time"),
        (["--now", "1795348800"], "looks like seconds"),
        (["--memory", "much"], "give a number and a unit"),
        (["--memory", "10MB"], "more than the memory budget"),
        (["--format", "xlsx"], "parquet"),
    ],
)
def test_wrong_options_are_told_before_anything_is_written(
    community: Path, tmp_path: Path, arguments: list[str], words: str
) -> None:
    done = bridgenotes("score", community, "--out", tmp_path / "out", *arguments, ok=False)
    assert done.returncode == 2
    assert words in " ".join(done.stderr.split())
    assert not (tmp_path / "out").exists()


def test_bad_input_ends_with_file_line_and_column(tmp_path: Path) -> None:
    (tmp_path / "ratings-00000.tsv").write_text(
        "noteId\traterParticipantId\tcreatedAtMillis\thelpfulnessLevel\n1\tA\t1700000000000\tSUPER\n"
    )
    done = bridgenotes("score", tmp_path, "--out", tmp_path / "out", ok=False)
    assert done.returncode == 2
    assert "ratings-00000.tsv line 2, column helpfulnessLevel: 'SUPER'" in " ".join(done.stderr.split())
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("ratings", [0, 1, 10, 199])
def test_tiny_communities_give_valid_results(tmp_path: Path, ratings: int) -> None:
    bridgenotes("simulate", "--ratings", ratings, "--seed", 1, "--out", tmp_path / "data")
    bridgenotes("score", tmp_path / "data", "--out", tmp_path / "out")  # every scorer
    assert (tmp_path / "out" / "scored_notes.parquet").exists()


def test_ratings_alone_are_enough(community: Path, tmp_path: Path) -> None:
    done = bridgenotes(
        "score", community / "ratings-00000.tsv", "--out", tmp_path / "out", "--no-cache", *CORE
    )
    assert "derived from the ratings" in " ".join(done.stderr.split())
    assert pl.read_parquet(tmp_path / "out" / "scored_notes.parquet")["coreNoteIntercept"].count() > 0


@pytest.mark.parametrize("seconds", [0.6, 1.5])
def test_a_killed_run_leaves_nothing_half_written(community: Path, tmp_path: Path, seconds: float) -> None:
    out = tmp_path / "out"
    run = subprocess.Popen(
        [*COMMAND, "score", str(community), "--out", str(out), *CORE],
        stderr=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    )
    time.sleep(seconds)
    os.kill(run.pid, signal.SIGKILL)
    run.wait()
    finished = [p.name for p in out.glob("*.parquet")] if out.exists() else []
    assert finished == [] or {f"{name}.parquet" for name in OUTPUTS} <= set(finished)
    bridgenotes("score", community, "--out", out, *CORE)
    assert all((out / f"{name}.parquet").exists() for name in OUTPUTS)


def test_help_is_quick_and_names_every_command() -> None:
    text = bridgenotes("--help").stdout
    for command in ("score", "check", "simulate", "explain", "report"):
        assert command in text

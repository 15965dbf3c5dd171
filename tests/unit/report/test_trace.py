"""The trace of a note: list by list, with reasons, from both formats; none if the run has none."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import polars as pl
import pytest
from typer.testing import CliRunner

from bridgenotes.cli.main import app
from bridgenotes.data.vocabulary import CRH, NMR
from bridgenotes.data.write import write_tables
from bridgenotes.report.explain import explain_in_run
from bridgenotes.report.run import ScoredRun, open_run
from bridgenotes.scoring.rules.engine import NoteTable, Verdict, run_rules
from bridgenotes.scoring.rules.meta import meta_rules
from bridgenotes.scoring.rules.scorer import scorer_rules
from bridgenotes.scoring.rules.trace import META_LIST, public_trace, trace
from unit.report.made_up import LOCKED, helpful_notes

CORE = "MFCoreScorer"
CORE_RULES = ("INITIAL_NMR", "GENERAL_CRH")
FINAL_RULES = ("META_INITIAL_NMR", "CORE_MODEL", "SCORING_DRIFT_GUARD")


def verdicts(run: ScoredRun) -> tuple[dict[str, Verdict], pl.Series]:
    """Judge the notes of a run again with a few rules of the engine."""
    notes = run.table("evidence").sort("noteId")
    history = run.table("note_status_history").sort("noteId")
    scorer = run.profile.scorers[0]
    judged = notes.select(pl.col("intercept", "factor").cast(pl.Float32), "num_ratings", "classification")
    core = run_rules(scorer_rules(CORE_RULES), NoteTable(judged), scorer)
    table = pl.DataFrame(
        {
            "core_rating_status": core.status(),
            "locked_status": history["lockedStatus"].cast(core.status().dtype),
        }
    )
    return {CORE: core, META_LIST: run_rules(meta_rules(FINAL_RULES), NoteTable(table), run.profile)}, notes[
        "noteId"
    ]


@pytest.fixture(params=["parquet", "tsv"])
def traced(run: ScoredRun, tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    folder = tmp_path / "scored"
    shutil.copytree(run.folder, folder)
    judged, ids = verdicts(run)
    write_tables(folder, {"trace": public_trace(trace(judged), ids)}, format=request.param)
    return folder


def test_each_rule_says_what_it_changed_and_why(traced: Path) -> None:
    note = helpful_notes(traced)[0]
    steps = explain_in_run(open_run(traced), note).trace
    assert [(one.scorer, one.rule.split(" ")[0], one.before, one.after, one.changed) for one in steps] == [
        (CORE, "InitialNMR", None, "Needs More Ratings", True),
        (CORE, "GeneralCRH", "Needs More Ratings", "Helpful", True),
        (META_LIST, "MetaInitialNMR", None, "Needs More Ratings", True),
        (META_LIST, "CoreModel", "Needs More Ratings", "Helpful", True),
    ]
    assert "0.40" in steps[1].sentence
    assert "nan" not in "".join(one.sentence for one in steps)


def test_the_command_shows_it(traced: Path) -> None:
    def said(*options: str) -> str:
        result = CliRunner().invoke(
            app, ["explain", str(LOCKED), "-s", str(traced), *options], catch_exceptions=False
        )
        assert result.exit_code == 0
        return " ".join(result.stdout.split())

    text = said()
    for part in (
        CORE,
        "Final rules",
        "no status → Needs More Ratings",
        "Helpful → Needs More Ratings",
        "ScoringDriftGuard",
    ):
        assert part in text
    found = json.loads(said("--json"))["trace"]
    assert set(found[0]) == {"scorer", "rule", "before", "after", "changed", "sentence"}


def test_a_run_that_was_not_traced_has_none(run: ScoredRun) -> None:
    assert explain_in_run(run, LOCKED).trace == ()


def test_the_trace_leads_to_the_status_of_the_verdict(run: ScoredRun) -> None:
    judged, ids = verdicts(run)
    last = public_trace(trace(judged), ids).filter(pl.col("scorer") == META_LIST).group_by("noteId").last()
    found = dict(last.select("noteId", "status_after").iter_rows())
    expected = dict(zip(ids, judged[META_LIST].status(), strict=True))
    assert found == expected
    assert {CRH, NMR} <= set(found.values())

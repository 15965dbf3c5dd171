"""Explanations: of notes of a made-up community, and of a Helpful note with one number changed."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from bridgenotes.data.vocabulary import (
    CRH,
    CRNH,
    FIRM_REJECT,
    HELPFUL_TAGS,
    NEEDS_YOUR_HELP,
    NMR,
    TAGS,
    Status,
)
from bridgenotes.report.errors import ReportError
from bridgenotes.report.explain import Explanation, explain_in_run, explain_note
from bridgenotes.report.run import ScoredRun
from bridgenotes.scoring.rules.engine import NoteTable, run_rules
from bridgenotes.scoring.rules.meta import meta_rules
from bridgenotes.scoring.rules.scorer import scorer_rules
from unit.report.made_up import DELETED, FEW, FINE, FIRST_NOTE, LOCKED, OUTSIDE, UNRATED, helpful_notes

CORE_ALONE = (
    "META_INITIAL_NMR",
    "CORE_MODEL",
    "POPULATION_SAMPLED_INTERCEPT",
    "NMR_DUE_TO_MIN_STABLE_CRH_TIME",
    "SCORING_DRIFT_GUARD",
    "INSUFFICIENT_EXPLANATION",
)


@dataclass
class Judge:
    """Judges a Helpful note again with other numbers, by the engine's own rules, and explains it."""

    run: ScoredRun

    def explain(self, /, history: dict[str, Any] | None = None, **changes: Any) -> Explanation:
        note = helpful_notes(self.run.folder)[0]
        scored = self.run.row("aux_note_info", note) | self.run.row("scored_notes", note)
        evidence = self.run.row("evidence", note) | {"low_diligence_intercept": None}
        for name, value in changes.items():
            for row in (scored, evidence):
                row.update({name: value} if name in row else {})
        scorer = self.run.profile.scorers[0]
        verdict = run_rules(scorer_rules(scorer.final_rules), _one_row(evidence), scorer)
        status = verdict.status()[0]
        evidence |= {"status": status, "active_rules": verdict.active_rules()[0]}
        evidence["active_filter_tags"] = verdict.columns["active_filter_tags"][0]
        final = run_rules(meta_rules(CORE_ALONE), _final_row(evidence, scored), self.run.profile)
        scored |= {
            "coreRatingStatus": status,
            "finalRatingStatus": final.status()[0],
            "decidedBy": final.decided_by()[0],
            "metaScorerActiveRules": final.active_rules()[0],
        }
        return explain_note(note, evidence, scored, self.run.profile, history=history)


def _one_row(evidence: dict[str, Any]) -> NoteTable:
    frame = pl.DataFrame([evidence], infer_schema_length=None)
    statuses = pl.col("current_status", "locked_status").cast(Status)
    return NoteTable(frame.with_columns(pl.selectors.float().cast(pl.Float32)).with_columns(statuses))


def _final_row(evidence: dict[str, Any], scored: dict[str, Any]) -> NoteTable:
    row = {
        "core_rating_status": evidence["status"],
        "current_status": evidence["current_status"],
        "locked_status": evidence["locked_status"],
        "first_non_nmr_status": None,
        "now_ms": 10_000_000_000,
        "nmr_due_to_min_stable_crh_time_at_ms": 1.0,  # waiting for long: what qualifies is shown
        "has_topic": False,
        "topic_note_confident": False,
        "is_predicted_stable": True,
        "core_note_intercept": evidence["intercept"],
        "core_note_intercept_population_sampled": evidence["intercept_population_sampled"],
        **{
            f"core_{side}_factor_population_sampled_rating_count": evidence[
                f"{side}_factor_population_sampled_rating_count"
            ]
            for side in ("neg", "pos")
        },
        **{tag: scored[tag] for tag in TAGS},
    }
    frame = pl.DataFrame([row]).with_columns(pl.selectors.matches("status$").cast(Status))
    return NoteTable(frame)


@pytest.fixture
def judge(run: ScoredRun) -> Judge:
    return Judge(run)


def words(explanation: Explanation) -> str:
    return " ".join(step.sentence for step in explanation.steps)


def unmet(explanation: Explanation) -> set[str]:
    return {check.id for check in explanation.checks if check.met is False}


def test_a_helpful_note(run: ScoredRun) -> None:
    found = explain_in_run(run, helpful_notes(run.folder)[0])
    assert (found.status_in_words, found.decided_by) == ("Helpful", "CoreModel (v1.1)")
    assert found.headline == "People who usually disagree both find it helpful."
    assert found.missing == ()
    assert not unmet(found)
    assert [step.rule for step in found.steps] == [
        "InitialNMR (v1.0)", "GeneralCRH (v1.0)", "MetaInitialNMR (v1.0)", "CoreModel (v1.1)",
    ]  # fmt: skip
    assert found.steps[1].outcome == found.steps[-1].outcome == "Helpful"
    assert "reaches 0.40" in found.steps[1].sentence
    assert any("Raters most often say: clear and good sources" in remark for remark in found.remarks)


def test_a_not_helpful_note(run: ScoredRun) -> None:
    found = explain_in_run(run, FIRST_NOTE + 3)
    assert found.status == CRNH
    assert "at or below" in words(found)
    assert {"GENERAL_CRH", "GENERAL_CRNH", "LOW_INTERCEPT"} <= unmet(found)
    assert any("the Not Helpful line for its factor" in gap for gap in found.missing)


def test_a_one_sided_note(run: ScoredRun) -> None:
    found = explain_in_run(run, FIRST_NOTE)
    assert found.headline == "Not enough people of different viewpoints find it helpful."
    assert {"GENERAL_CRH", "LARGE_FACTOR", "MIN_MINORITY_RATERS"} <= unmet(found)


@pytest.mark.parametrize(
    ("changes", "rule", "headline", "missing"),
    [
        ({"factor": -0.6}, "LARGE_FACTOR", "mostly by one side", "its factor is -0.600"),
        ({"net_min_helpful": 3}, "MIN_MINORITY_RATERS", "too few people on one", "3 more raters find it"),
        ({"net_min_helpful": 5, "net_min_helpful_ratio": 0.04}, "RATER_BALANCE", "very small part", "only 4.0%"),
        ({"intercept_no_high_volume": 0.3}, "NO_HIGH_VOL_INTERCEPT", "most active", "only 0.300"),
        ({"intercept_no_correlated": 0.31}, "NO_CORRELATED_INTERCEPT", "act alike", "only 0.310"),
        (
            {"notHelpfulOffTopicAdjusted": 3.0, "notHelpfulOffTopicAdjustedRatio": 0.9},
            "TAG_OUTLIER", "mark a problem", "unusually often: off topic.",
        ),
        (
            {
                "not_helpful_incorrect_interval": 4.0,
                "num_voters_interval": 5.0,
                "tf_idf_incorrect_interval": float("inf"),
            },
            "INCORRECT_OUTLIER", "call it incorrect", "4 raters of a viewpoint",
        ),
        ({"num_ratings": 4}, "RATINGS", "too few ratings", "It has 4 ratings"),
        ({"intercept": 0.35}, "GENERAL_CRH", "Not enough people", "0.050 short of 0.40"),
        ({"intercept": 0.399}, "GENERAL_CRH", "Not enough people", "Its intercept is 0.399, 0.001 short"),
        (
            {
                "intercept_population_sampled": 0.2,
                "neg_factor_population_sampled_rating_count": 4,
                "pos_factor_population_sampled_rating_count": 4,
            },
            "POPULATION_SAMPLED_INTERCEPT", "drawn at random", "less favourably: 0.200",
        ),
        (dict.fromkeys(HELPFUL_TAGS, 1), "INSUFFICIENT_EXPLANATION", "do not agree on why", "0 common reasons"),
    ],
)  # fmt: skip
def test_each_safeguard_is_named(
    judge: Judge, changes: dict[str, Any], rule: str, headline: str, missing: str
) -> None:
    found = judge.explain(**changes)
    assert found.status == NMR
    assert unmet(found) == {rule}
    assert headline in found.headline
    assert len(found.missing) == 1
    assert missing in found.missing[0]
    assert found.steps[-1].outcome == "Needs More Ratings"


@pytest.mark.parametrize("value", [0.4, 0.5, 0.37, 0.3])
def test_the_checks_agree_with_the_rules_at_32_bit(judge: Judge, value: float) -> None:
    stored = pl.Series([value], dtype=pl.Float32)[0]
    found = judge.explain(intercept=stored, factor=stored, intercept_no_high_volume=stored)
    assert (found.status == CRH) == (not unmet(found))


def test_sentences_carry_the_note_numbers(judge: Judge) -> None:
    assert "Its factor of 0.600 is beyond 0.50" in words(judge.explain(factor=0.6))
    tagged = judge.explain(notHelpfulOffTopicAdjusted=3.0, notHelpfulOffTopicAdjustedRatio=0.9)
    assert "unusually often: off topic." in words(tagged)


def test_a_helpful_note_stays_by_inertia(judge: Judge) -> None:
    found = judge.explain(intercept=0.395, current_status=CRH)
    assert found.status == CRH
    assert "It was helpful before, and an intercept of 0.395" in words(found)
    assert next(check for check in found.checks if check.id == "GENERAL_CRH").needed == "0.39 or more"


def test_a_shown_note_stays_although_a_safeguard_does_not_hold(judge: Judge) -> None:
    found = judge.explain(net_min_helpful=3, current_status=CRH)
    assert found.status == CRH
    assert "stays so for now" in found.headline
    assert found.missing == ()
    assert "Held back for now" in [step.outcome for step in found.steps]


def test_a_locked_note(run: ScoredRun) -> None:
    found = explain_in_run(run, LOCKED)
    assert found.status == NMR
    assert found.decided_by == "ScoringDriftGuard (v1.0)"
    assert found.headline == "Its status was locked as Needs More Ratings two weeks after it was written."
    assert found.lock is not None
    assert (found.lock.since, found.lock.otherwise) == ("2025-10-21", "Helpful")
    assert any("Without the lock it would be Helpful now." in remark for remark in found.remarks)
    assert found.missing == ("Nothing will change it: its status is locked.",)


def test_locked_as_helpful_without_common_reasons(judge: Judge) -> None:
    history = {"lockedStatus": CRH, "timestampMillisOfStatusLock": 1_760_000_000_000}
    found = judge.explain(history, locked_status=CRH, intercept=0.2, **dict.fromkeys(HELPFUL_TAGS, 0))
    assert found.decided_by == "InsufficientExplanation (v1.0)"
    assert found.missing == (
        "Raters name 0 common reasons why it is helpful; two reasons, each named at least 2 times, are needed.",
    )
    assert found.steps[-2].outcome == "Helpful or Not Helpful, as locked"


def test_a_note_nobody_rated(run: ScoredRun) -> None:
    found = explain_in_run(run, UNRATED)
    assert found.headline == "Nobody has rated it yet."
    assert found.checks == ()
    assert found.missing == ("Ratings: at least 5, by people of different viewpoints.",)


def test_a_note_with_few_ratings(run: ScoredRun) -> None:
    found = explain_in_run(run, FEW)
    assert found.headline == "It has too few ratings to be judged yet."
    assert "It has 2 ratings; it takes at least 5 to be judged." in found.missing
    assert next(check for check in found.checks if check.id == "GENERAL_CRH").met is None


def test_a_note_outside_the_scope(run: ScoredRun) -> None:
    found = explain_in_run(run, OUTSIDE)
    assert found.headline == "The scorers of this run do not judge it."
    assert any("at least 50% of its ratings" in remark and "0 ratings" in remark for remark in found.remarks)
    assert found.missing == ("More ratings by people whom the scorers of this run cover.",)


def test_a_deleted_note(run: ScoredRun) -> None:
    assert any("its author has deleted it" in remark for remark in explain_in_run(run, DELETED).remarks)


def test_a_note_that_calls_the_post_fine(run: ScoredRun) -> None:
    found = explain_in_run(run, FINE)
    assert unmet(found) == {"CLASSIFICATION"}
    assert "only notes that correct a post" in found.missing[0]


def test_an_unknown_note(run: ScoredRun) -> None:
    with pytest.raises(
        ReportError, match=rf"no note 5 in .*66 notes, for example {helpful_notes(run.folder)[0]}"
    ):
        explain_in_run(run, 5)


def test_every_note_of_a_run_can_be_explained(run: ScoredRun) -> None:
    rows = {
        name: run.table(name) for name in ("scored_notes", "aux_note_info", "evidence", "note_status_history")
    }
    aux, evidence, history = (
        {row["noteId"]: row for row in rows[name].to_dicts()}
        for name in ("aux_note_info", "evidence", "note_status_history")
    )
    for row in rows["scored_notes"].to_dicts():
        note = row["noteId"]
        found = explain_note(note, evidence[note], aux[note] | row, run.profile, history=history[note])
        assert found.steps[-1].rule == found.decided_by
        assert found.steps[-1].outcome == found.status_in_words
        assert found.missing or found.status == CRH
        assert "nan" not in words(found)
        assert "CONTRIBUTOR" not in str(asdict(found))


def test_a_rule_that_is_not_known_here(run: ScoredRun) -> None:
    note = helpful_notes(run.folder)[0]
    scored = run.row("scored_notes", note) | {"decidedBy": "Mine (v9)", "metaScorerActiveRules": "Mine (v9)"}
    found = explain_note(note, None, scored, run.profile)
    assert [(step.sentence, step.outcome) for step in found.steps] == [
        ("A rule of another version decided.", "Helpful")
    ]


@pytest.mark.parametrize("status", [NEEDS_YOUR_HELP, FIRM_REJECT])
def test_no_status_word_is_raw(status: str) -> None:
    from bridgenotes.report.words import status_words  # noqa: PLC0415

    assert "_" not in status_words(status)


def test_of_several_scorers_the_deciding_one_is_explained(run: ScoredRun, tmp_path: Path) -> None:
    note = helpful_notes(run.folder)[0]
    core = replace(run.profile.scorers[0], name="First", prefix="expansion_plus")
    evidence = run.table("evidence").with_columns(scorer=pl.lit("First"))
    pl.concat([evidence, run.table("evidence")]).write_parquet(tmp_path / "evidence.parquet")
    both = replace(
        run,
        profile=replace(run.profile, scorers=(core, run.profile.scorers[0])),
        paths=run.paths | {"evidence": tmp_path / "evidence.parquet"},
    )
    decided = {
        rule: both.evidence_of(note, f"{rule} (v1.1)")["scorer"]
        for rule in ("CoreModel", "ExpansionPlusModel")
    }
    assert decided == {"CoreModel": "MFCoreScorer", "ExpansionPlusModel": "First"}
    assert both.evidence_of(note, "ScoringDriftGuard (v1.0)")["scorer"] == "MFCoreScorer"
    assert explain_in_run(both, note).steps[0].stage == "MFCoreScorer"
    assert both.evidence_of(5, "CoreModel (v1.1)") is None

"""Two folders side by side: what agrees, what differs, and whose fault it is."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridgenotes.data.vocabulary import CRH, CRNH, NMR
from bridgenotes.report.compare.comparison import Comparison, compare_folders
from bridgenotes.report.compare.phrases import different_rules, mirror_words, unequal_columns
from bridgenotes.report.errors import ReportError
from unit.report.outputs import FIRST_NOTE, N_NOTES, N_RATERS, Tables, changed, outputs, write

if TYPE_CHECKING:
    from pathlib import Path

BASE = outputs()
ROW = pl.int_range(pl.len())
EQUAL = ((10, 0, 0), (0, 10, 0), (0, 0, 20))


def compare(folder: Path, b: Tables, a: Tables = BASE, **options: object) -> Comparison:
    return compare_folders(write(folder / "a", a), write(folder / "b", b), **options)


def column(found: Comparison, name: str, table: str = "scored_notes"):
    return next(one for one in found.columns if (one.table, one.column) == (table, name))


def test_a_folder_agrees_with_itself(tmp_path: Path) -> None:
    found = compare(tmp_path, BASE)
    assert found.status_agreement == 1
    assert found.statuses.everything.counts == EQUAL
    assert all(one.share == 1 for one in found.columns)
    assert (different_rules(found), unequal_columns(found), mirror_words(found), found.worst) == (
        [],
        [],
        [],
        (),
    )
    assert column(found, "coreNoteIntercept").correlation == pytest.approx(1)


@pytest.mark.parametrize("kind", ["tsv", "tsv.zst"])
def test_text_equals_parquet(tmp_path: Path, kind: str) -> None:
    found = compare_folders(write(tmp_path / "a", BASE), write(tmp_path / "b", BASE, kind))
    assert [one.column for one in found.columns if one.share != 1] == []
    assert found.overlaps[0].both == N_NOTES


def test_statuses_that_changed_are_counted_where_they_belong(tmp_path: Path) -> None:
    status = (
        pl.when(ROW == 0).then(pl.lit(CRNH)).when(ROW == 13).then(pl.lit(CRH)).otherwise("finalRatingStatus")
    )
    found = compare(tmp_path, changed(BASE, "scored_notes", status.alias("finalRatingStatus")))
    assert found.statuses.everything.counts == ((9, 1, 0), (1, 9, 0), (0, 0, 20))
    assert found.status_agreement == 38 / 40
    assert found.statuses.unlocked is not None
    assert found.statuses.unlocked.n == 30  # note 10 was locked by this run, so it was open
    assert found.statuses.unlocked.equal == 29


def test_the_status_history_of_the_input_says_what_was_locked(tmp_path: Path) -> None:
    history = pl.DataFrame({"noteId": [FIRST_NOTE, FIRST_NOTE + 1], "lockedStatus": [NMR, None]})
    write(tmp_path / "input", {"noteStatusHistory-00000": history}, "tsv.zst")
    found = compare(tmp_path, BASE, status_history=tmp_path / "input")
    assert found.statuses.unlocked is not None
    assert found.statuses.unlocked.n == N_NOTES - 1


def test_without_a_history_nobody_guesses(tmp_path: Path) -> None:
    alone = {"scored_notes": BASE["scored_notes"]}
    found = compare(tmp_path, alone, alone)
    assert found.statuses.unlocked is None
    assert "not known" in found.statuses.unlocked_how


def test_a_mirrored_scorer_is_turned_before_factors_are_compared(tmp_path: Path) -> None:
    mirrored = changed(BASE, "scored_notes", -pl.col("coreNoteFactor1"))
    mirrored = changed(mirrored, "helpfulness_scores", -pl.col("coreRaterFactor1"))
    negative, positive = BASE["aux_note_info"].columns[-2:]
    mirrored = changed(
        mirrored, "aux_note_info", pl.col(negative).alias(positive), pl.col(positive).alias(negative)
    )
    found = compare(tmp_path, mirrored)
    assert {one.fit: one.is_mirrored for one in found.mirrors} == {
        "core": True, "group": False, "coreFirstRound": False,
    }  # fmt: skip
    assert [one.column for one in found.columns if one.share != 1] == []
    assert "Mirrored: core." in mirror_words(found)[0]


def test_scorers_that_share_columns_are_turned_one_by_one(tmp_path: Path) -> None:
    factor = (
        pl.when(pl.col("modelingGroup") == 2).then(-pl.col("groupNoteFactor1")).otherwise("groupNoteFactor1")
    )
    found = compare(tmp_path, changed(BASE, "scored_notes", factor.alias("groupNoteFactor1")))
    assert {one.part: one.is_mirrored for one in found.mirrors if one.fit == "group"} == {
        "1": False,
        "2": True,
    }
    assert column(found, "groupNoteFactor1").share == 1


def test_a_factor_of_another_group_is_not_compared(tmp_path: Path) -> None:
    moved = pl.when(ROW == 1).then(2.0).otherwise("modelingGroup").alias("modelingGroup")
    found = compare(tmp_path, changed(BASE, "scored_notes", moved))
    factor = column(found, "groupNoteFactor1")
    assert factor.n_both == column(found, "groupNoteIntercept").n_both - 14 - 1
    assert factor.max_difference == 0


def test_numbers_are_measured(tmp_path: Path) -> None:
    moved = pl.when(ROW == 3).then(None).when(ROW < 2).then(pl.col("coreNoteIntercept") + 0.5)
    found = compare(
        tmp_path,
        changed(BASE, "scored_notes", moved.otherwise("coreNoteIntercept").alias("coreNoteIntercept")),
    )
    one = column(found, "coreNoteIntercept")
    assert (one.n_both, one.empty_only_a, one.empty_only_b, one.equal) == (39, 0, 1, 37)
    assert one.max_difference == pytest.approx(0.5)
    assert one.mean_difference == pytest.approx(1 / 39)
    assert 0.9 < one.correlation < 1


def test_impacts_and_enrollment(tmp_path: Path) -> None:
    more = (
        pl.when(ROW == 4).then(9).otherwise("notesCurrentlyRatedHelpful").alias("notesCurrentlyRatedHelpful")
    )
    other = pl.when(ROW == 3).then(3).otherwise("enrollmentState").alias("enrollmentState")
    found = compare(tmp_path, changed(BASE, "helpfulness_scores", more, other))
    assert column(found, "writingImpact", "helpfulness_scores").max_difference == 5
    assert column(found, "ratingImpact", "helpfulness_scores").equal == N_RATERS
    assert [(one.a, one.b, one.count) for one in found.enrollment.disagreements] == [
        ("earnedIn", "earnedOutAcknowledged", 1)
    ]


def test_rules_and_tags(tmp_path: Path) -> None:
    rules = (
        pl.when(ROW < 3)
        .then(pl.lit("InitialNMR (v1.0)"))
        .otherwise("coreActiveRules")
        .alias("coreActiveRules")
    )
    tag = pl.when(ROW == 0).then(pl.lit("helpfulOther")).otherwise("firstTag").alias("firstTag")
    found = compare(tmp_path, changed(BASE, "scored_notes", rules, tag))
    assert [
        (name, rule.rule, rule.both, rule.only_a, rule.only_b) for name, rule in different_rules(found)
    ] == [("core", "GeneralCRH (v1.0)", 37, 3, 0)]
    assert (found.statuses.tags[0].n, found.statuses.tags[0].equal) == (20, 19)


def test_rows_and_columns_of_one_side(tmp_path: Path) -> None:
    short = BASE | {"scored_notes": BASE["scored_notes"].head(30).drop("decidedBy")}
    found = compare(tmp_path, short)
    notes = found.overlaps[0]
    assert (notes.both, notes.only_a, notes.only_b) == (30, 10, 0)
    assert notes.examples_a[0] == str(FIRST_NOTE + 30)
    assert notes.columns_only_a == ("decidedBy",)
    assert found.statuses.everything.share == 1
    assert found.status_agreement == 30 / 40


def test_the_worst_notes_come_in_order_with_both_ways(tmp_path: Path) -> None:
    status = (
        pl.when(ROW == 5)
        .then(pl.lit(CRH))
        .when(ROW.is_in([2, 3]))
        .then(pl.lit(CRH))
        .otherwise("finalRatingStatus")
    )
    moved = pl.when(ROW == 3).then(pl.col("coreNoteIntercept") + 1).otherwise("coreNoteIntercept")
    rules = (
        pl.when(ROW == 5)
        .then(pl.lit("InitialNMR (v1.0)"))
        .otherwise("coreActiveRules")
        .alias("coreActiveRules")
    )
    b = changed(
        BASE, "scored_notes", status.alias("finalRatingStatus"), moved.alias("coreNoteIntercept"), rules
    )
    found = compare(tmp_path, b)
    assert [(int(one.note_id) - FIRST_NOTE, one.distance) for one in found.worst] == [(5, 2), (3, 1), (2, 1)]
    path = next(one for one in found.worst[0].paths if one.scorer == "core")
    assert [firing.rule for firing in path.a] == ["InitialNMR (v1.0)", "GeneralCRH (v1.0)"]
    assert [firing.rule for firing in path.b] == ["InitialNMR (v1.0)"]
    assert [one.scorer for one in found.worst[0].paths if one.differs] == ["core"]
    assert found.worst[1].intercepts[0].scorer == "core"


def test_the_same_status_by_another_rule_comes_before_another_intercept(tmp_path: Path) -> None:
    rule = (
        pl.when(ROW == 7).then(pl.lit("CoreWithTopicsModel (v1.1)")).otherwise("decidedBy").alias("decidedBy")
    )
    moved = pl.when(ROW == 3).then(pl.col("coreNoteIntercept") + 1).otherwise("coreNoteIntercept")
    found = compare(tmp_path, changed(BASE, "scored_notes", rule, moved.alias("coreNoteIntercept")))
    assert [int(one.note_id) - FIRST_NOTE for one in found.worst] == [7, 3]


def test_traces_tell_what_each_rule_changed(tmp_path: Path) -> None:
    trace = pl.DataFrame(
        {
            "noteId": [FIRST_NOTE, FIRST_NOTE],
            "scorer": "meta",
            "position": [1, 0],
            "rule": ["B", "A"],
            "rule_name": ["B (v1.0)", "A (v1.0)"],
            "status_before": [NMR, None],
            "status_after": [CRH, NMR],
            "changed": [True, True],
        }
    )
    a = BASE | {"trace": trace}
    b = changed(
        a,
        "scored_notes",
        pl.when(ROW == 0).then(pl.lit(NMR)).otherwise("finalRatingStatus").alias("finalRatingStatus"),
    )
    b |= {"trace": trace.filter(pl.col("position") == 0)}
    (worst,) = compare(tmp_path, b, a).worst
    (path,) = worst.paths
    assert [(one.rule, one.before, one.after) for one in path.a] == [
        ("A (v1.0)", None, NMR),
        ("B (v1.0)", NMR, CRH),
    ]
    assert [one.rule for one in path.b] == ["A (v1.0)"]


def test_prescoring_is_compared_scorer_by_scorer(tmp_path: Path) -> None:
    models = pl.DataFrame(
        {
            "noteId": [1, 2, 1, 2, 3],
            "scorerName": ["X", "X", "Y", "Y", None],
            "internalNoteIntercept": [0.1, 0.2, 0.3, 0.4, 0.5],
            "internalNoteFactor1": [1.0, -1.0, 0.5, 0.25, None],
        }
    )
    name = "prescoring/prescoring_note_model_output"
    turned = (
        pl.when(pl.col("scorerName") == "Y")
        .then(-pl.col("internalNoteFactor1"))
        .otherwise("internalNoteFactor1")
    )
    found = compare(
        tmp_path,
        BASE | {name: models.with_columns(turned.alias("internalNoteFactor1"))},
        BASE | {name: models},
    )
    ours = [one for one in found.columns if one.table == name]
    assert [(one.scorer, one.n, one.share) for one in ours if one.column == "internalNoteFactor1"] == [
        ("X", 2, 1),
        ("Y", 2, 1),
    ]
    assert [one.part for one in found.mirrors if one.is_mirrored] == ["Y"]


def test_json_is_complete_and_names_nobody(tmp_path: Path) -> None:
    found = compare(tmp_path, changed(BASE, "scored_notes", pl.lit(NMR).alias("finalRatingStatus"))).as_dict()
    text = json.dumps(found, allow_nan=False)
    assert "CONTRIBUTOR" not in text
    assert {
        "status_agreement",
        "statuses",
        "overlaps",
        "rules",
        "columns",
        "mirrors",
        "worst",
        "sketches",
    } <= set(found)
    assert found["statuses"]["everything"]["share"] == 0.5
    assert len(found["columns"]) == sum(len(t.columns) for t in BASE.values()) - 4 + 2


@settings(max_examples=8)
@given(seed=st.integers(0, 5), order=st.permutations(list(range(N_NOTES))))
def test_order_of_rows_and_of_sides_does_not_matter(
    tmp_path_factory: pytest.TempPathFactory, seed: int, order: list[int]
) -> None:
    folder = tmp_path_factory.mktemp("order")
    other = outputs(seed)
    status = pl.when(ROW < 7).then(pl.lit(CRH)).otherwise("finalRatingStatus").alias("finalRatingStatus")
    other = changed(other, "scored_notes", status)
    shuffled = other | {"scored_notes": other["scored_notes"][order]}
    there = compare(folder / "there", shuffled)
    back = compare(folder / "back", BASE, shuffled)
    assert back.statuses.everything.counts == tuple(zip(*there.statuses.everything.counts, strict=True))
    assert [one.note_id for one in there.worst] == [one.note_id for one in back.worst]
    assert [(one.equal, one.empty_only_a) for one in there.columns] == [
        (one.equal, one.empty_only_b) for one in back.columns
    ]
    assert there.columns == compare(folder / "sorted", other).columns


BAD = {
    "a noteId twice": (
        BASE | {"scored_notes": pl.concat([BASE["scored_notes"], BASE["scored_notes"].head(2)])},
        rf"scored_notes.tsv: noteId {FIRST_NOTE} occurs 2 times, and 1 others",
    ),
    "no noteId": (
        changed(BASE, "aux_note_info", pl.when(ROW > 0).then("noteId").alias("noteId")),
        "aux_note_info.tsv: 1 rows have no noteId",
    ),
    "no final status": (
        BASE | {"scored_notes": BASE["scored_notes"].drop("finalRatingStatus")},
        "scored_notes.tsv: column finalRatingStatus is missing",
    ),
    "no key": (
        BASE | {"helpfulness_scores": BASE["helpfulness_scores"].drop("raterParticipantId")},
        "helpfulness_scores.tsv: column raterParticipantId is missing",
    ),
    "a word for a number": (
        changed(
            BASE,
            "scored_notes",
            pl.when(ROW == 4).then(pl.lit("many")).otherwise(pl.lit("1.5")).alias("coreNoteIntercept"),
        ),
        "scored_notes.tsv row 5, column coreNoteIntercept: 'many' is not a number",
    ),
    "no scored notes": (
        {name: table for name, table in BASE.items() if name != "scored_notes"},
        r"b: there is no scored_notes table \(looked for scored_notes.parquet",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_tables_are_named(tmp_path: Path, case: str) -> None:
    tables, message = BAD[case]
    write(tmp_path / "b", tables, "tsv")
    with pytest.raises(ReportError, match=message):
        compare_folders(write(tmp_path / "a", BASE), tmp_path / "b")


def test_bad_folders_are_named(tmp_path: Path) -> None:
    good = write(tmp_path / "good", BASE)
    with pytest.raises(ReportError, match="nowhere does not exist; name a folder"):
        compare_folders(good, tmp_path / "nowhere")
    with pytest.raises(ReportError, match="is a file"):
        compare_folders(good, good / "scored_notes.parquet")
    with pytest.raises(ReportError, match=r"--status-history .*no noteStatusHistory table there"):
        compare_folders(good, good, status_history=good)
    with pytest.raises(ReportError, match="no such file or folder"):
        compare_folders(good, good, status_history=tmp_path / "nowhere")
    (good / "run.json").write_text("{")
    with pytest.raises(ReportError, match=r"run.json is damaged"):
        compare_folders(good, good)


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    good = write(tmp_path / "good", BASE)
    torn = write(tmp_path / "torn", BASE)
    (torn / "scored_notes.parquet").write_bytes(b"PAR1 nonsense")
    with pytest.raises(ReportError, match=r"scored_notes.parquet cannot be read"):
        compare_folders(good, torn)
    twice = write(write(tmp_path / "twice", BASE), BASE, "tsv")
    with pytest.raises(ReportError, match="scored_notes is there twice"):
        compare_folders(good, twice)

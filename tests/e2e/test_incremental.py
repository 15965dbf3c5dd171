"""A run on the outputs of the previous one, an hour later: only what may have changed is scored."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import polars as pl
import pytest

from bridgenotes.data.read import read_dataset
from bridgenotes.data.write import write_tables
from bridgenotes.lab.spec import NOW_MS
from bridgenotes.scoring.coalesce import SIMILARITY_SCHEMA
from bridgenotes.scoring.flip_guard import TooManyFlipsError
from bridgenotes.scoring.phases.context import Context
from bridgenotes.scoring.phases.final import _inputs
from bridgenotes.scoring.phases.selected import Selected
from bridgenotes.scoring.preprocess import prepare
from bridgenotes.scoring.profile import load_profile
from bridgenotes.scoring.rescoring import all_notes
from bridgenotes.scoring.side import TOPICS_SCHEMA
from bridgenotes.scoring.subset import NoteSubset
from support.runs import CORE, OUTPUTS, assert_sound, differing_columns, made_up, score, table
from support.tables import dataset

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
NOTE_TABLES = OUTPUTS[:3]
UNRATED = 2_200_000_000_000_000_000
"""A note written in the last hour that nobody has rated."""


@dataclass(frozen=True)
class Hour:
    """Two ways to score the same state of a community, and the state an hour before.

    Attributes
    ----------
    before, after : Path
        Public tables.
    learned : Path
        The hand-over all runs share, as with X, where raters are learned more seldom than notes scored.
    previous, full, incremental : Path
        Outputs: an hour before; now, of every note; now, of what may have changed.
    """

    before: Path
    after: Path
    learned: Path
    previous: Path
    full: Path
    incremental: Path


def state(whole: Path, folder: Path, until: int, history: pl.DataFrame | None = None) -> Path:
    """What the public tables said at a time, with a status history of our own or none."""
    frames = {
        name: pl.read_csv(whole / f"{name}-00000.tsv", separator="\t", infer_schema=False)
        for name in ("notes", "ratings", "userEnrollment")
    }
    made = pl.col("createdAtMillis").cast(pl.Int64)
    notes = frames["notes"].filter(made <= until)
    if until == NOW_MS:
        newest = notes.tail(1).with_columns(
            noteId=pl.lit(str(UNRATED)), createdAtMillis=pl.lit(str(NOW_MS - 1)))  # fmt: skip
        notes = pl.concat([notes, newest])
    ratings = frames["ratings"].filter((made <= until) & pl.col("noteId").is_in(notes["noteId"].implode()))
    tables = {"notes": notes, "ratings": ratings, "userEnrollment": frames["userEnrollment"]}
    if history is not None:
        tables["noteStatusHistory"] = history
    write_tables(folder, {f"{name}-00000": frame for name, frame in tables.items()})
    return folder


@pytest.fixture(scope="module")
def hour(tmp_path_factory: pytest.TempPathFactory) -> Hour:
    root = tmp_path_factory.mktemp("incremental")
    whole = made_up(root / "data", ratings=7_000, seed=4, span_days=30)
    now = {"before that": NOW_MS - 2 * HOUR_MS, "before": NOW_MS - HOUR_MS, "after": NOW_MS}
    first = state(whole, root / "before that", now["before that"])
    learned = score(first, root / "learned", phase="prescoring")
    final = {"phase": "final", "handed_over": (learned,)}
    oldest = score(first, root / "oldest", now=str(now["before that"]), **final)
    before = state(whole, root / "before", now["before"], table(oldest, "note_status_history"))
    previous = score(before, root / "previous", now=str(now["before"]), **final)
    after = state(whole, root / "after", NOW_MS)
    known = state(whole, root / "after, with history", NOW_MS, table(previous, "note_status_history"))
    full = score(known, root / "full", now=str(NOW_MS), **final)
    again = score(after, root / "incremental", now=str(NOW_MS), previous=previous, **final)
    return Hour(before, after, learned, previous, full, again)


def notes_of(folder: Path) -> pl.DataFrame:
    return table(folder, "scored_notes")


def passed_through(hour: Hour) -> pl.Series:
    return notes_of(hour.incremental).filter(pl.col("rescoringActiveRules") == "")["noteId"]


def rows(folder: Path, name: str, ids: pl.Series) -> pl.DataFrame:
    return table(folder, name).filter(pl.col("noteId").is_in(ids.implode()))


def test_every_note_has_a_row(hour: Hour) -> None:
    for name in NOTE_TABLES:
        ours, theirs = (table(folder, name) for folder in (hour.incremental, hour.full))
        assert ours["noteId"].equals(theirs["noteId"])
        assert ours.schema == theirs.schema


def test_few_notes_are_scored_again(hour: Hour) -> None:
    assert 0.5 < passed_through(hour).len() / notes_of(hour.full).height < 0.95


def test_labels_say_why(hour: Hour) -> None:
    labels = notes_of(hour.incremental).select("noteId", "rescoringActiveRules")
    after = read_dataset([hour.after], cache=False).dataset
    fresh = after.ratings.filter(pl.col("created_at_ms") > newest_rating(hour.before))["note"].unique()
    told = labels.filter(pl.col("rescoringActiveRules").str.contains("NOTES_WITH_NEW_RATINGS"))
    assert sorted(told["noteId"]) == sorted(after.note_ids[fresh.to_numpy()].tolist())
    waiting = table(hour.previous, "note_status_history").filter(
        pl.col("timestampMillisOfNmrDueToMinStableCrhTime") > 0
    )
    told = labels.filter(pl.col("rescoringActiveRules").str.contains("NMR_DUE_TO_MIN_STABLE_CRH_TIME"))
    assert sorted(told["noteId"]) == sorted(waiting["noteId"])
    assert dict(labels.iter_rows())[UNRATED] == "NOTES_NOT_SCORED_BEFORE"


def newest_rating(folder: Path) -> int:
    return int(read_dataset([folder], cache=False).dataset.ratings["created_at_ms"].max())  # type: ignore[arg-type]


def test_other_rows_are_passed_through(hour: Hour) -> None:
    ids = passed_through(hour)
    for name in NOTE_TABLES:
        changed = differing_columns(rows(hour.incremental, name, ids), rows(hour.previous, name, ids))
        assert changed == ({"rescoringActiveRules"} if name == "scored_notes" else set())


def test_all_that_a_full_run_changes_is_scored_again(hour: Hour) -> None:
    before = table(hour.previous, "note_status_history").select("noteId", was="currentStatus")
    now = notes_of(hour.full).select("noteId", "finalRatingStatus").join(before, on="noteId", how="left")
    changed = now.filter(pl.col("finalRatingStatus").ne_missing(pl.col("was")))["noteId"]
    assert changed.len() > 10
    assert not set(changed) & set(passed_through(hour))


def test_rows_scored_again_are_those_of_a_full_run(hour: Hour) -> None:
    """In every value, so the statuses of all notes are, too."""
    ids = notes_of(hour.incremental).filter(pl.col("rescoringActiveRules") != "")["noteId"]
    for name in NOTE_TABLES:
        changed = differing_columns(rows(hour.incremental, name, ids), rows(hour.full, name, ids))
        assert changed <= {"rescoringActiveRules"}
    statuses = [notes_of(folder)["finalRatingStatus"] for folder in (hour.incremental, hour.full)]
    assert statuses[0].equals(statuses[1])


def test_notes_that_new_parameters_change_are_scored_too(hour: Hour, tmp_path: Path) -> None:
    """Learned anew in both ways, a run on previous outputs ends with a full run's statuses."""
    data = state(hour.after, tmp_path / "data", NOW_MS + 1, table(hour.previous, "note_status_history"))
    full = score(data, tmp_path / "full", now=str(NOW_MS), scorers=CORE)
    again = score(
        hour.after, tmp_path / "again", now=str(NOW_MS), scorers=CORE, previous=hour.previous,
        check_flips=False,
    )  # fmt: skip
    assert notes_of(again)["finalRatingStatus"].equals(notes_of(full)["finalRatingStatus"])
    assert "NOTES_CHANGED_BY_NEW_RATER_PARAMETERS" in set(notes_of(again)["rescoringActiveRules"])


def test_scored_alone_only_notes_beside_a_threshold_differ(hour: Hour, tmp_path: Path) -> None:
    """As the specification has it: weights of tags and early stops look at the notes of the run only."""
    alone = score(
        hour.after, tmp_path / "alone", phase="final", handed_over=(hour.learned,), previous=hour.previous,
        now=str(NOW_MS), changes=("accidents.rescored_alone=true",),
    )  # fmt: skip
    columns = ("noteId", "finalRatingStatus", "coreNoteIntercept")
    both = notes_of(alone).select(columns).join(
        notes_of(hour.full).select(columns), on="noteId", suffix="_full")  # fmt: skip
    gap = (both["coreNoteIntercept"] - both["coreNoteIntercept_full"]).abs()
    assert float(gap.max() or 0) < 0.02  # type: ignore[arg-type]
    assert (both["finalRatingStatus"] != both["finalRatingStatus_full"]).sum() <= 1


def test_everything_scored_again_is_a_full_run(hour: Hour, tmp_path: Path) -> None:
    """Choosing notes is the only source of differences."""
    options = {"phase": "final", "handed_over": (hour.learned,), "now": str(NOW_MS)}
    again = score(
        hour.after, tmp_path / "again", previous=hour.previous, rating_cutoff="2020-01-01",
        check_flips=False, **options
    )  # fmt: skip
    chosen = notes_of(again).filter(pl.col("rescoringActiveRules") != "")["noteId"]
    assert chosen.len() >= notes_of(again).height - 5, "only notes without ratings are left out"
    for name in NOTE_TABLES:
        changed = differing_columns(rows(again, name, chosen), rows(hour.full, name, chosen))
        assert changed <= {"rescoringActiveRules"}
    people = [
        score(
            hour.after, tmp_path / out.name / "people", phase="contributor", handed_over=(hour.learned, out),
            now=str(NOW_MS),
        )
        for out in (again, hour.full)
    ]  # fmt: skip
    ours, theirs = (table(folder, "helpfulness_scores") for folder in people)
    assert ours.equals(theirs, null_equal=True)


def test_people_are_scored_all(hour: Hour, tmp_path: Path) -> None:
    out = score(
        hour.after, tmp_path / "people", phase="contributor", handed_over=(hour.learned, hour.incremental)
    )
    raters = read_dataset([hour.after], cache=False).dataset
    rated = set(raters.contributor_ids.gather(raters.ratings["rater"].unique()))
    assert rated <= set(table(out, "helpfulness_scores")["raterParticipantId"])


def test_a_whole_run_may_go_on_from_a_whole_run(hour: Hour, tmp_path: Path) -> None:
    first = score(hour.before, tmp_path / "first", scorers=CORE, now=str(NOW_MS - HOUR_MS))
    second = score(hour.after, tmp_path / "second", scorers=CORE, now=str(NOW_MS), previous=first)
    assert_sound(second)
    assert "" in set(notes_of(second)["rescoringActiveRules"])


def edited_history(previous: Path, folder: Path, **columns: pl.Expr) -> Path:
    """A copy of outputs with another status history."""
    folder.mkdir()
    for path in previous.glob("*.*"):
        (folder / path.name).write_bytes(path.read_bytes())
    history = table(previous, "note_status_history")
    history.with_columns(**columns).cast(dict(history.schema)).write_parquet(
        folder / "note_status_history.parquet"
    )
    return folder


def test_a_run_with_nothing_to_score_passes_everything_through(hour: Hour, tmp_path: Path) -> None:
    quiet = edited_history(
        hour.previous, tmp_path / "quiet",
        timestampMillisOfMostRecentStatusChange=pl.lit(-1), timestampMillisOfNmrDueToMinStableCrhTime=pl.lit(-1),
    )  # fmt: skip
    out = score(
        hour.before, tmp_path / "out", phase="final", handed_over=(hour.learned,), previous=quiet,
        now=str(NOW_MS + 90 * DAY_MS),
    )  # fmt: skip
    assert set(notes_of(out)["rescoringActiveRules"]) == {""}
    assert differing_columns(table(out, "note_status_history"), table(quiet, "note_status_history")) == set()


def test_a_run_that_changes_too_much_is_held_back(hour: Hour, tmp_path: Path) -> None:
    wrong = edited_history(
        hour.previous,
        tmp_path / "wrong",
        currentStatus=pl.lit("CURRENTLY_RATED_HELPFUL"),
        lockedStatus=pl.lit(None, pl.String),
        timestampMillisOfStatusLock=pl.lit(None, pl.Float64),
    )
    options = {"scorers": CORE, "now": str(NOW_MS), "previous": wrong, "rating_cutoff": "2020-01-01"}
    out = tmp_path / "out"
    with pytest.raises(
        TooManyFlipsError, match=r"NOTES_WITH_NEW_RATINGS: \d+ notes cease to be Helpful"
    ) as caught:
        score(hour.after, out, **options)
    assert "is more than 40%" in str(caught.value)
    assert "--no-check-flips" in str(caught.value)
    assert [path.name for path in out.iterdir()] == ["prescoring"], "only what was learned is kept"
    score(hour.after, out, check_flips=False, **options)
    assert_sound(out)


def test_a_run_over_everything_is_checked_on_demand(hour: Hour, tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    for path in hour.before.glob("*.tsv"):
        (data / path.name).write_bytes(path.read_bytes())
    history = table(hour.previous, "note_status_history").with_columns(
        currentStatus=pl.lit("CURRENTLY_RATED_HELPFUL"), timestampMillisOfStatusLock=pl.lit(None, pl.Float64),
        lockedStatus=pl.lit(None, pl.String),
    )  # fmt: skip
    write_tables(data, {"noteStatusHistory-00000": history})
    options = {"phase": "final", "handed_over": (hour.learned,)}
    with pytest.raises(TooManyFlipsError, match="ALL_NOTES"):
        score(data, tmp_path / "out", check_flips=True, **options)
    assert not (tmp_path / "out").exists()
    assert notes_of(score(data, tmp_path / "unchecked", **options)).height == history.height


@pytest.mark.requirement("DV-3")
def test_raters_that_act_alike_count_once_also_in_a_small_part() -> None:
    """Five notes of 300 are no small community (docs/decisions/0015)."""
    profile = load_profile("x-2026")
    pairs = [(note, rater) for note in range(300) for rater in (1, 2, 3)]
    data = dataset(
        notes=[{"note": k} for k in range(300)], ratings=[{"note": n, "rater": u} for n, u in pairs]
    )
    similar = pl.DataFrame([(1, 7, 7), (2, 7, 7)], schema=SIMILARITY_SCHEMA, orient="row")
    part = NoteSubset.of(pl.Series([k < 5 for k in range(300)]))
    community = prepare(part.dataset(data), profile.history)
    selected = Selected(community, all_notes(community.history, NOW_MS), part)
    topics = pl.DataFrame(schema=TOPICS_SCHEMA)
    found = _inputs(data, selected, topics, similar, profile, Context(NOW_MS)).ratings
    assert sorted(found.frame("note", "rater").rows()) == [(n, u) for n in range(5) for u in (1, 3)]

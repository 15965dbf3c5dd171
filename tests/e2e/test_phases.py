"""Phases one by one: the same tables as a whole run, also where there is hardly any data."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
from typer.testing import CliRunner

from bridgenotes.cli.main import app
from bridgenotes.data.write import write_tables
from support.runs import OUTPUTS, assert_sound, made_up, one_by_one, score, table

GUIDE = Path(__file__).parents[2] / "docs" / "engine" / "phases.md"
PROFILES = ("x-2026", "birdwatch-2022")


def without(folder: Path, name: str) -> None:
    (folder / f"{name}-00000.tsv").unlink()


def change(folder: Path, name: str, edit: Callable[[pl.DataFrame], pl.DataFrame]) -> None:
    frame = pl.read_csv(folder / f"{name}-00000.tsv", separator="\t", infer_schema=False)
    write_tables(folder, {f"{name}-00000": edit(frame)})


def single_rater(folder: Path) -> None:
    change(folder, "ratings", lambda t: t.filter(t["raterParticipantId"] == t["raterParticipantId"][0]))


def single_note(folder: Path) -> None:
    rated = pl.read_csv(folder / "ratings-00000.tsv", separator="\t", infer_schema=False)["noteId"]
    only = rated.mode().sort()[0]
    for name in ("notes", "ratings", "noteStatusHistory"):
        change(folder, name, lambda t: t.filter(pl.col("noteId") == only))


def without_texts(folder: Path) -> None:
    change(folder, "notes", lambda t: t.with_columns(summary=pl.lit(None, pl.String)))


COMMUNITIES: dict[str, tuple[dict[str, int | float], Callable[[Path], None] | None]] = {
    "0 ratings": ({"ratings": 0}, None),
    "1 rating": ({"ratings": 1}, None),
    "10 ratings": ({"ratings": 10}, None),
    "199 ratings": ({"ratings": 199}, None),
    "a single note": ({"ratings": 300}, single_note),
    "10 notes": ({"ratings": 200, "notes": 10, "raters": 60}, None),
    "199 notes": ({"ratings": 1_000, "notes": 199, "raters": 90}, None),
    "a single rater": ({"ratings": 400}, single_rater),
    "no enrollment": ({"ratings": 400}, lambda folder: without(folder, "userEnrollment")),
    "no status history": ({"ratings": 400}, lambda folder: without(folder, "noteStatusHistory")),
    "no texts": ({"ratings": 400}, without_texts),
    "no topics": ({"ratings": 400, "topic_share": 0.0}, None),
    "nobody in group 13": ({"ratings": 400, "group_13_share": 0.0}, None),
    "hardly an outcome known": ({"ratings": 2_000}, None),
    "ordinary": ({"ratings": 3_500}, None),
}


@pytest.fixture(scope="module", params=COMMUNITIES)
def source(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    spec, edit = COMMUNITIES[request.param]
    folder = made_up(tmp_path_factory.mktemp("community") / "data", **spec)  # type: ignore[arg-type]
    if edit is not None:
        edit(folder)
    return folder


@pytest.mark.parametrize("profile", PROFILES)
def test_phases_one_by_one_give_the_tables_of_a_whole_run(source: Path, profile: str, tmp_path: Path) -> None:
    whole = score(source, tmp_path / "whole", profile=profile)
    assert_sound(whole)
    for name, folder in one_by_one(source, tmp_path, profile=profile).items():
        assert (folder / f"{name}.parquet").read_bytes() == (whole / f"{name}.parquet").read_bytes(), name


def test_what_cannot_be_learned_is_said(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    data = made_up(tmp_path / "data", ratings=10)
    score(data, tmp_path / "out")
    said = " ".join(capfd.readouterr().err.split())
    assert "too few ratings to learn raters" in said
    assert set(table(tmp_path / "out", "scored_notes")["finalRatingStatus"]) == {"NEEDS_MORE_RATINGS"}


def test_an_empty_community_gives_empty_tables(tmp_path: Path) -> None:
    header = "noteId\traterParticipantId\tcreatedAtMillis\thelpfulnessLevel\n"
    (tmp_path / "ratings-00000.tsv").write_text(header)
    for folder in one_by_one(tmp_path / "ratings-00000.tsv", tmp_path).values():
        assert folder.is_dir()
    whole = score(tmp_path / "ratings-00000.tsv", tmp_path / "whole")
    assert_sound(whole)
    assert [table(whole, name).height for name in OUTPUTS] == [0, 0, 0, 0]


@pytest.fixture(scope="module")
def community(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made_up(tmp_path_factory.mktemp("phases") / "data", ratings=500)


def test_later_phases_begin_from_a_whole_run_too(community: Path, tmp_path: Path) -> None:
    whole = score(community, tmp_path / "whole")
    final = score(community, tmp_path / "final", phase="final", handed_over=(whole,))
    people = score(community, tmp_path / "people", phase="contributor", handed_over=(whole,))
    assert (final / "scored_notes.parquet").read_bytes() == (whole / "scored_notes.parquet").read_bytes()
    assert table(people, "helpfulness_scores").equals(table(whole, "helpfulness_scores"))


def test_final_scoring_of_newer_data_speaks_of_every_note(community: Path, tmp_path: Path) -> None:
    """A hand-over of yesterday: notes and raters that it lacks are new, those of it that went are left out."""
    early = tmp_path / "early"
    early.mkdir()
    for path in community.glob("*.tsv"):
        (early / path.name).write_bytes(path.read_bytes())
    newest = pl.read_csv(community / "notes-00000.tsv", separator="\t", infer_schema=False)["noteId"]
    gone = newest.sort().tail(30).implode()
    for name in ("notes", "ratings", "noteStatusHistory"):
        change(early, name, lambda t: t.filter(~pl.col("noteId").is_in(gone)))
    learned = score(early, tmp_path / "learned", phase="prescoring")
    later = score(community, tmp_path / "later", phase="final", handed_over=(learned,))
    assert set(newest.cast(pl.Int64)) <= set(table(later, "scored_notes")["noteId"])
    learned = score(community, tmp_path / "learned late", phase="prescoring")
    before = score(early, tmp_path / "before", phase="final", handed_over=(learned,))
    assert not set(gone.explode().cast(pl.Int64)) & set(table(before, "scored_notes")["noteId"])


def test_text_tables_hand_over_as_well(community: Path, tmp_path: Path) -> None:
    final = score(community, tmp_path / "final", format="tsv")
    people = score(community, tmp_path / "people", phase="contributor", handed_over=(final,))
    whole = score(community, tmp_path / "whole")
    for column in ("raterParticipantId", "enrollmentState", "successfulRatingTotal"):
        theirs = table(whole, "helpfulness_scores")[column]
        assert table(people, "helpfulness_scores")[column].equals(theirs, null_equal=True)


def test_nothing_of_an_older_run_is_mistaken_for_this_run_s(tmp_path: Path) -> None:
    """Another format, no trace, a model that was not learned again: what is old goes."""
    data = made_up(tmp_path / "data", ratings=5_000)
    out = score(data, tmp_path / "out", trace=True)
    assert (out / "prescoring" / "predicted_helpful_model.npz").exists()
    score(data, out, profile="birdwatch-2022", format="tsv")
    assert not [path.name for path in out.glob("*.parquet")]
    assert not (out / "trace.tsv").exists()
    assert not (out / "prescoring" / "predicted_helpful_model.npz").exists()
    again = score(data, tmp_path / "again", profile="birdwatch-2022", format="tsv", phase="final",
                  handed_over=(out,))  # fmt: skip
    assert (again / "scored_notes.tsv").read_bytes() == (out / "scored_notes.tsv").read_bytes()


def commands() -> list[list[str]]:
    """The commands that the guide shows, in order."""
    blocks = re.findall(r"^```\n(.*?)^```", GUIDE.read_text(), re.MULTILINE | re.DOTALL)
    lines = [line for block in blocks for line in block.replace("\\\n", " ").splitlines()]
    return [shlex.split(line, comments=True)[1:] for line in lines if line.startswith("bridgenotes ")]


def test_the_guide_s_commands_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    made_up(tmp_path / "DATA", ratings=300)
    assert len(commands()) > 8
    for arguments in commands():
        result = CliRunner().invoke(app, arguments, catch_exceptions=False)
        assert result.exit_code == 0, (arguments, result.output)

"""Going on with what an interrupted run has learned, and only with exactly that."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

from bridgenotes.cli import resume
from bridgenotes.cli.resume import UNFINISHED, Resumable
from bridgenotes.data.dataset import Dataset
from bridgenotes.scoring.coalesce import SIMILARITY_SCHEMA
from bridgenotes.scoring.phases.context import Context
from bridgenotes.scoring.phases.prescoring import Prescored
from bridgenotes.scoring.profile import load_profile
from support.tables import NOW_MS, dataset

PROFILE = load_profile("birdwatch-2022")
CONTEXT = Context(NOW_MS, seed=1)
SIMILAR = pl.DataFrame([(3, 1, None)], schema=SIMILARITY_SCHEMA, orient="row")
LEARNED = Prescored(similarity=SIMILAR, remarks=("no topics: too few",))


@pytest.fixture
def data() -> Dataset:
    return dataset(notes=[{"note": 0}])


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "ratings-00000.tsv"
    path.write_text("rating")
    return path


def place(source: Path, *, profile=PROFILE, context: Context = CONTEXT) -> Resumable:
    return Resumable.of(source.parent / "out", [source], profile, context)


@pytest.fixture
def saved(source: Path, data: Dataset) -> Resumable:
    found = place(source)
    found.save(LEARNED, data)
    return found


def test_a_run_like_it_goes_on(saved: Resumable, source: Path, data: Dataset) -> None:
    found = place(source).load(data)
    assert found is not None
    assert found.similarity.equals(SIMILAR)
    assert found.remarks == LEARNED.remarks


def test_a_finished_run_is_not_gone_on_with(saved: Resumable, source: Path, data: Dataset) -> None:
    saved.finish()
    assert place(source).load(data) is None
    saved.finish()  # twice is no mistake


def test_nothing_there_is_nothing_to_go_on_with(source: Path, data: Dataset) -> None:
    assert place(source).load(data) is None


@pytest.mark.parametrize(
    "other",
    [
        {"context": replace(CONTEXT, now_ms=NOW_MS + 1)},
        {"context": replace(CONTEXT, seed=2)},
        {"profile": load_profile("x-2026")},
        {"profile": replace(PROFILE, scorers=())},
        {"profile": load_profile("birdwatch-2022", ("accidents.second_fit_free=false",))},
    ],
    ids=["clock", "seed", "profile", "scorers", "setting"],
)
def test_another_run_begins_anew(saved: Resumable, source: Path, data: Dataset, other: dict) -> None:
    assert place(source, **other).load(data) is None


def test_what_learning_does_not_depend_on_does_not_matter(
    saved: Resumable, source: Path, data: Dataset
) -> None:
    assert place(source, context=replace(CONTEXT, traces=True, checks_flips=True)).load(data) is not None


def test_changed_input_begins_anew(saved: Resumable, source: Path, data: Dataset) -> None:
    before = source.stat()
    source.write_text("other!")
    os.utime(source, ns=(before.st_atime_ns, before.st_mtime_ns + 1))
    assert place(source).load(data) is None
    source.write_text("rating")
    os.utime(source, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert place(source).load(data) is not None
    source.write_text("longer rating")
    os.utime(source, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert place(source).load(data) is None


def test_other_files_begin_anew(saved: Resumable, source: Path, data: Dataset) -> None:
    more = source.with_name("notes-00000.tsv")
    more.write_text("note")
    assert Resumable.of(source.parent / "out", [source, more], PROFILE, CONTEXT).load(data) is None


@pytest.mark.parametrize("changed", ["bridgenotes.data", "bridgenotes.scoring"])
def test_changed_code_begins_anew(
    saved: Resumable,
    source: Path,
    data: Dataset,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    changed: str,
) -> None:
    other = tmp_path / "package"
    other.mkdir()
    (other / "module.py").write_text("answer = 42\n")
    really = resume.resources.files
    monkeypatch.setattr(resume.resources, "files", lambda name: other if name == changed else really(name))
    assert place(source).load(data) is None


@pytest.mark.parametrize(
    "damage",
    [
        lambda folder: (folder / UNFINISHED).write_text("{"),
        lambda folder: (folder / UNFINISHED).write_text("[]"),
        lambda folder: (folder / UNFINISHED).write_text(json.dumps({"key": "x"})),
        lambda folder: (folder / "prescoring_meta_output.json").unlink(),
        lambda folder: (folder / "prescoring_rater_model_output.parquet").write_bytes(b"PAR1"),
        lambda folder: (folder / "note_topics.parquet").unlink(),
    ],
    ids=["mark cut short", "mark of another kind", "mark of another run", "no values", "table cut short", "no topics"],
)  # fmt: skip
def test_what_cannot_be_read_counts_as_absent(saved: Resumable, source: Path, data: Dataset, damage) -> None:
    damage(saved.folder)
    assert place(source).load(data) is None


def test_a_mark_never_vouches_for_another_hand_over(
    saved: Resumable, source: Path, data: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A later run that dies while it writes its hand-over leaves none to go on from."""

    def die(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(resume, "write_prescored", die)
    with pytest.raises(KeyboardInterrupt):
        place(source, context=replace(CONTEXT, seed=2)).save(Prescored(), data)
    assert place(source).load(data) is None

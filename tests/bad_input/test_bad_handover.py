"""Hand-overs, previous outputs and predictions that cannot be used, and options that do not go together."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from bridgenotes.cli.failures import UsageError, explain_failure
from bridgenotes.data.errors import DataError
from bridgenotes.scoring.errors import ScoringError
from support.runs import CORE, made_up, score

NOTES, RATERS = "prescoring_note_model_output.parquet", "prescoring_rater_model_output.parquet"
META = "prescoring_meta_output.json"


@pytest.fixture(scope="module")
def community(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made_up(tmp_path_factory.mktemp("handover") / "data", ratings=2_500)


@pytest.fixture(scope="module")
def whole(community: Path) -> Path:
    """A whole run; its hand-over is in ``prescoring``."""
    return score(community, community.parent / "whole", scorers=CORE)


@pytest.fixture
def run(whole: Path, tmp_path: Path) -> Path:
    """A copy to be damaged."""
    shutil.copytree(whole, tmp_path / "run")
    return tmp_path / "run"


def refused(community: Path, out: Path, **options: object) -> str:
    """Run, which must end with code 2 and one message, and write nothing."""
    with pytest.raises((UsageError, DataError, ScoringError)) as caught:
        score(community, out, scorers=CORE, **options)
    assert explain_failure(caught.value) == 2
    assert not out.exists() or not [p for p in out.iterdir() if p.name != "prescoring"]
    return str(caught.value)


def meta(edit: Callable[[dict], object]) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        values = json.loads((folder / META).read_text())
        edit(values)
        (folder / META).write_text(json.dumps(values))

    return change


def without(file: str, column: str) -> Callable[[Path], None]:
    return lambda folder: pl.read_parquet(folder / file).drop(column).write_parquet(folder / file)


def retyped(file: str, column: str) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        frame = pl.read_parquet(folder / file)
        frame.with_columns(pl.lit("x").alias(column)).write_parquet(folder / file)

    return change


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lambda f: (f / RATERS).unlink(), f"no {RATERS}; give the folder that prescoring wrote"),
        (lambda f: (f / NOTES).unlink(), "has no prescoring_note_model_output.parquet"),
        (lambda f: (f / META).unlink(), f"{META} is missing; is"),
        (lambda f: (f / "note_topics.parquet").unlink(), "has no note_topics.parquet"),
        (lambda f: (f / RATERS).write_bytes(b"PAR1 no"), f"{RATERS} cannot be read"),
        (lambda f: (f / NOTES).write_bytes(b""), f"{NOTES} cannot be read"),
        (lambda f: (f / META).write_text("{"), f"{META} cannot be read"),
        (lambda f: (f / META).write_bytes(b"\xff\xfe"), f"{META} cannot be read"),
        (lambda f: (f / META).write_text("[1]"), "holds no values by scorer"),
        (meta(lambda v: v[CORE].pop("globalIntercept")), f"values of {CORE} are damaged"),
        (meta(lambda v: v[CORE].update(finalRoundNumNotes="x")), f"values of {CORE} are damaged"),
        (without(NOTES, "internalNoteFactor1"), "lacks column internalNoteFactor1"),
        (without(RATERS, "aboveHelpfulnessThreshold"), "lacks column aboveHelpfulnessThreshold"),
        (without(RATERS, "quasiCliqueValue"), "lacks column quasiCliqueValue"),
        (without("note_topics.parquet", "noteTopic"), "lacks column noteTopic"),
        (retyped(NOTES, "internalNoteFactor1"), "internalNoteFactor1"),
        (retyped(NOTES, "noteId"), "noteId"),
        (retyped(RATERS, "totalRatingsMadeByRater"), "totalRatingsMadeByRater"),
        (lambda f: (f / "flip_model.npz").write_bytes(b"junk"), "flip_model.npz"),
        (lambda f: (f / "topic_model.npz").write_bytes(b"junk"), "topic_model.npz"),
        (lambda f: (f / "predicted_helpful_model.npz").write_bytes(b""), "predicted_helpful_model.npz"),
    ],
)
def test_a_damaged_hand_over_is_told(
    community: Path, run: Path, tmp_path: Path, damage: Callable[[Path], None], said: str
) -> None:
    damage(run / "prescoring")
    message = refused(community, tmp_path / "out", phase="final", handed_over=(run / "prescoring",))
    assert said in message
    assert "prescore again" in message or "wrote" in message


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lambda f: (f / "scored_notes.parquet").unlink(), "give the folder that final scoring wrote"),
        (lambda f: (f / "aux_note_info.parquet").unlink(), "has no aux_note_info.parquet (or .tsv)"),
        (lambda f: (f / "note_status_history.parquet").write_bytes(b"x"), "cannot be read"),
        (without("scored_notes.parquet", "coreNoteIntercept"), "lacks column coreNoteIntercept"),
    ],
)
def test_damaged_tables_of_final_scoring_are_told(
    community: Path, run: Path, tmp_path: Path, damage: Callable[[Path], None], said: str
) -> None:
    damage(run)
    assert said in refused(community, tmp_path / "out", phase="contributor", handed_over=(run,))


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lambda f: (f / "scored_notes.parquet").unlink(), "has no scored_notes.parquet (or .tsv)"),
        (lambda f: (f / "note_status_history.parquet").unlink(), "has no note_status_history.parquet"),
        (lambda f: (f / "aux_note_info.parquet").write_bytes(b"PAR1"), "cannot be read"),
        (without("scored_notes.parquet", "decidedBy"), "lacks column decidedBy"),
        (lambda f: (f / "run.json").unlink(), "does not tell the newest rating it saw; give --rating-cutoff"),
        (lambda f: (f / "run.json").write_text("[]"), "give --rating-cutoff"),
        (lambda f: (f / "run.json").write_text('{"newest_rating_ms": null}'), "give --rating-cutoff"),
    ],
)
def test_damaged_previous_outputs_are_told(
    community: Path, run: Path, tmp_path: Path, damage: Callable[[Path], None], said: str
) -> None:
    damage(run)
    options = {"phase": "final", "handed_over": (run / "prescoring",), "previous": run}
    assert said in refused(community, tmp_path / "out", **options)


def test_the_cutoff_may_be_given_instead_of_a_record(community: Path, run: Path, tmp_path: Path) -> None:
    (run / "run.json").unlink()
    options = {"scorers": CORE, "phase": "final", "handed_over": (run / "prescoring",), "previous": run}
    for cutoff in ("1767225600000", "2026-01-01T00:00:00Z"):
        out = score(community, tmp_path / cutoff[:4], rating_cutoff=cutoff, **options)
        assert "NOTES_WITH_NEW_RATINGS" not in set(labels(out))
    everything = score(community, tmp_path / "all", rating_cutoff="2020-01-01", **options)
    assert any("NOTES_WITH_NEW_RATINGS" in label for label in labels(everything))
    options.pop("scorers")
    message = refused(community, tmp_path / "out", rating_cutoff="1767225600", **options)
    assert "looks like seconds" in message
    assert "--rating-cutoff 1767225600" in message


def labels(out: Path) -> pl.Series:
    return pl.read_parquet(out / "scored_notes.parquet")["rescoringActiveRules"]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"phase": "final"}, "--phase final needs --from FOLDER of prescoring"),
        ({"phase": "contributor"}, "--phase contributor needs --from of prescoring and of final scoring"),
        ({"phase": "all", "handed_over": ("run",)}, "--from is for a later phase"),
        ({"phase": "similarity", "handed_over": ("run",)}, "--from is for a later phase"),
        ({"phase": "final", "handed_over": ("nowhere",)}, "give the folder that prescoring wrote"),
        ({"rating_cutoff": "2026-01-01"}, "--rating-cutoff says what --previous has seen"),
        ({"phase": "prescoring", "previous": "run"}, "is for scoring notes, not for --phase prescoring"),
        ({"phase": "similarity", "predictions": "run"}, "is for scoring notes, not for --phase similarity"),
        ({"phase": "contributor", "handed_over": ("run",), "previous": "run"}, "not for --phase contributor"),
        ({"phase": "prescoring", "check_flips": True}, "not for --phase prescoring"),
    ],
)
def test_options_that_do_not_go_together(
    community: Path, run: Path, tmp_path: Path, options: dict, said: str
) -> None:
    for name in ("previous", "predictions"):
        if name in options:
            options = options | {name: run}
    if "handed_over" in options:
        options = options | {"handed_over": tuple(run.with_name(name) for name in options["handed_over"])}
    assert said in refused(community, tmp_path / "out", **options)


PREDICTED = {"noteId": [1, 2], "isPredictedStable": [True, None], "pflipProba": [0.1, None]}


@pytest.mark.parametrize(
    ("file", "said"),
    [
        (None, "cannot be read as Parquet"),
        (b"text", "cannot be read as Parquet"),
        ({"noteId": [1]}, "lacks column isPredictedStable, pflipProba; predictions have noteId"),
        ({**PREDICTED, "noteId": [1, 1]}, "note 1 occurs twice"),
        ({**PREDICTED, "noteId": ["a", "b"]}, "column noteId"),
        ({**PREDICTED, "pflipProba": ["much", "x"]}, "column pflipProba"),
        ({**PREDICTED, "pcrhExitN": [1, 2]}, "lacks column pcrhExitProba, pcrhRevoked, pcrhRevokeN"),
    ],
)
def test_predictions_that_cannot_be_used(
    community: Path, run: Path, tmp_path: Path, file: dict | bytes | None, said: str
) -> None:
    path = tmp_path / "predictions.parquet"
    if isinstance(file, bytes):
        path.write_bytes(file)
    elif file is not None:
        pl.DataFrame(file).write_parquet(path)
    message = refused(
        community, tmp_path / "out", phase="final", handed_over=(run / "prescoring",), predictions=path
    )
    assert said in message
    assert str(path) in message


def test_predictions_for_notes_nobody_knows_are_left_out(community: Path, run: Path, tmp_path: Path) -> None:
    path = tmp_path / "predictions.parquet"
    pl.DataFrame(PREDICTED).write_parquet(path)
    options = {"scorers": CORE, "phase": "final", "handed_over": (run / "prescoring",)}
    out = score(community, tmp_path / "out", predictions=path, **options)
    assert pl.read_parquet(out / "aux_note_info.parquet").height > 2

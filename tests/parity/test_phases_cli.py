"""The command on the reference's own folder: its prescoring in, its statuses and enrollment states out."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import polars as pl
import pytest

from support.golden import Golden
from support.runs import score, table

pytestmark = pytest.mark.parity


@dataclass(frozen=True)
class Scored:
    golden: Golden
    notes: Path
    people: Path


def predictions(golden: Golden) -> pl.DataFrame:
    """What the reference's models said, as a file for ``--predictions``.

    A note is predicted stable if its margin, the log-odds of the written probability, is not above the threshold.
    """
    summary = json.loads((golden.reference / "prescoring" / "pflip_summary.json").read_text())
    chance = pl.col("pflipProba").cast(pl.Float64)
    stable = (chance / (1 - chance)).log() <= summary["predictionThreshold"]
    flips = golden.output("scored_notes").select(
        "noteId", isPredictedStable=pl.when(chance.is_not_null()).then(stable), pflipProba=chance
    )
    truth = {"1": True, "1.0": True, "true": True, "0": False, "0.0": False, "false": False}
    flags = [
        pl.col(name).cast(pl.String).str.to_lowercase()
        .replace_strict(truth, default=None, return_dtype=pl.Boolean).alias(name)
        for name in ("pcrhRevoked", "pcrhFinalPred")
    ]  # fmt: skip
    helpful = golden.output("aux_note_info").select(
        "noteId", "pcrhExitN", "pcrhExitProba", "pcrhRevokeN", *flags
    )
    return flips.join(helpful, on="noteId", how="left")


@pytest.fixture(scope="module", params=["S", "M"])
def scored(
    request: pytest.FixtureRequest, reference_data: Path, tmp_path_factory: pytest.TempPathFactory
) -> Scored:
    golden, root = Golden.load(reference_data, request.param), tmp_path_factory.mktemp("phases")
    predictions(golden).write_parquet(root / "predictions.parquet")
    source, learned = golden.folder / "input", golden.reference / "prescoring"
    options = {"now": str(golden.now_ms)}
    notes = score(
        source, root / "notes", phase="final", handed_over=(learned,),
        predictions=root / "predictions.parquet", **options,
    )  # fmt: skip
    people = score(source, root / "people", phase="contributor", handed_over=(learned, notes), **options)
    return Scored(golden, notes, people)


def agreement(ours: pl.Series, theirs: pl.Series) -> float:
    """Share of rows that say the same; an empty text and null are the same in TSV."""
    a, b = (values.cast(pl.String).replace("", None) for values in (ours, theirs))
    return float(a.eq_missing(b).mean() or 0.0)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "column", ["finalRatingStatus", "decidedBy", "metaScorerActiveRules", "firstTag", "secondTag"]
)
def test_final_scoring_of_the_reference_s_folder(scored: Scored, column: str) -> None:
    ours, theirs = table(scored.notes, "scored_notes"), scored.golden.output("scored_notes")
    assert ours["noteId"].equals(theirs["noteId"])
    assert agreement(ours[column], theirs[column]) >= 0.999


@pytest.mark.parametrize("column", ["enrollmentState", "successfulRatingTotal", "notesCurrentlyRatedHelpful"])
def test_contributor_scoring_of_both_folders(scored: Scored, column: str) -> None:
    key = "raterParticipantId"
    ours = table(scored.people, "helpfulness_scores").sort(key)
    theirs = scored.golden.output("helpfulness_scores")
    assert ours[key].to_list() == theirs[key].to_list()
    a, b = (t[column].cast(pl.Float64) if t[column].dtype.is_numeric() else t[column] for t in (ours, theirs))
    assert agreement(a, b) >= 0.999

"""A small community as public files and as a scored run, to be explained and drawn."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from bridgenotes.cli.score import Request, run_score
from bridgenotes.data.vocabulary import CRH, MISLEADING, NMR, NOT_MISLEADING
from bridgenotes.data.write import write_tables
from support.two_camps import two_camps

if TYPE_CHECKING:
    from pathlib import Path

START = 1_760_000_000_000
DAY = 86_400_000
NOW = START + 13 * DAY
FIRST_NOTE = 1_970_000_000_000_000_000
N_NOTES, N_RATERS = 60, 80
UNRATED, FEW, OUTSIDE, DELETED, LOCKED, FINE = (FIRST_NOTE + 500 + k for k in range(6))
"""Notes of a special kind; the others are FIRST_NOTE + 0 … N_NOTES - 1."""
LEVELS = np.array(["NOT_HELPFUL", "SOMEWHAT_HELPFUL", "HELPFUL"])
TAGS = {
    "HELPFUL": ("helpfulClear", "helpfulGoodSources"),
    "NOT_HELPFUL": ("notHelpfulIncorrect", "notHelpfulOffTopic"),
}


def contributor(number: int) -> str:
    """Return an id that is easy to find where it must not be."""
    return f"CONTRIBUTOR{number:04d}"


def community(folder: Path) -> Path:
    """Write two camps, and one note each that nobody rated, few rated, outsiders rated …, as public files."""
    camps = two_camps(N_NOTES, N_RATERS, seed=3)
    insiders = [
        (FIRST_NOTE + int(n), int(u), str(LEVELS[k]))
        for n, u, k in zip(camps.note, camps.rater, camps.level, strict=True)
    ]
    liked = [u for u in range(N_RATERS) if u % 5]
    extra = [(FEW, u, "HELPFUL") for u in range(2)]
    extra += [(OUTSIDE, u, "HELPFUL") for u in range(N_RATERS, N_RATERS + 12)]
    extra += [(note, u, "HELPFUL") for note in (DELETED, LOCKED, FINE) for u in liked]
    rated = insiders + extra
    ratings = pl.DataFrame(
        {
            "noteId": [note for note, _, _ in rated],
            "raterParticipantId": [contributor(u) for _, u, _ in rated],
            "createdAtMillis": [START + DAY + 1000 * k for k in range(len(rated))],
            "helpfulnessLevel": [level for _, _, level in rated],
            "ratingSourceBucketed": "DEFAULT",
        }
    ).with_columns(
        (pl.col("helpfulnessLevel") == level).cast(pl.Int8).alias(tag)
        for level, tags in TAGS.items()
        for tag in tags
    )
    ids = [FIRST_NOTE + k for k in range(N_NOTES)] + [UNRATED, FEW, OUTSIDE, DELETED, LOCKED, FINE]
    history = pl.DataFrame(
        {
            "noteId": ids,
            "noteAuthorParticipantId": [contributor(k % N_RATERS) for k in range(len(ids))],
            "createdAtMillis": [START + k * DAY // 8 for k in range(len(ids))],
            "currentStatus": NMR,
            "timestampMillisOfCurrentStatus": START + 9 * DAY,
            "lockedStatus": [NMR if note == LOCKED else None for note in ids],
            # waiting for days, so that a note which qualifies now is shown
            "timestampMillisOfNmrDueToMinStableCrhTime": START + 9 * DAY,
            "timestampMillisOfStatusLock": [START + 12 * DAY if note == LOCKED else None for note in ids],
        }
    )
    notes = history.select("noteId", "noteAuthorParticipantId", "createdAtMillis").with_columns(
        tweetId=pl.lit(900),
        classification=pl.when(pl.col("noteId") == FINE)
        .then(pl.lit(NOT_MISLEADING))
        .otherwise(pl.lit(MISLEADING)),
    )
    enrollment = pl.DataFrame(
        {
            "participantId": [contributor(u) for u in range(N_RATERS + 12)],
            "enrollmentState": "earnedIn",
            "successfulRatingNeededToEarnIn": 5,
            "timestampOfLastStateChange": START,
            "timestampOfLastEarnOut": 1,
            "modelingPopulation": "CORE",
            "modelingGroup": [13 if u < N_RATERS else 30 for u in range(N_RATERS + 12)],
            "numberOfTimesEarnedOut": 0,
        }
    )
    tables = {
        "notes": notes.filter(pl.col("noteId") != DELETED),
        "ratings": ratings,
        "noteStatusHistory": history,
        "userEnrollment": enrollment,
    }
    write_tables(folder, {f"{name}-00000": table for name, table in tables.items()})
    return folder


def score(source: Path, out: Path, **options: object) -> Path:
    """Score public files as the command does."""
    request = Request(
        inputs=[source], out=out, now=str(NOW), seed=1, profile="x-2026", scorers="MFCoreScorer", memory="4GB",
        threads=1, format="parquet", cache=False, as_json=True,
    )  # fmt: skip
    run_score(Request(**{**asdict(request), **options}))
    return out


def empty_run(source: Path, out: Path) -> Path:
    """Score a community of nothing."""
    source.mkdir()
    columns = "noteId raterParticipantId createdAtMillis helpfulnessLevel ratingSourceBucketed"
    (source / "ratings-00000.tsv").write_text("\t".join(columns.split()) + "\n")
    return score(source, out)


def helpful_notes(run: Path) -> list[int]:
    """Return the ids of a run's Helpful notes."""
    notes = pl.read_parquet(run / "scored_notes.parquet", glob=False)
    return notes.filter(pl.col("finalRatingStatus") == CRH)["noteId"].to_list()


def edit_record(run: Path, **changes: object) -> None:
    """Change what run.json says."""
    path = run / "run.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))

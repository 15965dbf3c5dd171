"""Output tables of a small run, made up, to be changed and compared."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import zstandard

from bridgenotes.data.vocabulary import CRH, CRNH, NMR

if TYPE_CHECKING:
    from pathlib import Path

CLOCK = 1_795_348_800_000
FIRST_NOTE = 1_970_000_000_000_000_000
N_NOTES, N_RATERS = 40, 30
Tables = dict[str, pl.DataFrame]


def outputs(seed: int = 0) -> Tables:
    """Return the four tables under public names; notes 0 to 9 are locked at input, note 10 by this run."""
    rng = np.random.default_rng(seed)
    note = [FIRST_NOTE + k for k in range(N_NOTES)]
    status = [(CRH, CRNH, NMR, NMR)[k % 4] for k in range(N_NOTES)]
    group = [None if k % 3 == 0 else float(k % 3) for k in range(N_NOTES)]
    scored = pl.DataFrame(
        {
            "noteId": note,
            "coreNoteIntercept": np.float32(rng.normal(size=N_NOTES)).astype(np.float64),
            "coreNoteFactor1": np.float32(rng.normal(size=N_NOTES)).astype(np.float64),
            "coreNoteInterceptMin": rng.normal(size=N_NOTES),
            "groupNoteIntercept": rng.normal(size=N_NOTES),
            "groupNoteFactor1": [
                None if g is None else v for g, v in zip(group, rng.normal(size=N_NOTES), strict=True)
            ],
            "modelingGroup": group,
            "finalRatingStatus": status,
            "coreRatingStatus": status,
            "decidedBy": "CoreModel (v1.1)",
            "firstTag": [None if s == NMR else "helpfulClear" for s in status],
            "coreActiveRules": "InitialNMR (v1.0),GeneralCRH (v1.0)",
            "metaScorerActiveRules": "MetaInitialNMR (v1.0),CoreModel (v1.1)",
            "topicNoteConfident": [None, True, False, True] * (N_NOTES // 4),
            "timestampMillisOfCurrentStatus": CLOCK,
        }
    )
    aux = pl.DataFrame(
        {
            "noteId": note,
            "noteAuthorParticipantId": [f"CONTRIBUTOR{k}" for k in range(N_NOTES)],
            "crhBool": [int(s == CRH) for s in status],
            "coreNegFactor_populationSampledRatingCount": list(range(N_NOTES)),
            "corePosFactor_populationSampledRatingCount": list(range(N_NOTES, 0, -1)),
        }
    )
    history = pl.DataFrame(
        {
            "noteId": note,
            "lockedStatus": [NMR if k <= 10 else None for k in range(N_NOTES)],
            "timestampMillisOfStatusLock": [CLOCK - (k < 10) if k <= 10 else None for k in range(N_NOTES)],
        }
    )
    raters = pl.DataFrame(
        {
            "raterParticipantId": [f"CONTRIBUTOR{k}" for k in range(N_RATERS)],
            "coreRaterIntercept": rng.normal(size=N_RATERS),
            "coreRaterFactor1": rng.normal(size=N_RATERS),
            "coreFirstRoundRaterFactor1": rng.normal(size=N_RATERS),
            "aboveHelpfulnessThreshold": [1.0, 0.0, None] * (N_RATERS // 3),
            "enrollmentState": [k % 3 for k in range(N_RATERS)],
            "notesCurrentlyRatedHelpful": list(range(N_RATERS)),
            "notesCurrentlyRatedNotHelpful": [None] + [1] * (N_RATERS - 1),
            "successfulRatingTotal": 5,
            "unsuccessfulRatingTotal": 2,
            "unsuccessfulRatingNotHelpfulCount": 1,
        }
    )
    return {
        "scored_notes": scored,
        "aux_note_info": aux,
        "note_status_history": history,
        "helpfulness_scores": raters,
    }


def write(folder: Path, tables: Tables, kind: str = "parquet") -> Path:
    """Write tables as the reference might: Parquet, or text with True, False and 1.0, perhaps packed."""
    for name, table in tables.items():
        path = folder / f"{name}.{kind}"
        path.parent.mkdir(parents=True, exist_ok=True)
        if kind == "parquet":
            table.write_parquet(path)
            continue
        whole = pl.selectors.integer() - pl.selectors.by_name("noteId", require_all=False)
        text = table.with_columns(
            whole.cast(pl.Float64),
            pl.selectors.boolean().cast(pl.String).str.to_titlecase(),
        )
        packed = text.write_csv(separator="\t").encode()
        path.write_bytes(zstandard.compress(packed) if kind.endswith("zst") else packed)
    return folder


def changed(tables: Tables, table: str, *columns: pl.Expr) -> Tables:
    """Return the tables with columns of one of them replaced."""
    return tables | {table: tables[table].with_columns(*columns)}

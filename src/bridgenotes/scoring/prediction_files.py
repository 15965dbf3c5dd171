"""Predictions of somebody else's models, from a file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

from bridgenotes.data.errors import DataError
from bridgenotes.data.outputs import from_public
from bridgenotes.data.results import typed
from bridgenotes.scoring.confidence.helpful import PREDICTIONS_SCHEMA
from bridgenotes.scoring.phases.predictions import Predictions
from bridgenotes.scoring.side import FLIPS_SCHEMA

if TYPE_CHECKING:
    from pathlib import Path

    from bridgenotes.data.dataset import Dataset

FLIPS: Final = {"isPredictedStable": "is_predicted_stable", "pflipProba": "pflip_proba"}
HELPFUL: Final = {
    "pcrhExitN": "pcrh_exit_n",
    "pcrhExitProba": "pcrh_exit_proba",
    "pcrhRevoked": "pcrh_revoked",
    "pcrhRevokeN": "pcrh_revoke_n",
    "pcrhFinalPred": "pcrh_final_pred",
}


def read_predictions(path: Path, dataset: Dataset) -> Predictions:
    """Return the predictions in a Parquet file.

    Parameters
    ----------
    path : Path
        Columns noteId, isPredictedStable and pflipProba (flips), and optionally pcrhExitN,
        pcrhExitProba, pcrhRevoked, pcrhRevokeN and pcrhFinalPred (predicted Helpful). Null says
        that nothing is predicted.
    dataset : Dataset
        Notes it does not know are left out.

    Raises
    ------
    DataError
        If the file cannot be read, lacks a column, or names a note twice.
    """
    try:
        frame = pl.read_parquet(path, glob=False)
    except (pl.exceptions.PolarsError, OSError) as error:
        raise DataError(f"{path} cannot be read as Parquet ({error})") from error
    says_helpful = bool(set(HELPFUL) & set(frame.columns))
    columns = FLIPS | (HELPFUL if says_helpful else {})
    kinds = FLIPS_SCHEMA | PREDICTIONS_SCHEMA
    wanted = {"noteId": pl.Int64()} | {public: kinds[ours] for public, ours in columns.items()}
    frame = typed(frame, wanted, str(path), f"predictions have {', '.join(wanted)}")
    if frame["noteId"].is_duplicated().any():
        note = frame.filter(frame["noteId"].is_duplicated())["noteId"][0]
        raise DataError(f"{path}: note {note} occurs twice; keep one row per note")
    codes = from_public(frame.select("noteId"), "scored_notes", dataset)["note"]
    known = frame.filter(pl.col("noteId").is_in(pl.Series(dataset.note_ids, dtype=pl.Int64).implode()))
    known = known.with_columns(codes)
    return Predictions(
        flips=_of(known, FLIPS, FLIPS_SCHEMA),
        helpful=_of(known, HELPFUL, PREDICTIONS_SCHEMA) if says_helpful else None,
    )


def _of(frame: pl.DataFrame, columns: dict[str, str], schema: pl.Schema) -> pl.DataFrame:
    named = frame.select("note", *(pl.col(public).alias(name) for public, name in columns.items()))
    return named.cast(schema).drop_nulls(named.columns[2])

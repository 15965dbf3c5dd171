"""Tables that models beside the scorers make: topics of notes, predicted flips."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

from bridgenotes.data.errors import DataError
from bridgenotes.data.outputs import from_public

if TYPE_CHECKING:
    from pathlib import Path

    from bridgenotes.data.dataset import Dataset

FLIPS_SCHEMA: Final = pl.Schema(
    {"note": pl.Int32(), "is_predicted_stable": pl.Boolean(), "pflip_proba": pl.Float64()}
)
"""Whether a note is predicted to keep a Helpful status, and the probability that it loses it."""
TOPICS_SCHEMA: Final = pl.Schema({"note": pl.Int32(), "topic": pl.String()})
"""One row per note that has a topic."""

_PUBLIC: Final = {"noteId": pl.Int64, "isPredictedStable": pl.Boolean, "pflipProba": pl.Float64}


def flips_of(path: Path, dataset: Dataset) -> pl.DataFrame:
    """Return predictions of somebody else's model from a Parquet file.

    Parameters
    ----------
    path : Path
        Columns noteId, isPredictedStable and pflipProba.
    dataset : Dataset
        Notes it does not know are left out.

    Returns
    -------
    polars.DataFrame
        `FLIPS_SCHEMA`.

    Raises
    ------
    DataError
        If the file cannot be read, lacks a column, or names a note twice.
    """
    try:
        frame = pl.read_parquet(path, glob=False, columns=list(_PUBLIC)).cast(dict(_PUBLIC))  # type: ignore[arg-type]
    except (pl.exceptions.PolarsError, OSError) as error:
        raise DataError(f"{path}: expected Parquet with columns {', '.join(_PUBLIC)} ({error})") from error
    if frame["noteId"].is_duplicated().any():
        raise DataError(
            f"{path}: note {frame.filter(frame['noteId'].is_duplicated())['noteId'][0]} occurs twice"
        )
    notes = from_public(frame.select("noteId", "pflipProba"), "scored_notes", dataset)
    stable = frame.filter(pl.col("noteId").is_in(pl.Series(dataset.note_ids).implode()))["isPredictedStable"]
    return notes.with_columns(stable.alias("is_predicted_stable")).select(FLIPS_SCHEMA.names())

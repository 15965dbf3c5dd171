"""From a `Dataset` back to the public tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from bridgenotes.data.columns import DTYPES, Kind
from bridgenotes.data.tables import RATINGS, TABLES
from bridgenotes.data.vocabulary import DEFAULT_SOURCE, HELPFULNESS_LEVELS, POPULATION_SAMPLED, TAGS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bridgenotes.data.dataset import Dataset

_SLICE: Final = 200_000


def note_id_of(dataset: Dataset, codes: pl.Series) -> pl.Series:
    """Return the public note ids of note codes (null stays null)."""
    return pl.Series(dataset.note_ids, dtype=pl.Int64).gather(codes).alias(codes.name)


def contributor_id_of(dataset: Dataset, codes: pl.Series) -> pl.Series:
    """Return the public contributor ids of contributor codes (null stays null)."""
    return dataset.contributor_ids.gather(codes).alias(codes.name)


def public_table(dataset: Dataset, name: str) -> pl.DataFrame:
    """Return a table under its public column names.

    Parameters
    ----------
    dataset : Dataset
    name : str
        ``notes``, ``ratings``, ``noteStatusHistory``, ``userEnrollment`` or ``noteRequests``.
    """
    return pl.concat(list(public_slices(dataset, name)))


def public_slices(dataset: Dataset, name: str, n_rows: int = _SLICE) -> Iterator[pl.DataFrame]:
    """Yield a public table in slices, at least one, so that a long one need not exist twice.

    Raises
    ------
    ValueError
        If a rating without today's form is half helpful: the first form cannot say that.
    """
    table = TABLES[name]
    whole: pl.DataFrame = getattr(dataset, table.attribute)
    for start in range(0, max(len(whole), 1), n_rows):
        frame = whole.slice(start, n_rows)
        if table is RATINGS:
            frame = _expand_ratings(frame)
        columns = []
        for column in table.columns:
            if column.field is None:
                written = column.written
                dtype = pl.Int64 if written is not None else DTYPES[column.kind]
                columns.append(pl.repeat(written, len(frame), dtype=dtype, eager=True).alias(column.name))
                continue
            values = frame[column.field]
            if column.kind is Kind.NOTE_ID:
                values = note_id_of(dataset, values)
            elif column.kind is Kind.CONTRIBUTOR:
                values = contributor_id_of(dataset, values)
            columns.append(values.cast(DTYPES[column.kind]).alias(column.name))
        yield pl.DataFrame(columns)


def _expand_ratings(frame: pl.DataFrame) -> pl.DataFrame:
    """Return ratings with the columns of both forms and one per tag."""
    level, has_level = frame["level"].to_numpy(), frame["has_level"].to_numpy()
    if (~has_level & (level == 1)).any():
        raise ValueError("a rating without helpfulnessLevel has level 1 (somewhat helpful); set has_level")
    words = pl.Series(HELPFULNESS_LEVELS).gather(frame["level"].cast(pl.UInt32))
    tags = frame["tags"].to_numpy()
    return frame.with_columns(
        pl.Series("helpful", (~has_level & (level == 2)).astype(np.int8)),
        pl.Series("not_helpful", (~has_level & (level == 0)).astype(np.int8)),
        pl.when(pl.Series(has_level)).then(words).alias("helpfulness_level"),
        pl.when("is_population_sampled")
        .then(pl.lit(POPULATION_SAMPLED))
        .otherwise(pl.lit(DEFAULT_SOURCE))
        .alias("rating_source"),
        *(pl.Series(tag, ((tags >> bit) & 1).astype(np.int8)) for bit, tag in enumerate(TAGS)),
    )

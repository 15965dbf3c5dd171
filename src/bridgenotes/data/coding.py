"""From ids to codes: one sorted list of notes, one of contributors (spec 01 A.3)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from bridgenotes.data.columns import NULL_SPELLINGS

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True)
class People:
    """The contributor ids and the way from a category to its place among them.

    Attributes
    ----------
    ids : polars.Series of String
        Sorted by value when every id is an integer, else by code point.
    rank : polars.Series of Int32
        ``rank[k]`` is the code of category k; null when the category means "no id".
    spellings : polars.Series of String
        Category k as it stands in the files.
    """

    ids: pl.Series
    rank: pl.Series
    spellings: pl.Series

    def codes(self, column: pl.Series) -> pl.Series:
        """Return a column of categories as codes."""
        if self.rank.is_empty():
            return pl.repeat(None, len(column), dtype=pl.Int32, eager=True).alias(column.name)
        return self.rank.gather(column.to_physical()).alias(column.name)


def rank_people(categories: pl.Series) -> People:
    """Return the sorted ids of all categories met while reading.

    Parameters
    ----------
    categories : polars.Series of String
        Distinct spellings in order of first appearance.

    Notes
    -----
    Integers are compared, and merged, by value: ``007`` and ``7`` are one contributor, as
    in the reference, which casts such ids to int64 (spec 01 A.3 step 2).
    """
    is_id = ~categories.is_in(NULL_SPELLINGS)
    spelled = categories.filter(is_id)
    numbers = spelled.cast(pl.Int64, strict=False)
    order: pl.Series = spelled if numbers.null_count() else numbers
    distinct = order.unique().sort()
    places = pl.Series(np.arange(len(distinct), dtype=np.int32))
    ranks = pl.Series("rank", np.zeros(len(spelled), np.int32))
    if len(distinct):
        ranks = order.replace_strict(distinct, places, return_dtype=pl.Int32)
    row = pl.Series(np.where(is_id.to_numpy(), np.cumsum(is_id.to_numpy()) - 1, -1))
    rank = (
        ranks.gather(row.set(row < 0, None))
        if len(ranks)
        else pl.repeat(None, len(row), dtype=pl.Int32, eager=True)
    )
    return People(distinct.cast(pl.String).alias("contributor"), rank, categories)


def note_codes(ids: pl.Series, note_ids: NDArray[np.int64]) -> tuple[pl.Series, NDArray[np.bool_]]:
    """Return each note's place in the sorted ``note_ids`` (0 if absent), and which are there at all."""
    codes = np.arange(len(note_ids), dtype=np.int32)
    lookup = pl.DataFrame({"id": note_ids, "code": codes}, schema={"id": pl.Int64, "code": pl.Int32})
    # hashing beats a binary search, whose steps all miss the processor's cache
    found = (
        ids.alias("id").to_frame().join(lookup, on="id", how="left", validate="m:1", maintain_order="left")
    )
    column = found["code"].alias(ids.name)
    return column.fill_null(0), column.is_not_null().to_numpy()


def repeated_rows(keys: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the rows whose key occurs more than once, ascending.

    Parameters
    ----------
    keys : ndarray of int64, shape (n_rows,)
    """
    ordered = np.sort(keys)
    again = ordered[1:][ordered[1:] == ordered[:-1]]
    if not len(again):
        return np.empty(0, np.int64)
    places = np.minimum(np.searchsorted(again, keys), len(again) - 1)
    return np.flatnonzero(again[places] == keys)

"""Ratings as scorers see them: the table as read, and which of its rows, in which order.

The table of a run is never copied. A part of it, such as the ratings that one scorer sees, is a list of
row numbers, 4 bytes per rating; columns are looked up when somebody asks for them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from bridgenotes.scoring import vectors

BoolArray = npt.NDArray[np.bool_]
Int32Array = npt.NDArray[np.int32]


@dataclass(frozen=True)
class Ratings:
    """Rows of a ratings table.

    Attributes
    ----------
    table : polars.DataFrame
        Columns of `data.dataset.RATINGS_SCHEMA`, or those of them that are asked for.
    rows : numpy.ndarray, uint32, shape (n_ratings,), or None
        Which rows, in which order; None for all as they stand.
    correlated, high_volume : numpy.ndarray, bool, shape (n_contributors,), or None
        Raters that act alike, and the most active ones; None until somebody has looked.
    """

    table: pl.DataFrame
    rows: npt.NDArray[np.uint32] | None = None
    correlated: BoolArray | None = None
    high_volume: BoolArray | None = None

    def __len__(self) -> int:
        return self.table.height if self.rows is None else len(self.rows)

    @property
    def note(self) -> Int32Array:
        """Note code of each rating."""
        column: Int32Array = self._column("note")
        return column

    @property
    def rater(self) -> Int32Array:
        """Contributor code of each rater."""
        column: Int32Array = self._column("rater")
        return column

    @property
    def created_at_ms(self) -> npt.NDArray[np.int64]:
        """When each rating was made, epoch milliseconds."""
        column: npt.NDArray[np.int64] = self._column("created_at_ms")
        return column

    @property
    def level(self) -> npt.NDArray[np.uint8]:
        """Helpfulness times two."""
        column: npt.NDArray[np.uint8] = self._column("level")
        return column

    @property
    def tags(self) -> npt.NDArray[np.uint32]:
        """Bit mask over `vocabulary.TAGS`."""
        column: npt.NDArray[np.uint32] = self._column("tags")
        return column

    @property
    def has_level(self) -> BoolArray:
        """Which ratings were made with today's form."""
        column: BoolArray = self._column("has_level")
        return column

    @property
    def is_population_sampled(self) -> BoolArray:
        """Which ratings are by people drawn at random."""
        column: BoolArray = self._column("is_population_sampled")
        return column

    @property
    def is_correlated(self) -> BoolArray:
        """Which ratings are by raters that act alike."""
        return self._of_rater(self.correlated)

    @property
    def is_high_volume(self) -> BoolArray:
        """Which ratings are by the most active raters."""
        return self._of_rater(self.high_volume)

    def where(self, keep: BoolArray) -> Ratings:
        """Return the ratings for which ``keep``, shape (n_ratings,), holds, in order."""
        if keep.all():
            return self
        return replace(self, rows=vectors.chosen(keep, self.rows))

    def take(self, order: npt.NDArray[np.integer]) -> Ratings:
        """Return the ratings at the given positions, in that order."""
        rows = order.astype(np.uint32, copy=False)
        return replace(self, rows=rows if self.rows is None else vectors.take(self.rows, rows))

    def followed_by(self, others: Ratings) -> Ratings:
        """Return these ratings, then others of the same table."""
        if not len(self):
            return others
        return replace(self, rows=np.concatenate([self.numbers, others.numbers]))

    def frame(self, *names: str) -> pl.DataFrame:
        """Return a copy of some columns."""
        return pl.DataFrame({name: getattr(self, name) for name in names})

    @property
    def numbers(self) -> npt.NDArray[np.uint32]:
        """Row numbers of the table."""
        return np.arange(len(self), dtype=np.uint32) if self.rows is None else self.rows

    def _column(self, name: str) -> Any:  # noqa: ANN401 (the properties say the type)
        column = self.table[name]
        if self.rows is not None and column.dtype == pl.Boolean:
            # A bit each: as an array the whole column would be laid out anew, for every batch of rows.
            return vectors.still(column.gather(pl.Series(self.rows)).to_numpy())
        values = column.to_numpy()
        if self.rows is not None:
            values = vectors.take(values, self.rows)
        return vectors.still(values)

    def _of_rater(self, flags: BoolArray | None) -> BoolArray:
        if flags is None:
            raise ValueError("these ratings do not know whose they are; flag them first")
        of_rating: BoolArray = vectors.take(flags, self.rater)
        return of_rating

"""A part of a dataset: some of its notes under new codes, all of its contributors."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import polars as pl

from bridgenotes.scoring.shelf import collected

if TYPE_CHECKING:
    from bridgenotes.data.dataset import Dataset
    from bridgenotes.scoring.handover import Handover


@dataclass(frozen=True)
class NoteSubset:
    """Which notes of a dataset, and how codes translate.

    Attributes
    ----------
    codes : numpy.ndarray, int32, shape (n_kept,)
        Code in the whole dataset of each note of the part, ascending.
    new_code : numpy.ndarray, int32, shape (n_notes,)
        Code in the part of each note of the whole, -1 where it has none.
    """

    codes: npt.NDArray[np.int32]
    new_code: npt.NDArray[np.int32]

    @classmethod
    def of(cls, chosen: pl.Series) -> NoteSubset:
        """Return the subset of the notes for which ``chosen``, Boolean by note code, is true."""
        codes = np.flatnonzero(chosen.to_numpy()).astype(np.int32)
        new_code = np.full(len(chosen), -1, np.int32)
        new_code[codes] = np.arange(len(codes), dtype=np.int32)
        return cls(codes, new_code)

    def table(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Return the rows of a table with column ``note`` that are in the part, under new codes."""
        new = pl.Series("note", self.new_code[frame["note"].to_numpy()], dtype=pl.Int32)
        return frame.with_columns(new).filter(pl.col("note") >= 0)

    def handover(self, handover: Handover) -> Handover:
        """Return a hand-over about the part's notes."""
        return replace(handover, notes=self.table(collected(handover.notes)))

    def dataset(self, whole: Dataset) -> Dataset:
        """Return the part of ``whole``."""
        return replace(
            whole,
            notes=self.table(whole.notes),
            ratings=self.table(whole.ratings),
            status_history=self.table(whole.status_history),
            note_ids=whole.note_ids[self.codes],
        )

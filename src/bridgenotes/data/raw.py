"""Parsed rows of a whole table before coding, and where each of them stands."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from bridgenotes.data.tables import RATINGS
from bridgenotes.data.vocabulary import HELPFULNESS_LEVELS, POPULATION_SAMPLED, TAGS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bridgenotes.data.parse import Part

NO_LEVEL: Final = 255
"""Level of a rating with neither form filled in, until such rows are dropped."""
MISSING: Final = -1
"""Stands in columns on disk for a note id, a contributor or a code that is not there."""

_LEVELS: Final = np.array(
    [HELPFULNESS_LEVELS.index(word) for word in RATINGS.column("helpfulness_level").words], np.uint8
)
"""Level of each declared word, in the order of the declaration."""


@dataclass(frozen=True)
class Runs:
    """Lines of rows in runs of consecutive ones; a gap is where a record has several lines or a line is blank."""

    first_rows: NDArray[np.int64]
    first_lines: NDArray[np.int64]
    n_rows: int

    @classmethod
    def of(cls, lines: NDArray[np.int64]) -> Runs:
        """Return the same lines, not one number for each."""
        first_rows = np.append(0, np.flatnonzero(np.diff(lines) != 1) + 1)
        return cls(first_rows, lines[first_rows], len(lines))

    def __len__(self) -> int:
        """Return the number of rows."""
        return self.n_rows

    def __getitem__(self, row: int) -> int:
        """Return the line of a row."""
        run = int(np.searchsorted(self.first_rows, row, side="right")) - 1
        return int(self.first_lines[run]) + row - int(self.first_rows[run])


@dataclass
class Origins:
    """Where the rows of a table come from: file and line of row k."""

    first_rows: list[int] = field(default_factory=list)
    parts: list[tuple[str, range | Runs, str]] = field(default_factory=list)
    n_rows: int = 0

    def add(self, file: str, lines: range | NDArray[np.int64], unit: str) -> None:
        """Append the rows of a block."""
        if len(lines) == 0:
            return
        self.first_rows.append(self.n_rows)
        self.parts.append((file, lines if isinstance(lines, range) else Runs.of(lines), unit))
        self.n_rows += len(lines)

    def of(self, row: int) -> tuple[str, int, str]:
        """Return file, line and the word for line of a row."""
        place = bisect_right(self.first_rows, row) - 1
        file, lines, unit = self.parts[place]
        return file, lines[row - self.first_rows[place]], unit

    def place(self, row: int) -> str:
        """Return file and line as a message has them."""
        file, line, unit = self.of(row)
        return f"{file} {unit} {line}"


@dataclass
class RawTable:
    """Rows of one table in reading order: note ids as such, contributor ids as categories."""

    frame: pl.DataFrame
    origins: Origins
    files: tuple[str, ...] = ()

    @property
    def is_given(self) -> bool:
        """Whether there was a file of this table."""
        return bool(self.files)


def compact_ratings(part: Part) -> Part:
    """Return a block of ratings with level and tag mask instead of 26 columns (spec 01 A.4 step 2).

    There are no nulls: `MISSING`, or anything where a problem is logged, stands for them. Raters are categories.

    Each condition overrides the one before: helpful box, not-helpful box, level. So the
    later form beats the first, and both boxes ticked mean not helpful.
    """
    frame = part.frame
    level = np.full(len(frame), NO_LEVEL, np.uint8)
    level[frame["helpful"].to_numpy() == 1] = 2
    level[frame["not_helpful"].to_numpy() == 1] = 0
    word = frame["helpfulness_level"]
    has_level = word.is_not_null().to_numpy()
    given = _LEVELS[word.to_physical().fill_null(0).to_numpy()]
    level[has_level] = given[has_level]
    tags = np.zeros(len(frame), np.uint32)
    for bit, tag in enumerate(TAGS):
        tags |= frame[tag].to_numpy().astype(np.uint32) << np.uint32(bit)
    is_sampled = (frame["rating_source"] == POPULATION_SAMPLED).fill_null(value=False)
    compact = pl.DataFrame(
        [
            frame["note"].fill_null(MISSING).alias("note_id"),
            frame["rater"].to_physical().cast(pl.Int32).fill_null(MISSING).alias("rater"),
            frame["created_at_ms"].fill_null(0),
            pl.Series("level", level),
            pl.Series("tags", tags),
            pl.Series("has_level", has_level),
            is_sampled.alias("is_population_sampled"),
        ]
    )
    return replace(part, frame=compact)

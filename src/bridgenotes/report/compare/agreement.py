"""How often two columns of words say the same, and which words they confuse."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import polars as pl

from bridgenotes.data.vocabulary import CRH, CRNH, NMR

if TYPE_CHECKING:
    from collections.abc import Sequence

STATUS_ORDER: Final = (CRH, CRNH, NMR)
SHOWN: Final = 8


@dataclass(frozen=True)
class Disagreement:
    """A pair of words that stand for the same thing in A and in B; None is an empty field."""

    a: str | None
    b: str | None
    count: int


@dataclass(frozen=True)
class Agreement:
    """How often two columns agree.

    Attributes
    ----------
    column : str
        What is compared.
    n : int
        Rows in which at least one of the two says something.
    equal : int
        Of these, rows in which both say the same.
    disagreements : tuple of Disagreement
        The most frequent ones, most frequent first.
    """

    column: str
    n: int
    equal: int
    disagreements: tuple[Disagreement, ...]

    @property
    def share(self) -> float | None:
        """Equal rows among all, 0 to 1; None without rows."""
        return self.equal / self.n if self.n else None


@dataclass(frozen=True)
class Confusion:
    """Counts of notes by their status in A (rows) and in B (columns).

    Attributes
    ----------
    statuses : tuple of str
        In the order of rows and columns.
    counts : tuple of tuple of int
        ``counts[i][j]``: notes with status i in A and j in B.
    """

    statuses: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...]

    @property
    def n(self) -> int:
        """All notes."""
        return sum(map(sum, self.counts))

    @property
    def equal(self) -> int:
        """Notes with the same status."""
        return sum(row[k] for k, row in enumerate(self.counts))

    @property
    def share(self) -> float | None:
        """Equal notes among all, 0 to 1; None without notes."""
        return self.equal / self.n if self.n else None


def agreement(joined: pl.DataFrame | pl.LazyFrame, column: str, *, shown: int = SHOWN) -> Agreement:
    """Return how often ``a:COLUMN`` and ``b:COLUMN`` agree; rows empty on both sides do not count."""
    counts = (
        joined.lazy()
        .group_by(
            pl.col(f"a:{column}").cast(pl.String).alias("a"), pl.col(f"b:{column}").cast(pl.String).alias("b")
        )
        .len()
        .filter(pl.col("a").is_not_null() | pl.col("b").is_not_null())
        .sort([-pl.col("len").cast(pl.Int64), "a", "b"], nulls_last=True)
        .collect()
    )
    other = counts.filter(pl.col("a").ne_missing(pl.col("b")))
    pairs = tuple(Disagreement(*row) for row in other.head(shown).iter_rows())
    total = int(counts["len"].sum())
    return Agreement(column, total, total - int(other["len"].sum()), pairs)


def confusion(joined: pl.DataFrame, column: str, statuses: Sequence[str] = STATUS_ORDER) -> Confusion:
    """Return the confusion table of a status; other words than ``statuses`` get rows of their own."""
    words = (pl.col(f"{side}:{column}").cast(pl.String).fill_null("none") for side in "ab")
    found = {
        (str(row[0]), str(row[1])): int(row[2])
        for row in joined.select(a=next(words), b=next(words)).group_by("a", "b").len().iter_rows()
    }
    others = sorted({word for pair in found for word in pair} - set(statuses))
    names = (*statuses, *others)
    return Confusion(names, tuple(tuple(found.get((i, j), 0) for j in names) for i in names))

"""The same table of both folders, joined by its key, a few columns at a time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import polars as pl

from bridgenotes.report.compare.folder import TEXT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bridgenotes.report.compare.folder import Folder, Opened, Table

SHOWN_IDS: Final = 5


@dataclass(frozen=True)
class Overlap:
    """Which rows and columns two tables share.

    Attributes
    ----------
    table : str
        Its name.
    both, only_a, only_b : int
        Rows by key.
    examples_a, examples_b : tuple of str
        Notes of one side only, the first few; never people.
    columns_only_a, columns_only_b : tuple of str
        Columns of one side only; they are not compared.
    """

    table: str
    both: int
    only_a: int
    only_b: int
    examples_a: tuple[str, ...]
    examples_b: tuple[str, ...]
    columns_only_a: tuple[str, ...]
    columns_only_b: tuple[str, ...]


@dataclass(frozen=True)
class Pair:
    """A table that both folders have."""

    table: Table
    a: Opened
    b: Opened

    @property
    def columns(self) -> list[str]:
        """Columns of both, without the key."""
        return [column for column in self.a.kinds if column in self.b.kinds]

    def kind(self, column: str) -> str:
        """Return what a column holds; words, if the sides do not agree."""
        first, second = self.a.kinds[column], self.b.kinds[column]
        return first if first == second else TEXT

    def join(self, columns: Sequence[str], *, ids: pl.Series | None = None) -> pl.LazyFrame:
        """Return the rows of both: the key, and each column twice, as ``a:NAME`` and ``b:NAME``.

        Parameters
        ----------
        columns : sequence of str
            Columns that both have.
        ids : polars.Series, optional
            Only these notes or raters.
        """
        key = list(self.table.key)
        sides = []
        for mark, opened in (("a", self.a), ("b", self.b)):
            chosen = [
                self._typed(column).alias(f"{mark}:{column}") for column in columns if column not in key
            ]
            frame = opened.frame if ids is None else opened.frame.filter(pl.col(key[0]).is_in(ids.implode()))
            sides.append(frame.select(*key, *chosen))
        return sides[0].join(sides[1], on=key, how="inner", maintain_order="left")

    def _typed(self, column: str) -> pl.Expr:
        return pl.col(column).cast(pl.String) if self.kind(column) == TEXT else pl.col(column)

    def overlap(self) -> Overlap:
        """Return which rows and columns both have."""
        key = list(self.table.key)
        first, second = (side.frame.select(key) for side in (self.a, self.b))
        both = first.join(second, on=key, how="semi").select(pl.len()).collect().item()
        lone = [
            one.join(other, on=key, how="anti").sort(key).collect()
            for one, other in ((first, second), (second, first))
        ]
        shown = [tuple(map(str, part[key[0]].head(SHOWN_IDS))) if key == ["noteId"] else () for part in lone]
        extra = [
            tuple(column for column in one.kinds if column not in other.kinds)
            for one, other in ((self.a, self.b), (self.b, self.a))
        ]
        return Overlap(self.table.name, both, lone[0].height, lone[1].height, *shown, *extra)


def pairs(a: Folder, b: Folder, tables: Sequence[Table]) -> dict[str, Pair]:
    """Return the tables that both folders have, by name."""
    names = [table for table in tables if table.name in a.tables and table.name in b.tables]
    return {table.name: Pair(table, a.tables[table.name], b.tables[table.name]) for table in names}

"""Which rules fired on one side only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import polars as pl

from bridgenotes.report.compare.agreement import Agreement, agreement

if TYPE_CHECKING:
    from bridgenotes.report.compare.pair import Pair

LISTS: Final = "ActiveRules"
"""How the columns end that list the rules of a scorer."""
_FILTER_TAGS: Final = "activeFilterTags"


@dataclass(frozen=True)
class RuleFirings:
    """Notes on which one rule fired, in both, in A only, in B only."""

    rule: str
    both: int
    only_a: int
    only_b: int


@dataclass(frozen=True)
class RuleLists:
    """How the rule lists of one column agree.

    Attributes
    ----------
    whole : Agreement
        Of whole lists; its disagreements are lists.
    rules : tuple of RuleFirings
        Every rule that fired, the ones with most differences first.
    """

    whole: Agreement
    rules: tuple[RuleFirings, ...]


def compare_rules(notes: Pair) -> tuple[RuleLists, ...]:
    """Return how the rules that touched each note agree, one entry per list column."""
    columns = [c for c in notes.columns if c.endswith(LISTS) or c == _FILTER_TAGS]
    found = []
    for column in columns:
        joined = notes.join([column]).collect()
        found.append(RuleLists(agreement(joined, column), _firings(joined, column)))
    return tuple(found)


def _firings(joined: pl.DataFrame, column: str) -> tuple[RuleFirings, ...]:
    """Count the notes of each rule of a comma list."""
    sides = [
        joined.lazy()
        .select("noteId", rule=pl.col(f"{side}:{column}").cast(pl.String).str.split(","))
        .explode("rule", empty_as_null=True)
        .filter(pl.col("rule").str.len_chars() > 0)
        .unique()
        .with_columns(pl.lit(value=True).alias(side))
        for side in "ab"
    ]
    both = pl.col("a") & pl.col("b")
    table = (
        sides[0]
        .join(sides[1], on=["noteId", "rule"], how="full", coalesce=True)
        .with_columns(pl.col("a", "b").fill_null(value=False))
        .group_by("rule")
        .agg(both.sum().alias("both"), (pl.col("a") & ~pl.col("b")).sum().alias("only_a"),
             (pl.col("b") & ~pl.col("a")).sum().alias("only_b"))
        .sort([-(pl.col("only_a") + pl.col("only_b")).cast(pl.Int64), "rule"])
        .collect()
    )  # fmt: skip
    return tuple(
        RuleFirings(*map_row) for map_row in table.select("rule", "both", "only_a", "only_b").iter_rows()
    )

"""Which rules fired on one side only."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from bridgenotes.report.compare.agreement import Agreement, agreement

if TYPE_CHECKING:
    import polars as pl

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
    counts: defaultdict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
    pairs = joined.group_by(f"a:{column}", f"b:{column}").len()  # few lists, many notes with each
    for first, second, notes in pairs.iter_rows():
        a, b = ({rule for rule in (names or "").split(",") if rule} for names in (first, second))
        for place, rules in enumerate((a & b, a - b, b - a)):
            for rule in rules:
                counts[rule][place] += notes
    found = [RuleFirings(rule, *numbers) for rule, numbers in counts.items()]
    return tuple(sorted(found, key=lambda one: (-(one.only_a + one.only_b), one.rule)))

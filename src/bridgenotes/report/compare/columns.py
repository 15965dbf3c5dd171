"""Every column of every table: how many values are equal, and how far numbers lie apart."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from bridgenotes.report.compare.folder import AUX_NOTE_INFO, HELPFULNESS_SCORES, REAL, TEXT
from bridgenotes.report.compare.mirror import columns_needed, turned

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from bridgenotes.report.compare.mirror import Mirror
    from bridgenotes.report.compare.pair import Pair

_AT_ONCE: Final = 24
"""Columns that are in memory together."""
_BY_SCORER: Final = "scorerName"
_SINGLE: Final = 2.0**-23
"""Relative distance of neighbouring 32-bit floats: parameters are 32-bit, and text rounds them."""
_SIDES: Final = ("coreNegFactor_populationSampledRatingCount", "corePosFactor_populationSampledRatingCount")
"""Counts by the sign of the rater's factor: they change places when Core is mirrored."""
_IMPACTS: Final = {
    "writingImpact": {"notesCurrentlyRatedHelpful": 1.0, "notesCurrentlyRatedNotHelpful": -1.0},
    "ratingImpact": {
        "successfulRatingTotal": 1.0,
        "unsuccessfulRatingTotal": -1.0,
        "unsuccessfulRatingNotHelpfulCount": -1.0,
    },
}
"""What contributors see, from the counts it is made of (spec 04 D.7, D.8)."""
NOTE_INTERCEPT, NOTE_FACTOR = "note intercept", "note factor"
RATER_INTERCEPT, RATER_FACTOR = "rater intercept", "rater factor"
IMPACT, NUMBER, WORD = "impact", "number", "word"
_GROUPS: Final = (
    (re.compile(r"NoteIntercept|lowDiligenceIntercept"), NOTE_INTERCEPT),
    (re.compile(r"NoteFactor"), NOTE_FACTOR),
    (re.compile(r"RaterIntercept"), RATER_INTERCEPT),
    (re.compile(r"RaterFactor"), RATER_FACTOR),
)
PARAMETERS: Final = (NOTE_INTERCEPT, NOTE_FACTOR, RATER_INTERCEPT, RATER_FACTOR, IMPACT)


@dataclass(frozen=True)
class ColumnAgreement:
    """How one column agrees, over the rows that both tables have.

    Attributes
    ----------
    table, column : str
        Where it is.
    scorer : str
        In prescoring tables, which scorer's rows; else empty.
    group : str
        One of `PARAMETERS`, ``number`` or ``word``.
    n : int
        Rows.
    n_both : int
        Rows with a value in both.
    empty_only_a, empty_only_b : int
        Rows in which one side only has no value.
    equal : int
        Rows with equal values, or none on both sides. 32-bit parameters need not be equal beyond 32 bit.
    correlation : float or None
        Pearson's r; None for words, and where a side does not vary.
    mean_difference, max_difference : float or None
        Of absolute differences; None for words and without rows.
    """

    table: str
    column: str
    scorer: str
    group: str
    n: int
    n_both: int
    empty_only_a: int
    empty_only_b: int
    equal: int
    correlation: float | None
    mean_difference: float | None
    max_difference: float | None

    @property
    def share(self) -> float | None:
        """Equal rows among all, 0 to 1; None without rows."""
        return self.equal / self.n if self.n else None


def compare_columns(tables: Mapping[str, Pair], mirrors: tuple[Mirror, ...]) -> tuple[ColumnAgreement, ...]:
    """Return how every column agrees, factors of mirrored fits turned, in the order of tables and columns."""
    found: list[ColumnAgreement] = []
    for pair in tables.values():
        for columns in _batches(pair.columns):
            found += _compare(pair, columns, mirrors)
        if pair.table == HELPFULNESS_SCORES:
            found += _compare_impacts(pair)
    return tuple(found)


def group_of(column: str, kind: str) -> str:
    """Return what sort of column it is."""
    if kind == TEXT:
        return WORD
    return next((group for pattern, group in _GROUPS if pattern.search(column)), NUMBER)


def _batches(columns: list[str]) -> Iterator[list[str]]:
    for start in range(0, len(columns), _AT_ONCE):
        yield columns[start : start + _AT_ONCE]


def _compare(pair: Pair, columns: list[str], mirrors: tuple[Mirror, ...]) -> list[ColumnAgreement]:
    core_is_mirrored = any(mirror.fit == "core" and mirror.is_mirrored for mirror in mirrors)
    swapped = pair.table == AUX_NOTE_INFO and core_is_mirrored and set(_SIDES) <= set(pair.columns)
    partner = dict(zip(_SIDES, reversed(_SIDES), strict=True)) if swapped else {}
    needed = [
        name for column in columns for name in (*columns_needed(pair, column), partner.get(column, column))
    ]
    expressions = [pl.len().alias("n")]
    for column in columns:
        second = turned(pair, partner.get(column, column), mirrors)
        expressions += _statistics(column, pl.col(f"a:{column}"), second, pair.kind(column))
    joined = pair.join(list(dict.fromkeys(needed)))
    if _BY_SCORER in pair.table.key:
        rows = joined.group_by(_BY_SCORER).agg(expressions).sort(_BY_SCORER).collect().to_dicts()
    else:
        rows = joined.select(expressions).collect().to_dicts()
    return [_agreement(pair, column, pair.kind(column), row) for row in rows for column in columns]


def _compare_impacts(pair: Pair) -> list[ColumnAgreement]:
    """Return the impacts that can be made from the counts there are; an empty count is none."""
    found = []
    for name, terms in _IMPACTS.items():
        if not terms.keys() <= set(pair.columns):
            continue
        first, second = (
            pl.sum_horizontal(
                pl.col(f"{side}:{column}").fill_null(0.0) * sign for column, sign in terms.items()
            )
            for side in "ab"
        )
        statistics = _statistics(name, first, second, REAL)
        row = pair.join(list(terms)).select(pl.len().alias("n"), *statistics).collect().row(0, named=True)
        found.append(_agreement(pair, name, REAL, row, group=IMPACT))
    return found


def _statistics(name: str, a: pl.Expr, b: pl.Expr, kind: str) -> list[pl.Expr]:
    """Return the aggregates of one column, named ``NAME:STATISTIC``."""
    difference = (a - b).abs()
    equal = a.eq_missing(b)
    if kind == REAL:
        near = difference <= _SINGLE * pl.max_horizontal(a.abs(), b.abs())
        equal |= near.fill_null(value=False)
    statistics = {
        "both": (a.is_not_null() & b.is_not_null()).sum(),
        "empty_a": (a.is_null() & b.is_not_null()).sum(),
        "empty_b": (a.is_not_null() & b.is_null()).sum(),
        "equal": equal.sum(),
    }
    if kind != TEXT:
        statistics |= {"r": pl.corr(a, b), "mean": difference.mean(), "max": difference.max()}
    return [expression.alias(f"{name}:{key}") for key, expression in statistics.items()]


def _agreement(
    pair: Pair, column: str, kind: str, row: Mapping[str, Any], *, group: str | None = None
) -> ColumnAgreement:
    return ColumnAgreement(
        table=pair.table.name,
        column=column,
        scorer=row.get(_BY_SCORER, ""),
        group=group or group_of(column, kind),
        n=row["n"],
        n_both=row[f"{column}:both"],
        empty_only_a=row[f"{column}:empty_a"],
        empty_only_b=row[f"{column}:empty_b"],
        equal=row[f"{column}:equal"],
        correlation=_finite(row.get(f"{column}:r")),
        mean_difference=_finite(row.get(f"{column}:mean")),
        max_difference=_finite(row.get(f"{column}:max")),
    )


def _finite(value: float | None) -> float | None:
    return None if value is None or not math.isfinite(value) else float(value)

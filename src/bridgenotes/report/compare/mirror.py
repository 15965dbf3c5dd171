"""Which fits are mirrored: the two ends of the spectrum have no names (spec 00 section 1).

A fit with all factors negated fits as well, so a whole scorer may come out the other way round.
Before factors are compared, each fit of B is turned to the side of A's.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from bridgenotes.report.compare.folder import HELPFULNESS_SCORES, NOTE_MODELS, RATER_MODELS, SCORED_NOTES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bridgenotes.report.compare.pair import Pair

_FACTOR: Final = re.compile(r"(?P<stem>\w*?)(Note|Rater)Factor1$")
_PARTS: Final = {"group": "modelingGroup", "multiGroup": "modelingMultiGroup", "topic": "noteTopic"}
"""Scorers that share columns, and the column that tells which of them a row is of."""
_STORES: Final = ((SCORED_NOTES, HELPFULNESS_SCORES), (NOTE_MODELS, RATER_MODELS))
"""Tables that hold the two halves of the same fits."""


@dataclass(frozen=True)
class Mirror:
    """How the factors of one fit lie to each other.

    Attributes
    ----------
    fit : str
        The columns' common beginning, with ``prescoring`` before it where they are of prescoring.
    part : str
        Which of the scorers that share these columns; empty if it is only one.
    n : int
        Notes and raters with a factor in both.
    cosine : float or None
        Of the factors as they stand, -1 to 1: near -1 a mirrored fit, near 0 another spectrum.
    is_mirrored : bool
        Whether B's factors are negated before they are compared.
    """

    fit: str
    part: str
    n: int
    cosine: float | None
    is_mirrored: bool


def fit_of(table: str, column: str) -> str | None:
    """Return which fit a factor column belongs to; None for other columns.

    Examples
    --------
    >>> fit_of("scored_notes", "coreNoteFactor1"), fit_of("helpfulness_scores", "coreFirstRoundRaterFactor1")
    ('core', 'coreFirstRound')
    """
    found = _FACTOR.match(column)
    if found is None:
        return None
    return f"prescoring {found['stem']}" if table in (NOTE_MODELS.name, RATER_MODELS.name) else found["stem"]


def part_column(pair: Pair, fit: str) -> str | None:
    """Return the column that tells which scorer of several a row's factor is of, if both sides have it."""
    if fit.startswith("prescoring "):
        return "scorerName"
    name = _PARTS.get(fit)
    return name if name in pair.columns else None


def find_mirrors(tables: Mapping[str, Pair]) -> tuple[Mirror, ...]:
    """Return one entry per fit that both sides have, in the order of the columns."""
    found = []
    for names in _STORES:
        stored = [tables[table.name] for table in names if table.name in tables]
        fits = dict.fromkeys(
            fit for pair in stored for column in pair.columns if (fit := fit_of(pair.table.name, column))
        )
        for fit in fits:
            found += _mirrors_of(fit, stored)
    return tuple(found)


def turned(pair: Pair, column: str, mirrors: tuple[Mirror, ...]) -> pl.Expr:
    """Return B's values of a column, those of mirrored fits negated.

    A row whose factor is of another scorer in A than in B has none: there is nothing to compare it with.
    """
    values = pl.col(f"b:{column}")
    fit = fit_of(pair.table.name, column)
    if fit is None:
        return values
    signs = {mirror.part: -1.0 if mirror.is_mirrored else 1.0 for mirror in mirrors if mirror.fit == fit}
    part = part_column(pair, fit)
    if part is None:
        return values * signs.get("", 1.0)
    mine = _part(pair, part, "a")
    same = mine == _part(pair, part, "b")
    return pl.when(same).then(values * mine.replace_strict(signs, default=1.0, return_dtype=pl.Float64))


def columns_needed(pair: Pair, column: str) -> list[str]:
    """Return the columns to join for `turned`."""
    fit = fit_of(pair.table.name, column)
    part = None if fit is None else part_column(pair, fit)
    return [column] if part is None else [column, part]


def _part(pair: Pair, part: str, side: str) -> pl.Expr:
    name = part if part in pair.table.key else f"{side}:{part}"
    return pl.col(name).cast(pl.String).fill_null("").str.strip_suffix(".0")  # group numbers are floats


def _mirrors_of(fit: str, stored: list[Pair]) -> list[Mirror]:
    sums = []
    for pair in stored:
        part = part_column(pair, fit)
        for column in (c for c in pair.columns if fit_of(pair.table.name, c) == fit):
            a, b = pl.col(f"a:{column}"), pl.col(f"b:{column}")
            sides = [
                pl.lit("").alias(side) if part is None else _part(pair, part, side).alias(side)
                for side in "ab"
            ]
            rows = pair.join(columns_needed(pair, column)).filter(a.is_not_null() & b.is_not_null())
            products = rows.select(*sides, ab=a * b, aa=a * a, bb=b * b).filter(pl.col("a") == pl.col("b"))
            sums.append(products.select(pl.exclude("a", "b"), part=pl.col("a")))
    table = (
        pl.concat(sums).group_by("part").agg(pl.len().alias("n"), pl.col("ab", "aa", "bb").sum()).sort("part")
    )
    return [_mirror(fit, row) for row in table.collect().to_dicts()]


def _mirror(fit: str, row: Mapping[str, Any]) -> Mirror:
    length = math.sqrt(row["aa"] * row["bb"])
    return Mirror(
        fit=fit,
        part=row["part"],
        n=row["n"],
        cosine=row["ab"] / length if length > 0 else None,
        is_mirrored=row["ab"] < 0,
    )

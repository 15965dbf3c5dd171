"""How raters of different viewpoints rated a few telling notes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from bridgenotes.data.errors import DataError
from bridgenotes.data.read import read_dataset
from bridgenotes.data.vocabulary import CRH, CRNH
from bridgenotes.domain.viewpoints import LEAST, grouped
from bridgenotes.report import charts
from bridgenotes.report.funnel import judged_notes
from bridgenotes.report.html import Figure, Table, legend, paragraph, section
from bridgenotes.report.words import status_words

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import numpy.typing as npt

    from bridgenotes.report.run import ScoredRun

BINS: Final = 7
MIN_RATERS: Final = LEAST
LEVELS: Final = ("helpful", "somewhat helpful", "not helpful")


@dataclass(frozen=True)
class Bin:
    """Raters of neighbouring viewpoints and how many of them chose each level.

    Attributes
    ----------
    start, end : float
        Rater factors.
    counts : tuple of int
        Helpful, somewhat, not helpful.
    """

    start: float
    end: float
    counts: tuple[int, int, int]

    @property
    def total(self) -> int:
        """Number of raters."""
        return sum(self.counts)


def viewpoint_bins(
    factor: npt.NDArray[np.float64], level: npt.NDArray[np.integer], edges: npt.NDArray[np.float64]
) -> list[Bin]:
    """Return one note's ratings by viewpoint, at least `MIN_RATERS` raters in each bin.

    Parameters
    ----------
    factor : numpy.ndarray, float64, shape (n_ratings,)
        Raters' factors.
    level : numpy.ndarray, integer, shape (n_ratings,)
        0 not helpful, 1 somewhat, 2 helpful.
    edges : numpy.ndarray, float64, shape (n_bins + 1,)
        Ascending; factors beyond the ends go to the outermost bins.

    Returns
    -------
    list of Bin
        Neighbours are merged until each is large enough; empty if there are too few ratings.
    """
    place = np.clip(np.searchsorted(edges, factor, side="right") - 1, 0, len(edges) - 2)
    counts = np.zeros((len(edges) - 1, 3), np.int64)
    np.add.at(counts, (place, 2 - level.astype(np.int64)), 1)
    return [
        Bin(float(edges[group.first]), float(edges[group.last + 1]), (helpful, somewhat, not_helpful))
        for group in grouped(counts.tolist(), MIN_RATERS)
        for helpful, somewhat, not_helpful in [group.counts]
    ]


def chosen_notes(notes: pl.DataFrame, crh: float) -> list[tuple[int, str]]:
    """Return up to six telling notes and why each was chosen.

    Parameters
    ----------
    notes : polars.DataFrame
        ``noteId``, ``intercept``, ``factor``, ``active_rules``, ``finalRatingStatus`` and ``known``, the
        number of ratings by raters whose viewpoint is known.
    crh : float
        The intercept a Helpful note needs.
    """
    usual = min(20.0, float(notes["known"].quantile(0.5) or 0)) if notes.height else 0
    pool = notes.filter(pl.col("known") >= max(usual, 2 * MIN_RATERS))
    final, liked = pl.col("finalRatingStatus"), pl.col("intercept") >= crh
    held = liked & (final != CRH) & pl.col("active_rules").str.contains("GeneralCRH ")
    wishes = (
        ("A clear Helpful note", (final == CRH) & liked, pl.col("intercept")),
        ("Liked by one end of the spectrum", final != CRH, pl.col("factor")),
        ("Liked by the other end", final != CRH, -pl.col("factor")),
        ("A Not Helpful note", final == CRNH, -pl.col("intercept")),
        ("Just below the line", (final != CRH) & ~liked, pl.col("intercept")),
        ("Liked, but held back", held, pl.col("intercept")),
    )
    chosen: dict[int, str] = {}
    for why, condition, best in wishes:
        left = pool.filter(condition & ~pl.col("noteId").is_in(list(chosen)))
        found = left.sort(best, "noteId", descending=[True, False])["noteId"]
        if len(found):
            chosen[int(found[0])] = why
    return list(chosen.items())


def viewpoints_section(run: ScoredRun, inputs: Sequence[Path]) -> str:
    """Return the section about viewpoints; it says so if there is nothing to draw."""
    title = "Who rated what"
    if not inputs or not all(path.exists() for path in inputs):
        text = "Left out: the scored input is not where it was. Name it with --input to see this part."
        return section("viewpoints", title, paragraph(text))
    try:
        ratings = _ratings(run, inputs)
    except DataError as error:
        return section("viewpoints", title, paragraph(f"Left out: the input cannot be read. {error}"))
    known = ratings.group_by("noteId").agg(known=pl.len())
    final = run.table("scored_notes").select("noteId", "finalRatingStatus")
    notes = judged_notes(run).join(known, on="noteId").join(final, on="noteId")
    chosen = chosen_notes(notes, run.profile.scorers[0].thresholds.crh) if notes.height else []
    if not chosen:
        text = "Left out: no note has enough ratings by raters whose viewpoint is known."
        return section("viewpoints", title, paragraph(text))
    edges = _edges(ratings["factor"].to_numpy())
    rows = {row["noteId"]: row for row in notes.to_dicts()}
    figures = [
        _figure(why, rows[note], ratings.filter(pl.col("noteId") == note), edges) for note, why in chosen
    ]
    text = (
        "Each panel is one note. From left to right stand groups of its raters by viewpoint, each with the share who "
        f"chose each answer. Every group has at least {MIN_RATERS} raters. A bridging note is green at both ends."
    )
    key = legend(list(zip(charts.LEVEL_COLOURS, LEVELS, strict=True)))
    return section("viewpoints", title, paragraph(text), key, f'<div class="grid">{"".join(figures)}</div>')


def _ratings(run: ScoredRun, inputs: Sequence[Path]) -> pl.DataFrame:
    """Return note, level and the rater's factor of every rating by a rater whose viewpoint is known."""
    dataset = read_dataset(inputs, cache=False).dataset
    people = pl.DataFrame({"raterParticipantId": dataset.contributor_ids.cast(pl.String)}).with_row_index(
        "rater"
    )
    factors = people.join(run.rater_factors(), on="raterParticipantId").select(
        pl.col("rater").cast(pl.Int32), "factor"
    )
    ids = pl.DataFrame({"noteId": dataset.note_ids}).with_row_index("note").cast({"note": pl.Int32})
    rated = dataset.ratings.select("note", "rater", "level").join(factors, on="rater").join(ids, on="note")
    return rated.select("noteId", "level", "factor")


def _edges(factor: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    low, high = np.quantile(factor, [0.02, 0.98])
    return np.linspace(low, max(high, low + 0.1), BINS + 1)


def _figure(why: str, note: dict[str, object], ratings: pl.DataFrame, edges: npt.NDArray[np.float64]) -> str:
    bins = viewpoint_bins(ratings["factor"].to_numpy(), ratings["level"].to_numpy(), edges)
    rows = []
    for one in bins:
        tops = np.cumsum([0, *one.counts[::-1]]) / one.total
        rows += [
            {
                "start": one.start,
                "end": one.end,
                "level": 2 - k,
                "low": float(tops[k]),
                "high": float(tops[k + 1]),
            }
            for k in range(3)
        ]
    status = status_words(str(note["finalRatingStatus"]))
    shares = ", ".join(f"{one.counts[0] / one.total:.0%}" for one in bins)
    table: list[tuple[str | int, ...]] = [
        (f"{one.start:.2f} to {one.end:.2f}", one.total, *(f"{n / one.total:.0%}" for n in one.counts))
        for one in bins
    ]
    return Figure(
        [charts.viewpoint_bars(rows, (float(edges[0]), float(edges[-1])))],
        f"{status}. Intercept {note['intercept']:.3f}, factor {note['factor']:.2f}, "
        f"{ratings.height:,} ratings with a known viewpoint. Note {note['noteId']}.",
        f"{why}: from one end of the spectrum to the other, {shares} of the raters find it helpful.",
        Table(["Raters' factor", "Raters", *LEVELS], table),
        title=why,
    ).html()

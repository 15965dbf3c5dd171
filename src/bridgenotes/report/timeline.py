"""When notes were written and when they got their first status."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import polars as pl

from bridgenotes.data.vocabulary import CRH, CRNH
from bridgenotes.report import charts
from bridgenotes.report.html import Figure, Table, paragraph, section
from bridgenotes.report.words import day

if TYPE_CHECKING:
    from bridgenotes.report.run import ScoredRun

MAX_WEEKS: Final = 120
"""More weeks than this are drawn as months."""
_WEEK_MS: Final = 7 * 86_400_000


def periods(run: ScoredRun) -> tuple[str, pl.DataFrame]:
    """Return the unit, week or month, and counts per period.

    Returns
    -------
    tuple
        (unit; frame with ``start``, ``end`` in epoch milliseconds, ``written``, and per status
        ``first_*``: notes with this first status that period, ``lasting_*``: those that have it still).
    """
    history = run.table("note_status_history")
    final = run.table("scored_notes").select("noteId", "finalRatingStatus")
    events = history.join(final, on="noteId").select(
        "finalRatingStatus",
        status=pl.col("firstNonNMRStatus"),
        written_at=pl.col("createdAtMillis"),
        status_at=pl.col("timestampMillisOfFirstNonNMRStatus"),
    )
    times = pl.concat([events["written_at"], events["status_at"]]).drop_nulls()
    span = int(np.ptp(times.to_numpy())) if len(times) else 0
    unit = "month" if span > MAX_WEEKS * _WEEK_MS else "week"
    every = "1mo" if unit == "month" else "1w"
    written = _per_period(events.select(at="written_at"), every, "written")
    parts = [written]
    for status, name in ((CRH, "helpful"), (CRNH, "not_helpful")):
        first = events.filter(pl.col("status") == status)
        lasting = first.filter(pl.col("finalRatingStatus") == status)
        parts += [_per_period(first.select(at="status_at"), every, f"first_{name}")]
        parts += [_per_period(lasting.select(at="status_at"), every, f"lasting_{name}")]
    joined = parts[0]
    for part in parts[1:]:
        joined = joined.join(part, on="start", how="full", coalesce=True)
    ended = joined.sort("start").fill_null(0).with_columns(end=pl.col("start").dt.offset_by(every))
    return unit, ended.with_columns(pl.col("start", "end").dt.epoch("ms"))


def _per_period(times: pl.DataFrame, every: str, name: str) -> pl.DataFrame:
    start = pl.from_epoch(pl.col("at").drop_nulls(), time_unit="ms").dt.truncate(every)
    return times.select(start=start).group_by("start").agg(pl.len().cast(pl.Int64).alias(name))


def timeline_section(run: ScoredRun) -> str:
    """Return the section about time."""
    unit, found = periods(run)
    if not found.height:
        return section("time", "Over time", paragraph("There are no notes to show."))
    rows = found.to_dicts()
    series = (
        ("written", "written", "var(--line)", "Notes written"),
        ("first_helpful", "lasting_helpful", "var(--helpful)", "First became Helpful (solid: still is)"),
        (
            "first_not_helpful",
            "lasting_not_helpful",
            "var(--not-helpful)",
            "First became Not Helpful (solid: still is)",
        ),
    )
    bounds = rows[0]["start"], rows[-1]["end"]
    drawings = [
        charts.timeline(_series(rows, count, lasting, bounds), colour, title)
        for count, lasting, colour, title in series
    ]
    sums = {name: int(found[name].sum()) for name in found.columns[1:-1]}
    head = ["Beginning", "Written", "First Helpful", "of these still", "First Not Helpful", "of these still"]
    names = ("written", "first_helpful", "lasting_helpful", "first_not_helpful", "lasting_not_helpful")
    figure = Figure(
        drawings,
        f"Counts per {unit}. A first status that this run gave stands at the clock of the run.",
        f"Between {day(bounds[0])} and {day(bounds[1])}, {sums['written']:,} notes were written; "
        f"{sums['first_helpful']:,} first became Helpful, of which {sums['lasting_helpful']:,} still are; "
        f"{sums['first_not_helpful']:,} first became Not Helpful, of which {sums['lasting_not_helpful']:,} still are.",
        Table(head, [(str(day(row["start"])), *(int(row[name]) for name in names)) for row in rows]),
    )
    text = (
        "A status can change while ratings come in; two weeks after a note was written it is usually locked."
    )
    return section("time", "Over time", paragraph(text), figure.html())


def _series(
    rows: list[dict[str, Any]], count: str, lasting: str, bounds: tuple[int, int]
) -> list[dict[str, Any]]:
    """Return one chart's rows, with empty ends so that all charts share their axis."""
    ends = [{"start": at, "end": at, "count": 0, "lasting": 0} for at in bounds]
    kept = [
        {"start": r["start"], "end": r["end"], "count": r[count], "lasting": r[lasting]}
        for r in rows
        if r[count]
    ]
    return [*ends, *kept]

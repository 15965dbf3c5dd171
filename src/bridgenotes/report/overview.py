"""The map of notes, the spread of raters, and what each rule did."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import polars as pl

from bridgenotes.data.vocabulary import CRH, CRNH, NMR
from bridgenotes.report import charts
from bridgenotes.report.funnel import judged_notes
from bridgenotes.report.html import Figure, Table, paragraph, section
from bridgenotes.report.words import GLOSSARY, rule_words, status_words

if TYPE_CHECKING:
    from bridgenotes.report.run import ScoredRun

MAX_POINTS: Final = 4000
NARROW_POINTS: Final = 1200
_STATUSES: Final = (CRH, NMR, CRNH)


def sampled(frame: pl.DataFrame, most: int) -> pl.DataFrame:
    """Return at most ``most`` rows, evenly spaced: the same ones every time."""
    if frame.height <= most:
        return frame
    return frame[np.linspace(0, frame.height - 1, most).astype(np.int64)]


def map_section(run: ScoredRun) -> str:
    """Return the section with intercept against factor."""
    final = run.table("scored_notes").select("noteId", pl.col("finalRatingStatus").alias("shown"))
    notes = judged_notes(run).join(final, on="noteId").sort("noteId")
    title = "The map of notes"
    if not notes.height:
        return section("map", title, paragraph("No note has enough ratings to be placed."))
    limits = run.profile.scorers[0].thresholds
    lines = {
        "crh": limits.crh,
        "crnh_intercept": limits.crnh_intercept,
        "crnh_factor_multiplier": limits.crnh_factor_multiplier,
        "factor": limits.factor if "LARGE_FACTOR" in run.profile.scorers[0].final_rules else None,
    }
    points = [_points(sampled(notes, most)) for most in (MAX_POINTS, NARROW_POINTS)]
    counts = {status: notes.filter(pl.col("shown") == status).height for status in _STATUSES}
    shown = f" {MAX_POINTS:,} of {notes.height:,} notes are drawn." if notes.height > MAX_POINTS else ""
    figure = Figure(
        [charts.scatter(points[0], lines, fewer=points[1])],
        f"Every mark is a note. Higher: more helpful to raters of different viewpoints. Left and right: liked by one "
        f"side of the spectrum.{shown} Locked notes can lie outside the area of their status.",
        f"{notes.height:,} notes by intercept and factor: {counts[CRH]:,} Helpful ones mostly above "
        f"{limits.crh:.2f} and in the middle, {counts[CRNH]:,} Not Helpful ones mostly at the "
        f"bottom, {counts[NMR]:,} in between need more ratings.",
        _map_table(notes, limits.crh, limits.factor),
        [(charts.STATUS_COLOURS[status], status_words(status)) for status in _STATUSES],
    )
    text = f"Intercept: {GLOSSARY['intercept']}. Factor: {GLOSSARY['factor']}. The spectrum is {GLOSSARY['spectrum']}."
    return section("map", title, paragraph(text), figure.html())


def _points(notes: pl.DataFrame) -> list[dict[str, Any]]:
    """Return what is drawn; the rarer statuses come last, on top."""
    order = pl.col("shown").replace_strict({NMR: 0}, default=1, return_dtype=pl.Int8)
    kept = notes.sort(order, maintain_order=True)
    rounded = kept.select(pl.col("factor", "intercept").round(4), status="shown")
    return rounded.to_dicts()


def _map_table(notes: pl.DataFrame, crh: float, side: float) -> Table:
    bands = ((crh, 9.0, f"{crh:.2f} and above"), (0.0, crh, f"0 to {crh:.2f}"), (-9.0, 0.0, "below 0"))
    sides = (
        (-9.0, -side, f"factor below -{side:.2f}"),
        (-side, side, "in between"),
        (side, 9.0, f"above {side:.2f}"),
    )
    rows: list[tuple[str | int, ...]] = []
    for low, high, band in bands:
        for left, right, where in sides:
            part = notes.filter(
                pl.col("intercept").is_between(low, high, closed="left")
                & pl.col("factor").is_between(left, right, closed="left")
            )
            counts = [part.filter(pl.col("shown") == status).height for status in _STATUSES]
            rows.append((f"{band}, {where}", *counts))
    return Table(["Intercept, factor", *(status_words(status) for status in _STATUSES)], rows)


def raters_section(run: ScoredRun) -> str:
    """Return the section about the spread of raters."""
    factor = run.rater_factors()["factor"].to_numpy()
    title = "The spectrum of raters"
    if not len(factor):
        return section("raters", title, paragraph("No rater has rated enough to have a known viewpoint."))
    reach = max(float(np.abs(factor).max()), 0.1)
    counts, edges = np.histogram(factor, bins=30 if len(factor) >= 300 else 12, range=(-reach, reach))
    rows = [
        {"start": float(edges[k]), "end": float(edges[k + 1]), "count": int(count)}
        for k, count in enumerate(counts)
    ]
    low, high = int((factor < 0).sum()), int((factor >= 0).sum())
    strong = float((np.abs(factor) >= reach / 2).mean())
    figure = Figure(
        [charts.histogram(rows, "rater's factor (viewpoint)")],
        "How many raters hold each viewpoint. Two humps mean two camps; one hump means a community without camps.",
        f"Histogram of {len(factor):,} raters: {low:,} below 0 and {high:,} at 0 or above; {strong:.0%} are in the "
        "outer half of the range.",
        Table(["Factor", "Raters"], [(f"{r['start']:.2f} to {r['end']:.2f}", r["count"]) for r in rows]),
    )
    text = "Nobody is asked for a viewpoint: it is learned from who agrees with whom."
    return section("raters", title, paragraph(text), figure.html())


def effects_section(run: ScoredRun) -> str:
    """Return the section with what each rule did."""
    parts = []
    for stage, effects in run.record.get("effects", {}).items():
        name = (
            "Final rules: from the models' verdicts to the status" if stage == "meta" else f"Rules of {stage}"
        )
        rows = [
            (rule_words(e["rule"]), int(e["decided"]), int(e["changed"]), str(e["rule"])) for e in effects
        ]
        parts.append(Table(["Rule, in order", "Decided", "Changed", "Name"], rows).html(name))
    text = (
        "Rules run in this order, and a later rule can overrule an earlier one. Decided: notes a rule applied to. "
        "Changed: notes that had another label before."
    )
    return section("rules", "What each rule did", paragraph(text), *parts)

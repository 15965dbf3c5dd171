"""From all notes to the Helpful ones: how many pass each stage, and what holds the others back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from bridgenotes.data.vocabulary import CRH, CRNH
from bridgenotes.report import charts
from bridgenotes.report.html import Figure, Table, paragraph, section
from bridgenotes.report.words import counted, rule_words

if TYPE_CHECKING:
    from bridgenotes.report.run import ScoredRun

_COLOURS = {"stage": "var(--line)", "held": "var(--held)", CRH: "var(--helpful)", CRNH: "var(--not-helpful)"}


@dataclass(frozen=True)
class Stage:
    """A stage and how many notes are in it; ``kind`` is stage, held or a status."""

    name: str
    count: int
    kind: str


def stages(run: ScoredRun) -> list[Stage]:
    """Return the stages in order.

    Notes
    -----
    A note qualifies if a Helpful rule of the first scorer decided on it. If it is not Helpful in
    the end, the rule that decided last holds it back: the scorer's, unless the scorer says Helpful.
    """
    notes = run.table("scored_notes").select("noteId", "numRatings", "finalRatingStatus", "decidedBy")
    least = run.profile.scorers[0].thresholds.min_ratings if run.profile.scorers else 5
    found = [
        Stage("All notes", notes.height, "stage"),
        Stage("Rated at least once", notes.filter(pl.col("numRatings") > 0).height, "stage"),
        Stage(f"{least} ratings or more", notes.filter(pl.col("numRatings") >= least).height, "stage"),
    ]
    judged = judged_notes(run).join(notes, on="noteId")
    found.append(Stage("Judged by the model", judged.height, "stage"))
    qualified = judged.filter(pl.col("active_rules").str.contains(r"GeneralCRH(Inertia)? "))
    found.append(Stage("Liked across viewpoints", qualified.height, "stage"))
    found += _held(qualified)
    for status, name in ((CRH, "Helpful in the end"), (CRNH, "Not Helpful in the end")):
        found.append(Stage(name, notes.filter(pl.col("finalRatingStatus") == status).height, status))
    return found


def _held(qualified: pl.DataFrame) -> list[Stage]:
    scorers_rule = pl.col("active_rules").str.split(",").list.last()
    reason = pl.when(pl.col("status") == CRH).then("decidedBy").otherwise(scorers_rule)
    held = qualified.filter(pl.col("finalRatingStatus") != CRH).group_by(reason.alias("rule")).len()
    ordered = held.sort("len", "rule", descending=[True, False])
    return [Stage(rule_words(rule), count, "held") for rule, count in ordered.iter_rows()]


def judged_notes(run: ScoredRun) -> pl.DataFrame:
    """Return what the first scorer's rules read of the notes it judged and could place."""
    evidence = run.table("evidence")
    if "intercept" not in evidence.columns or not run.profile.scorers:
        return pl.DataFrame(
            schema={"noteId": pl.Int64, "intercept": pl.Float64, "factor": pl.Float64, "status": pl.String,
                    "active_rules": pl.String, "active_filter_tags": pl.String, "num_ratings": pl.Float64}
        )  # fmt: skip
    first = run.profile.scorers[0].name
    return evidence.filter(
        pl.col("captured") & pl.col("intercept").is_not_null() & (pl.col("scorer") == first)
    )


def _label(stage: Stage, total: int) -> str:
    share = "" if stage.kind == "held" else f" ({stage.count / total:.1%})"
    return f"{stage.name}: {stage.count:,}{share}"


def funnel_section(run: ScoredRun) -> str:
    """Return the section about the stages."""
    title = "From note to Helpful"
    found = stages(run)
    total = found[0].count
    if not total:
        return section("funnel", title, paragraph("There are no notes to show."))
    rows = [
        {
            "order": k,
            "label": _label(s, total),
            "count": s.count,
            "colour": _COLOURS[s.kind],
        }
        for k, s in enumerate(found)
    ]
    summary = "; ".join(f"{s.name.lower()}: {s.count:,}" for s in found)
    figure = Figure(
        [charts.funnel(rows)],
        "Every bar is a number of notes. Orange: people across viewpoints like the note, and this is why it is not "
        "Helpful in the end. Notes locked in earlier runs keep their status without passing today's stages.",
        f"Bars of shrinking length: {summary}.",
        Table(
            ["Stage", "Notes", "Share of all"], [(s.name, s.count, f"{s.count / total:.1%}") for s in found]
        ),
        [
            (_COLOURS["stage"], "gets this far"),
            (_COLOURS["held"], "liked, but not Helpful because"),
            (_COLOURS[CRH], "Helpful"),
            (_COLOURS[CRNH], "Not Helpful"),
        ],
    )
    held = sum(s.count for s in found if s.kind == "held")
    text = (
        "Most notes never gather enough agreement. In this run people across viewpoints like "
        f"{counted(held, 'note')} that nevertheless are not Helpful, because of a safeguard or an earlier lock."
    )
    return section("funnel", title, paragraph(text), figure.html())

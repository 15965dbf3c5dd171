"""One run as one HTML file that needs nothing else."""

from __future__ import annotations

from html import escape
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Final

from bridgenotes.data.atomic import write_bytes
from bridgenotes.data.vocabulary import CRH, CRNH, NMR
from bridgenotes.report.charts import require_charts
from bridgenotes.report.funnel import funnel_section
from bridgenotes.report.html import section
from bridgenotes.report.overview import effects_section, map_section, raters_section
from bridgenotes.report.run import ScoredRun, open_run
from bridgenotes.report.timeline import timeline_section
from bridgenotes.report.viewpoints import viewpoints_section
from bridgenotes.report.words import day, listed, status_words

if TYPE_CHECKING:
    from collections.abc import Sequence

_INTRODUCTION: Final = (
    (
        "Majorities are easy to organise; agreement across a divide is not. So a note is not judged by how many people "
        "like it, but by who: it becomes Helpful when people who usually disagree with each other both find it helpful."
    ),
    (
        "To find such notes, a model learns two things from the ratings alone. It places every rater and every note on "
        "a spectrum of viewpoints, so that it can tell how each rater would rate a note just because of its side. "
        "What is left, the helpfulness that sides do not explain, is the note's intercept, and it decides."
    ),
)
_CONTENTS: Final = (
    ("map", "Map"), ("raters", "Raters"), ("viewpoints", "Who rated what"), ("funnel", "Funnel"),
    ("time", "Over time"), ("rules", "Rules"),
)  # fmt: skip


def write_report(scored: Path, inputs: Sequence[Path], out: Path | None = None) -> Path:
    """Draw a scored run and return the file.

    Parameters
    ----------
    scored : Path
        A folder that `bridgenotes score` wrote.
    inputs : sequence of Path
        The scored input; if empty, what run.json names.
    out : Path, optional
        The HTML file; ``report.html`` in the folder of the run by default.

    Raises
    ------
    ReportError
        If the folder is no scored run, or the drawing libraries are not installed.
    WriteError
        If the file cannot be written.
    """
    run = open_run(scored)
    require_charts()
    given = list(inputs) or [Path(name) for name in run.record.get("inputs", [])]
    target = out or scored / "report.html"
    write_bytes(target, render(run, given).encode())
    return target


def render(run: ScoredRun, inputs: Sequence[Path]) -> str:
    """Return the page of a run."""
    style = resources.files(__package__).joinpath("style.css").read_text("utf-8")
    body = "".join(
        (
            _top(run),
            _introduction(),
            map_section(run),
            raters_section(run),
            viewpoints_section(run, inputs),
            funnel_section(run),
            timeline_section(run),
            effects_section(run),
        )
    )
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="color-scheme" content="light dark"><meta name="referrer" content="no-referrer">'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        f"<title>Bridgenotes: {escape(_scored_what(run))}</title><style>{style}</style></head>"
        f'<body><a class="skip" href="#map">Skip to the results</a>{body}{_foot(run)}</body></html>\n'
    )


def _scored_what(run: ScoredRun) -> str:
    """Return the names of the inputs, without the folders they lie in."""
    return listed([Path(name).name or "input" for name in run.record.get("inputs", [])]) or "a run"


def _top(run: ScoredRun) -> str:
    counts, statuses = run.record.get("counts", {}), run.record.get("statuses", {})
    notes = int(counts.get("notes", 0))
    cards = [(f"{int(counts.get(name, 0)):,}", name, "") for name in ("notes", "ratings", "raters")]
    for status, css in ((CRH, "helpful"), (CRNH, "not-helpful"), (NMR, "more")):
        number = int(statuses.get(status, 0))
        cards.append((f"{number:,}", f"{status_words(status)} ({number / max(notes, 1):.1%})", css))
    items = "".join(
        f'<li class="{css}"><strong>{escape(number)}</strong> <span>{escape(name)}</span></li>'
        for number, name, css in cards
    )
    links = "".join(f'<li><a href="#{anchor}">{escape(name)}</a></li>' for anchor, name in _CONTENTS)
    what = (
        f"Scored: {_scored_what(run)}, as of {day(run.record.get('now_ms')) or 'an unknown day'}, by the rules of "
        f"{run.profile.description}."
    )
    return (
        f'<header><p class="brand">Bridgenotes</p><h1>Which notes bridge?</h1><p class="lead">{escape(what)}</p>'
        f'<ul class="cards">{items}</ul><nav aria-label="Contents"><ul>{links}</ul></nav></header><main>'
    )


def _introduction() -> str:
    return section("bridging", "How bridging works", *(f"<p>{escape(text)}</p>" for text in _INTRODUCTION))


def _foot(run: ScoredRun) -> str:
    scorers = listed([str(name) for name in run.record.get("scorers", [])])
    text = (
        f"Profile {run.profile.name}; scorers: {scorers or 'none'}; seed {run.record.get('seed', '?')}; bridgenotes "
        f"{run.record.get('bridgenotes', '?')}. This page names no rater and no author. Why one note has its status: "
        "bridgenotes explain NOTE_ID --scored DIR."
    )
    return f"</main><footer><p>{escape(text)}</p></footer>"

"""A comparison as one HTML file that needs nothing else."""

from __future__ import annotations

from html import escape
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Final

from bridgenotes.data.atomic import write_bytes
from bridgenotes.report import charts
from bridgenotes.report.compare.columns import PARAMETERS
from bridgenotes.report.compare.phrases import (
    different_rules,
    disagreement_words,
    firing_words,
    list_name,
    measured,
    mirror_words,
    number,
    percent,
    side_words,
    unequal_columns,
    word_agreements,
)
from bridgenotes.report.compare.sketch import CELLS
from bridgenotes.report.html import Figure, Table, paragraph, section
from bridgenotes.report.words import status_words

if TYPE_CHECKING:
    from bridgenotes.report.compare.agreement import Confusion
    from bridgenotes.report.compare.comparison import Comparison
    from bridgenotes.report.compare.sketch import Sketch
    from bridgenotes.report.compare.worst import WorstNote

_CONTENTS: Final = (
    ("statuses", "Statuses"), ("scorers", "Scorers"), ("rules", "Rules"), ("parameters", "Parameters"),
    ("columns", "Columns"), ("notes", "Notes"), ("rows", "Rows"),
)  # fmt: skip


def write_page(found: Comparison, out: Path) -> None:
    """Draw a comparison into an HTML file.

    Raises
    ------
    ReportError
        If the drawing libraries are not installed.
    WriteError
        If the file cannot be written.
    """
    charts.require_charts()
    write_bytes(out, render(found).encode())


def render(found: Comparison) -> str:
    """Return the page."""
    style = resources.files("bridgenotes.report").joinpath("style.css").read_text("utf-8")
    sections = (_statuses, _scorers, _rules, _parameters, _columns, _notes, _rows)
    body = "".join((_top(found), *(one(found) for one in sections)))
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="color-scheme" content="light dark"><meta name="referrer" content="no-referrer">'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        f"<title>Bridgenotes: two runs compared</title><style>{style}</style></head>"
        f'<body><a class="skip" href="#statuses">Skip to the results</a>{body}'
        "</main><footer><p>This page names no rater and no author.</p></footer></body></html>\n"
    )


def _top(found: Comparison) -> str:
    statuses = found.statuses
    cards = [
        (percent(found.status_agreement), "of final statuses agree"),
        ("-" if statuses.unlocked is None else percent(statuses.unlocked.share), "where not locked at input"),
        (
            "-" if statuses.decided_by is None else percent(statuses.decided_by.share),
            "decided by the same rule",
        ),
        (f"{statuses.everything.n:,}", "notes in both"),
    ]
    items = "".join(f"<li><strong>{escape(n)}</strong> <span>{escape(what)}</span></li>" for n, what in cards)
    links = "".join(f'<li><a href="#{anchor}">{escape(name)}</a></li>' for anchor, name in _CONTENTS)
    sides = "".join(
        f'<p class="lead"><b>{name}</b> {escape(side_words(side, folder=Path(side.folder).resolve().name))}</p>'
        for name, side in (("A", found.a), ("B", found.b))
    )
    return (
        f'<header><p class="brand">Bridgenotes</p><h1>Two runs compared</h1>{sides}'
        f'<ul class="cards">{items}</ul><nav aria-label="Contents"><ul>{links}</ul></nav></header><main>'
    )


def _statuses(found: Comparison) -> str:
    statuses = found.statuses
    parts = [_confusion("All notes that both have", statuses.everything)]
    if statuses.unlocked is None:
        parts.append(paragraph(f"Which notes were locked at input is {statuses.unlocked_how}."))
    else:
        parts.append(_confusion("Notes not locked at input", statuses.unlocked))
        parts.append(paragraph(f"Locked at input: {statuses.unlocked_how}."))
    text = "Rows: status in A; columns: status in B. Locked notes agree by themselves, so the second table says more."
    return section("statuses", "Final statuses", paragraph(text), *parts)


def _confusion(title: str, confusion: Confusion) -> str:
    names = [status_words(status) for status in confusion.statuses]
    rows: list[tuple[str | int, ...]] = [(names[i], *counts) for i, counts in enumerate(confusion.counts)]
    return Table(["A \\ B", *names], rows).html(f"{title}: {percent(confusion.share)} equal")


def _scorers(found: Comparison) -> str:
    shown = word_agreements(found)
    title = "What each scorer says"
    if not shown:
        return section("scorers", title, paragraph("There is nothing to compare."))
    rows = [
        {"order": k, "label": f"{one.column}: {percent(one.share)} of {one.n:,}", "share": one.share}
        for k, one in enumerate(shown)
    ]
    lowest = min(0.9, *(one.equal / one.n for one in shown))
    head = ["What", "Rows", "Equal", "Most frequent difference"]
    table = Table(head, [(one.column, one.n, percent(one.share), disagreement_words(one)) for one in shown])
    figure = Figure(
        [charts.agreement_bars(rows, lowest)],
        "Share of rows with the same word, among rows in which A or B has one. The axis does not begin at 0.",
        f"Bars of agreement for {len(shown)} columns, from {percent(min(one.equal / one.n for one in shown))} to "
        f"{percent(max(one.equal / one.n for one in shown))}.",
        table,
    )
    return section("scorers", title, figure.html(), table.html("All of them"))


def _rules(found: Comparison) -> str:
    rows = [(name, rule.rule, rule.both, rule.only_a, rule.only_b) for name, rule in different_rules(found)]
    title = "Rules that fired on other notes"
    if not rows:
        return section("rules", title, paragraph("Every rule fired on the same notes."))
    head = ["Scorer", "Rule", "In both", "Only in A", "Only in B"]
    return section("rules", title, Table(head, rows).html("Notes on which a rule fired"))


def _parameters(found: Comparison) -> str:
    figures = "".join(_sketch(one) for one in found.sketches)
    parts = [paragraph(sentence) for sentence in mirror_words(found)]
    for group in PARAMETERS:
        rows = [
            (
                one.column, one.n_both, one.empty_only_a, one.empty_only_b, number(one.correlation, 4),
                number(one.mean_difference, 6), number(one.max_difference, 4), percent(one.share),
            )
            for one in measured(found, group)
        ]  # fmt: skip
        head = [
            "Column", "In both", "Empty in A", "Empty in B", "r", "Mean difference", "Largest", "Equal",
        ]  # fmt: skip
        if rows:
            parts.append(Table(head, rows).html(f"{group.capitalize()}s"))
    text = "On the dashed line A and B are equal. Factors of mirrored fits are turned first."
    return section("parameters", "Parameters", paragraph(text), f'<div class="grid">{figures}</div>', *parts)


def _sketch(sketch: Sketch) -> str:
    rows = [
        {"a": c.a, "b": c.b, "a_end": c.a + sketch.width, "b_end": c.b + sketch.width, "count": c.count}
        for c in sketch.cells
    ]
    total = sum(c.count for c in sketch.cells)
    on_line = sum(c.count for c in sketch.cells if c.a == c.b)
    most = sorted(sketch.cells, key=lambda c: -c.count)[:10]
    figure = Figure(
        [charts.density(rows, (sketch.low, sketch.low + sketch.width * CELLS))],
        f"{total:,} notes; the darker, the more.",
        f"{sketch.column} of {total:,} notes, in A against B from {sketch.low:.2f} to {sketch.high:.2f}: "
        f"{on_line / total:.0%} lie in a cell on the line where both are equal.",
        Table(["In A from", "In B from", "Notes"], [(f"{c.a:.3f}", f"{c.b:.3f}", c.count) for c in most]),
        title=sketch.column,
    )
    return figure.html()


def _columns(found: Comparison) -> str:
    rows = [
        (one.column, f"{one.table} {one.scorer}".strip(), percent(one.share), number(one.mean_difference, 4))
        for one in unequal_columns(found)
    ]
    title = "Other columns that differ"
    if not rows:
        return section("columns", title, paragraph("All other columns are equal."))
    return section("columns", title, Table(["Column", "Table", "Equal", "Mean difference"], rows).html(title))


def _notes(found: Comparison) -> str:
    title = "Notes that differ most"
    if not found.worst:
        return section("notes", title, paragraph("No note has another status or intercept."))
    return section("notes", title, *(_note(note) for note in found.worst))


def _note(note: WorstNote) -> str:
    rows = [
        (
            list_name(path.scorer),
            *(", ".join(map(firing_words, side)) or "no rule" for side in (path.a, path.b)),
        )
        for path in note.paths
        if path.differs
    ]
    rows += [
        (f"intercept of {one.scorer}", number(one.a, 4), number(one.b, 4))
        for one in note.intercepts
        if one.a != one.b
    ]
    head = [
        "",
        f"A: {status_words(note.status_a)} ({note.decided_by_a or '-'})",
        f"B: {status_words(note.status_b)} ({note.decided_by_b or '-'})",
    ]
    return Table(head, rows).html(f"Note {note.note_id}")


def _rows(found: Comparison) -> str:
    rows = [(one.table, one.both, one.only_a, one.only_b) for one in found.overlaps]
    parts = [Table(["Table", "In both", "Only in A", "Only in B"], rows).html("Rows by key")]
    for one in found.overlaps:
        for side, columns in (("A", one.columns_only_a), ("B", one.columns_only_b)):
            if columns:
                parts.append(paragraph(f"{one.table}: only {side} has the columns {', '.join(columns)}."))
    return section("rows", "Rows and columns", *parts)

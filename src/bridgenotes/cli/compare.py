"""`bridgenotes compare`: two scored folders side by side."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from rich.markup import escape
from rich.panel import Panel
from rich.table import Table

from bridgenotes.cli.console import stderr, stdout
from bridgenotes.cli.failures import UsageError
from bridgenotes.report.compare.columns import PARAMETERS
from bridgenotes.report.compare.comparison import Comparison, compare_folders
from bridgenotes.report.compare.page import write_page
from bridgenotes.report.compare.phrases import (
    different_rules,
    disagreement_words,
    firing_words,
    is_main,
    list_name,
    measured,
    mirror_words,
    number,
    percent,
    side_words,
    unequal_columns,
    word_agreements,
)
from bridgenotes.report.errors import ReportError
from bridgenotes.report.words import counted, status_words

if TYPE_CHECKING:
    from pathlib import Path

    from bridgenotes.report.compare.agreement import Confusion
    from bridgenotes.report.compare.worst import WorstNote

_SHOWN_RULES: Final = 12
_SHOWN_COLUMNS: Final = 12
_SHOWN_NOTES: Final = 5


@dataclass(frozen=True)
class Request:
    """The options of the command."""

    a: Path
    b: Path
    status_history: Path | None
    worst: int
    fail_under: float | None
    html: Path | None
    as_json: bool


def run_compare(request: Request) -> None:
    """Run the command; exits with 1 if final statuses agree less often than ``fail_under`` percent.

    Raises
    ------
    UsageError
        If a folder cannot be compared, or charts cannot be drawn.
    """
    try:
        found = compare_folders(
            request.a, request.b, status_history=request.status_history, worst=request.worst
        )
        if request.html is not None:
            write_page(found, request.html)
    except ReportError as error:
        raise UsageError(str(error)) from error
    if request.as_json:
        stdout.print_json(json.dumps(found.as_dict()))
    else:
        _show(found)
        if request.html is not None:
            stdout.print(f"Wrote {escape(str(request.html))}; open it in a browser.", soft_wrap=True)
    limit = request.fail_under
    if limit is not None and 100 * found.status_agreement < limit:
        stderr.print(
            f"[bold red]final statuses agree on {percent(found.status_agreement)} of the notes, less than "
            f"{limit:g} %[/]",
            soft_wrap=True,
        )
        sys.exit(1)


def _show(found: Comparison) -> None:
    lines = [
        f"[bold]{name}[/]  {escape(side_words(side))}" for name, side in (("A", found.a), ("B", found.b))
    ]
    stdout.print(Panel("\n".join(lines), title="Compared", title_align="left"))
    _show_overlap(found)
    _show_statuses(found)
    _show_rules(found)
    _show_parameters(found)
    _show_others(found)
    _show_worst(found)


def _show_overlap(found: Comparison) -> None:
    table = _table("Rows", ("Table", "in both", "only in A", "only in B"))
    for overlap in found.overlaps:
        table.add_row(overlap.table, *(f"{n:,}" for n in (overlap.both, overlap.only_a, overlap.only_b)))
    stdout.print(table)
    for overlap in found.overlaps:
        for side, columns in (("A", overlap.columns_only_a), ("B", overlap.columns_only_b)):
            if columns:
                text = f"{overlap.table}: only {side} has the columns {', '.join(columns)}"
                stdout.print(f"[yellow]{escape(text)}[/]", soft_wrap=True)


def _show_statuses(found: Comparison) -> None:
    statuses = found.statuses
    stdout.print(
        f"[bold]Final statuses agree on {percent(found.status_agreement)}[/] of the notes that A or B has."
    )
    _show_confusion("All notes that both have", statuses.everything)
    if statuses.unlocked is None:
        stdout.print(f"[dim]Which notes were locked at input is {escape(statuses.unlocked_how)}.[/]")
    else:
        _show_confusion("Notes not locked at input", statuses.unlocked)
        stdout.print(f"[dim]Locked at input: {escape(statuses.unlocked_how)}.[/]", soft_wrap=True)
    table = _table("What agrees", ("What", "rows", "equal", "most frequent difference"))
    for one in word_agreements(found):
        table.add_row(one.column, f"{one.n:,}", percent(one.share), escape(disagreement_words(one)))
    stdout.print(table)


def _show_confusion(title: str, confusion: Confusion) -> None:
    names = [status_words(status) for status in confusion.statuses]
    table = _table(f"{title}: {percent(confusion.share)} equal", ("A \\ B", *names))
    for i, row in enumerate(confusion.counts):
        cells = [f"[bold]{n:,}[/]" if i == j else f"{n:,}" for j, n in enumerate(row)]
        table.add_row(names[i], *cells)
    stdout.print(table)


def _show_rules(found: Comparison) -> None:
    rows = different_rules(found)
    if not rows:
        stdout.print("Every rule fired on the same notes.")
        return
    table = _table("Rules that fired on other notes", ("Scorer", "Rule", "both", "only A", "only B"))
    for name, rule in rows[:_SHOWN_RULES]:
        table.add_row(name, escape(rule.rule), *(f"{n:,}" for n in (rule.both, rule.only_a, rule.only_b)))
    stdout.print(table)
    _more(len(rows) - _SHOWN_RULES, "rule")


def _show_parameters(found: Comparison) -> None:
    shown = [one for group in PARAMETERS for one in measured(found, group)]
    table = _table("Parameters", ("Column", "both", "one", "r", "mean diff", "largest", "equal"))
    for one in shown:
        if is_main(one.column):
            table.add_row(
                one.column,
                f"{one.n_both:,}",
                f"{one.empty_only_a + one.empty_only_b:,}",
                number(one.correlation, 4),
                number(one.mean_difference, 5),
                number(one.max_difference, 4),
                percent(one.share),
            )
    stdout.print(table)
    stdout.print(
        "[dim]both: rows with a value in both; one: in one only. Bounds and baselines: --json, --html.[/]"
    )
    for sentence in mirror_words(found):
        stdout.print(f"[yellow]{escape(sentence)}[/]", soft_wrap=True)


def _show_others(found: Comparison) -> None:
    different = unequal_columns(found)
    if not different:
        stdout.print("All other columns are equal.")
        return
    rows = [one for one in different if not one.scorer]
    table = _table("Other columns that differ", ("Table", "Column", "equal", "mean diff"))
    for one in rows[:_SHOWN_COLUMNS]:
        table.add_row(one.table, one.column, percent(one.share), number(one.mean_difference, 4))
    stdout.print(table)
    _more(len(different) - min(len(rows), _SHOWN_COLUMNS), "column")


def _show_worst(found: Comparison) -> None:
    if not found.worst:
        stdout.print("No note has another status or intercept.")
        return
    stdout.print("[bold]Notes that differ most[/]")
    for note in found.worst[:_SHOWN_NOTES]:
        _show_note(note)
    _more(len(found.worst) - _SHOWN_NOTES, "note")


def _show_note(note: WorstNote) -> None:
    stdout.print(
        f"\n[bold]{note.note_id}[/]  A: {status_words(note.status_a)} [dim]({escape(note.decided_by_a or '-')})[/]  "
        f"B: {status_words(note.status_b)} [dim]({escape(note.decided_by_b or '-')})[/]",
        soft_wrap=True,
    )
    if note.intercepts:
        most = note.intercepts[0]
        stdout.print(
            f"  intercept of {most.scorer}: {number(most.a, 4)} in A, {number(most.b, 4)} in B",
            soft_wrap=True,
        )
    for path in note.paths:
        if path.differs:
            for mark, firings in (("A", path.a), ("B", path.b)):
                text = ", ".join(map(firing_words, firings)) or "no rule"
                stdout.print(f"  [dim]{list_name(path.scorer):>20} {mark}[/] {escape(text)}", soft_wrap=True)


def _more(count: int, word: str) -> None:
    if count > 0:
        stdout.print(f"[dim]… and {counted(count, f'more {word}')}; see --json or --html.[/]")


def _table(title: str, head: tuple[str, ...]) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold")
    words = {"Table", "Column", "What", "Scorer", "Rule", "A \\ B", "most frequent difference"}
    for name in head:
        if name in words:
            table.add_column(escape(name), overflow="fold")
        else:
            table.add_column(escape(name), justify="right", no_wrap=True)
    return table

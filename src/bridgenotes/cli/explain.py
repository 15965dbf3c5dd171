"""`bridgenotes explain`: why a note has its status."""

from __future__ import annotations

import json
from dataclasses import asdict
from itertools import groupby
from typing import TYPE_CHECKING, Final

from rich.markup import escape
from rich.panel import Panel
from rich.table import Table

from bridgenotes.cli.console import stdout
from bridgenotes.cli.failures import UsageError
from bridgenotes.report.errors import ReportError
from bridgenotes.report.explain import Explanation, explain_in_run
from bridgenotes.report.run import open_run
from bridgenotes.report.words import GLOSSARY
from bridgenotes.scoring.rules.trace import META_LIST

if TYPE_CHECKING:
    from pathlib import Path

_COLOURS: Final = {"Helpful": "green", "Not Helpful": "red"}
_MARKS: Final = {True: "[green]yes[/]", False: "[bold red]no[/]", None: "[dim]-[/]"}


def run_explain(note_id: int, scored: Path, *, as_json: bool) -> None:
    """Run the command.

    Raises
    ------
    UsageError
        If the folder is no scored run, or there is no such note.
    """
    try:
        explanation = explain_in_run(open_run(scored), note_id)
    except ReportError as error:
        raise UsageError(str(error)) from error
    if as_json:
        stdout.print_json(json.dumps(asdict(explanation)))
    else:
        _show(explanation)


def _show(explanation: Explanation) -> None:
    colour = _COLOURS.get(explanation.status_in_words, "yellow")
    lines = [f"[bold]{escape(explanation.headline)}[/]", *map(escape, explanation.remarks)]
    title = f"Note {explanation.note_id}: [bold {colour}]{explanation.status_in_words}[/]"
    stdout.print(Panel("\n".join(lines), title=title, title_align="left", border_style=colour))
    if explanation.missing:
        stdout.print("[bold]What it lacks to become Helpful[/]")
        for sentence in explanation.missing:
            stdout.print(f"  • {escape(sentence)}")
        stdout.print()
    if explanation.checks:
        _show_checks(explanation)
    stdout.print("[bold]How it was decided[/], rule by rule")
    if explanation.trace:
        _show_trace(explanation)
    else:
        for k, step in enumerate(explanation.steps, 1):
            stdout.print(
                f"  {k}. {escape(step.sentence)} [dim]{escape(step.rule)} →[/] {escape(step.outcome)}"
            )
    stdout.print(f"  Decided by [bold]{escape(explanation.decided_by)}[/].\n")
    for word in ("intercept", "factor"):
        stdout.print(f"[dim]{word}: {GLOSSARY[word]}[/]")


def _show_trace(explanation: Explanation) -> None:
    """Show what every rule of every list changed, list by list."""
    for scorer, steps in groupby(explanation.trace, key=lambda step: step.scorer):
        stdout.print(f"  [bold]{'Final rules' if scorer == META_LIST else escape(scorer)}[/]")
        for k, step in enumerate(steps, 1):
            way = f"{step.before or 'no status'} → {step.after}" if step.changed else f"stays {step.after}"
            stdout.print(f"    {k}. {escape(step.sentence)} [dim]{escape(step.rule)}:[/] {escape(way)}")


def _show_checks(explanation: Explanation) -> None:
    table = Table(title="What a Helpful note needs", title_justify="left", title_style="bold")
    table.add_column("Check", ratio=3)
    table.add_column("This note", ratio=2)
    table.add_column("Needed", ratio=2)
    table.add_column("Met")
    for check in explanation.checks:
        table.add_row(
            escape(check.name), escape(check.value or "not known"), escape(check.needed), _MARKS[check.met]
        )
    stdout.print(table)
    stdout.print()

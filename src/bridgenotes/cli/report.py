"""`bridgenotes report`: a run as one HTML page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.markup import escape

from bridgenotes.cli.console import stdout
from bridgenotes.cli.failures import UsageError
from bridgenotes.report.errors import ReportError
from bridgenotes.report.page import write_report

if TYPE_CHECKING:
    from pathlib import Path


def run_report(scored: Path, inputs: list[Path], out: Path | None) -> None:
    """Run the command.

    Raises
    ------
    UsageError
        If the folder is no scored run, an input is not there, or charts cannot be drawn.
    """
    missing = [path for path in inputs if not path.exists()]
    if missing:
        raise UsageError(f"--input {missing[0]}: no such file or folder")
    try:
        page = write_report(scored, inputs, out)
    except ReportError as error:
        raise UsageError(str(error)) from error
    stdout.print(f"Wrote {escape(str(page))}; open it in a browser.", soft_wrap=True)

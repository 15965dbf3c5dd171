"""From an exception to one clear message and an exit code.

2: wrong use or bad input (fix it and try again); 1: the run failed; 3: held back, because too many
statuses would change; 130: interrupted.
"""

from __future__ import annotations

import os
import traceback

from rich.markup import escape

from bridgenotes.cli.console import stderr


class UsageError(Exception):
    """An option that makes no sense; the message says what would."""


def explain_failure(error: Exception) -> int:
    """Print what went wrong and return the exit code.

    Unexpected errors show their traceback: they are ours, and worth a report.
    """
    from bridgenotes.base.configuration import ConfigurationError  # noqa: PLC0415
    from bridgenotes.data.errors import DataError  # noqa: PLC0415
    from bridgenotes.domain.verdict import DomainError  # noqa: PLC0415
    from bridgenotes.lab.errors import SimulationError  # noqa: PLC0415
    from bridgenotes.scoring.errors import ScoringError  # noqa: PLC0415
    from bridgenotes.scoring.flip_guard import TooManyFlipsError  # noqa: PLC0415

    told = DataError | ScoringError | SimulationError | UsageError | ConfigurationError | DomainError
    if isinstance(error, told):
        stderr.print(f"[bold red]error:[/] {escape(str(error))}", soft_wrap=True)
        return 3 if isinstance(error, TooManyFlipsError) else 2
    if isinstance(error, OSError):
        name = f"{error.filename}: " if error.filename else ""
        stderr.print(f"[bold red]error:[/] {escape(name + os.strerror(error.errno or 0))}", soft_wrap=True)
        return 1
    stderr.print("[bold red]unexpected error[/] (please report it):")
    stderr.print(escape("".join(traceback.format_exception(error))), soft_wrap=True)
    return 1

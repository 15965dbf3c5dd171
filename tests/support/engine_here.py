"""The engine in the test's own process: the same command and the same results, without starting Python anew.

A process of its own costs seconds of imports for each phase, many times what scoring a small community takes.
`test_runs` shows that both write the same; demo, kills and failures are tested with real processes.
"""

from __future__ import annotations

import io
import json
import warnings
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout

from bridgenotes.cli.failures import explain_failure
from bridgenotes.cli.main import app
from bridgenotes.runs.engine import HELD_BACK, EngineError, HeldBackError, Phase

OWN_WORDS = 3
"""Of the command line: the interpreter, ``-m`` and the module."""


def score_here(phase: Phase, beat: Callable[[], None]) -> dict[str, object]:
    """Do what `bridgenotes.runs.engine.run_phase` does, here."""
    beat()
    phase.out.mkdir(parents=True, exist_ok=True)
    said, complained = io.StringIO(), io.StringIO()
    with redirect_stdout(said), redirect_stderr(complained), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a process of its own only prints them
        code = _exit_code([*phase.command()[OWN_WORDS:], "--threads", "1"])
    beat()
    if code == 0:
        return json.loads(said.getvalue())
    if code == HELD_BACK:
        raise HeldBackError(complained.getvalue().strip())
    raise EngineError(f"{phase.name} ended with code {code}: {complained.getvalue().strip()}")


def _exit_code(arguments: list[str]) -> int:
    try:
        return app(arguments, standalone_mode=False) or 0
    except SystemExit as end:
        return int(end.code or 0)
    except Exception as error:  # noqa: BLE001 (as `bridgenotes.cli.main.run` does)
        return explain_failure(error)

"""The engine in a process of its own: a crash or a lack of memory there never takes the worker down."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from django.conf import settings

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

HELD_BACK: Final = 3
"""Exit code of the engine when too many statuses would change."""
LOOK_EVERY: Final = 0.2
"""Seconds between two looks at the process."""
MESSAGE_LENGTH: Final = 4_000


class EngineError(Exception):
    """The engine failed; the message is what it said last."""


class HeldBackError(EngineError):
    """The engine refused: too many statuses would change at once. Nothing was written."""


@dataclass(frozen=True)
class Phase:
    """One call of ``bridgenotes score``.

    Attributes
    ----------
    name : str
        ``prescoring``, ``final`` or ``contributor``.
    tables : Path
        Folder with the public tables.
    out : Path
        Where results go; they appear there whole or not at all.
    now_ms : int
        Clock of the run.
    options : sequence of str
        What else the phase needs.
    """

    name: str
    tables: Path
    out: Path
    now_ms: int
    options: Sequence[str] = ()

    def command(self) -> list[str]:
        """Return the command line."""
        scoring = settings.SITE.scoring
        limits = ["--threads", str(scoring.threads)] if scoring.threads else []
        limits += ["--memory", scoring.memory] if scoring.memory else []
        return [
            sys.executable, "-m", "bridgenotes.cli.leashed", "score", str(self.tables), "--out", str(self.out),
            "--phase", self.name, "--now", str(self.now_ms), "--profile", scoring.profile, "--json",
            *limits, *self.options,
        ]  # fmt: skip


def run_phase(phase: Phase, beat: Callable[[], None]) -> dict[str, Any]:
    """Run a phase to its end and return its summary.

    Parameters
    ----------
    phase : Phase
        What to run.
    beat : callable
        Called several times a second; if it raises, the engine is ended.

    Raises
    ------
    HeldBackError
        If too many statuses would change.
    EngineError
        If it fails or takes longer than the setting allows; the message says why.
    """
    phase.out.mkdir(parents=True, exist_ok=True)
    said, complained = phase.out / "stdout.txt", phase.out / "stderr.txt"
    with said.open("wb") as stdout, complained.open("wb") as stderr:
        # The engine ends itself when this pipe closes, so a killed worker leaves none behind.
        process = subprocess.Popen(  # noqa: S603 (our own program, no shell)
            phase.command(), stdin=subprocess.PIPE, stdout=stdout, stderr=stderr
        )
        try:
            code = _wait(process, beat)
        finally:
            if process.poll() is None:
                process.kill()
            process.wait()
            if process.stdin:
                process.stdin.close()
    if code == 0:
        summary: dict[str, Any] = json.loads(said.read_bytes())
        return summary
    message = complained.read_text(errors="replace").strip()[-MESSAGE_LENGTH:]
    if code == HELD_BACK:
        raise HeldBackError(message)
    raise EngineError(f"{phase.name} ended with code {code}: {message}")


def _wait(process: subprocess.Popen[bytes], beat: Callable[[], None]) -> int:
    """Return the exit code, showing life meanwhile."""
    deadline = time.monotonic() + 60 * settings.SITE.scoring.timeout_minutes
    while True:
        try:
            return process.wait(LOOK_EVERY)
        except subprocess.TimeoutExpired:
            beat()
        if time.monotonic() > deadline:
            limit = settings.SITE.scoring.timeout_minutes
            raise EngineError(
                f"it took longer than {limit} minutes; raise BRIDGENOTES_SCORING__TIMEOUT_MINUTES"
            )

"""A worker that applies the results of two scorings in turn, as fast as it can, until somebody kills it.

Started as ``python -m support.applying_worker NOW FOLDER:MS FOLDER:MS``; says "ready", waits for a line, begins.
"""

from __future__ import annotations

import sys
from datetime import datetime, timedelta
from pathlib import Path

import django


def main(arguments: list[str]) -> None:
    """Apply for ever."""
    django.setup()
    from bridgenotes.runs import claims  # noqa: PLC0415 (after the setup)
    from bridgenotes.runs.apply.results import Results  # noqa: PLC0415
    from bridgenotes.runs.apply.whole import apply_results  # noqa: PLC0415
    from bridgenotes.runs.models import Kind  # noqa: PLC0415

    claims.DEAD_AFTER = timedelta(0)  # whoever ran before was killed: a test does not wait a minute
    now, turn = datetime.fromisoformat(arguments[0]), 0
    results = []
    for argument in arguments[1:]:
        folder, _, clock = argument.rpartition(":")
        results.append(Results(Path(folder) / "final", Path(folder) / "contributor", int(clock)))
    say("ready")
    sys.stdin.readline()
    while True:
        turn += 1
        moment = now + timedelta(milliseconds=turn)
        run = claims.claim(Kind.FINAL, now=moment, rating_cutoff_at=moment)
        assert run is not None
        apply_results(results[turn % 2], run, now=moment)
        say("applied")


def say(word: str) -> None:
    """Tell the test, at once."""
    sys.stdout.write(f"{word}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1:])

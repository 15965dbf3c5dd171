"""A worker in a process of its own, which can be made to stop where it is to be killed.

``python -m support.worker KIND CLOCK ENGINE_FOLDER [STOP]``: one scoring run. With STOP ``engine`` the real
engine runs; with ``apply`` the worker says "here" when statuses are written and not committed, and waits.
"""

# ruff: noqa: PLC0415, T201 (Django comes first; the tests read what is printed)

from __future__ import annotations

import sys
import time
from datetime import datetime
from pathlib import Path


def main(kind: str, now: str, engine_folder: str, stop: str = "") -> None:
    """Score once."""
    import django

    django.setup()
    from bridgenotes.runs import services
    from bridgenotes.runs.apply import whole
    from bridgenotes.runs.models import Kind
    from support.kept_engine import KeptEngine

    def wait(*arguments: object, **options: object) -> None:
        print("here", flush=True)
        time.sleep(600)

    if stop == "apply":
        whole.notifications.tell_of_statuses = wait  # type: ignore[assignment]
    if stop != "engine":
        services.run_phase = KeptEngine(Path(engine_folder))  # type: ignore[assignment]
    run = services.score(Kind(kind), now=datetime.fromisoformat(now))
    print("none" if run is None else run.state, flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])

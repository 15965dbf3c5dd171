"""Who scores: one worker at a time, and another one if it dies."""

from __future__ import annotations

import os
import socket
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from django.db import IntegrityError, transaction

from bridgenotes.base.clock import system_clock
from bridgenotes.runs.models import ScoringRun, State, Step

if TYPE_CHECKING:
    from datetime import datetime

    from bridgenotes.runs.models import Kind

DEAD_AFTER: Final = timedelta(seconds=60)
"""Without a heartbeat."""
BEAT_EVERY: Final = timedelta(seconds=5)


class LostRunError(Exception):
    """The worker was taken for dead and another one has taken over: stop, and change nothing."""


def claim(kind: Kind, *, now: datetime, **facts: Any) -> ScoringRun | None:  # noqa: ANN401 (fields of the row)
    """Return a new running run, or None while another worker scores.

    A run whose heart has stopped is ended as abandoned first; nothing of it was applied.
    """
    bury_dead(now=now)
    try:
        with transaction.atomic():
            return ScoringRun.objects.create(
                kind=kind, started_at=now, heartbeat_at=system_clock(), worker=_worker(), **facts
            )
    except IntegrityError:
        return None


def bury_dead(*, now: datetime) -> int:
    """End runs whose worker died; return how many."""
    dead = ScoringRun.objects.filter(state=State.RUNNING, heartbeat_at__lt=system_clock() - DEAD_AFTER)
    return dead.update(
        state=State.ABANDONED,
        ended_at=now,
        message="Its worker ended without a word; the next run starts anew.",
    )


def beat(run: ScoringRun, step: Step | None = None) -> None:
    """Show that the run's worker lives, and what it is at.

    Raises
    ------
    LostRunError
        If the run is no longer this worker's.
    """
    moment = system_clock()
    if step is None and moment - run.heartbeat_at < BEAT_EVERY:
        return
    run.heartbeat_at, run.step = moment, step or run.step
    mine = ScoringRun.objects.filter(pk=run.pk, state=State.RUNNING)
    if not mine.update(heartbeat_at=moment, step=run.step):
        raise LostRunError(str(run.pk))


def lock(run: ScoringRun) -> None:
    """Hold the run's row until the transaction ends, so that nobody takes over meanwhile.

    Raises
    ------
    LostRunError
        If the run is no longer this worker's.
    """
    if not ScoringRun.objects.select_for_update().filter(pk=run.pk, state=State.RUNNING).exists():
        raise LostRunError(str(run.pk))


def end(run: ScoringRun, state: State, *, now: datetime, message: str = "") -> None:
    """Record the outcome, if the run is still this worker's."""
    run.state, run.ended_at, run.message, run.step = state, now, message, Step.ENDED
    ScoringRun.objects.filter(pk=run.pk, state=State.RUNNING).update(
        state=state, ended_at=now, message=message, step=Step.ENDED, figures=run.figures
    )


def _worker() -> str:
    return f"{socket.gethostname()}:{os.getpid()}"[:80]

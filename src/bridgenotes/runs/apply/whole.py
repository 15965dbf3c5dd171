"""Everything a run changes, in one transaction."""

from __future__ import annotations

import time
from functools import partial
from typing import TYPE_CHECKING

from django.db import transaction

from bridgenotes.notifications.services import changes as notifications
from bridgenotes.runs import claims
from bridgenotes.runs.apply.explanations import apply_explanations, prepared_explanations
from bridgenotes.runs.apply.overview import apply_overview
from bridgenotes.runs.apply.people import apply_people
from bridgenotes.runs.apply.statuses import apply_statuses
from bridgenotes.runs.models import State, Step

if TYPE_CHECKING:
    from datetime import datetime

    from bridgenotes.runs.apply.results import Results
    from bridgenotes.runs.models import ScoringRun


def apply_results(results: Results, run: ScoringRun, *, now: datetime) -> None:
    """Write statuses, history, scores, impacts, states, reasons and notices, and end the run; all or nothing.

    Raises
    ------
    LostRunError
        If another worker took the run over; then nothing is written.
    """
    begun = time.monotonic()
    watch = partial(claims.beat, run)
    with prepared_explanations(results, watch) as explanations, transaction.atomic():
        claims.lock(run)
        changes = apply_statuses(results, run, now=now)
        told = apply_people(results, now=now)
        shown = apply_explanations(explanations, until=run.started_at, at=run.started_at)
        apply_overview(results, at=run.started_at)
        notifications.tell_of_statuses(changes, now=now)
        notifications.tell_of_ability([(news.contributor, news.reason) for news in told], now=now)
        run.figures["status_changes"] = len(changes)
        run.figures["ability_changes"] = len(told)
        run.figures |= shown
        run.figures.setdefault("seconds", {})[Step.APPLY.value] = round(time.monotonic() - begun, 3)
        claims.end(run, State.DONE, now=now)

"""Whether the site's background work keeps up: what waits, and when the worker was last seen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.conf import settings

from bridgenotes.guardrails.models import Observation, OperatorAlert
from bridgenotes.moderation.models import StaffNotice
from bridgenotes.notifications.models import HostNotice, Notice
from bridgenotes.runs import queries
from bridgenotes.runs.models import Kind, ScoringRun
from bridgenotes.runs.schedule import due

if TYPE_CHECKING:
    from datetime import datetime

    from django.db.models import QuerySet


@dataclass(frozen=True)
class Waiting:
    """What is due and not done: how many, and since when the oldest."""

    count: int
    since: datetime | None


@dataclass(frozen=True)
class Health:
    """The state of background work.

    Attributes
    ----------
    worker_seen_at : datetime or None
        When a worker last did something; it looks at the guardrails every 15 minutes.
    scored_at : datetime or None
        When notes were last scored.
    new_ratings : int
        Ratings since then.
    next_run : Kind or None
        The kind of run that is due now.
    failures : int
        Runs that failed since the last good one.
    mails : Waiting
        Mails to contributors and operators.
    host_notices : int
        Notices that hosts have not fetched.
    """

    worker_seen_at: datetime | None
    scored_at: datetime | None
    new_ratings: int
    next_run: Kind | None
    failures: int
    mails: Waiting
    host_notices: int


def health(*, now: datetime) -> Health:
    """Return how background work does."""
    facts = queries.facts()
    return Health(
        worker_seen_at=_worker_seen_at(),
        scored_at=facts.scored_at,
        new_ratings=facts.new_ratings,
        next_run=due(facts, settings.SITE.scoring, now),
        failures=facts.failures,
        mails=_mails(now),
        host_notices=HostNotice.objects.filter(delivered_at__isnull=True).count(),
    )


def _worker_seen_at() -> datetime | None:
    counted = Observation.objects.filter(actor="").order_by("-at").values_list("at", flat=True).first()
    run = ScoringRun.objects.order_by("-started_at").values_list("started_at", flat=True).first()
    return max((at for at in (counted, run) if at is not None), default=None)


def _mails(now: datetime) -> Waiting:
    """Return the mails that are due, of all kinds."""
    of_all_kinds: tuple[QuerySet[Any], ...] = (
        Notice.objects.all(),
        StaffNotice.objects.all(),
        OperatorAlert.objects.all(),
    )
    waiting = [rows.filter(done_at__isnull=True, due_at__lte=now) for rows in of_all_kinds]
    oldest = [rows.order_by("due_at").values_list("due_at", flat=True).first() for rows in waiting]
    return Waiting(sum(rows.count() for rows in waiting), min((at for at in oldest if at), default=None))

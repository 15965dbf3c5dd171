"""What operators do about scoring and display, each on the record of the staff area (GR-3)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext

from bridgenotes.base.errors import NotFound
from bridgenotes.guardrails import services as guardrails
from bridgenotes.moderation import audit
from bridgenotes.runs import services
from bridgenotes.runs.models import ScoringRun

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from bridgenotes.domain.guardrails import Guard, Measure, Remedy
    from bridgenotes.runs.models import Permit


def run_by_id(run_id: UUID) -> ScoringRun:
    """Return a run.

    Raises
    ------
    NotFound
        If there is none of this id.
    """
    found = ScoringRun.objects.select_related("permit", "previous", "learned_by").filter(pk=run_id).first()
    if found is None:
        raise NotFound("runs.unknown", gettext("There is no such run."))
    return found


@transaction.atomic
def permit(run_id: UUID, *, actor: UUID, reason: str, now: datetime) -> Permit:
    """Let the run after a held one through the flip guard.

    Raises
    ------
    NotFound, Conflict, Invalid
        See `run_by_id` and `services.permit`.
    """
    given = services.permit(run_by_id(run_id), actor=str(actor), reason=reason, now=now)
    audit.record(actor, "permit_run", f"run {run_id}", now=now, reason=reason.strip())
    return given


@transaction.atomic
def choose_remedy(remedy: Remedy, *, actor: UUID, reason: str, now: datetime) -> Guard:
    """Put a remedy in force, or end one.

    Raises
    ------
    Refused, Invalid
        See `bridgenotes.guardrails.services.choose`.
    """
    guard = guardrails.choose(remedy, actor=str(actor), reason=reason, now=now)
    audit.record(actor, "choose_remedy", remedy, now=now, reason=reason.strip())
    return guard


@transaction.atomic
def enter_measure(measure: Measure, *, actor: UUID, now: datetime) -> Guard:
    """Take the result of a review or a survey made elsewhere (GR-1).

    Raises
    ------
    Invalid
        If the rules have no thresholds for it.
    """
    guard = guardrails.observe([measure], now=now, actor=str(actor))
    audit.record(
        actor, "enter_measure", measure.name, now=now, value=str(measure.value), samples=str(measure.samples)
    )
    return guard

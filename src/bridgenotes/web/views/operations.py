"""Scoring runs and guardrails: the pages of operators, and the public state (GR-4)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from bridgenotes.base import clock
from bridgenotes.base.errors import DomainError
from bridgenotes.base.rules import rules
from bridgenotes.base.wording import say
from bridgenotes.domain.guardrails import Remedy
from bridgenotes.guardrails import queries as guardrails
from bridgenotes.jobs import queue
from bridgenotes.runs import health, operators, queries
from bridgenotes.runs.models import Kind
from bridgenotes.web.guards import staff_required
from bridgenotes.web.operation_forms import (
    ALARMS,
    MEASURES,
    REMEDIES,
    MeasureForm,
    ReasonForm,
    RemedyForm,
)
from bridgenotes.web.problems import add_to_form

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpRequest, HttpResponse
    from django_stubs_ext import StrOrPromise

    from bridgenotes.domain.config import Threshold
    from bridgenotes.domain.guardrails import Finding
    from bridgenotes.web.guards import SignedInRequest

MAY_SCORE = "runs.add_permit"
MAY_GUARD = "guardrails.add_remedychange"


@dataclass(frozen=True)
class Shown:
    """A measure on the dashboard: what it is called, what it says, its thresholds, and how bad that is."""

    name: StrOrPromise
    finding: Finding
    threshold: Threshold
    alarm: StrOrPromise


@require_safe
def state(request: HttpRequest) -> HttpResponse:
    """Tell everybody how the site operates, and when notes were last scored (GR-4, ST-10)."""
    last = queries.latest(Kind.FINAL)
    context = {"sentence": say(guardrails.public_state()), "scored_at": last and last.started_at}
    return render(request, "web/state.html", context)


@staff_required(MAY_SCORE)
@require_safe
def runs(request: SignedInRequest) -> HttpResponse:
    """Show whether background work keeps up, the latest runs, and what operators were told."""
    context = {
        "runs": queries.recent(),
        "alerts": guardrails.alerts()[:20],
        "health": health.health(now=clock.now()),
        "queue": queue.length(),
    }
    return render(request, "web/staff/runs.html", context)


@staff_required(MAY_SCORE)
@require_http_methods(["GET", "HEAD", "POST"])
def run(request: SignedInRequest, run_id: UUID) -> HttpResponse:
    """Show a run; let the next one through where this one was held back."""
    found, form = operators.run_by_id(run_id), ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            operators.permit(
                run_id, actor=request.user.pk, reason=form.cleaned_data["reason"], now=clock.now()
            )
        except DomainError as error:
            add_to_form(form, error)
        else:
            messages.success(request, _("The next run may change as many statuses as it finds."))
            return redirect("staff_run", run_id=run_id)
    status = 422 if form.errors else 200
    return render(request, "web/staff/run.html", {"run": found, "form": form}, status=status)


@staff_required(MAY_GUARD)
@require_http_methods(["GET", "HEAD", "POST"])
def guard(request: SignedInRequest) -> HttpResponse:
    """Show measures and remedies, choose a remedy, enter a measure (GR-1 to GR-3)."""
    enters = "measure" in request.POST
    remedy = RemedyForm(None if enters else request.POST or None)
    measure = MeasureForm(request.POST if enters else None)
    form = measure if enters else remedy
    if request.method == "POST" and form.is_valid():
        try:
            _act(request, form)
        except DomainError as error:
            add_to_form(form, error)
        else:
            messages.success(request, _("Done and recorded."))
            return redirect("staff_guard")
    in_force = guardrails.guard()
    context = {
        "guard": in_force,
        "in_force": REMEDIES[in_force.remedy],
        "because": [MEASURES.get(name, name) for name in in_force.because],
        "findings": [
            Shown(
                MEASURES.get(found.measure.name, found.measure.name),
                found,
                rules().guardrails.thresholds[found.measure.name],
                ALARMS[found.alarm],
            )
            for found in guardrails.findings()
        ],
        "changes": [(change, REMEDIES[Remedy(change.remedy)]) for change in guardrails.changes()[:50]],
        "remedy": remedy,
        "measure": measure,
    }
    return render(request, "web/staff/guard.html", context, status=422 if form.errors else 200)


def _act(request: SignedInRequest, form: MeasureForm | RemedyForm) -> None:
    actor, now = request.user.pk, clock.now()
    if isinstance(form, MeasureForm):
        operators.enter_measure(form.measured(), actor=actor, now=now)
    else:
        operators.choose_remedy(form.chosen(), actor=actor, reason=form.cleaned_data["reason"], now=now)

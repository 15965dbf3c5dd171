"""The staff area: reports, decisions, the record (RP-3)."""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, Concatenate, ParamSpec

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from bridgenotes.base import clock
from bridgenotes.base.errors import DomainError, NotAllowed
from bridgenotes.identity import services as identity
from bridgenotes.identity.handles import Purpose
from bridgenotes.moderation import queries, services
from bridgenotes.moderation.services import Moderator
from bridgenotes.web.note_forms import DecisionForm
from bridgenotes.web.problems import add_to_form
from bridgenotes.web.viewing import handle_of, sent

if TYPE_CHECKING:
    from collections.abc import Callable
    from uuid import UUID

    from django.http import HttpResponse

    from bridgenotes.web.guards import SignedInRequest

P = ParamSpec("P")
PERMISSION = "moderation.change_report"


def staff_required(
    view: Callable[Concatenate[SignedInRequest, P], HttpResponse],
) -> Callable[Concatenate[SignedInRequest, P], HttpResponse]:
    """Let operators in who may decide reports; nobody else learns more than that."""

    @wraps(view)
    def guarded(request: SignedInRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if not (request.user.is_staff and request.user.has_perm(PERMISSION)):
            raise NotAllowed("staff.only", "This page is for staff.")
        return view(request, *args, **kwargs)

    return login_required(guarded)


@staff_required
@require_safe
def reports(request: SignedInRequest) -> HttpResponse:
    """List reports: open ones first in line, or decided ones."""
    is_open = "decided" not in request.GET
    context = {"reports": queries.reports(is_open=is_open), "is_open": is_open}
    return render(request, "web/staff/reports.html", context)


@staff_required
@require_http_methods(["GET", "HEAD", "POST"])
def report(request: SignedInRequest, report_id: UUID) -> HttpResponse:
    """Show a report and take the decision."""
    found, form = queries.report_by_id(report_id), DecisionForm(sent(request))
    if request.method == "POST" and form.is_valid():
        try:
            services.decide(found, form.submitted(), _moderator(request), now=clock.now())
        except DomainError as error:
            add_to_form(form, error)
        else:
            messages.success(request, "Decided and recorded.")
            return redirect("staff_reports")
    status = 422 if form.errors else 200
    return render(request, "web/staff/report.html", {"report": found, "form": form}, status=status)


@staff_required
@require_safe
def audit_log(request: SignedInRequest) -> HttpResponse:
    """Show what operators did."""
    return render(request, "web/staff/log.html", {"entries": queries.audit_log()})


def _moderator(request: SignedInRequest) -> Moderator:
    return Moderator(
        request.user.pk, handle_of(request, Purpose.REPORT), identity.contributor_for(request.user)
    )

"""The staff area: reports, decisions, the record (RP-3)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from django.contrib import messages
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from bridgenotes.base import clock
from bridgenotes.base.errors import DomainError
from bridgenotes.identity import services as identity
from bridgenotes.identity.handles import Purpose
from bridgenotes.moderation import queries, services
from bridgenotes.moderation.services import Moderator
from bridgenotes.web.guards import staff_required
from bridgenotes.web.note_forms import DecisionForm
from bridgenotes.web.problems import add_to_form
from bridgenotes.web.viewing import handle_of, sent

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpResponse

    from bridgenotes.web.guards import SignedInRequest

MAY_MODERATE: Final = "moderation.change_report"


@staff_required(MAY_MODERATE)
@require_safe
def reports(request: SignedInRequest) -> HttpResponse:
    """List reports: open ones first in line, or decided ones."""
    is_open = "decided" not in request.GET
    context = {"reports": queries.reports(is_open=is_open), "is_open": is_open}
    return render(request, "web/staff/reports.html", context)


@staff_required(MAY_MODERATE)
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


@staff_required(MAY_MODERATE)
@require_safe
def audit_log(request: SignedInRequest) -> HttpResponse:
    """Show what operators did."""
    return render(request, "web/staff/log.html", {"entries": queries.audit_log()})


def _moderator(request: SignedInRequest) -> Moderator:
    return Moderator(
        request.user.pk, handle_of(request, Purpose.REPORT), identity.contributor_for(request.user)
    )

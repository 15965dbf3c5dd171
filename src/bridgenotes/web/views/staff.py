"""The staff area: reports, decisions, the record (RP-3)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from django.contrib import messages
from django.shortcuts import redirect, render
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from bridgenotes.base import clock
from bridgenotes.base.errors import DomainError
from bridgenotes.base.rules import rules
from bridgenotes.contributors import queries as contributors
from bridgenotes.domain.top_writer import is_top_writer
from bridgenotes.identity import services as identity
from bridgenotes.identity.handles import Purpose
from bridgenotes.moderation import queries, services
from bridgenotes.moderation.services import Moderator
from bridgenotes.web.guards import staff_required
from bridgenotes.web.note_forms import DecisionForm
from bridgenotes.web.problems import add_to_form
from bridgenotes.web.viewing import before_of, handle_of, sent

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpResponse
    from django_stubs_ext import StrOrPromise

    from bridgenotes.moderation.models import AuditEntry
    from bridgenotes.web.guards import SignedInRequest

MAY_MODERATE: Final = "moderation.change_report"
ACTIONS: Final = {
    "dismiss": gettext_lazy("dismissed a report"),
    "warn": gettext_lazy("warned a contributor"),
    "take_down_note": gettext_lazy("took a note down"),
    "remove_contributor": gettext_lazy("removed a contributor"),
    "permit_run": gettext_lazy("let a scoring run through"),
    "choose_remedy": gettext_lazy("chose a remedy"),
    "enter_measure": gettext_lazy("entered a measure"),
}

PAGES: Final = {"note": "note", "contributor": "staff_contributor", "run": "staff_run"}
"""Where to look at what entries name."""


@dataclass(frozen=True)
class Act:
    """One line of the record: the entry, what was done to what in words, and where to look at that."""

    entry: AuditEntry
    words: StrOrPromise
    subject: str
    url: str


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
            messages.success(request, _("Decided and recorded."))
            return redirect("staff_reports")
    status = 422 if form.errors else 200
    return render(request, "web/staff/report.html", {"report": found, "form": form}, status=status)


@staff_required(MAY_MODERATE)
@require_safe
def contributor(request: SignedInRequest, alias: str) -> HttpResponse:
    """Show what a moderator needs to know of a contributor: notes, reports, decisions; never the account."""
    shown = contributors.by_alias(alias)
    context = {
        "shown": shown,
        "is_top_writer": is_top_writer(shown.impact.writing, rules().top_writer),
        "reports": queries.reports_about(shown),
        "notes": queries.notes_by(shown),
        "told": queries.staff_notices(shown),
        "acts": [_act(entry) for entry in queries.acts_about(shown)],
    }
    return render(request, "web/staff/contributor.html", context)


@staff_required(MAY_MODERATE)
@require_safe
def audit_log(request: SignedInRequest) -> HttpResponse:
    """Show what staff did, the latest first."""
    entries = queries.audit_log(before=before_of(request))
    context = {
        "acts": [_act(entry) for entry in entries],
        "next_before": entries[-1].at if len(entries) == queries.PAGE_SIZE else None,
    }
    return render(request, "web/staff/log.html", context)


def _act(entry: AuditEntry) -> Act:
    """Return an entry as a line: what was done in words, to what, and where to look at it."""
    what, _space, which = entry.subject.partition(" ")
    names = {"note": _("a note"), "contributor": which, "run": _("a run")}
    try:
        url = reverse(PAGES[what], args=[which])
    except (KeyError, NoReverseMatch):
        url = ""
    return Act(entry, ACTIONS.get(entry.action, entry.action), names.get(what, entry.subject), url)


def _moderator(request: SignedInRequest) -> Moderator:
    return Moderator(
        request.user.pk, handle_of(request, Purpose.REPORT), identity.contributor_for(request.user)
    )

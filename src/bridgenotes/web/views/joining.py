"""From an account to a contributor: criteria, application, waiting, alias, welcome."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from bridgenotes.base import clock
from bridgenotes.base.errors import DomainError
from bridgenotes.base.rules import rules
from bridgenotes.contributors import services as contributors
from bridgenotes.identity import queries
from bridgenotes.identity import services as identity
from bridgenotes.identity.models import Application
from bridgenotes.identity.services import Agreement
from bridgenotes.web.forms import AliasForm, ApplicationForm
from bridgenotes.web.problems import add_to_form, problem_page

if TYPE_CHECKING:
    from django.http import HttpResponse

    from bridgenotes.web.guards import SignedInRequest


@login_required
@require_safe
def join(request: SignedInRequest) -> HttpResponse:
    """Show where the person stands: criteria and form, the waitlist, or on to the alias."""
    contributor = identity.contributor_for(request.user)
    if contributor is not None:
        return redirect("welcome" if contributor.alias else "alias")
    application = queries.application_of(request.user)
    if application is not None and application.state == Application.State.WAITING:
        return render(
            request, "web/waiting.html", {"waiting": queries.waiting_of(application, now=clock.now())}
        )
    return _application_page(request, ApplicationForm())


@login_required
@require_POST
def apply(request: SignedInRequest) -> HttpResponse:
    """Take an application."""
    form = ApplicationForm(request.POST)
    if not form.is_valid():
        return _application_page(request, form)
    try:
        identity.apply(request.user, Agreement(**form.cleaned_data), now=clock.now())
    except DomainError as error:
        add_to_form(form, error)
        return _application_page(request, form)
    return redirect("join")


@login_required
@require_POST
def withdraw(request: SignedInRequest) -> HttpResponse:
    """Take an application back."""
    identity.withdraw(request.user)
    messages.info(request, "Your application is withdrawn.")
    return redirect("join")


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def alias(request: SignedInRequest) -> HttpResponse:
    """Offer aliases and take the choice (AL-1, AL-2)."""
    contributor = identity.contributor_for(request.user)
    if contributor is None:
        return redirect("join")
    if contributor.alias:
        return redirect("welcome")
    form = AliasForm(request.POST or None, aliases=contributors.offer_aliases(contributor))
    if request.method == "POST" and form.is_valid():
        try:
            contributors.choose_alias(contributor, form.cleaned_data["alias"])
        except DomainError as error:
            return problem_page(request, error)
        return redirect("welcome")
    status = 422 if form.errors else 200
    return render(request, "web/alias.html", {"form": form}, status=status)


@login_required
@require_safe
def welcome(request: SignedInRequest) -> HttpResponse:
    """Welcome a new contributor with the three steps (SU-15)."""
    contributor = identity.contributor_for(request.user)
    if contributor is None:
        return redirect("join")
    return render(request, "web/welcome.html", {"target": rules().ability.rating_impact_for_earn_in})


def _application_page(request: SignedInRequest, form: ApplicationForm) -> HttpResponse:
    """Return the criteria with their explanations, and the form."""
    checks = queries.explained_checks(request.user, now=clock.now())
    context = {"form": form, "checks": checks, "eligible": all(check.passed for check in checks)}
    return render(request, "web/apply.html", context, status=422 if form.errors else 200)

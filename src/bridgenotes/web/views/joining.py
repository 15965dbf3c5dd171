"""From an account to a contributor: criteria, application, waiting, alias, welcome."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from bridgenotes.base import clock
from bridgenotes.base.errors import DomainError
from bridgenotes.base.rules import rules
from bridgenotes.contributors import services as contributors
from bridgenotes.identity import queries
from bridgenotes.identity import services as identity
from bridgenotes.identity.services import Agreement
from bridgenotes.notes.queries.progress import ratings_given
from bridgenotes.web.forms import AliasForm, ApplicationForm
from bridgenotes.web.joining import FIRST_RATINGS, Stage, path_at, stage_of
from bridgenotes.web.problems import add_to_form, problem_page

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from bridgenotes.web.guards import SignedInRequest


@require_safe
def join(request: HttpRequest) -> HttpResponse:
    """Show where somebody stands: the way in, criteria and form, the waitlist, or on to the alias."""
    contributor = identity.contributor_for(request.user)
    if contributor is not None:
        return redirect("welcome" if contributor.alias else "alias")
    stage = stage_of(request.user, None)
    if not isinstance(request.user, identity.Account):
        target = rules().ability.rating_impact_for_earn_in
        return render(request, "web/joining/invitation.html", {"path": path_at(stage), "target": target})
    if stage == Stage.DRAW:
        application = queries.application_of(request.user)
        assert application is not None  # that is what the stage says
        waiting = queries.waiting_of(application, now=clock.now())
        return render(request, "web/waiting.html", {"waiting": waiting, "path": path_at(stage)})
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
    messages.info(request, _("Your application is withdrawn."))
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
    context = {"form": form, "path": path_at(Stage.ALIAS)}
    return render(request, "web/alias.html", context, status=422 if form.errors else 200)


@login_required
@require_safe
def welcome(request: SignedInRequest) -> HttpResponse:
    """Welcome a new contributor with the three steps (SU-15)."""
    contributor = identity.contributor_for(request.user)
    if contributor is None:
        return redirect("join")
    given = ratings_given(contributor)
    context = {
        "target": contributor.earn_in_target,
        "path": path_at(stage_of(request.user, contributor)),
        "given": given,
        "first_ratings": FIRST_RATINGS,
    }
    return render(request, "web/welcome.html", context)


def _application_page(request: HttpRequest, form: ApplicationForm) -> HttpResponse:
    """Return the criteria with what to do about each, and the form."""
    assert isinstance(request.user, identity.Account)
    checks = queries.explained_checks(request.user, now=clock.now())
    context = {
        "form": form,
        "checks": checks,
        "eligible": all(check.passed for check in checks),
        "path": path_at(Stage.APPLICATION),
    }
    return render(request, "web/apply.html", context, status=422 if form.errors else 200)

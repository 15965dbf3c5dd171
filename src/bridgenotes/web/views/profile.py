"""Public profiles, and the settings of one's own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from bridgenotes.base import clock
from bridgenotes.base.errors import DomainError, NotAllowed
from bridgenotes.base.rules import rules
from bridgenotes.contributors import queries
from bridgenotes.contributors import services as contributors
from bridgenotes.contributors.models import Contributor, NotificationFrequency
from bridgenotes.domain.top_writer import is_top_writer
from bridgenotes.identity import services as identity
from bridgenotes.moderation.queries import staff_notices
from bridgenotes.notes.policies import standing_of
from bridgenotes.notes.queries import timelines
from bridgenotes.web.forms import NotificationForm, TeamMessageForm
from bridgenotes.web.kept_pages import same_for_visitors
from bridgenotes.web.problems import add_to_form
from bridgenotes.web.viewing import before_of, looker_of

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


@require_safe
@same_for_visitors
def profile(request: HttpRequest, alias: str) -> HttpResponse:
    """Show a contributor to everybody (AL-4, PP-1 to PP-4)."""
    shown = queries.by_alias(alias)
    viewer = identity.contributor_for(request.user)
    is_own = viewer is not None and viewer.pk == shown.pk
    context = {
        "shown": shown,
        "is_own": is_own,
        "is_top_writer": is_top_writer(shown.impact.writing, rules().top_writer),
        "standing": standing_of(shown) if is_own else None,
        "page": timelines.notes_of(shown, looker_of(request), before=before_of(request)),
        "staff_notices": staff_notices(shown) if is_own else (),
    }
    return render(request, "web/profile.html", context)


@login_required
@require_safe
def account(request: HttpRequest) -> HttpResponse:
    """Show how one signs in; for contributors and everybody else with an account."""
    return render(request, "web/account.html")


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def settings(request: HttpRequest) -> HttpResponse:
    """Show and change a contributor's settings (AL-4, NO-1)."""
    contributor = _own(request)
    initial = {"notification_frequency": contributor.notification_frequency}
    form = NotificationForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        frequency = NotificationFrequency(form.cleaned_data["notification_frequency"])
        contributors.set_notification_frequency(contributor, frequency)
        messages.success(request, _("Saved."))
        return redirect("settings")
    return render(
        request, "web/settings.html", {"form": form, "own": contributor}, status=422 if form.errors else 200
    )


@login_required
@require_POST
def leave(request: HttpRequest) -> HttpResponse:
    """End participation (OP-1)."""
    contributor = _own(request)
    contributors.leave(contributor)
    messages.info(request, _("You have left. You can rejoin from your profile at any time."))
    return redirect("profile", alias=contributor.alias)


@login_required
@require_POST
def rejoin(request: HttpRequest) -> HttpResponse:
    """Take part again (OP-2)."""
    contributor = _own(request)
    contributors.rejoin(contributor)
    messages.success(request, _("Welcome back."))
    return redirect("profile", alias=contributor.alias)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def team(request: HttpRequest) -> HttpResponse:
    """Take a message to the team (AL-7)."""
    contributor = _own(request)
    form = TeamMessageForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            contributors.message_team(contributor, form.cleaned_data["text"], now=clock.now())
        except DomainError as error:
            add_to_form(form, error)
        else:
            messages.success(request, _("Your message is with the team."))
            return redirect("settings")
    return render(request, "web/team.html", {"form": form}, status=422 if form.errors else 200)


def _own(request: HttpRequest) -> Contributor:
    """Return the contributor of the person, who may have left.

    Raises
    ------
    NotAllowed
        If they take no part, or have no alias yet.
    """
    contributor = identity.contributor_for(request.user)
    if contributor is None:
        raise NotAllowed("identity.not_a_contributor", _("Apply to take part first."))
    if not contributor.alias:
        raise NotAllowed(
            "contributors.no_alias", _("Choose an alias first; everything you do appears under it.")
        )
    return contributor

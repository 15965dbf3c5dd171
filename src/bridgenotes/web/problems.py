"""Errors as pages and form messages."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from django.conf import settings
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from bridgenotes.base.errors import DomainError, Problem, explain
from bridgenotes.base.problem_documents import problem_response
from bridgenotes.domain.verdict import Refused

if TYPE_CHECKING:
    from django import forms
    from django.http import HttpRequest, HttpResponse

TITLES: Final = {
    400: gettext_lazy("That did not work"),
    401: gettext_lazy("Please sign in"),
    403: gettext_lazy("You may not do this"),
    404: gettext_lazy("There is nothing here"),
    409: gettext_lazy("That is no longer possible"),
    422: gettext_lazy("Please look again"),
    429: gettext_lazy("Not yet"),
    500: gettext_lazy("Something broke"),
    503: gettext_lazy("Not available now"),
}
ONE_STEP_BEFORE: Final = gettext_lazy("One step comes before this")
TITLES_BY_CODE: Final = {
    "contributors.no_alias": ONE_STEP_BEFORE,
    "identity.not_a_contributor": ONE_STEP_BEFORE,
    "request.phone_unverified": ONE_STEP_BEFORE,
    "ability.not_yet": gettext_lazy("Writing comes with rating"),
    "ability.locked": gettext_lazy("Writing is locked for now"),
}
NEXT_STEPS: Final = {
    "contributors.no_alias": ("alias", gettext_lazy("Choose your alias")),
    "contributors.left": ("settings", gettext_lazy("Go to your settings")),
    "identity.not_a_contributor": ("join", gettext_lazy("See how to take part")),
    "ability.not_yet": ("needs_your_help", gettext_lazy("Rate notes")),
    "ability.locked": ("needs_your_help", gettext_lazy("Rate notes")),
    "request.phone_unverified": ("account_change_phone", gettext_lazy("Verify a phone number")),
    "request.top_writers_only": ("needs_your_help", gettext_lazy("Rate notes")),
    "eligibility.phone_verified_elsewhere": (
        "account_change_phone",
        gettext_lazy("Verify your phone number"),
    ),
}
"""Where somebody can do what is missing, by the code of the problem: a page's name and the words of its link."""


def problem_page(request: HttpRequest, error: DomainError) -> HttpResponse:
    """Return the page that tells a domain error."""
    return _page(request, explain(error))


def add_to_form(form: forms.BaseForm, error: DomainError) -> None:
    """Show a domain error in the form that caused it, beside its fields where it names them."""
    problem = explain(error)
    fields: list[tuple[str | None, str]] = list(problem.fields.items())
    if isinstance(error, Refused):
        names = [getattr(form, "FIELD_OF", {}).get(reason.code) for reason in error.reasons]
        fields = list(zip(names, problem.sentences, strict=True))
    for name, sentence in fields or [(None, sentence) for sentence in problem.sentences]:
        form.add_error(name if name in form.fields else None, sentence)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001 (Django's signature)
    """Return the page for a request that makes no sense."""
    return _page(request, Problem(400, "request.invalid", (_("The request could not be understood."),)))


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001
    """Return the page for what is not allowed."""
    return _page(request, Problem(403, "request.forbidden", (_("This page is not for you."),)))


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001
    """Return the page for what does not exist."""
    return _page(request, Problem(404, "request.not_found", (_("This address leads nowhere (any more)."),)))


def server_error(request: HttpRequest) -> HttpResponse:
    """Return the page for a fault of ours."""
    sentence = _("The fault is ours. Please try again in a minute.")
    return _page(request, Problem(500, "server.error", (sentence,)))


def _page(request: HttpRequest, problem: Problem) -> HttpResponse:
    """Return the page of a problem, its words alone to a page that asked for a part, its document to programs."""
    if request.path_info.startswith("/api/"):
        return problem_response(problem)
    title = TITLES_BY_CODE.get(problem.code) or TITLES.get(problem.status, TITLES[400])
    context = {"problem": problem, "title": title, "next_step": NEXT_STEPS.get(problem.code)}
    template = "web/problem_said.html" if getattr(request, "htmx", False) else "web/problem.html"
    if problem.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        # Who asks is in the database, which may be what broke: show everybody the page of a visitor.
        return render(None, template, context | {"site_name": settings.SITE.site_name}, status=problem.status)
    return render(request, template, context, status=problem.status)

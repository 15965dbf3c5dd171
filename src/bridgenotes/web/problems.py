"""Errors as pages and form messages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from django.shortcuts import render

from bridgenotes.base.errors import DomainError, Problem, explain
from bridgenotes.base.problem_documents import problem_response

if TYPE_CHECKING:
    from django import forms
    from django.http import HttpRequest, HttpResponse

TITLES: Final = {
    400: "That did not work",
    401: "Please sign in",
    403: "You may not do this",
    404: "There is nothing here",
    409: "That is no longer possible",
    422: "Please look again",
    429: "Not yet",
    500: "Something broke",
    503: "Not available now",
}


def problem_page(request: HttpRequest, error: DomainError) -> HttpResponse:
    """Return the page that tells a domain error."""
    return _page(request, explain(error))


def add_to_form(form: forms.BaseForm, error: DomainError) -> None:
    """Show a domain error in the form that caused it, beside its fields where it names them."""
    problem = explain(error)
    for name, sentence in problem.fields.items():
        form.add_error(name if name in form.fields else None, sentence)
    if not problem.fields:
        for sentence in problem.sentences:
            form.add_error(None, sentence)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001 (Django's signature)
    """Return the page for a request that makes no sense."""
    return _page(request, Problem(400, "request.invalid", ("The request could not be understood.",)))


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001
    """Return the page for what is not allowed."""
    return _page(request, Problem(403, "request.forbidden", ("This page is not for you.",)))


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001
    """Return the page for what does not exist."""
    return _page(request, Problem(404, "request.not_found", ("This address leads nowhere (any more).",)))


def server_error(request: HttpRequest) -> HttpResponse:
    """Return the page for a fault of ours."""
    return _page(request, Problem(500, "server.error", ("The fault is ours. Please try again in a minute.",)))


def _page(request: HttpRequest, problem: Problem) -> HttpResponse:
    """Return the page of a problem, or its document to programs."""
    if request.path_info.startswith("/api/"):
        return problem_response(problem)
    context = {"problem": problem, "title": TITLES.get(problem.status, TITLES[400])}
    return render(request, "web/problem.html", context, status=problem.status)

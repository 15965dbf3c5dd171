"""Errors as problem documents (RFC 9457): what every program gets, whoever answers it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from django.http import JsonResponse
from django.utils.translation import gettext, gettext_lazy

from bridgenotes.base import clock

if TYPE_CHECKING:
    from bridgenotes.base.errors import Problem

CONTENT_TYPE: Final = "application/problem+json"
TITLES: Final = {
    400: gettext_lazy("Bad request"),
    401: gettext_lazy("Not signed in"),
    403: gettext_lazy("Not allowed"),
    404: gettext_lazy("Not found"),
    409: gettext_lazy("Conflict"),
    422: gettext_lazy("Not acceptable"),
    429: gettext_lazy("Limit reached"),
    500: gettext_lazy("Server error"),
    503: gettext_lazy("Not available"),
}


def problem_response(problem: Problem) -> JsonResponse:
    """Return the problem document of an error; ``Retry-After`` says when waiting helps."""
    body = {
        "type": f"about:blank#{problem.code}",
        "title": str(TITLES.get(problem.status) or gettext("Error")),
        "status": problem.status,
        "code": problem.code,
        "detail": problem.message,
        "facts": dict(problem.facts),
        "fields": dict(problem.fields),
        "retry_at": problem.retry_at.isoformat() if problem.retry_at else None,
    }
    response = JsonResponse(body, status=problem.status, content_type=CONTENT_TYPE)
    if problem.retry_at is not None:
        seconds = (problem.retry_at - clock.now()).total_seconds()
        response["Retry-After"] = str(max(1, round(seconds)))
    return response

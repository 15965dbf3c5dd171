"""Errors as problem documents (RFC 9457): what every program gets, whoever answers it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from django.http import JsonResponse

from bridgenotes.base import clock

if TYPE_CHECKING:
    from bridgenotes.base.errors import Problem

CONTENT_TYPE: Final = "application/problem+json"
TITLES: Final = {
    400: "Bad request",
    401: "Not signed in",
    403: "Not allowed",
    404: "Not found",
    409: "Conflict",
    422: "Not acceptable",
    429: "Limit reached",
    500: "Server error",
    503: "Not available",
}


def problem_response(problem: Problem) -> JsonResponse:
    """Return the problem document of an error; ``Retry-After`` says when waiting helps."""
    body = {
        "type": f"about:blank#{problem.code}",
        "title": TITLES.get(problem.status, "Error"),
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

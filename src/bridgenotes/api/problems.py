"""Errors as problem documents (RFC 9457): one shape for every operation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from django.http import Http404, HttpResponse
from django.utils.translation import gettext
from ninja import Schema
from ninja.errors import AuthenticationError, HttpError, Throttled, ValidationError

from bridgenotes.base.errors import DomainError, Problem, explain
from bridgenotes.base.problem_documents import problem_response

if TYPE_CHECKING:
    from django.http import HttpRequest
    from ninja import NinjaAPI


class ProblemDocument(Schema):
    """What a failed operation answers.

    ``code`` is stable and meant for programs; ``detail`` is a sentence for people.
    """

    type: str
    title: str
    status: int
    code: str
    detail: str
    facts: dict[str, Any]
    fields: dict[str, str]
    retry_at: str | None = None


FAILURES: Final = dict.fromkeys((400, 401, 403, 404, 409, 422, 429), ProblemDocument)
"""Spread into the ``response`` of every operation: ``response={200: Out, **FAILURES}``."""


def register(api: NinjaAPI) -> None:
    """Let every error of ``api`` end as a problem document."""

    @api.exception_handler(DomainError)
    def _domain(_request: HttpRequest, error: DomainError) -> HttpResponse:
        return problem_response(explain(error))

    @api.exception_handler(ValidationError)
    def _validation(_request: HttpRequest, error: ValidationError) -> HttpResponse:
        fields = {".".join(map(str, item["loc"])): item["msg"] for item in error.errors}
        problem = Problem(
            422, "request.invalid", (gettext("The request is not as described."),), fields=fields
        )
        return problem_response(problem)

    @api.exception_handler(AuthenticationError)
    def _authentication(_request: HttpRequest, _error: AuthenticationError) -> HttpResponse:
        return problem_response(Problem(401, "request.not_signed_in", (gettext("Sign in first."),)))

    @api.exception_handler(Http404)
    def _missing(_request: HttpRequest, _error: Http404) -> HttpResponse:
        return problem_response(Problem(404, "request.not_found", (gettext("There is nothing here."),)))

    @api.exception_handler(Throttled)
    def _throttled(_request: HttpRequest, error: Throttled) -> HttpResponse:
        response = problem_response(
            Problem(429, "request.too_many", (gettext("Too many requests; wait a little."),))
        )
        if error.wait:
            response["Retry-After"] = str(error.wait)
        return response

    @api.exception_handler(HttpError)
    def _http(_request: HttpRequest, error: HttpError) -> HttpResponse:
        return problem_response(Problem(error.status_code, "request.failed", (str(error),)))

"""Prometheus metrics, for the operator's monitoring and nobody else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.http import HttpResponse, HttpResponseNotFound
from django.utils.crypto import constant_time_compare
from django.views.decorators.http import require_GET
from django_prometheus.exports import ExportToDjangoView

if TYPE_CHECKING:
    from django.http import HttpRequest


@require_GET
def metrics(request: HttpRequest) -> HttpResponse:
    """Return the metrics to who has the token; without a token, to this machine only."""
    if not _may_read(request):
        return HttpResponseNotFound()
    response: HttpResponse = ExportToDjangoView(request)
    return response


def _may_read(request: HttpRequest) -> bool:
    """Say whether the request carries the token, or comes from this machine without a proxy."""
    token = settings.SITE.metrics_token.get_secret_value()
    if token:
        return constant_time_compare(request.headers.get("Authorization", ""), f"Bearer {token}")
    is_local = request.META.get("REMOTE_ADDR") in {"127.0.0.1", "::1"}
    return is_local and "X-Forwarded-For" not in request.headers

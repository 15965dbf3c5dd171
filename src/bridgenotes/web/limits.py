"""How often one browser may do something; beside the quotas, which the rules count.

Rates are settings (``ACCOUNT_RATE_LIMITS``, the same as for sign-in), counted in the cache.
"""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, Concatenate, ParamSpec

from allauth.core import ratelimit
from django.utils.translation import gettext

from bridgenotes.base.errors import LimitReached

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest, HttpResponse

P = ParamSpec("P")


def limited(
    action: str,
) -> Callable[
    [Callable[Concatenate[HttpRequest, P], HttpResponse]], Callable[Concatenate[HttpRequest, P], HttpResponse]
]:
    """Let a view answer a POST only as often as the rate of ``action`` allows.

    Raises
    ------
    LimitReached
        By the decorated view, if it was asked too often.
    """

    def decorate(
        view: Callable[Concatenate[HttpRequest, P], HttpResponse],
    ) -> Callable[Concatenate[HttpRequest, P], HttpResponse]:
        @wraps(view)
        def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            if request.method == "POST" and not ratelimit.consume(request, action=action):
                raise LimitReached(
                    "request.too_many", gettext("That was too often. Please wait a little."), retry_at=None
                )
            return view(request, *args, **kwargs)

        return guarded

    return decorate

"""Who may see a page."""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, Concatenate, ParamSpec

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest

from bridgenotes.identity import services as identity

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpResponse

    from bridgenotes.contributors.models import Contributor
    from bridgenotes.identity.services import Account

P = ParamSpec("P")


class SignedInRequest(HttpRequest):
    """The request of a view behind ``login_required``; a name for the type checker."""

    user: Account


def contributor_required(
    view: Callable[Concatenate[HttpRequest, Contributor, P], HttpResponse],
) -> Callable[Concatenate[HttpRequest, P], HttpResponse]:
    """Let contributors who may act in, as second argument of the view; send visitors to sign in.

    Others get the page that says what stands in the way.
    """

    @wraps(view)
    def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        return view(request, identity.require_contributor(request.user), *args, **kwargs)

    return login_required(guarded)

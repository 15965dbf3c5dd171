"""Who may see a page."""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, Concatenate, ParamSpec

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest
from django.utils.translation import gettext as _

from bridgenotes.base.errors import NotAllowed
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


def staff_required(
    permission: str,
) -> Callable[
    [Callable[Concatenate[SignedInRequest, P], HttpResponse]],
    Callable[Concatenate[HttpRequest, P], HttpResponse],
]:
    """Let staff with a permission in; nobody else learns more than that the page is for staff."""

    def decorator(
        view: Callable[Concatenate[SignedInRequest, P], HttpResponse],
    ) -> Callable[Concatenate[HttpRequest, P], HttpResponse]:
        @wraps(view)
        def guarded(request: SignedInRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            if not (request.user.is_staff and request.user.has_perm(permission)):
                raise NotAllowed("staff.only", _("This page is for staff."))
            return view(request, *args, **kwargs)

        return login_required(guarded)  # type: ignore[return-value] # narrows the request

    return decorator

"""The places of the site: the main ones in the header (a bar at the bottom of a phone), the rest in a menu."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from bridgenotes.notifications import queries as notices

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.http import HttpRequest

    from bridgenotes.contributors.models import Contributor

FRONT: Final = frozenset({"home", "new", "helpful", "needs_your_help", "requests"})
"""Pages that the front page's tabs lead to."""


@dataclass(frozen=True)
class Place:
    """Somewhere to go.

    Attributes
    ----------
    url : str
        Its address.
    icon : str
        Name of its icon.
    text : str
        What it is called.
    is_current : bool
        Whether the visitor is there.
    is_for_phones : bool
        Whether only a phone's bar has it, since a desktop has another way.
    alias : str
        Whose picture stands in the icon's place.
    news : str
        How much is new there, in a sign or two; empty for nothing.
    news_said : str
        The same in words.
    """

    url: str
    icon: str
    text: str
    is_current: bool = False
    is_for_phones: bool = False
    alias: str = ""
    news: str = ""
    news_said: str = ""


def main_places(request: HttpRequest) -> list[Place]:
    """Return at most five places, the same on desktop and phone."""
    alias = _alias(request)
    here = request.resolver_match.url_name if request.resolver_match else None
    places = [
        Place(reverse("home"), "notes", _("Notes"), here in FRONT),
        Place(
            reverse("search"),
            "search",
            pgettext("page", "Search"),
            here in {"search", "find"},
            is_for_phones=True,
        ),
        Place(reverse("community"), "landscape", _("Community"), here == "community"),
    ]
    if not alias:
        places.append(Place(reverse("about"), "info", pgettext("page", "About"), here == "about"))
        if not request.user.is_authenticated:
            login = reverse("account_login")
            places.append(Place(login, "enter", _("Sign in"), here == "account_login", is_for_phones=True))
        return places
    own = reverse("profile", args=[alias])
    return [
        *places,
        alerts(request.contributor, is_current=here == "notices"),  # type: ignore[attr-defined]
        Place(own, "person", _("Profile"), request.path == own, is_for_phones=True, alias=alias),
    ]


def alerts(contributor: Contributor, *, is_current: bool) -> Place:
    """Return the place of a contributor's notices, with the number of new ones."""
    count = notices.new_up_to_most(contributor)
    news = news_said = ""
    if count > notices.MOST_COUNTED:
        news, news_said = f"{notices.MOST_COUNTED}+", _("more than {n} new").format(n=notices.MOST_COUNTED)
    elif count:
        news, news_said = str(count), ngettext("{n} new", "{n} new", count).format(n=count)
    return Place(reverse("notices"), "bell", _("Alerts"), is_current, news=news, news_said=news_said)


def personal_places(request: HttpRequest) -> list[Place]:
    """Return what the menu of somebody signed in holds, without signing out."""
    if alias := _alias(request):
        return [
            Place(reverse("profile", args=[alias]), "person", _("Profile"), alias=alias),
            Place(reverse("settings"), "settings", _("Settings")),
        ]
    return [
        Place(reverse("join"), "hand", _("Take part")),
        Place(reverse("account"), "settings", _("Account")),
    ]


def staff_places(request: HttpRequest) -> list[Place]:
    """Return what somebody of the staff may work on."""
    return list(_staff_places(request)) if getattr(request.user, "is_staff", False) else []


def _staff_places(request: HttpRequest) -> Iterator[Place]:
    user = request.user
    if user.has_perm("moderation.change_report"):
        yield Place(reverse("staff_reports"), "flag", _("Reports"))
    if user.has_perm("runs.add_permit"):
        yield Place(reverse("staff_runs"), "gauge", _("Runs"))
    if user.has_perm("guardrails.add_remedychange"):
        yield Place(reverse("staff_guard"), "shield", _("Guardrails"))


def _alias(request: HttpRequest) -> str:
    contributor = getattr(request, "contributor", None)
    return contributor.alias if contributor else ""

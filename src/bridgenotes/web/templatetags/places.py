"""The header's navigation for templates (`bridgenotes.web.navigation`)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import template
from django.conf import settings

from bridgenotes.web.navigation import main_places, personal_places, staff_places

if TYPE_CHECKING:
    from django.template import Context

register = template.Library()


@register.simple_tag
def site_languages() -> list[tuple[str, str]]:
    """Return the site's languages, by code; Django's tag would translate their names."""
    languages: list[tuple[str, str]] = settings.LANGUAGES
    return languages


@register.inclusion_tag("web/components/site_nav.html", takes_context=True)
def site_nav(context: Context) -> dict[str, Any]:
    """Show the main places; none where a page is shown without a request, as a fault's may be."""
    request = context.get("request")
    return {"places": main_places(request) if request else []}


@register.inclusion_tag("web/components/account_menu.html", takes_context=True)
def account_menu(context: Context) -> dict[str, Any]:
    """Show the menu of somebody signed in."""
    request = context["request"]
    return {
        "contributor": request.contributor,
        "personal": personal_places(request),
        "staff": staff_places(request),
    }

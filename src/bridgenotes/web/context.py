"""What every template knows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings

if TYPE_CHECKING:
    from django.http import HttpRequest


def site(request: HttpRequest) -> dict[str, Any]:
    """Return the site's name and the contributor who looks at the page."""
    return {
        "site_name": settings.SITE.site_name,
        "contributor": getattr(request, "contributor", None),
        "host_name": settings.SITE.oidc.name if settings.SITE.oidc.issuer else "",
    }

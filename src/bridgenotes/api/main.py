"""The API object and its routers; an app's router is added to `ROUTERS`."""

from __future__ import annotations

from typing import Final

from ninja import NinjaAPI, Router
from ninja.throttling import AnonRateThrottle, AuthRateThrottle

from bridgenotes import __version__
from bridgenotes.api import contributors, problems

ROUTERS: Final[tuple[tuple[str, Router], ...]] = (("", contributors.router),)

api = NinjaAPI(
    title="Bridgenotes",
    version=__version__,
    description="Community notes. Errors are problem documents (RFC 9457) with a stable `code`.",
    urls_namespace="api",
    docs_url="/docs",
    throttle=[AnonRateThrottle("120/m"), AuthRateThrottle("600/m")],
)
problems.register(api)
for prefix, router in ROUTERS:
    api.add_router(prefix, router)

"""The API object and its routers; an app's router is added to `ROUTERS`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from ninja import NinjaAPI, Router

from bridgenotes import __version__
from bridgenotes.api import contributors, notes, notices, posts, problems, searching, shown, state, timelines
from bridgenotes.api.limits import AccountThrottle, VisitorThrottle
from bridgenotes.api.parsing import StrictParser
from bridgenotes.base.problem_documents import CONTENT_TYPE

if TYPE_CHECKING:
    from ninja.openapi.schema import OpenAPISchema

ROUTERS: Final[tuple[tuple[str, Router], ...]] = (
    ("", contributors.router),
    ("", posts.router),
    ("", shown.router),
    ("", notes.router),
    ("", timelines.router),
    ("", notices.router),
    ("", searching.router),
    ("", state.router),
)


class Api(NinjaAPI):
    """The API; its document names the content type that failures really have."""

    def get_openapi_schema(self, *args: Any, **options: Any) -> OpenAPISchema:  # noqa: ANN401 (ninja's)
        """Return the OpenAPI document."""
        document = super().get_openapi_schema(*args, **options)
        for operations in document["paths"].values():
            for operation in operations.values():
                for status, response in operation["responses"].items():
                    content = response.get("content", {})
                    if int(status) >= 400 and "application/json" in content:
                        content[CONTENT_TYPE] = content.pop("application/json")
        return document


api = Api(
    title="Bridgenotes",
    version=__version__,
    description="Community notes. Errors are problem documents (RFC 9457) with a stable `code`.",
    urls_namespace="api",
    docs_url="/docs",
    parser=StrictParser(),
    throttle=[VisitorThrottle("120/m"), AccountThrottle("600/m")],
)
problems.register(api)
for prefix, router in ROUTERS:
    api.add_router(prefix, router)

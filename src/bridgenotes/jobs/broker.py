"""Where the job queue is kept: a file of its own beside SQLite, a table in PostgreSQL."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bridgenotes.base.settings import Settings


def broker_settings(site: Settings) -> dict[str, Any]:
    """Return Django's ``HUEY`` setting for this site.

    huey opens its storage as soon as it is imported. Before the site's first start there is no data
    folder, and tools that only read the settings must not make one: then the queue is in memory.
    """
    common: dict[str, Any] = {"name": "bridgenotes", "results": False, "immediate": False, "utc": True}
    url = site.database_url.get_secret_value()
    if not site.data_dir.is_dir():
        return {**common, "huey_class": "huey.MemoryHuey"}
    if url.startswith("postgres"):
        return {**common, "huey_class": "huey.PostgresHuey", "connection": {"dsn": url}}
    return {
        **common,
        "huey_class": "huey.SqliteHuey",
        "connection": {"filename": str(site.data_dir / "jobs.sqlite3")},
    }

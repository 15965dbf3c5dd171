"""From one address to Django's database settings; SQLite by default, PostgreSQL by one setting."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from bridgenotes.base.configuration import ConfigurationError

SQLITE_START: Final = (
    "PRAGMA journal_mode=WAL;PRAGMA synchronous=NORMAL;PRAGMA foreign_keys=ON;PRAGMA temp_store=MEMORY;"
    "PRAGMA cache_size=-16000;"
)
PREPARED_FROM: Final = 2
"""From so many runs on, PostgreSQL knows a statement of `bridgenotes.base.prepared` by name."""


class DatabaseUrlError(ConfigurationError):
    """The database address cannot be used; the message says why, without the password."""


def database(url: str, data_dir: Path) -> dict[str, Any]:
    """Return the entry ``default`` of Django's ``DATABASES``.

    Parameters
    ----------
    url : str
        ``postgresql://…``, ``sqlite:///path``, or empty for SQLite in the data folder.
    data_dir : Path
        Where the default SQLite file is.

    Raises
    ------
    DatabaseUrlError
        If it is neither, or its library is not installed.
    """
    if not url:
        return sqlite(data_dir / "bridgenotes.sqlite3")
    if url.startswith("sqlite:///"):
        return sqlite(Path(url.removeprefix("sqlite:///")))
    if url.startswith(("postgresql://", "postgres://")):
        return postgresql(url)
    raise DatabaseUrlError("BRIDGENOTES_DATABASE_URL must begin with postgresql:// or sqlite:///")


def sqlite(path: Path) -> dict[str, Any]:
    """Return settings under which several writers wait for each other instead of failing.

    WAL lets readers go on while one writes; IMMEDIATE takes the write lock at the start of a transaction,
    so that none is lost half-way to "database is locked".
    """
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": str(path),
        "OPTIONS": {"transaction_mode": "IMMEDIATE", "timeout": 20, "init_command": SQLITE_START},
    }


def postgresql(url: str) -> dict[str, Any]:
    """Return settings for a PostgreSQL address; libpq's own parser reads it."""
    try:
        import psycopg  # noqa: PLC0415 (an optional extra)
        from psycopg.conninfo import conninfo_to_dict  # noqa: PLC0415
    except ImportError as error:
        raise DatabaseUrlError("PostgreSQL needs: pip install 'bridgenotes[postgres]'") from error
    try:
        parts = conninfo_to_dict(url)
    except psycopg.ProgrammingError as error:
        raise DatabaseUrlError("BRIDGENOTES_DATABASE_URL is not a valid PostgreSQL address") from error
    own = {"dbname": "NAME", "user": "USER", "password": "PASSWORD", "host": "HOST", "port": "PORT"}
    return {
        "ENGINE": "bridgenotes.base.postgresql",
        **{name: str(parts.pop(part)) for part, name in own.items() if part in parts},
        "OPTIONS": {**parts, "prepare_threshold": PREPARED_FROM},
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
    }

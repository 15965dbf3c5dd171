"""Make, mend and remove the index of the database at hand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, cast

from bridgenotes.search import postgresql, sqlite

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.db.backends.base.base import BaseDatabaseWrapper
    from django.db.backends.utils import CursorWrapper

    from bridgenotes.search.asked import Term


class Backend(Protocol):
    """How a database finds notes by their words."""

    def order(self, cursor: CursorWrapper, terms: Sequence[Term]) -> str:
        """Return what pages are ordered by, so that one is found without sorting all matches."""

    def matching(self, terms: Sequence[Term]) -> tuple[str, str, list[str]]:
        """Return source, condition and parameters of the notes that hold all terms."""


def backend(connection: BaseDatabaseWrapper) -> Backend:
    """Return the module for a connection's database."""
    return cast("Backend", postgresql if connection.vendor == "postgresql" else sqlite)


def install(connection: BaseDatabaseWrapper) -> None:
    """Make the index, with all notes in it."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT collname FROM pg_collation")
            cursor.execute(postgresql.fold_function({name for (name,) in cursor.fetchall()}))
            cursor.execute(postgresql.COLUMN)
            statements: Sequence[str] = postgresql.KEEP
        else:
            statements = sqlite.INSTALL
        for statement in statements:
            cursor.execute(statement)


def remove(connection: BaseDatabaseWrapper) -> None:
    """Remove the index."""
    with connection.cursor() as cursor:
        for statement in postgresql.REMOVE if connection.vendor == "postgresql" else sqlite.REMOVE:
            cursor.execute(statement)


def mend(connection: BaseDatabaseWrapper) -> None:
    """Make again what a migration of the notes' table dropped."""
    if connection.vendor != "sqlite":
        return
    with connection.cursor() as cursor:
        tables = connection.introspection.table_names(cursor)
        if {"search_note", "notes_note"} <= set(tables):
            for statement in sqlite.KEEP:
                cursor.execute(statement)


def prepare(connection: BaseDatabaseWrapper, **_: Any) -> None:  # noqa: ANN401 (a signal's)
    """Prepare a new connection."""
    if connection.vendor == "sqlite":
        sqlite.prepare(connection.connection)

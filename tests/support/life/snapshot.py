"""Rows of the whole database, taken once and put back in a test: what took a minute to happen is there at once."""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.core.management.color import no_style
from django.db import connection
from django.db.backends.utils import CursorWrapper

Rows = dict[str, tuple[list[str], list[tuple[Any, ...]]]]


def take() -> Rows:
    """Return every table's columns and rows."""
    rows: Rows = {}
    with connection.cursor() as cursor:
        for table in _tables():
            columns = _columns(cursor, table)
            cursor.execute(f"SELECT {', '.join(map(_quoted, columns))} FROM {_quoted(table)}")
            rows[table] = (columns, [tuple(_plain(value) for value in row) for row in cursor.fetchall()])
    return rows


def put_back(rows: Rows) -> None:
    """Replace everything in the database, within a transaction: references are looked at when it ends."""
    with connection.cursor() as cursor:
        for table in rows:
            cursor.execute(f"DELETE FROM {_quoted(table)}")
        for table, (columns, values) in rows.items():
            if values:
                names = ", ".join(map(_quoted, columns))
                places = ", ".join(["%s"] * len(columns))
                cursor.executemany(f"INSERT INTO {_quoted(table)} ({names}) VALUES ({places})", values)
        for statement in connection.ops.sequence_reset_sql(
            no_style(), apps.get_models(include_auto_created=True)
        ):
            cursor.execute(statement)


def _tables() -> list[str]:
    models = [m for m in apps.get_models(include_auto_created=True) if m._meta.managed and not m._meta.proxy]
    return sorted({model._meta.db_table for model in models})


def _columns(cursor: CursorWrapper, table: str) -> list[str]:
    """Return the columns that can be written; what the database computes by itself comes back with them."""
    if connection.vendor != "postgresql":
        return [column.name for column in connection.introspection.get_table_description(cursor, table)]
    cursor.execute(
        "SELECT column_name FROM information_schema.columns"
        " WHERE table_schema = current_schema() AND table_name = %s AND is_generated = 'NEVER'"
        " ORDER BY ordinal_position",
        [table],
    )
    return [name for (name,) in cursor.fetchall()]


def _quoted(name: str) -> str:
    return connection.ops.quote_name(name)


def _plain(value: Any) -> Any:
    """Return a value that a later insert takes; JSON of PostgreSQL goes back as text, bytes as bytes."""
    return bytes(value) if isinstance(value, memoryview) else value

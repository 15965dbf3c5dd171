"""Connections that prepare statements, and that see whether the server has left without asking it."""

from __future__ import annotations

import select
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from django.db.backends.postgresql import base
from django.db.backends.postgresql.operations import DatabaseOperations
from psycopg import Error
from psycopg.pq import ConnStatus

if TYPE_CHECKING:
    from collections.abc import Iterator


class Operations(DatabaseOperations):
    """What Django asks its own way in PostgreSQL."""

    def last_executed_query(self, cursor: Any, sql: str, params: Any) -> str:  # noqa: ANN401 (as Django has them)
        """Return a statement with its values, for logs and tests; the server got them apart if it is prepared."""
        if isinstance(cursor, base.ServerBindingCursor):
            return str(self.compose_sql(sql, params))
        return super().last_executed_query(cursor, sql, params)


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection of Django's."""

    ops_class = Operations

    def is_usable(self) -> bool:
        """Say whether the server holds the connection; one that it closed has something to read.

        Django asks at the beginning of each request. With a query it would wait once more for the server, which
        on a busy machine costs as much as the answer itself.
        """
        if self.connection is None:
            return False
        line = self.connection.pgconn
        try:
            while select.select([line.socket], [], [], 0)[0]:  # a last word, then the end
                line.consume_input()
        except (Error, OSError, ValueError):
            return False
        return bool(line.status == ConnStatus.OK)

    @contextmanager
    def preparing(self) -> Iterator[None]:
        """Within it, the server reads and plans a statement the first times only, and then knows it by name."""
        self.close_if_health_check_failed()
        self.ensure_connection()
        line = self.connection
        usual, line.cursor_factory = line.cursor_factory, base.ServerBindingCursor
        try:
            yield
        finally:
            line.cursor_factory = usual

"""The lookup ``among``: as ``in``, but the values are one parameter however many they are.

``in`` writes a place for each value, so that drivers and databases read a statement of its own for every length of
a list; five hundred places take longer to read than to answer.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from django.db.models import Field, Lookup
from django.db.models.fields.related import ForeignKey

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper
    from django.db.models.sql.compiler import SQLCompiler

    Base = Lookup[Any]
else:
    Base = Lookup  # takes no parameter when it runs


@Field.register_lookup
@ForeignKey.register_lookup
class Among(Base):
    """Whether a number or a word is one of a list."""

    lookup_name = "among"
    prepare_rhs = False

    def as_sql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> tuple[str, tuple[Any, ...]]:
        """Return the condition, by an array of PostgreSQL or a JSON list of SQLite."""
        column, params = self.process_lhs(compiler, connection)
        is_array = connection.vendor == "postgresql"
        test = "= ANY(%s)" if is_array else "IN (SELECT value FROM json_each(%s))"
        return f"{column} {test}", (*params, adapted(self.rhs, connection))


def adapted(values: list[int] | list[str], connection: BaseDatabaseWrapper) -> list[Any] | str:
    """Return a list as one parameter of a statement."""
    return list(values) if connection.vendor == "postgresql" else json.dumps(list(values))

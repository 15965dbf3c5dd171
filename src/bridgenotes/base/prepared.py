"""Queries whose statement is written once for each process, not for each page.

Django writes a query's SQL anew whenever it runs; with joins and fifty columns that takes longer than the
database takes to answer. A `Prepared` query is written with marks in the places of its values; each run puts
the values there. The rows become models as ever, by Django's own means. PostgreSQL, too, reads and plans it once.
"""

from __future__ import annotations

import uuid
from contextlib import nullcontext
from copy import copy
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar, cast

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models import Model, QuerySet

from bridgenotes.base.among import adapted

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.db.backends.base.base import BaseDatabaseWrapper
    from django.db.models.sql import Query

M = TypeVar("M", bound=Model)
Value = int | str | uuid.UUID | datetime | list[int] | list[str]

MARK: Final = 7_046_029_254_386_353_087
"""Marks are this number and the next ones, or words and ids made of them: nothing else in a statement is."""
MOMENT: Final = datetime(1907, 8, 9, 10, 11, 12, 131_415, tzinfo=UTC)


class Prepared(Generic[M]):
    """A query of models with values that change.

    Parameters
    ----------
    build : callable
        Makes the query from its values; it may put them into filters only, and must not look at them.
        A list of values goes with the lookup ``among``.
    """

    def __init__(self, build: Callable[..., QuerySet[M]]) -> None:
        self._build = build
        self._written: dict[str, _Statement] = {}

    def __call__(self, *values: Value) -> list[M]:
        """Return the rows for some values."""
        connection = connections[DEFAULT_DB_ALIAS]
        key = connection.vendor
        statement = self._written.get(key)
        if statement is None:
            statement = self._written[key] = _write(self._build, values, connection)
        return statement.run([_adapted(value, connection) for value in values], connection)


@dataclass(frozen=True)
class _Statement:
    """SQL with parameters, some of which are places of values, by their position."""

    queryset: QuerySet[Any]
    compiler: Any
    sql: str
    params: tuple[Any, ...]
    places: tuple[tuple[int, int], ...]
    converters: dict[int, Any]

    def run(self, values: list[Any], connection: BaseDatabaseWrapper) -> list[Any]:
        params = list(self.params)
        for place, which in self.places:
            params[place] = values[which]
        compiler = copy(self.compiler)  # several threads run the same statement
        compiler.connection = connection
        compiler.as_sql = lambda: (self.sql, params)
        compiler.get_converters = lambda _: self.converters
        made = self.queryset.__class__(
            model=self.queryset.model, query=cast("Query", _Written(compiler)), using=connection.alias
        )
        with getattr(connection, "preparing", nullcontext)():
            return list(made)


class _Written:
    """Stands in a queryset where its query is: it is written already."""

    def __init__(self, compiler: Any) -> None:  # noqa: ANN401 (Django's)
        self._compiler = compiler

    def get_compiler(self, **_: Any) -> Any:  # noqa: ANN401 (Django's)
        return self._compiler


def _write(
    build: Callable[..., QuerySet[Any]], values: tuple[Value, ...], connection: BaseDatabaseWrapper
) -> _Statement:
    marks = [_mark(number, value) for number, value in enumerate(values)]
    queryset = build(*marks)
    compiler = queryset.query.get_compiler(using=connection.alias)
    sql, params = compiler.as_sql()
    known = [_adapted(mark, connection) for mark in marks]
    places = [(place, known.index(param)) for place, param in enumerate(params) if param in known]
    if {which for _, which in places} != set(range(len(marks))):
        raise ValueError(f"a value of this query is not a parameter of its statement: {sql}")
    fields = [column[0] for column in compiler.select[0 : compiler.col_count]]
    return _Statement(queryset, compiler, sql, tuple(params), tuple(places), compiler.get_converters(fields))


def _mark(number: int, value: Value) -> Value:
    """Return the mark of a value: of its type, and found nowhere else."""
    if isinstance(value, list):
        return [MARK + number]
    if isinstance(value, datetime):
        return MOMENT + timedelta(microseconds=number)
    if isinstance(value, uuid.UUID):
        return uuid.UUID(int=MARK + number)
    return f"mark {MARK + number}" if isinstance(value, str) else MARK + number


def _adapted(value: Value, connection: BaseDatabaseWrapper) -> Any:  # noqa: ANN401 (as drivers take it)
    """Return a value as the database's driver takes it."""
    if isinstance(value, list):
        return adapted(value, connection)
    if isinstance(value, datetime):
        return connection.ops.adapt_datetimefield_value(value)
    if isinstance(value, uuid.UUID) and not connection.features.has_native_uuid_field:
        return value.hex
    return value

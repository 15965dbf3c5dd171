"""Fill an empty site's PostgreSQL with a large community, all made in the database.

``python -m benchmarks.site_data --notes 1000000 --ratings 20000000`` fills the database of
``BRIDGENOTES_DATABASE_URL``. `benchmarks.site_load` does the same on a server of its own.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import psycopg

STATEMENTS: Final = tuple(Path(__file__).with_name(name) for name in ("site_data.sql", "site_insight.sql"))
NOW: Final = datetime(2026, 7, 1, 12, tzinfo=UTC)
"""The community's present; the site must be served with a clock that says so."""
PEOPLE_PER_NOTE: Final = 0.2
LOADING: Final = (
    "SET maintenance_work_mem = '1GB'",
    "SET work_mem = '1GB'",
    "SET session_replication_role = replica",  # references hold by construction
)


def fill(address: str, *, notes: int, ratings: int) -> float:
    """Fill the database and return how many seconds it took.

    Parameters
    ----------
    address : str
        Of a database with the site's schema and no rows, as a superuser.
    notes, ratings : int
        How many.
    """
    begun = time.perf_counter()
    size = {
        "notes": notes,
        "ratings": ratings,
        "people": int(notes * PEOPLE_PER_NOTE),
        "now": NOW.isoformat(),
    }
    with psycopg.connect(address, autocommit=True) as connection:
        for name, value in size.items():
            connection.execute("SELECT set_config(%s, %s, false)", (f"bn.{name}", str(value)))
        for statement in LOADING:
            connection.execute(statement)
        again = _without_indexes(connection, ("notes_rating", "notes_note", "posts_post"))
        for statements in STATEMENTS:
            connection.execute(statements.read_text().encode())
        for statement in again:
            connection.execute(statement.encode())
        connection.execute("VACUUM ANALYZE")
    return time.perf_counter() - begun


def _without_indexes(connection: psycopg.Connection, tables: tuple[str, ...]) -> list[str]:
    """Drop indexes and unique constraints of some tables; return the statements that make them again."""
    again = []
    for table in tables:
        constraints = connection.execute(
            "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint"
            " WHERE conrelid = %s::regclass AND contype = 'u'",
            (table,),
        ).fetchall()
        for name, definition in constraints:
            connection.execute(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"'.encode())
            again.append(f'ALTER TABLE {table} ADD CONSTRAINT "{name}" {definition}')
        indexes = connection.execute(
            "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = %s AND indexname NOT LIKE '%%\\_pkey'",
            (table,),
        ).fetchall()
        for name, definition in indexes:
            connection.execute(f'DROP INDEX "{name}"'.encode())
            again.append(definition)
    return again


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--notes", type=int, default=1_000_000)
    parser.add_argument("--ratings", type=int, default=20_000_000)
    chosen = parser.parse_args()
    address = os.environ.get("BRIDGENOTES_DATABASE_URL", "")
    if not address:
        sys.exit("Set BRIDGENOTES_DATABASE_URL to an empty PostgreSQL database.")
    subprocess.run([sys.executable, "-m", "bridgenotes.cli.main", "manage", "prepare"], check=True)
    print(f"{fill(address, notes=chosen.notes, ratings=chosen.ratings):.0f} seconds")


if __name__ == "__main__":
    main()

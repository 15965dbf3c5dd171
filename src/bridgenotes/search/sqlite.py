"""The index in SQLite: an FTS5 table beside the notes, kept by triggers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bridgenotes.search.asked import folded

if TYPE_CHECKING:
    from collections.abc import Sequence
    from sqlite3 import Connection

    from django.db.backends.utils import CursorWrapper

    from bridgenotes.search.asked import Term

FOLD: Final = "bridgenotes_fold"
_ADD: Final = (
    f"INSERT INTO search_note(rowid, words) SELECT new.id, {FOLD}(new.summary) WHERE new.summary <> ''"
)
_REMOVE: Final = (
    "INSERT INTO search_note(search_note, rowid, words)"
    f" SELECT 'delete', old.id, {FOLD}(old.summary) WHERE old.summary <> ''"
)
_IF_CHANGED: Final = f"WHEN old.summary <> new.summary BEGIN {_REMOVE}; {_ADD}; END"
KEEP: Final = (
    f"CREATE TRIGGER IF NOT EXISTS search_note_added AFTER INSERT ON notes_note BEGIN {_ADD}; END",
    f"CREATE TRIGGER IF NOT EXISTS search_note_removed AFTER DELETE ON notes_note BEGIN {_REMOVE}; END",
    f"CREATE TRIGGER IF NOT EXISTS search_note_changed AFTER UPDATE OF summary ON notes_note {_IF_CHANGED}",
    "CREATE INDEX IF NOT EXISTS search_status ON notes_note (status, id) WHERE deleted_at IS NULL",
    "CREATE INDEX IF NOT EXISTS search_language ON notes_note (language, id) WHERE deleted_at IS NULL",
)
"""What a change of the notes' table drops on SQLite, since it makes the table anew."""
INSTALL: Final = (
    "CREATE VIRTUAL TABLE search_note USING fts5(words, content='', tokenize='unicode61 remove_diacritics 0')",
    f"INSERT INTO search_note(rowid, words) SELECT id, {FOLD}(summary) FROM notes_note WHERE summary <> ''",  # noqa: S608
    *KEEP,
)
REMOVE: Final = (
    "DROP INDEX IF EXISTS search_language",
    "DROP INDEX IF EXISTS search_status",
    "DROP TRIGGER IF EXISTS search_note_changed",
    "DROP TRIGGER IF EXISTS search_note_removed",
    "DROP TRIGGER IF EXISTS search_note_added",
    "DROP TABLE IF EXISTS search_note",
)


def prepare(connection: Connection) -> None:
    """Give a new connection the function that the triggers call."""
    connection.create_function(FOLD, 1, lambda text: folded(text or ""), deterministic=True)


def matching(terms: Sequence[Term]) -> tuple[str, str, list[str]]:
    """Return source, condition and parameters of the notes that hold all terms; ``n`` is the notes' table."""
    wanted = " AND ".join(f'"{folded(term.text)}"{"*" if term.is_beginning else ""}' for term in terms)
    # CROSS JOIN: the index leads, newest first, so that a page is found without sorting all matches.
    source = "search_note CROSS JOIN notes_note n ON n.id = search_note.rowid"
    return source, "search_note MATCH %s", [wanted]


def order(_cursor: CursorWrapper, _terms: Sequence[Term]) -> str:
    """Return what pages are ordered by: what FTS5 can walk backwards."""
    return "search_note.rowid"

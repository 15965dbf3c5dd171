"""The index in PostgreSQL: the notes' words in a generated column, with a GIN index."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.db.backends.utils import CursorWrapper

    from bridgenotes.search.asked import Term

COLLATIONS: Final = ("und-x-icu", "C.UTF-8", "C.utf8")
"""Which know the letters of all scripts, the best first; a database in the C locale does not."""
_FOLD: Final = """
CREATE OR REPLACE FUNCTION bridgenotes_fold(given text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $fold$
  SELECT regexp_replace(regexp_replace(
      translate(lower(
          normalize(regexp_replace(normalize(given, NFKD), '[{marks}]', '', 'g'), NFKC) {collate}
        ), U&'\\03C2', U&'\\03C3'),
      '[^[:alnum:]]+' {collate}, ' ', 'g'), '([{scripts}])', ' \\1 ', 'g')
$fold$"""
KEEP: Final = (
    "CREATE INDEX IF NOT EXISTS search_words ON notes_note USING gin (search_words)",
    "CREATE INDEX IF NOT EXISTS search_status ON notes_note (status, id) WHERE deleted_at IS NULL",
    "CREATE INDEX IF NOT EXISTS search_language ON notes_note (language, id) WHERE deleted_at IS NULL",
)
COLUMN: Final = (
    "ALTER TABLE notes_note ADD COLUMN search_words tsvector"
    " GENERATED ALWAYS AS (to_tsvector('simple', bridgenotes_fold(summary))) STORED"
)
REMOVE: Final = (
    "DROP INDEX IF EXISTS search_language",
    "DROP INDEX IF EXISTS search_status",
    "ALTER TABLE notes_note DROP COLUMN IF EXISTS search_words",
    "DROP FUNCTION IF EXISTS bridgenotes_fold(text)",
)
IS_COMMON: Final = (
    "SELECT EXISTS (SELECT FROM pg_stats, unnest(most_common_elems::text::text[]) AS word"
    " WHERE schemaname = current_schema() AND tablename = 'notes_note' AND attname = 'search_words'"
    " AND word LIKE trim(bridgenotes_fold(%s)) || '%%')"
)


def fold_function(collations: set[str]) -> str:
    """Return the definition of the function that folds words, with the best collation the server has."""
    best = next((name for name in COLLATIONS if name in collations), None)
    marks, scripts = "\u0300-\u036f", "\u2e80-\u9fff\uac00-\ud7a3\uf900-\ufaff"
    return _FOLD.format(marks=marks, scripts=scripts, collate=f'COLLATE "{best}"' if best else "")


def order(cursor: CursorWrapper, terms: Sequence[Term]) -> str:
    """Return what pages are ordered by.

    The planner takes the beginning of a word for common, and would walk through all notes in search of a rare one.
    Where no common word begins so, an expression keeps it from the index of numbers: it gathers the few
    matches by words, then sorts them.
    """
    for term in terms:
        if term.is_beginning:
            cursor.execute(IS_COMMON, [term.text])
            if not cursor.fetchone()[0]:
                return "n.id + 0"
    return "n.id"


def matching(terms: Sequence[Term]) -> tuple[str, str, list[str]]:
    """Return source, condition and parameters of the notes that hold all terms; ``n`` is the notes' table."""
    wanted, parameters = [], []
    for term in terms:
        if term.is_beginning:
            wanted.append(_BEGINNING)
            parameters += [term.text] * 3
        else:
            wanted.append("phraseto_tsquery('simple', bridgenotes_fold(%s))")
            parameters.append(term.text)
    return "notes_note n", f"n.search_words @@ ({' && '.join(wanted)})", parameters


# Folded words hold letters and digits alone, so that quotation marks around one make it a word of a query.
_BEGINNING: Final = (
    "CASE WHEN trim(bridgenotes_fold(%s)) ~ '^[^ ]+$'"
    " THEN to_tsquery('simple', '''' || trim(bridgenotes_fold(%s)) || ''':*')"
    " ELSE phraseto_tsquery('simple', bridgenotes_fold(%s)) END"
)

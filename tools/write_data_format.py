"""Write docs/data-format.md from the declarations of the tables; ``--check`` only compares."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from bridgenotes.data.columns import NULL_SPELLINGS, Column, Kind, Table
from bridgenotes.data.outputs import OUTPUT_TABLES
from bridgenotes.data.tables import TABLES
from bridgenotes.data.vocabulary import TAGS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

PAGE = Path(__file__).parents[1] / "docs" / "data-format.md"

HEAD = """# Data format

<!-- Written by tools/write_data_format.py from the declarations in bridgenotes.data; do not edit. -->

Bridgenotes reads the public Community Notes tables and writes its results under the same names.

## Files

| table | files | required |
|---|---|---|
{files}

- Name a folder, files or patterns. In a folder, `ratings-00000.tsv`, `ratings-00001.tsv`, … are read one
  after another in the order of their numbers, and so is every `.tsv` or `.parquet` of a sub-folder
  `ratings/`. Other files are ignored, and listed as such.
- `.tsv` may be packed: `.tsv.gz`, `.tsv.zst` or `.tsv.zip` (one table per archive). `.parquet` has the same
  columns. The same part in two formats is an error.
- Only ratings are required. Without notes and note status history, notes are derived from the ratings: no
  author, no classification, and as creation time the one in the note id if it is plausible (not after the
  first rating and at most 90 days before it), else the first rating's.
- Text is UTF-8; a byte order mark and Windows line ends are accepted. Fields are separated by tabs with
  ordinary CSV quoting: inside `"…"` a tab or line end is text and `""` is a quotation mark.
- Columns are found by their header names, in any order. Unknown columns are ignored with a warning; absent
  ones that are not required are supplied as the tables below say.
- No value is spelled {nulls} or an empty field.
- Times are whole numbers of milliseconds since 1970. Values that look like seconds or
  microseconds are refused.
- Numbers such as `3.0` and `1.7e12` are accepted where a whole number is expected, but ids may not be
  written as `1.5e18`.

## What is checked

- Every problem is reported with file, line, column, value and what was expected; up to 20 at a time, and
  nothing is read until all are mended.
- Rows that are equal in all columns that are read count once. A (note, rater) pair, a note or a contributor
  with two different rows is an error.
- Notes and note status history must agree on creation time and, where both know one, author.
- Left out with a warning: ratings whose note is in neither table, and ratings with neither form filled in.
- A rating's level comes from `helpful` = 1 (helpful), then `notHelpful` = 1 (not helpful), then
  `helpfulnessLevel`; later ones win.
- Contributor ids are sorted by value if all of them are whole numbers, else as text.

Coded tables are kept in `.bridgenotes-cache` beside the input and used again while the files are unchanged.
The folder may be deleted at any time.
"""


def render() -> str:
    """Return the page."""
    files = "\n".join(
        f"| {table.name} | `{table.name}-00000.tsv` … or `{table.name}/` | "
        f"{'yes' if table.name == 'ratings' else 'no'} |"
        for table in TABLES.values()
    )
    nulls = ", ".join(f"`{word}`" for word in NULL_SPELLINGS if word)
    parts = [HEAD.format(files=files, nulls=nulls), "# Input tables\n"]
    parts += [_table(table) for table in TABLES.values()]
    parts.append("# Output tables\n")
    parts.append(
        "Written as `NAME.tsv` or `NAME.parquet`. A missing value is an empty field, flags are 0 and 1, "
        "numbers have the shortest form that reads back equal.\n"
    )
    for name, columns in OUTPUT_TABLES.items():
        parts.append(f"## {name}\n\n| # | column | type | content |\n|---|---|---|---|")
        parts += [
            f"| {k} | `{column.name}` | {column.kind} | {column.doc} |"
            for k, column in enumerate(columns, start=1)
        ]
        parts.append("")
    return "\n".join(parts).rstrip() + "\n"


def _table(table: Table) -> str:
    lines = [
        f"## {table.name}\n\n{table.doc}\n",
        "| # | column | kind | required; else | since | meaning |",
        "|---|---|---|---|---|---|",
    ]
    lines += [_row(k, column, table) for k, column in enumerate(table.columns, start=1)]
    words = list(_words(table.columns))
    return "\n".join([*lines, "", *words, ""]) if words else "\n".join([*lines, ""])


def _row(place: int, column: Column, table: Table) -> str:
    names = f"`{column.name}`" + "".join(f" (also `{alias}`)" for alias in column.aliases)
    kind = "flag" if column.kind is Kind.FLAG else column.kind.value
    return f"| {place} | {names} | {kind} | {_need(column, table)} | {column.era} | {column.doc} |"


def _need(column: Column, table: Table) -> str:
    if column.required:
        return "yes" if not column.nullable else "yes, may be empty"
    if column.field is None:
        return "no; not read"
    if column.name in table.either:
        return "one of " + ", ".join(f"`{name}`" for name in table.either)
    return "no; empty" if column.missing is None else f"no; {column.missing}"


def _words(columns: Sequence[Column]) -> Iterator[str]:
    said = set()
    for column in columns:
        if not column.words or column.words in said:
            continue
        said.add(column.words)
        same = [f"`{other.name}`" for other in columns if other.words == column.words]
        words = ", ".join(f"`{word}`" for word in column.words)
        extra = "".join(f"; `{spelling}` is read as `{word}`" for spelling, word in column.synonyms)
        yield f"- {', '.join(same)}: {words}{extra}"
    if TAGS[0] in {column.name for column in columns}:
        yield f"- Tags, in file order: {', '.join(f'`{tag}`' for tag in TAGS)}"


def main(arguments: Sequence[str]) -> int:
    """Write or compare the page; return the exit code."""
    page = render()
    if "--check" not in arguments:
        PAGE.write_text(page, "utf-8")
        return 0
    if PAGE.exists() and PAGE.read_text("utf-8") == page:
        return 0
    print(f"{PAGE.name} is not up to date; run python tools/write_data_format.py")
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

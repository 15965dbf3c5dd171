"""Which files of the named folders are public tables, and in which order they are read."""

from __future__ import annotations

import glob
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from bridgenotes.data.errors import InputError, Problem, ProblemLog
from bridgenotes.data.tables import TABLES

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_NAMES: Final = "|".join(TABLES)
_FILE_NAME: Final = re.compile(
    rf"(?P<table>{_NAMES})(-(?P<part>\d+))?\.(?P<format>tsv|parquet)(\.(?P<packing>gz|zst|zip))?"
)
_ANY_FILE: Final = re.compile(r".+\.(?P<format>tsv|parquet)(\.(?P<packing>gz|zst|zip))?")
_PATTERN: Final = (
    "notes, ratings, noteStatusHistory, userEnrollment or noteRequests, then optionally -00000, "
    "then .tsv or .parquet, then optionally .gz, .zst or .zip"
)


@dataclass(frozen=True)
class InputFile:
    """One file of one table.

    Attributes
    ----------
    path : Path
        Where it is.
    table : str
        Name of the public table.
    format : str
        ``tsv`` or ``parquet``.
    packing : str or None
        ``gz``, ``zst``, ``zip`` or None.
    """

    path: Path
    table: str
    format: str
    packing: str | None


@dataclass(frozen=True)
class Found:
    """Files to read, in reading order, and files of the folders that are no tables."""

    files: tuple[InputFile, ...]
    ignored: tuple[Path, ...]

    def of(self, table: str) -> tuple[InputFile, ...]:
        """Return the files of one table."""
        return tuple(file for file in self.files if file.table == table)

    def with_table(self, table: str, path: Path) -> Found:
        """Return the same with one file, whatever its name, as the whole of a table.

        Raises
        ------
        InputError
            If there is no such file, or it is neither TSV nor Parquet.
        """
        match = _ANY_FILE.fullmatch(path.name)
        if match is None or not path.is_file():
            said = "no such file" if match else "is neither .tsv nor .parquet"
            raise InputError([Problem(str(path), None, None, None, f"{said}; it is to be read as {table}")])
        file = InputFile(path, table, match["format"], match["packing"])
        others = [other for other in self.files if other.table != table]
        return Found(tuple(sorted([*others, file], key=_reading_order)), self.ignored)


def find_files(inputs: Sequence[Path | str]) -> Found:
    """Return the table files among ``inputs``.

    Parameters
    ----------
    inputs : sequence of Path or str
        Folders, files or patterns with ``*``. In a folder, files with the name of a table
        count, and every table-like file in a sub-folder with the name of a table.

    Raises
    ------
    InputError
        If a path does not exist, a file's name does not tell its table, one part is there in
        two formats, or there are no ratings.
    """
    log = ProblemLog()
    files: dict[Path, InputFile] = {}
    ignored: list[Path] = []
    for path, is_named in _expand(inputs, log):
        found = _recognise(path)
        if found is not None:
            files.setdefault(path.resolve(), found)
        elif is_named:
            log.add(
                Problem(str(path), None, None, None, f"the name does not tell the table; call it {_PATTERN}")
            )
        else:
            ignored.append(path)
    ordered = sorted(files.values(), key=_reading_order)
    _check_parts(ordered, log)
    if not log.count and not any(file.table == "ratings" for file in ordered):
        where = ", ".join(str(path) for path in inputs) or "nothing"
        said = "no ratings file found; expected at least ratings-00000.tsv (or .gz, .zst, .zip, .parquet)"
        log.add(Problem(where, None, None, None, said))
    log.raise_if_any()
    return Found(tuple(ordered), tuple(ignored))


def _expand(inputs: Sequence[Path | str], log: ProblemLog) -> Iterator[tuple[Path, bool]]:
    """Yield every candidate file, and whether the caller named it itself."""
    for given in inputs:
        path = Path(given)
        if path.is_dir():
            try:
                inside = list(_inside(path))
            except OSError as error:
                log.add(Problem(str(path), None, None, None, f"cannot be read ({error.strerror or error})"))
                continue
            yield from ((inner, False) for inner in inside)
        elif path.exists():
            yield path, True
        elif glob.has_magic(str(given)):
            matches = sorted(glob.glob(str(given)))  # noqa: PTH207 - the pattern may be absolute
            if not matches:
                log.add(Problem(str(given), None, None, None, "no file matches this pattern"))
            for match in matches:
                inner = Path(match)
                yield from ((file, False) for file in (_inside(inner) if inner.is_dir() else [inner]))
        else:
            log.add(Problem(str(given), None, None, None, "no such file or folder; check the path"))


def _inside(folder: Path) -> Iterator[Path]:
    """Yield the files of a folder and of its sub-folders that are named like a table."""
    for path in sorted(folder.iterdir()):
        if path.name.startswith("."):
            continue
        if path.is_dir():
            if path.name in TABLES:
                yield from (file for file in sorted(path.iterdir()) if _is_visible_file(file))
        else:
            yield path


def _is_visible_file(path: Path) -> bool:
    return path.is_file() and not path.name.startswith(".")


def _recognise(path: Path) -> InputFile | None:
    """Return what the name says, or None."""
    match = _FILE_NAME.fullmatch(path.name)
    table = match["table"] if match else None
    if match is None and path.parent.name in TABLES:
        match, table = _ANY_FILE.fullmatch(path.name), path.parent.name
    if match is None or table is None:
        return None
    return InputFile(path, table, match["format"], match["packing"])


def _reading_order(file: InputFile) -> tuple[int, int, str]:
    """Order by table, then number of the part, then name."""
    match = _FILE_NAME.fullmatch(file.path.name)
    part = int(match["part"] or -1) if match else -1
    return list(TABLES).index(file.table), part, str(file.path)


def _check_parts(files: Sequence[InputFile], log: ProblemLog) -> None:
    """Refuse the same part in two formats: its rows would be read twice."""
    seen: dict[str, Path] = {}
    for file in files:
        suffix = f".{file.format}" + (f".{file.packing}" if file.packing else "")
        stem = str(file.path).removesuffix(suffix)
        if stem in seen:
            said = f"holds the same part as {seen[stem].name}; keep one of them"
            log.add(Problem(file.path.name, None, None, None, said))
        seen.setdefault(stem, file.path)
        if file.format == "parquet" and file.packing:
            said = f"Parquet is compressed inside; unpack the .{file.packing} and keep the .parquet"
            log.add(Problem(file.path.name, None, None, None, said))

"""What can be wrong with files, said so that a person can mend it."""

from __future__ import annotations

import errno
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

SHOWN: Final = 20


class DataError(Exception):
    """Base of every error of the data layer."""


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong with one input file.

    Attributes
    ----------
    file : str
        Name of the file.
    line : int or None
        Line of the file, the header being line 1 (Parquet: row, the first being 1).
    column : str or None
        Public column name as the file spells it.
    value : str or None
        What stands there; None when nothing is quoted.
    expected : str
        The rest of the sentence, e.g. ``is not one of HELPFUL, NOT_HELPFUL``.
    unit : str
        ``line``, or ``row`` for Parquet.
    """

    file: str
    line: int | None
    column: str | None
    value: str | None
    expected: str
    unit: str = "line"

    def __str__(self) -> str:
        """Return the one-line message."""
        place = self.file
        if self.line is not None:
            place += f" {self.unit} {self.line}"
        if self.column is not None:
            place += f", column {self.column}"
        said = self.expected if self.value is None else f"{_shorten(self.value)!r} {self.expected}"
        return f"{place}: {said}"


class InputError(DataError):
    """The input files cannot be used; ``problems`` says where and why.

    Attributes
    ----------
    problems : tuple of Problem
        The first `SHOWN` problems in reading order.
    count : int
        How many there are in all.
    """

    def __init__(self, problems: Iterable[Problem], *, count: int | None = None) -> None:
        self.problems = tuple(problems)[:SHOWN]
        self.count = len(self.problems) if count is None else count
        lines = [str(problem) for problem in self.problems]
        if self.count > len(lines):
            lines.append(f"… and {self.count - len(lines)} more")
        noun = "problem" if self.count == 1 else "problems"
        super().__init__(
            f"{self.count} {noun} in the input; nothing was read. Correct the files and read again:\n  "
            + "\n  ".join(lines)
        )


class WriteError(DataError):
    """A file or folder could not be written; nothing half-written is left.

    Attributes
    ----------
    path : Path
        What was to be written.
    """

    def __init__(self, path: Path, reason: str) -> None:
        self.path = path
        super().__init__(f"cannot write {path}: {reason}")

    @classmethod
    def from_os_error(cls, path: Path, error: OSError) -> WriteError:
        """Return the error for ``path`` with what to do about the operating system's complaint."""
        return cls(path, _WHAT_TO_DO.get(error.errno or 0, f"{error.strerror or error}"))


_WHAT_TO_DO: Final = {
    errno.ENOSPC: "the disk is full. Free some space or choose another output folder; "
    "what was there before is unchanged",
    errno.EDQUOT: "the disk quota is used up. Free some space or choose another output folder",
    errno.EACCES: "no permission. Choose a folder you may write to, or change its permissions",
    errno.EPERM: "no permission. Choose a folder you may write to, or change its permissions",
    errno.EROFS: "the file system is read-only. Choose another output folder",
    errno.ENOTDIR: "a part of this path is a file, not a folder. Choose another output folder",
    errno.EEXIST: "a file of this name is in the way. Remove it or choose another output folder",
    errno.EISDIR: "a folder of this name is in the way. Remove it or choose another name",
    errno.ENOENT: "the folder does not exist and cannot be made. Choose another output folder",
}


@dataclass
class ProblemLog:
    """Collects the problems of all files so that one error can name them together."""

    problems: list[Problem] = field(default_factory=list)
    count: int = 0

    def add(self, problem: Problem, *, count: int = 1) -> None:
        """Note one problem; ``count`` above 1 stands for that many of which one is shown."""
        self.count += count
        if len(self.problems) < SHOWN:
            self.problems.append(problem)

    def extend(self, other: ProblemLog) -> None:
        """Note the problems of another log after those of this one."""
        self.problems += other.problems[: self.wanted]
        self.count += other.count

    @property
    def wanted(self) -> int:
        """How many more problems would be shown."""
        return SHOWN - len(self.problems)

    def raise_if_any(self) -> None:
        """Raise `InputError` if a problem was noted."""
        if self.count:
            raise InputError(self.problems, count=self.count)


def _shorten(value: str, length: int = 60) -> str:
    """Return ``value`` cut to a length that fits a message."""
    return value if len(value) <= length else value[: length - 1] + "…"

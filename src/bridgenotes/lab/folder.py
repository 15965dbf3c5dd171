"""The target folder: it appears whole or not at all, and nothing of anybody else's is removed."""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self

from bridgenotes.lab.errors import SimulationError

if TYPE_CHECKING:
    from types import TracebackType

_OURS: Final = re.compile(
    r"(notes|ratings|noteStatusHistory|userEnrollment|noteRequests)-\d{5}\.tsv(\.(gz|zst))?"
    r"|community\.json|truth-(raters|notes)\.parquet|\.bridgenotes-cache"
)


class WholeFolder:
    """A folder written under a hidden name beside ``target`` and renamed at the end.

    Parameters
    ----------
    target : Path
        The folder to be made.
    force : bool
        Replace an earlier community there.

    Raises
    ------
    SimulationError
        If ``target`` is a file, holds files and ``force`` is off, or holds files that are no part of
        a community, or if writing fails. Nothing has changed then.
    """

    def __init__(self, target: Path, *, force: bool) -> None:
        self._target = Path(os.path.abspath(target))  # noqa: PTH100 - resolve() would follow a link
        self._force = force
        self._made: list[Path] = []
        name = self._target.name
        self.path = self._target.with_name(f".{name}.{os.getpid()}-{secrets.token_hex(4)}.tmp")

    def __enter__(self) -> Self:
        self._refuse_others_files()
        try:
            for parent in reversed([path for path in self._target.parents if not path.exists()]):
                parent.mkdir()
                self._made.append(parent)
            self.path.mkdir()
        except OSError as error:
            self._remove()
            raise self._failure(error) from error
        return self

    def _remove(self) -> None:
        """Remove what is half made, and the folders above it that were made for it."""
        shutil.rmtree(self.path, ignore_errors=True)
        for parent in reversed(self._made):
            with contextlib.suppress(OSError):
                parent.rmdir()

    def _refuse_others_files(self) -> None:
        target = self._target
        if not target.exists():
            return
        if not target.is_dir():
            raise SimulationError(f"{target} is a file; name a folder")
        found = sorted(path.name for path in target.iterdir())
        if found and not self._force:
            raise SimulationError(
                f"the folder {target} is not empty; name another one, or use --force to replace the community in it"
            )
        strange = [name for name in found if not _OURS.fullmatch(name)]
        if strange:
            raise SimulationError(
                f"the folder {target} holds {strange[0]!r}, which is no part of a made-up community; "
                "nothing was replaced. Name another folder"
            )

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if error is None:
                self._commit()
        except OSError as trouble:
            raise self._failure(trouble) from trouble
        finally:
            self._remove()
        if isinstance(error, OSError):
            raise self._failure(error) from error

    def _commit(self) -> None:
        old = self.path.with_suffix(".old")
        if self._target.exists():
            self._target.rename(old)
        try:
            self.path.rename(self._target)
        except BaseException:
            with contextlib.suppress(OSError):
                old.rename(self._target)
            raise
        shutil.rmtree(old, ignore_errors=True)

    def _failure(self, error: OSError) -> SimulationError:
        reason = error.strerror or str(error)
        return SimulationError(f"cannot write {self._target}: {reason}; nothing was changed")

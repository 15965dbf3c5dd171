"""Files that appear whole or not at all.

Everything is written under hidden temporary names in the target folder, flushed to disk,
and renamed at the end. A reader never sees half a file; a killed writer leaves at most a
hidden ``.name.XXXX.tmp``, which nothing reads and the next writer of that name removes.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Self

from bridgenotes.data.errors import WriteError

if TYPE_CHECKING:
    from types import TracebackType
    from typing import BinaryIO


class AtomicFolder:
    """Several files of one folder that become visible together, on leaving the ``with`` block.

    Parameters
    ----------
    folder : Path
        Made if absent, and removed again on failure if it was made here.

    Raises
    ------
    WriteError
        If the folder or a file cannot be written; nothing new is left then.

    Notes
    -----
    Each rename is atomic, the series is not: a machine that stops between two renames
    leaves some whole new files beside whole old ones. Files in the folder that are not written
    now stay, unless `remove` names them.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = Path(folder)
        self._temporary: dict[str, Path] = {}
        self._outdated: set[str] = set()
        self._open: list[BinaryIO] = []
        self._made: list[Path] = []
        self._scratch: list[Path] = []

    def __enter__(self) -> Self:
        try:
            self._make_folder()
        except OSError as error:
            self._undo()
            raise WriteError.from_os_error(self.folder, error) from error
        return self

    def _make_folder(self) -> None:
        missing = [path for path in (self.folder, *self.folder.parents) if not path.exists()]
        for path in reversed(missing):
            path.mkdir()
            self._made.append(path)
        if not self.folder.is_dir():
            raise NotADirectoryError(20, "Not a directory", str(self.folder))

    def path(self, name: str) -> Path:
        """Return the temporary path under which file ``name`` is to be written."""
        if name not in self._temporary:
            for stale in self.folder.glob(f".{name}.*.tmp"):
                if is_abandoned(stale):
                    stale.unlink(missing_ok=True)
            token = f"{os.getpid()}-{secrets.token_hex(4)}"
            self._temporary[name] = self.folder / f".{name}.{token}.tmp"
        return self._temporary[name]

    def open(self, name: str) -> BinaryIO:
        """Return a new file to be called ``name`` at the end."""
        path = self.path(name)
        try:
            handle = path.open("xb")
        except OSError as error:
            raise WriteError.from_os_error(self.folder / name, error) from error
        self._open.append(handle)
        return handle

    def scratch(self) -> Path:
        """Return a new folder for files that nobody keeps: it is gone at the end, with all that is in it."""
        for stale in self.folder.glob(".scratch.*.tmp"):
            if is_abandoned(stale):
                shutil.rmtree(stale, ignore_errors=True)
        path = self.folder / f".scratch.{os.getpid()}-{secrets.token_hex(4)}.tmp"
        try:
            path.mkdir()
        except OSError as error:
            raise WriteError.from_os_error(path, error) from error
        self._scratch.append(path)
        return path

    def remove(self, name: str) -> None:
        """Have no file ``name`` at the end: it belongs to what is replaced."""
        self._outdated.add(name)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for path in self._scratch:
            shutil.rmtree(path, ignore_errors=True)
        if error is None:
            try:
                self._commit()
            except OSError as trouble:
                self._undo()
                raise WriteError.from_os_error(self.folder, trouble) from trouble
            return
        self._undo()
        if isinstance(error, OSError):
            raise WriteError.from_os_error(self.folder, error) from error

    def _commit(self) -> None:
        for handle in self._open:
            handle.close()
        for path in self._temporary.values():
            _flush(path)
        for name, path in self._temporary.items():
            path.replace(self.folder / name)
        for name in self._outdated - self._temporary.keys():
            (self.folder / name).unlink(missing_ok=True)
        _flush(self.folder)

    def _undo(self) -> None:
        """Remove what was made; a failure to do so must not hide the first error."""
        for handle in self._open:
            with contextlib.suppress(OSError):
                handle.close()
        for path in self._temporary.values():
            with contextlib.suppress(OSError):
                path.unlink(missing_ok=True)
        for path in reversed(self._made):
            with contextlib.suppress(OSError):
                path.rmdir()


def write_bytes(path: Path, data: bytes) -> None:
    """Write one file so that it appears whole or not at all.

    Raises
    ------
    WriteError
        If that is not possible; what was there before is unchanged.
    """
    with AtomicFolder(path.parent) as folder:
        folder.open(path.name).write(data)


def _flush(path: Path) -> None:
    """Wait until the file or folder is on disk."""
    number = os.open(path, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)


def is_abandoned(path: Path) -> bool:
    """Return whether the process that wrote a temporary file or folder, ``.name.PROCESS-TOKEN.tmp``, has gone."""
    process = path.name.split(".")[-2].split("-")[0]
    if not process.isdecimal():
        return False
    try:
        os.kill(int(process), 0)
    except ProcessLookupError:
        return True
    except (OSError, OverflowError):
        return False
    return False

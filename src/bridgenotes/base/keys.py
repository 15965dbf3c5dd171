"""The keys of a site: made on first start, kept in files of their own, never in the database.

One file per purpose, readable by the server's user alone. Whoever copies the database without these
files learns no link between account and contributor, no phone number and no session.
"""

from __future__ import annotations

import base64
import os
import secrets
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Final

from bridgenotes.base.configuration import ConfigurationError

if TYPE_CHECKING:
    from pathlib import Path

KEY_BYTES: Final = 48


class KeyFileError(ConfigurationError):
    """A key file cannot be used; the message names it and says what to do."""


@dataclass(frozen=True, repr=False)
class Keys:
    """The secrets of one site, 48 random bytes each.

    Attributes
    ----------
    signing : bytes
        Signs cookies and tokens (Django's ``SECRET_KEY``).
    session : bytes
        Seals what a session holds in the database.
    link : bytes
        Seals the link between account and contributor; read by `bridgenotes.identity` alone.
    phone : bytes
        Turns phone numbers into hashes that cannot be guessed through.
    kept : bool
        False for keys that live in memory only (no key files yet).
    """

    signing: bytes
    session: bytes
    link: bytes
    phone: bytes
    kept: bool = True


NAMES: Final = tuple(field.name for field in fields(Keys) if field.name != "kept")


def make_keys(folder: Path) -> Keys:
    """Write the key files that are missing (mode 0600) and return all keys.

    Two processes starting at once are safe: a file is created exclusively, the loser reads the winner's.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    for name in NAMES:
        path = folder / f"{name}.key"
        if path.exists():
            continue
        draft = folder / f".{name}.{os.getpid()}"
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(base64.urlsafe_b64encode(secrets.token_bytes(KEY_BYTES)) + b"\n")
        try:
            os.link(draft, path)  # fails if another process was first; never shows half a key
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return read_keys(folder)


def read_keys(folder: Path) -> Keys:
    """Return the keys in ``folder``; if there are none at all, keys that live in memory only.

    Raises
    ------
    KeyFileError
        If some files are missing, damaged or readable by others.
    """
    paths = {name: folder / f"{name}.key" for name in NAMES}
    if not any(path.exists() for path in paths.values()):
        return _keys({name: secrets.token_bytes(KEY_BYTES) for name in NAMES}, kept=False)
    return _keys({name: _read(path) for name, path in paths.items()}, kept=True)


def _keys(by_name: dict[str, bytes], *, kept: bool) -> Keys:
    """Return the keys by their file names."""
    return Keys(by_name["signing"], by_name["session"], by_name["link"], by_name["phone"], kept=kept)


def _read(path: Path) -> bytes:
    """Return the key in one file."""
    if not path.exists():
        raise KeyFileError(
            f"{path} is missing while other keys are there. Restore it from your backup; "
            "a new one would make what it sealed unreadable"
        )
    if path.stat().st_mode & 0o077:
        raise KeyFileError(f"{path} can be read by others; run: chmod 600 {path}")
    key = base64.urlsafe_b64decode(path.read_bytes().strip())
    if len(key) != KEY_BYTES:
        raise KeyFileError(
            f"{path} holds {len(key)} bytes instead of {KEY_BYTES}; restore it from your backup"
        )
    return key

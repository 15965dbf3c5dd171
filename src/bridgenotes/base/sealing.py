"""Encryption and keyed hashes, each bound to its purpose.

Authenticated encryption is AES-256-GCM; hashes are HMAC-SHA-256. Every purpose derives its own key by
HKDF, so that one table's hash says nothing about another's.
"""

from __future__ import annotations

import hashlib
import hmac
import os
from functools import lru_cache
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

NONCE_BYTES: Final = 12


class SealBroken(Exception):  # noqa: N818 (reads as a sentence where it is raised)
    """What was sealed cannot be opened: another key, another place, or it was changed."""


class Sealer:
    """Seals bytes and hashes words for one purpose.

    Parameters
    ----------
    key : bytes
        A secret of the site.
    purpose : str
        What it is used for; another purpose gives unrelated results.
    """

    def __init__(self, key: bytes, purpose: str) -> None:
        derived = _derived(key, purpose)
        self._cipher = AESGCM(derived[:32])
        self._hash_key = derived[32:]

    def seal(self, clear: bytes, *, place: bytes = b"") -> bytes:
        """Return ``clear`` encrypted; it opens only with the same ``place``, e.g. the row's key."""
        nonce = os.urandom(NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, clear, place)

    def open(self, sealed: bytes, *, place: bytes = b"") -> bytes:
        """Return what was sealed.

        Raises
        ------
        SealBroken
            If the key or the place differ, or a bit was changed.
        """
        try:
            return self._cipher.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], place)
        except InvalidTag as error:
            raise SealBroken("sealed with another key, moved from another row, or changed") from error

    def hash(self, word: str) -> str:
        """Return the keyed hash of ``word``, 64 hexadecimal digits; equal words give equal hashes."""
        return hmac.new(self._hash_key, word.encode(), hashlib.sha256).hexdigest()


@lru_cache(maxsize=64)
def _derived(key: bytes, purpose: str) -> bytes:
    """Return the keys of a purpose; remembered, since every request opens and hashes something."""
    return HKDF(algorithm=SHA256(), length=64, salt=None, info=purpose.encode()).derive(key)

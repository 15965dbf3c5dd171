"""What a session holds is sealed: a copy of the database shows no phone number under verification."""

from __future__ import annotations

import json
from typing import Any

from django.conf import settings

from bridgenotes.base.sealing import Sealer


class SealedSerializer:
    """Session serializer for Django: JSON, encrypted with the site's session key."""

    def __init__(self) -> None:
        self._sealer = Sealer(settings.SITE_KEYS.session, "session")

    def dumps(self, session: dict[str, Any]) -> bytes:
        """Return the session encrypted."""
        return self._sealer.seal(json.dumps(session, separators=(",", ":")).encode())

    def loads(self, sealed: bytes) -> dict[str, Any]:
        """Return the session; an unreadable one raises, which Django takes as an empty session."""
        session: dict[str, Any] = json.loads(self._sealer.open(sealed))
        return session


def cache_key(key: str, prefix: str, version: int) -> str:
    """Return a cache key that names nobody: rate limits are keyed by addresses and numbers."""
    return f"{prefix}:{version}:{Sealer(settings.SITE_KEYS.session, 'cache').hash(key)}"

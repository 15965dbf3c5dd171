"""Sessions in the database whose rows do not tell when somebody was there.

A row's end is set at every change of the session, to the microsecond, exactly two weeks later. Two copies of the
database would show by it who did something on an account at the moment at which an alias did. Whole days do not.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.utils import timezone

from bridgenotes.base.prepared import Prepared

if TYPE_CHECKING:
    from django.contrib.sessions.base_session import AbstractBaseSession


class SessionStore(DatabaseStore):
    """Django's sessions in the database, which end at midnight."""

    _live = Prepared(
        lambda key, now: SessionStore.get_model_class().objects.filter(session_key=key, expire_date__gt=now)
    )

    def _get_session_from_db(self) -> AbstractBaseSession | None:
        """Return the row, as Django does; every page of somebody signed in asks for it."""
        found = next(iter(self._live(str(self.session_key), timezone.now())), None)
        if found is None:
            self._session_key = None
        return found

    def create_model_instance(self, data: dict[str, Any]) -> AbstractBaseSession:
        """Return the row of a session; it ends at the midnight after its time."""
        row = super().create_model_instance(data)
        whole = row.expire_date.replace(hour=0, minute=0, second=0, microsecond=0)
        row.expire_date = whole + timedelta(days=1)
        return row

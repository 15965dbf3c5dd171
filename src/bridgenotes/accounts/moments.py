"""When somebody signed in is kept by the month: finer, it could be matched with what an alias did.

Libraries keep times of their own about an account. What they write passes here on its way to the database.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from datetime import datetime

    from django.db.models import Field, Model

FINE: Final = (
    ("mfa", "Authenticator", "created_at"),
    ("mfa", "Authenticator", "last_used_at"),
    ("socialaccount", "SocialAccount", "date_joined"),
    ("socialaccount", "SocialAccount", "last_login"),
)
"""Fields of libraries that would tell when an account did something: app, model, field."""


def month_of(moment: datetime | None) -> datetime | None:
    """Return the first moment of a time's month."""
    return moment and moment.replace(day=1, hour=0, minute=0, second=0, microsecond=0)


def keep_months_only(field: Field[Any, Any]) -> None:
    """Make a field write the month of its time, also where the field itself takes the time (``auto_now``)."""
    write = field.pre_save

    def coarse(model_instance: Model, add: bool) -> datetime | None:  # noqa: FBT001 (Django's)
        month = month_of(write(model_instance, add))
        setattr(model_instance, field.attname, month)
        return month

    field.pre_save = coarse  # type: ignore[method-assign]  # of this one field

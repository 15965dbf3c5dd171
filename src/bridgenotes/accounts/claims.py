"""What a host platform says about its user by OpenID Connect, reduced to facts before it is stored.

The claims understood are ``account_created_at`` and ``last_violation_at`` (ISO 8601 or epoch seconds),
``phone_number`` with ``phone_number_verified``, and, where the host knows better than the tables,
``phone_line_type`` and ``phone_carrier``. The number itself is hashed at once; name, picture, handle and
everything else a host may send are dropped.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, Self

from bridgenotes.accounts.phones import line_of, normalised_number, number_hash
from bridgenotes.base import clock
from bridgenotes.domain.verdict import Refused

if TYPE_CHECKING:
    from collections.abc import Mapping

    from allauth.socialaccount.models import SocialAccount

FACTS: Final = "facts"


@dataclass(frozen=True)
class PhoneClaim:
    """A number the host has verified, without the number."""

    number_hash: str
    country: str
    line_type: str
    carrier: str
    verified_at: datetime


@dataclass(frozen=True)
class HostClaims:
    """The facts in a host's claims; None where it says nothing."""

    joined_at: datetime | None = None
    last_violation_at: datetime | None = None
    phone: PhoneClaim | None = None

    @classmethod
    def from_claims(cls, claims: Mapping[str, Any], *, now: datetime) -> Self:
        """Return the facts of an OpenID Connect user info or id token."""
        return cls(
            joined_at=_time(claims.get("account_created_at")),
            last_violation_at=_time(claims.get("last_violation_at")),
            phone=_phone(claims, now),
        )

    @classmethod
    def from_stored(cls, facts: Mapping[str, Any]) -> Self:
        """Return what `to_stored` gave."""
        phone = facts.get("phone")
        return cls(
            joined_at=_time(facts.get("joined_at")),
            last_violation_at=_time(facts.get("last_violation_at")),
            phone=PhoneClaim(**{**phone, "verified_at": datetime.fromisoformat(phone["verified_at"])})
            if phone
            else None,
        )

    def to_stored(self) -> dict[str, Any]:
        """Return the facts as JSON."""
        phone = self.phone
        return {
            "joined_at": self.joined_at.isoformat() if self.joined_at else None,
            "last_violation_at": self.last_violation_at.isoformat() if self.last_violation_at else None,
            "phone": {**vars(phone), "verified_at": phone.verified_at.isoformat()} if phone else None,
        }


def reduce(extra_data: Mapping[str, Any], *, now: datetime) -> dict[str, Any]:
    """Return what may be stored of a provider's data: the facts. Reducing twice changes nothing."""
    if FACTS in extra_data:
        return {FACTS: extra_data[FACTS]}
    claims = extra_data.get("userinfo") or extra_data.get("id_token") or extra_data
    return {FACTS: HostClaims.from_claims(claims, now=now).to_stored()}


def keep_facts_only(instance: SocialAccount, **_signal: object) -> None:
    """Reduce a provider's data just before it is written to the database."""
    instance.extra_data = reduce(instance.extra_data, now=clock.now())


def _time(value: object) -> datetime | None:
    """Return a claimed time in UTC; None for nothing and for what is no time."""
    try:
        if isinstance(value, int | float) and not isinstance(value, bool):
            return datetime.fromtimestamp(value, UTC)
        if isinstance(value, str) and value:
            moment = datetime.fromisoformat(value)
            return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError, OSError):
        return None
    return None


def _phone(claims: Mapping[str, Any], now: datetime) -> PhoneClaim | None:
    """Return the claimed phone if the host verified it and it is a number."""
    if claims.get("phone_number_verified") is not True:
        return None
    try:
        e164 = normalised_number(str(claims.get("phone_number", "")))
    except Refused:
        return None
    line = line_of(e164)
    return PhoneClaim(
        number_hash=number_hash(e164),
        country=line.country,
        line_type=str(claims.get("phone_line_type") or line.line_type),
        carrier=str(claims.get("phone_carrier") or line.carrier),
        verified_at=_time(claims.get("phone_verified_at")) or now,
    )

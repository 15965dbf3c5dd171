"""Who may become a contributor: small named checks, each with what to do (SU-2 to SU-7, SU-12)."""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from bridgenotes.domain.verdict import Reason, Verdict, because

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from bridgenotes.domain.config import EligibilityConfig
    from bridgenotes.domain.phones import Line


@dataclass(frozen=True)
class AccountFacts:
    """What is known of an account that applies; no name, no number.

    Attributes
    ----------
    joined_at : datetime
        When it joined the platform.
    last_violation_at : datetime or None
        Its latest notice of violating the platform's rules.
    line : Line or None
        Its verified phone line; None if no number is verified.
    number_is_contributors : bool
        Whether another account that already contributes has the same number.
    number_verified_later : bool
        Whether another account verified the same number more recently.
    """

    joined_at: datetime
    last_violation_at: datetime | None = None
    line: Line | None = None
    number_is_contributors: bool = False
    number_verified_later: bool = False


@dataclass(frozen=True)
class CheckResult:
    """How one check went; ``reason`` is None when passed."""

    check: str
    reason: Reason | None

    @property
    def passed(self) -> bool:
        """Whether nothing stands in the way."""
        return self.reason is None


def after_months(start: datetime, months: int) -> datetime:
    """Return the same time of day so many calendar months later, on the month's last day at most."""
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    last_day = calendar.monthrange(year, month + 1)[1]
    return start.replace(year=year, month=month + 1, day=min(start.day, last_day))


def standing(facts: AccountFacts, config: EligibilityConfig, now: datetime) -> Reason | None:
    """Bar accounts with a recent notice of violating the rules (SU-2)."""
    if facts.last_violation_at is None:
        return None
    free_at = facts.last_violation_at + config.violation_recent_for
    if now >= free_at:
        return None
    return Reason("eligibility.recent_violation", {"at": free_at}, free_at)


def account_age(facts: AccountFacts, config: EligibilityConfig, now: datetime) -> Reason | None:
    """Bar young accounts (SU-3)."""
    old_at = after_months(facts.joined_at, config.min_account_age_months)
    if now >= old_at:
        return None
    return because("eligibility.account_too_young", old_at, months=config.min_account_age_months, at=old_at)


def phone_verified(facts: AccountFacts, _config: EligibilityConfig, _now: datetime) -> Reason | None:
    """Ask for a verified phone number (SU-4)."""
    return Reason("eligibility.phone_unverified") if facts.line is None else None


def phone_carrier(facts: AccountFacts, config: EligibilityConfig, _now: datetime) -> Reason | None:
    """Ask for a line of a trusted carrier, so no virtual number (SU-5); silent without a number."""
    line = facts.line
    if line is None:
        return None
    if config.countries and line.country not in config.countries:
        return Reason("eligibility.phone_country", {"country": line.country})
    name = line.carrier.casefold()
    trusted = {carrier.casefold() for carrier in config.trusted_carriers}
    untrusted = {carrier.casefold() for carrier in config.untrusted_carriers}
    if (
        line.line_type in config.untrusted_line_types
        or name in untrusted
        or (trusted and name not in trusted)
    ):
        return Reason(
            "eligibility.phone_untrusted",
            {"line_type": line.line_type, "carrier": line.carrier},
        )
    return None


def phone_unique(facts: AccountFacts, _config: EligibilityConfig, _now: datetime) -> Reason | None:
    """Ask for a number no contributor has and no account verified later (SU-6)."""
    if facts.line is None:
        return None
    if facts.number_is_contributors:
        return Reason("eligibility.phone_of_contributor")
    if facts.number_verified_later:
        return Reason("eligibility.phone_verified_elsewhere")
    return None


CHECKS: Final[dict[str, Callable[[AccountFacts, EligibilityConfig, datetime], Reason | None]]] = {
    "standing": standing,
    "account_age": account_age,
    "phone_verified": phone_verified,
    "phone_carrier": phone_carrier,
    "phone_unique": phone_unique,
}
"""Every check by its name in `EligibilityConfig.checks`."""


def check_results(facts: AccountFacts, config: EligibilityConfig, now: datetime) -> tuple[CheckResult, ...]:
    """Return how every check in force went, so that all failures are explained at once (SU-7, SU-12).

    Raises
    ------
    KeyError
        If the configuration names a check that does not exist.
    """
    return tuple(CheckResult(name, CHECKS[name](facts, config, now)) for name in config.checks)


def eligibility(facts: AccountFacts, config: EligibilityConfig, now: datetime) -> Verdict:
    """Return whether the account may apply, with every failure (SU-1 to SU-7)."""
    results = check_results(facts, config, now)
    return Verdict(tuple(result.reason for result in results if result.reason))

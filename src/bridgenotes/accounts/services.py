"""What can happen to an account's facts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import check_for_language

from bridgenotes.accounts.models import Account, PhoneFact
from bridgenotes.accounts.phones import line_of, normalised_number, number_hash

if TYPE_CHECKING:
    from datetime import datetime

    from bridgenotes.accounts.claims import HostClaims


@transaction.atomic
def record_phone(account: Account, number: str, *, now: datetime) -> PhoneFact:
    """Keep the facts of a number the account has just verified; the number itself is forgotten.

    Raises
    ------
    Refused
        If it is no valid number.
    """
    e164 = normalised_number(number)
    line = line_of(e164)
    fact, _ = PhoneFact.objects.update_or_create(
        account=account,
        defaults={
            "number_hash": number_hash(e164),
            "country": line.country,
            "line_type": line.line_type,
            "carrier": line.carrier,
            "verified_at": now,
        },
    )
    return fact


def forget_phone(account: Account) -> None:
    """Drop the account's number, e.g. to leave it to another account (SU-6)."""
    PhoneFact.objects.filter(account=account).delete()


@transaction.atomic
def record_claims(account: Account, claims: HostClaims) -> None:
    """Take over what a host platform says about the account; silence of the host changes nothing."""
    if claims.joined_at is not None:
        account.joined_at = claims.joined_at
    if claims.last_violation_at is not None:
        account.last_violation_at = claims.last_violation_at
    account.save(update_fields=["joined_at", "last_violation_at"])
    phone = claims.phone
    if phone is None:
        return
    known = PhoneFact.objects.filter(account=account, number_hash=phone.number_hash).first()
    verified_at = max(known.verified_at, phone.verified_at) if known else phone.verified_at
    PhoneFact.objects.update_or_create(account=account, defaults={**vars(phone), "verified_at": verified_at})


def speak(account: Account, language: str) -> None:
    """Write to the person in a language of the site from now on."""
    if check_for_language(language):
        account.language = language
        account.save(update_fields=["language"])


def record_violation(account: Account, *, now: datetime) -> None:
    """Remember that the account was notified of breaking the platform's rules (SU-2)."""
    account.last_violation_at = now
    account.save(update_fields=["last_violation_at"])

"""What is known of an account."""

from __future__ import annotations

from bridgenotes.accounts.models import Account, PhoneFact
from bridgenotes.domain.phones import Line


def phone_of(account: Account) -> PhoneFact | None:
    """Return what is kept of the account's verified number."""
    return PhoneFact.objects.filter(account=account).first()


def line(phone: PhoneFact) -> Line:
    """Return the line behind a number, as the rules see it."""
    return Line(country=phone.country, line_type=phone.line_type, carrier=phone.carrier)


def sharers(phone: PhoneFact) -> list[PhoneFact]:
    """Return what other accounts with the same number have, the latest verification first."""
    others = PhoneFact.objects.filter(number_hash=phone.number_hash).exclude(account_id=phone.account_id)
    return list(others.order_by("-verified_at"))

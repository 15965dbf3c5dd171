"""Names for an account that fit one purpose only, where no contributor acts.

Requests, reports and proofs of authorship may come from people who take no part. Their rows carry a keyed
hash instead of the account: rows of one purpose can be told apart, rows of two purposes or a row and an
account cannot be matched without the key.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from django.conf import settings

from bridgenotes.accounts import queries as accounts
from bridgenotes.base.sealing import Sealer

if TYPE_CHECKING:
    from bridgenotes.accounts.models import Account


class Purpose(StrEnum):
    """What a handle is for."""

    REQUEST = "request"
    REPORT = "report"
    AUTHORSHIP = "authorship"
    FEEDBACK = "feedback"
    DISPLAY = "display"


@dataclass(frozen=True)
class Asker:
    """Who asks for a note: a handle, and whether a phone number is verified (RQ-1)."""

    handle: str
    has_verified_phone: bool


def handle(account: Account, purpose: Purpose, detail: str = "") -> str:
    """Return the handle of an account, 64 hexadecimal digits; ``detail`` narrows the purpose."""
    return _hash(purpose, f"account {account.pk.hex} {detail}")


def session_handle(session_key: str, purpose: Purpose, detail: str = "") -> str:
    """Return the handle of a visitor, which lasts as long as the browser's session."""
    return _hash(purpose, f"session {session_key} {detail}")


def asker(account: Account) -> Asker:
    """Return an account as somebody who asks for notes."""
    return Asker(handle(account, Purpose.REQUEST), accounts.phone_of(account) is not None)


def _hash(purpose: Purpose, word: str) -> str:
    return Sealer(settings.SITE_KEYS.link, f"handle {purpose}").hash(word)

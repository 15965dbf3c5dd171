"""Accounts of the demo: one login for each way to look at the site, and people who wait to be admitted.

They come by the real doors: phone, application, draw, alias. Their password is printed, so a demo is no place
for anybody's own account.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from allauth.account.models import EmailAddress
from django.contrib.auth.models import Permission

from bridgenotes.accounts import services as accounts
from bridgenotes.accounts.models import Account
from bridgenotes.contributors import services as contributors
from bridgenotes.identity import services as identity
from bridgenotes.identity.services import Agreement

if TYPE_CHECKING:
    from datetime import datetime

    from bridgenotes.contributors.models import Contributor

PASSWORD: Final = "look-around"  # noqa: S105 (printed for everybody to use)
DOMAIN: Final = "demo.example.org"
NUMBERS: Final = "+447400{:06d}"
"""Telephone numbers that nobody is called at: only what kind of line they are is kept."""
AGE: Final = timedelta(days=400)
AGREED: Final = Agreement(rules=True, understanding=True, good_faith=True, helpful=True, public=True)
MODERATES: Final = ("view_report", "change_report", "view_auditentry")


@dataclass(frozen=True)
class Role:
    """A demo login.

    Attributes
    ----------
    name : str
        The local part of its address.
    does : str
        What it shows, in a few words.
    """

    name: str
    does: str

    @property
    def email(self) -> str:
        """The address to sign in with."""
        return address_of(self.name)


READER: Final = Role("reader", "reads, asks for notes, answers whether notes help")
NEWCOMER: Final = Role("newcomer", "was just admitted: chooses an alias, rates the first notes")
CONTRIBUTOR: Final = Role("contributor", "rates, and so earns the right to write")
WRITER: Final = Role("writer", "writes notes: a top writer, who sees what others ask for")
AUTHOR: Final = Role("author", "wrote posts at the host that carry notes; may ask for review")
MODERATOR: Final = Role("moderator", "decides reports, at /staff/reports")
OPERATOR: Final = Role(
    "operator", "sees scoring runs at /staff/runs, guardrails at /staff/guard, data at /operator/"
)
ROLES: Final = (READER, NEWCOMER, CONTRIBUTOR, WRITER, AUTHOR, MODERATOR, OPERATOR)


def address_of(name: str) -> str:
    """Return a mail address that no mail reaches."""
    return f"{name}@{DOMAIN}"


def sign_up(role: Role, *, now: datetime, **rights: bool) -> Account:
    """Return a login with a verified mail address, and a verified phone of its own."""
    account = Account.objects.create_user(role.email, PASSWORD, joined_at=now - AGE, **rights)
    EmailAddress.objects.create(user=account, email=role.email, verified=True, primary=True)
    accounts.record_phone(account, NUMBERS.format(ROLES.index(role)), now=now)
    return account


def sign_up_waiting(number: int, *, now: datetime) -> Account:
    """Return the account of somebody who waits to be admitted; nobody can sign in as them."""
    account = Account.objects.create_user(address_of(f"waiting{number}"), joined_at=now - AGE)
    accounts.record_phone(account, NUMBERS.format(100 + number), now=now)
    identity.apply(account, AGREED, now=now)
    return account


def sign_up_moderator(*, now: datetime) -> Account:
    """Return the login that may decide reports and nothing else."""
    account = sign_up(MODERATOR, now=now, is_staff=True)
    allowed = Permission.objects.filter(content_type__app_label="moderation", codename__in=MODERATES)
    account.user_permissions.set(allowed)
    return account


def apply(role: Role, *, now: datetime) -> Account:
    """Return a login that has applied to take part."""
    account = sign_up(role, now=now)
    identity.apply(account, AGREED, now=now)
    return account


def named(account: Account) -> Contributor:
    """Return an admitted account's contributor, under the first alias offered."""
    contributor = identity.contributor_for(account)
    assert contributor is not None  # the draw has admitted everybody who waited
    return contributors.choose_alias(contributor, contributors.offer_aliases(contributor)[0])

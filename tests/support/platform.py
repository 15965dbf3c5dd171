"""People for tests of the platform, made through the same services as real ones."""

from __future__ import annotations

import itertools
import re
from datetime import timedelta

from bridgenotes.accounts import services as accounts
from bridgenotes.accounts.models import Account
from bridgenotes.base.clock import SteppedClock
from bridgenotes.contributors import services as contributors
from bridgenotes.contributors.models import Contributor, Enrollment
from bridgenotes.identity import services as identity
from bridgenotes.identity.services import Agreement

AGREED = Agreement(rules=True, understanding=True, good_faith=True, helpful=True, public=True)
PASSWORD = "correct horse battery"
OLD_ENOUGH = timedelta(days=400)


def code_in(text: str) -> str:
    """Return the code in a mail or text message."""
    found = re.search(r"\b([A-Z0-9]{3,4}-[A-Z0-9]{3,4}|[A-Z0-9]{6,8})\b", text)
    assert found, text
    return found[1]


class People:
    """Makes people, each with a number of their own."""

    def __init__(self, clock: SteppedClock) -> None:
        self.clock = clock
        self._count = itertools.count(1)

    def number(self) -> str:
        """Return an unused British mobile number."""
        return f"+447400{next(self._count):06d}"

    def account(self, *, phone: str | None = "", joined_ago: timedelta = OLD_ENOUGH) -> Account:
        """Return an account; by default it meets every criterion. ``phone=None``: no number."""
        account = Account.objects.create_user(
            f"person{next(self._count)}@example.org", PASSWORD, joined_at=self.clock() - joined_ago
        )
        if phone is not None:
            accounts.record_phone(account, phone or self.number(), now=self.clock())
        return account

    def applicant(self, **fields: object) -> Account:
        """Return an account on the waitlist."""
        account = self.account(**fields)
        identity.apply(account, AGREED, now=self.clock())
        return account

    def contributor_account(self, **fields: object) -> Account:
        """Return the account of a new contributor with an alias."""
        account = self.applicant(**fields)
        contributor = identity.admit(account.application, now=self.clock())
        contributors.choose_alias(contributor, contributors.offer_aliases(contributor)[0])
        return account

    def contributor(self, state: Enrollment = Enrollment.NEW_USER) -> Contributor:
        """Return a contributor with an alias, in a state."""
        contributor = identity.contributor_for(self.contributor_account())
        assert contributor is not None
        if state != contributor.enrollment_state:
            contributor.enrollment_state = state
            contributor.save(update_fields=["enrollment_state"])
        return contributor

"""How often the API takes something from one account; the quotas of the rules come on top."""

from __future__ import annotations

from threading import local
from typing import TYPE_CHECKING, Final

from django.core.cache import caches
from ninja.throttling import AnonRateThrottle, AuthRateThrottle, BaseThrottle

from bridgenotes.base.errors import NotSignedIn
from bridgenotes.posts import queries as posts

if TYPE_CHECKING:
    from django.http import HttpRequest

MINUTE: Final = 60


class VisitorThrottle(local, AnonRateThrottle):
    """Counts what an address asks without signing in.

    The library's throttles note down in themselves whose request they are looking at. One serves all requests, so two
    that come in together would be counted as one person's, who is then refused what others did. As thread-local
    objects they have notes of their own in each thread.
    """


class AccountThrottle(local, AuthRateThrottle):
    """Counts what an account asks; for each thread by itself, as `VisitorThrottle`."""


class WriteThrottle(AccountThrottle):
    """Counts what changes something, apart from reading."""

    scope = "writes"


class ShownThrottle(BaseThrottle):
    """Counts questions for what shows on posts, in the memory of each process: the database is not asked.

    One address may stand for a whole school or office, so it gets many; a host that names itself by its token
    gets what its servers need.

    Attributes
    ----------
    per_address, per_host : int
        Questions a minute and process.
    """

    per_address: Final = 600
    per_host: Final = 6_000

    def allow_request(self, request: HttpRequest) -> bool:
        """Count the question and say whether it may be answered."""
        host = self._host(request)
        who = f"host-{host}" if host else f"address-{self.get_ident(request)}"
        counter, cache = f"shown-{who}", caches["local"]
        cache.add(counter, 0, MINUTE)  # a new minute begins with the first question after the last one
        try:
            asked: int = cache.incr(counter)
        except ValueError:  # forgotten in between, as memory was short
            asked = 1
        return asked <= (self.per_host if host else self.per_address)

    def wait(self) -> float:
        """Return the seconds until a new minute has begun for sure."""
        return MINUTE

    def _host(self, request: HttpRequest) -> str:
        """Return the host whose token the question carries, empty if none; looked up once in five minutes."""
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            return ""
        key = f"host-of-{posts.token_hash(token)}"
        known: str | None = caches["local"].get(key)
        if known is None:
            try:
                known = str(posts.host_of(token).pk)
            except NotSignedIn:
                known = ""
            caches["local"].set(key, known, 5 * MINUTE)
        return known


WRITES: Final[list[BaseThrottle]] = [WriteThrottle("60/m"), AccountThrottle("600/m")]
"""For every operation by which people write, rate, ask or report."""
SHOWN: Final[list[BaseThrottle]] = [ShownThrottle()]
"""For what hosts and pages elsewhere ask."""

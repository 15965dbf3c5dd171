"""One form for every address: the same page is the same post, and unsafe addresses are refused.

Parsing is ada's (the WHATWG standard, as browsers do), parameters are w3lib's, registrable
domains tldextract's with its offline list. Ours is data: ``lists/tracking_params.toml`` and
``lists/host_rules.toml``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote_plus

import tldextract
from ada_url import URL, HostType
from w3lib.url import canonicalize_url, url_query_cleaner

from bridgenotes.domain.verdict import Reason, Refused
from bridgenotes.domain.wordlists import table

if TYPE_CHECKING:
    from collections.abc import Callable

    from bridgenotes.domain.config import UrlConfig

_suffixes: Final = tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None)
_PLAIN: Final = re.compile(
    r"https?://(?P<host>(?:[a-z0-9]+(?:-[a-z0-9]+)*\.)+[a-z]{2,})(?P<path>(?:/[A-Za-z0-9_~-][A-Za-z0-9_~.-]*)+/?)"
)
"""Addresses that all steps below leave as they are, but for the scheme; most are such."""
_MAX_PASSES: Final = 4
"""Rules lead to fixed points in one or two passes; more would be a loop in the data."""


@dataclass(frozen=True)
class CanonicalUrl:
    """An address in its one form.

    Attributes
    ----------
    url : str
        The address to open and to show.
    identity : str
        Equal for addresses of the same page: without scheme, ``www.``, order of parameters
        and closing slash. The key of a post.
    host : str
        In ASCII.
    site : str
        The registrable domain, ``bbc.co.uk``.
    """

    url: str
    identity: str
    host: str
    site: str


def canonical_url(text: str, config: UrlConfig) -> CanonicalUrl:
    """Return the one form of a web address.

    Parameters
    ----------
    text : str
        As pasted; white space around it does not matter.
    config : UrlConfig
        The longest address allowed.

    Raises
    ------
    Refused
        If it is no web address, names a person's password, or a host that is not a public name:
        an IP address in any spelling, localhost, a name without a public suffix.

    Notes
    -----
    ``canonical_url(canonical_url(x).url) == canonical_url(x)``. http and https are one page:
    https is written unless a port is named. Fragments go, except those that are routes
    (``#!/a`` and ``#/a``).
    """
    if (plain := _PLAIN.fullmatch(text)) and (found := _of_plain(**plain.groupdict(), config=config)):
        return found
    href, passes = _cleaned(text, config), 0
    while (changed := _ruled(href)) != href and (ruled := _cleaned(changed, config)) != href:
        href, passes = ruled, passes + 1
        if passes > _MAX_PASSES:
            raise RuntimeError(f"rules in host_rules.toml do not come to rest at {href!r}")
    host = URL(href).hostname
    return CanonicalUrl(href, _identity(href), host, _site(host))


def _of_plain(host: str, path: str, config: UrlConfig) -> CanonicalUrl | None:
    """Return the one form of a plain address; None where a rule may change it, or it may be refused."""
    href, site = f"https://{host}{path}", _site(host)
    if not site or host in _ruled_hosts() or len(href) > config.max_length:
        return None
    return CanonicalUrl(href, (host.removeprefix("www.") + path).rstrip("/"), host, site)


@cache
def _ruled_hosts() -> frozenset[str]:
    return frozenset(host for rule in table("host_rules.toml")["rules"] for host in rule["hosts"])


@lru_cache(maxsize=4_096)
def _site(host: str) -> str:
    """Return the registrable domain of a host, empty if there is none; addresses of few hosts are most."""
    return _suffixes(host).top_domain_under_public_suffix


def _cleaned(text: str, config: UrlConfig) -> str:
    url = _parsed(text, config)
    if url.protocol == "http:" and not url.port:
        url.protocol = "https:"
    url.hostname = url.hostname.rstrip(".")
    if not url.hash.startswith(("#!", "#/")):
        url.hash = ""
    href = _without(url.href, _is_tracking)
    if len(href) > config.max_length:
        raise _refused("url.too_long", length=len(href), limit=config.max_length)
    return href


def _parsed(text: str, config: UrlConfig) -> URL:
    if len(text) > 4 * config.max_length:
        raise _refused("url.too_long", length=len(text), limit=config.max_length)
    try:
        url = URL(text.strip())
    except (ValueError, UnicodeError):
        raise _refused("url.invalid") from None
    if url.protocol not in {"http:", "https:"}:
        raise _refused("url.scheme", scheme=url.protocol.rstrip(":"))
    if url.username or url.password:
        raise _refused("url.credentials")
    if url.host_type != HostType.DEFAULT:
        raise _refused("url.ip_address")
    host = url.hostname.rstrip(".")
    if not _site(host) or ".." in host or host.startswith("."):
        raise _refused("url.host", host=host)
    return url


def _refused(code: str, **params: str | int) -> Refused:
    return Refused((Reason(code, params),))


def _without(href: str, is_superfluous: Callable[[str], bool]) -> str:
    """Return the address without some parameters; an empty query loses its mark."""
    query = href.partition("#")[0].partition("?")[2]
    names = {pair.partition("=")[0] for pair in query.split("&")}
    superfluous = [name for name in names if is_superfluous(unquote_plus(name))]
    return url_query_cleaner(href, superfluous, remove=True, unique=False, keep_fragments=True)


@cache
def _tracking() -> tuple[frozenset[str], tuple[str, ...]]:
    names = [name.casefold() for name in table("tracking_params.toml")["names"]]
    prefixes = tuple(name[:-1] for name in names if name.endswith("*"))
    return frozenset(name for name in names if not name.endswith("*")), prefixes


def _is_tracking(name: str) -> bool:
    names, prefixes = _tracking()
    return name.casefold() in names or name.casefold().startswith(prefixes)


def _ruled(href: str) -> str:
    """Return the address after the first rule of its host that matches."""
    url = URL(href)
    if url.port:
        return href
    host = url.hostname
    for rule in table("host_rules.toml")["rules"]:
        match = re.fullmatch(rule["path"], url.pathname) if host in rule["hosts"] else None
        if match:
            label = host.partition(".")[0]
            return _rewritten(url, rule["to"].format(**match.groupdict(), label=label), rule.get("keep"))
    return href


def _rewritten(url: URL, target: str, keep: list[str] | None) -> str:
    """Return the new address with what it keeps of the old one's parameters."""
    if "?" in target:
        return target
    if keep is None:
        return f"{target}{url.search}{url.hash}"
    return _without(f"{target}{url.search}", lambda name: name not in keep)


def _identity(href: str) -> str:
    bare = canonicalize_url(href, keep_blank_values=True, keep_fragments=True)
    host_and_rest = bare.partition("://")[2].removeprefix("www.")
    path, mark, query = host_and_rest.partition("?")
    return path.rstrip("/") + mark + query

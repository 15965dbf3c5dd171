"""Opening pages whose addresses people pasted: the only module that does, and only if the operator allows.

The check of the address is made on the connection itself (httpx-secure): a name that resolves to a machine
of the operator's network is refused however it is spelled or redirected, also when its answer changes
between look-up and connection.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

import httpx
import structlog
from httpx_secure import httpx_ssrf_protection

if TYPE_CHECKING:
    from ipaddress import IPv4Address, IPv6Address

log = structlog.get_logger(__name__)

MAX_BYTES: Final = 500_000
TIMEOUT_SECONDS: Final = 10.0
MAX_REDIRECTS: Final = 3
PORTS: Final = frozenset({80, 443})
AGENT: Final = "Bridgenotes (+link preview)"


def page_text(url: str) -> str | None:
    """Return the HTML at an address, cut after `MAX_BYTES`; None if it cannot be had."""
    try:
        return asyncio.run(asyncio.wait_for(_fetched(url), TIMEOUT_SECONDS))
    except (httpx.HTTPError, httpx.InvalidURL, TimeoutError, UnicodeError, LookupError) as error:
        log.info("page not fetched", reason=type(error).__name__)
        return None


async def _fetched(url: str) -> str | None:
    async with httpx.AsyncClient(
        trust_env=False, follow_redirects=True, max_redirects=MAX_REDIRECTS, timeout=TIMEOUT_SECONDS,
        headers={"User-Agent": AGENT, "Accept": "text/html"},
    ) as client:  # fmt: skip
        httpx_ssrf_protection(client, custom_validator=_is_web_port)
        async with client.stream("GET", url) as response:
            if not response.is_success or "html" not in response.headers.get("Content-Type", ""):
                return None
            body = bytearray()
            async for chunk in response.aiter_bytes():
                body += chunk
                if len(body) >= MAX_BYTES:
                    break
            return bytes(body[:MAX_BYTES]).decode(response.charset_encoding or "utf-8", errors="replace")


def _is_web_port(_host: str, _address: IPv4Address | IPv6Address, port: int) -> bool:
    return port in PORTS

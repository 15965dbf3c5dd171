"""Sending a code to a phone: by a webhook of the operator's, any provider that Apprise knows, or into a file.

Nothing waits in a queue: the number is kept nowhere, and who asked for a code is looking at the page.
"""

from __future__ import annotations

import json
import secrets
import time
from typing import Final, Protocol
from urllib.parse import quote

import httpx
import structlog
from django.conf import settings
from django.utils.module_loading import import_string
from django.utils.translation import gettext
from standardwebhooks.webhooks import Webhook

from bridgenotes.base.clock import system_clock
from bridgenotes.base.errors import PlatformError

log = structlog.get_logger(__name__)

TRIES: Final = 3
PAUSE_SECONDS: Final = 0.5
"""Before the second try; twice as long before the third."""
TIMEOUT_SECONDS: Final = 5.0


class SmsSender(Protocol):
    """Delivers one short text to one number."""

    def __call__(self, e164: str, text: str) -> None:
        """Send ``text``; raise `SmsFailed` if the provider did not take it."""
        ...


class SmsFailed(PlatformError):  # noqa: N818 (reads as a sentence where it is raised)
    """The provider did not take the message."""

    status = 503

    def __init__(self) -> None:
        super().__init__(
            "phone.sms_failed", gettext("The code could not be sent. Try again in a few minutes.")
        )


def send(e164: str, text: str) -> None:
    """Send a text with the site's sender (``SMS_SENDER``, a plug-in point)."""
    sender: SmsSender = import_string(settings.SMS_SENDER)
    sender(e164, text)


def by_webhook(e164: str, text: str) -> None:
    """Post ``{"to": …, "text": …}`` to the operator's own address, signed as Standard Webhooks have it.

    A message has one ``webhook-id`` however often it is tried, so that the receiver can send it once. Any
    answer of 200 to 299 means that it was taken; 400 to 499 that trying again is of no use.
    """
    body = json.dumps({"to": e164, "text": text}, ensure_ascii=False)
    message = f"msg_{secrets.token_hex(12)}"
    for attempt in range(TRIES):
        if attempt:
            time.sleep(PAUSE_SECONDS * 2 ** (attempt - 1))
        try:
            answer = httpx.post(
                settings.SITE.sms_url.get_secret_value(),
                content=body,
                headers={"content-type": "application/json", **_signature(message, body)},
                timeout=TIMEOUT_SECONDS,
            )
        except httpx.HTTPError as error:
            log.warning("text message not taken", why=type(error).__name__, attempt=attempt + 1)
            continue
        if answer.is_success:
            return
        log.warning("text message not taken", why=answer.status_code, attempt=attempt + 1)
        if answer.is_client_error:
            break
    raise SmsFailed


def _signature(message: str, body: str) -> dict[str, str]:
    """Return the headers that prove who posts; without a signing key only the message's id and time."""
    now = system_clock()
    headers = {"webhook-id": message, "webhook-timestamp": str(int(now.timestamp()))}
    key = settings.SITE.sms_signing_key.get_secret_value()
    if key:
        headers["webhook-signature"] = Webhook(key).sign(message, now, body)
    return headers


def by_provider(e164: str, text: str) -> None:
    """Send through the provider of ``BRIDGENOTES_SMS_URL``."""
    import apprise  # noqa: PLC0415 (slow to import, and only needed here)

    address = settings.SITE.sms_url.get_secret_value().replace("{phone}", quote(e164))
    provider = apprise.Apprise()
    if not provider.add(address) or not provider.notify(body=text):
        raise SmsFailed


def into_file(e164: str, text: str) -> None:
    """Write the message to a file of the data folder: how a site without a provider is tried out."""
    folder = settings.SITE.data_dir / "sms"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = folder / f"{secrets.token_hex(8)}.txt"
    path.touch(mode=0o600)
    path.write_text(f"To: {e164}\n\n{text}\n")

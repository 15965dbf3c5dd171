"""Sending a code to a phone: by any provider that Apprise knows, or into a file."""

from __future__ import annotations

import secrets
from typing import Protocol
from urllib.parse import quote

from django.conf import settings
from django.utils.module_loading import import_string

from bridgenotes.base.errors import PlatformError


class SmsSender(Protocol):
    """Delivers one short text to one number."""

    def __call__(self, e164: str, text: str) -> None:
        """Send ``text``; raise `SmsFailed` if the provider did not take it."""
        ...


class SmsFailed(PlatformError):  # noqa: N818 (reads as a sentence where it is raised)
    """The provider did not take the message."""

    status = 503

    def __init__(self) -> None:
        super().__init__("phone.sms_failed", "The code could not be sent. Try again in a few minutes.")


def send(e164: str, text: str) -> None:
    """Send a text with the site's sender (``SMS_SENDER``, a plug-in point)."""
    sender: SmsSender = import_string(settings.SMS_SENDER)
    sender(e164, text)


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

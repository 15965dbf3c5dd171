"""From one address to Django's mail settings; without one, mails are files in the data folder."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from bridgenotes.base.configuration import ConfigurationError

if TYPE_CHECKING:
    from bridgenotes.base.settings import Settings


def mail_settings(site: Settings) -> dict[str, Any]:
    """Return Django's ``EMAIL_*`` settings.

    Raises
    ------
    ConfigurationError
        If the address is neither ``smtp://`` nor ``smtps://``.
    """
    address = site.email_url.get_secret_value()
    if not address:
        return {
            "EMAIL_BACKEND": "django.core.mail.backends.filebased.EmailBackend",
            "EMAIL_FILE_PATH": str(site.data_dir / "mail"),
        }
    parts = urlsplit(address)
    if parts.scheme not in {"smtp", "smtps"}:
        raise ConfigurationError("BRIDGENOTES_EMAIL_URL must begin with smtp:// (STARTTLS) or smtps:// (TLS)")
    tls_from_start = parts.scheme == "smtps"
    return {
        "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "EMAIL_HOST": parts.hostname or "localhost",
        "EMAIL_PORT": parts.port or (465 if tls_from_start else 587),
        "EMAIL_HOST_USER": unquote(parts.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(parts.password or ""),
        "EMAIL_USE_SSL": tls_from_start,
        "EMAIL_USE_TLS": not tls_from_start and bool(parts.username),
        "EMAIL_TIMEOUT": 20,
    }

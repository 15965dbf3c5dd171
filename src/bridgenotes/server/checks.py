"""What `bridgenotes manage check --deploy` says about a site, beyond Django's own checks."""

from __future__ import annotations

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register  # noqa: A004 (Django's name)


@register(Tags.security, deploy=True)
def site_is_fit_for_people(**_kwargs: object) -> list[CheckMessage]:
    """Return what must not be so on a public site."""
    site = settings.SITE
    found: list[CheckMessage] = []
    if not settings.SITE_KEYS.kept:
        found.append(
            Error(
                f"There are no keys in {site.keys_folder}; they live in memory only.",
                hint="Start the site once with `bridgenotes serve`.",
                id="bridgenotes.E001",
            )
        )
    if not site.https:
        found.append(
            Warning(
                "BRIDGENOTES_SITE_URL is not https: cookies and pages can be read on the way.",
                id="bridgenotes.W001",
            )
        )
    if site.oidc.issuer and not site.oidc.issuer.startswith("https://"):
        found.append(
            Warning(
                "BRIDGENOTES_OIDC__ISSUER is not https: anybody on the way can sign in as anybody.",
                id="bridgenotes.W003",
            )
        )
    if site.clock_file:
        found.append(
            Error("BRIDGENOTES_CLOCK_FILE is set: time on this site stands still.", id="bridgenotes.E002")
        )
    if not site.email_url.get_secret_value():
        found.append(
            Warning("BRIDGENOTES_EMAIL_URL is empty: mails are written to files.", id="bridgenotes.W002")
        )
    return found

"""Where allauth's flows meet our models."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

import structlog
from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from django.conf import settings
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from bridgenotes.accounts import claims, phones, queries, services, sms
from bridgenotes.accounts.forms import PhoneField
from bridgenotes.base import clock
from bridgenotes.base.sealing import Sealer

if TYPE_CHECKING:
    from allauth.socialaccount.models import SocialLogin
    from django.http import HttpRequest, HttpResponse

    from bridgenotes.accounts.models import Account

log = structlog.get_logger(__name__)


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Addresses, passwords and phones. A phone never decides a sign-in, only eligibility."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:  # noqa: ARG002
        """Say whether accounts can be made here."""
        return bool(settings.SITE.signup_open)

    def post_login(self, request: HttpRequest, user: Account, **kwargs: Any) -> HttpResponse:  # noqa: ANN401
        """Remember the language of the first sign-in; later ones change nothing."""
        if not user.language:
            services.speak(user, get_language() or "")
        response: HttpResponse = super().post_login(request, user, **kwargs)
        return response

    def phone_form_field(self, **options: Any) -> PhoneField:  # noqa: ANN401 (Django's options)
        """Return the field that takes a number as people write it."""
        return PhoneField(**options)

    def get_phone(self, user: Account) -> tuple[str, bool] | None:
        """Return words for the verified number; the number itself is not kept."""
        line = queries.phone_of(user)
        return (phones.in_words(line), True) if line else None

    def set_phone(self, user: Account, phone: str, verified: bool) -> None:  # noqa: FBT001 (allauth's)
        """Keep a number once it is verified; before, nothing."""
        if verified:
            services.record_phone(user, phone, now=clock.now())

    def set_phone_verified(self, user: Account, phone: str) -> None:
        """Keep the facts of a number whose code was right."""
        services.record_phone(user, phone, now=clock.now())

    def get_user_by_phone(self, phone: str) -> Account | None:  # noqa: ARG002
        """Find nobody: a number may be verified by several accounts, the last of them counts (SU-6)."""
        return None

    def send_verification_code_sms(
        self, user: Account, phone: str, code: str, **_kwargs: object  # noqa: ARG002
    ) -> None:  # fmt: skip
        """Send the code to the phone."""
        site = settings.SITE.site_name
        sms.send(phone, _("%(code)s is your code for %(site)s.") % {"code": code, "site": site})


class MfaAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    """Second factors; their secrets are sealed in the database."""

    def encrypt(self, text: str) -> str:
        """Return the secret sealed."""
        return base64.b64encode(_mfa_sealer().seal(text.encode())).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """Return the secret."""
        return _mfa_sealer().open(base64.b64decode(encrypted_text)).decode()

    def _get_site_name(self) -> str:
        return str(settings.SITE.site_name)


class HostAdapter(DefaultSocialAccountAdapter):  # type: ignore[misc]
    """People whom a host platform brings; its claims are facts about them."""

    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:  # noqa: ARG002
        """Let the host's users in: the host decides who they are."""
        return True

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:  # noqa: ARG002
        """Refresh the facts of a known account at every sign-in."""
        sociallogin.account.extra_data = claims.reduce(sociallogin.account.extra_data, now=clock.now())
        if sociallogin.is_existing:
            services.record_claims(sociallogin.user, _claims(sociallogin))

    def on_authentication_error(
        self, request: HttpRequest, provider: Any, error: Any = None, exception: Exception | None = None,  # noqa: ARG002, ANN401
        extra_context: Any = None,  # noqa: ARG002, ANN401
    ) -> None:  # fmt: skip
        """Tell the operator why a sign-in was refused; the visitor's page does not say."""
        log.warning("sign-in by the host refused", why=str(exception or error)[:200])

    def save_user(self, request: HttpRequest, sociallogin: SocialLogin, form: Any = None) -> Account:  # noqa: ANN401
        """Make the account of a host's user, with its facts."""
        account: Account = super().save_user(request, sociallogin, form)
        services.record_claims(account, _claims(sociallogin))
        return account


def _claims(sociallogin: SocialLogin) -> claims.HostClaims:
    """Return the facts in a sign-in."""
    return claims.HostClaims.from_stored(sociallogin.account.extra_data[claims.FACTS])


def _mfa_sealer() -> Sealer:
    return Sealer(settings.SITE_KEYS.session, "second factor")

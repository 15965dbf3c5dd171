"""The two addresses of a sign-in by a host: where it begins, and where the provider sends the browser back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.helpers import render_authentication_error
from allauth.socialaccount.models import SocialApp
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView, OAuth2LoginView
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from django.contrib.auth.decorators import login_not_required
from django.http import Http404
from requests import RequestException

from bridgenotes.accounts.openid.tokens import Expected, TokenRefused, checked_claims, nonce_for

if TYPE_CHECKING:
    from collections.abc import Mapping

    from allauth.socialaccount.models import SocialLogin, SocialToken
    from django.http import HttpRequest, HttpResponse

NEEDED: Final = ("issuer", "authorization_endpoint", "token_endpoint", "jwks_uri")


class HostFlow(OpenIDConnectOAuth2Adapter):  # type: ignore[misc]
    """The steps of a sign-in with one provider.

    allauth takes an id token that came straight from the provider without looking at signature or nonce, and
    lets the user info name somebody else. Here all of it is checked.
    """

    _nonce = ""

    @property
    def openid_config(self) -> dict[str, Any]:
        """The provider's description of itself, which must be of the issuer that the operator named."""
        config: dict[str, Any] = super().openid_config
        missing = [name for name in NEEDED if not isinstance(config.get(name), str)]
        if missing:
            raise OAuth2Error(f"discovery: no {', '.join(missing)}")
        named = self.get_provider().app.settings["server_url"].partition("/.well-known/")[0]
        if config["issuer"].rstrip("/") != named.rstrip("/"):
            raise OAuth2Error("discovery: of another issuer")
        return config

    def get_access_token_data(
        self, request: HttpRequest, app: SocialApp, client: Any, pkce_code_verifier: str | None = None  # noqa: ANN401
    ) -> dict[str, Any]:  # fmt: skip
        """Exchange the code for tokens, and remember which nonce they must carry."""
        self._nonce = nonce_for(pkce_code_verifier or "")
        data: dict[str, Any] = super().get_access_token_data(request, app, client, pkce_code_verifier)
        return data

    def complete_login(
        self, request: HttpRequest, app: SocialApp, token: SocialToken, **kwargs: Any  # noqa: ANN401
    ) -> SocialLogin:  # fmt: skip
        """Return who signs in, from checked tokens."""
        claims = self._claims(app, kwargs["response"].get("id_token"))
        if isinstance(self.openid_config.get("userinfo_endpoint"), str):
            info = self._fetch_user_info(token.token)
            if not isinstance(info, dict) or info.get("sub") != claims["sub"]:
                raise OAuth2Error("user info: of somebody else (sub)")
            claims = {**claims, **info}
        return self.get_provider().sociallogin_from_response(request, {"userinfo": claims})

    def _claims(self, app: SocialApp, id_token: object) -> dict[str, Any]:
        if not isinstance(id_token, str):
            raise OAuth2Error("no id token")
        expected = Expected(self.openid_config["issuer"], app.client_id, self._nonce)
        try:
            return checked_claims(id_token, self._keys(), expected)
        except TokenRefused as refused:
            raise OAuth2Error(str(refused)) from refused

    def _keys(self) -> Mapping[str, Any]:
        with get_adapter().get_requests_session() as session:
            answer = session.get(self.openid_config["jwks_uri"])
            answer.raise_for_status()
            keys: Mapping[str, Any] = answer.json()
        return keys


@login_not_required
def login(request: HttpRequest, provider_id: str) -> HttpResponse:
    """Send the browser to the provider."""
    return _step(OAuth2LoginView, request, provider_id)


@login_not_required
def callback(request: HttpRequest, provider_id: str) -> HttpResponse:
    """Take the browser back from the provider, signed in or with a page that says it did not work."""
    return _step(OAuth2CallbackView, request, provider_id)


def _step(view: Any, request: HttpRequest, provider_id: str) -> HttpResponse:  # noqa: ANN401 (allauth's)
    """Answer by one of allauth's views; a provider that cannot be reached or understood is no fault of ours."""
    flow = HostFlow(request, provider_id)
    try:
        answer: HttpResponse = view.adapter_view(flow)(request)
    except SocialApp.DoesNotExist as error:
        raise Http404 from error
    except (OAuth2Error, RequestException) as error:
        answer = render_authentication_error(request, flow.get_provider(), exception=error)
    return answer

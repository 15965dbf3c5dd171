"""The provider that allauth finds by the setting ``provider_class``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from allauth.socialaccount.providers.openid_connect.provider import OpenIDConnectProvider

from bridgenotes.accounts.openid.tokens import nonce_for
from bridgenotes.accounts.openid.views import HostFlow

if TYPE_CHECKING:
    from django.http import HttpRequest


class HostProvider(OpenIDConnectProvider):  # type: ignore[misc]
    """A host platform. Nothing in the address of a sign-in changes what we ask the provider for."""

    oauth2_adapter_class = HostFlow

    def get_pkce_params(self) -> dict[str, Any]:
        """Return the PKCE parameters, always, and with them the nonce of this sign-in."""
        params: dict[str, Any] = super().get_pkce_params()
        return {**params, "nonce": nonce_for(params["code_verifier"])}

    def get_auth_params_from_request(self, request: HttpRequest, action: str) -> dict[str, Any]:  # noqa: ARG002
        """Return the parameters of the settings alone."""
        params: dict[str, Any] = self.get_auth_params()
        return params

    def get_scope_from_request(self, request: HttpRequest) -> list[str]:  # noqa: ARG002
        """Return the scope of the settings alone."""
        scope: list[str] = self.get_scope()
        return scope

"""What a provider must have signed before anybody is signed in (OpenID Connect Core 1.0, section 3.1.3.7)."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import jwt

if TYPE_CHECKING:
    from collections.abc import Mapping

ALGORITHMS: Final = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
"""Asymmetric ones only: a shared secret or ``none`` proves no provider."""
LEEWAY_SECONDS: Final = 60
"""Two clocks differ."""
REQUIRED: Final = ("iss", "sub", "aud", "exp", "iat")


class TokenRefused(Exception):  # noqa: N818 (reads as a sentence where it is raised)
    """The provider's token does not prove who signs in; the message says which check failed."""


@dataclass(frozen=True)
class Expected:
    """What a token must say.

    Attributes
    ----------
    issuer : str
        The provider, as it names itself.
    client_id : str
        For whom the token is.
    nonce : str
        What this browser's sign-in began with; a token of another sign-in has another one.
    """

    issuer: str
    client_id: str
    nonce: str


def nonce_for(verifier: str) -> str:
    """Return the nonce of the sign-in that has this PKCE verifier; it gives the verifier not away."""
    return hashlib.sha256(b"nonce " + verifier.encode()).hexdigest()


def checked_claims(token: str, keys: Mapping[str, Any], expected: Expected) -> dict[str, Any]:
    """Return the claims of an id token whose signature, issuer, audience, time and nonce are right.

    Parameters
    ----------
    token : str
        As the token endpoint gave it.
    keys : mapping
        The provider's JSON Web Key Set.
    expected : Expected
        What it must say.

    Raises
    ------
    TokenRefused
        If anything is wrong with it.
    """
    try:
        claims: dict[str, Any] = jwt.decode(
            token,
            key=_key(token, keys),
            algorithms=list(ALGORITHMS),
            issuer=expected.issuer,
            audience=expected.client_id,
            leeway=LEEWAY_SECONDS,
            options={"require": list(REQUIRED)},
        )
    except (jwt.PyJWTError, TypeError, ValueError) as error:
        raise TokenRefused(f"id token: {type(error).__name__}") from error
    if not hmac.compare_digest(str(claims.get("nonce", "")), expected.nonce):
        raise TokenRefused("id token: not of this sign-in (nonce)")
    if claims.get("azp", expected.client_id) != expected.client_id:
        raise TokenRefused("id token: made for another client (azp)")
    return claims


def _key(token: str, keys: Mapping[str, Any]) -> jwt.PyJWK:
    """Return the key that a token names; where the set has one key alone, the token need not name it."""
    known = jwt.PyJWKSet.from_dict(dict(keys)).keys
    named = jwt.get_unverified_header(token).get("kid")
    fitting = [key for key in known if named is None or key.key_id == named]
    if len(fitting) != 1:
        raise TokenRefused("id token: signed by none of the provider's keys")
    return fitting[0]

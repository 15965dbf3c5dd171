"""An OpenID provider on a port of this machine: real discovery, keys, codes, PKCE and signed tokens, over HTTP.

Its user has always said yes, so its authorization endpoint sends the browser back at once. ``lie`` changes one
answer, to see what a relying party makes of it.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import ec

CLIENT, SECRET = "notes", "s3cret"
Json = dict[str, object]
KID = "key-1"


def new_key() -> ec.EllipticCurvePrivateKey:
    """Return a key to sign tokens with."""
    return ec.generate_private_key(ec.SECP256R1())


def public_jwk(key: ec.EllipticCurvePrivateKey) -> Json:
    """Return the public half of a key, as a JWK."""
    public = jwt.algorithms.ECAlgorithm.to_jwk(key.public_key(), as_dict=True)
    return {**public, "kid": KID, "use": "sig", "alg": "ES256"}


@dataclass
class Provider:
    """The provider's side: one user, and what was asked.

    ``claims`` are the user's; ``lie`` maps "discovery", "keys", "token", "userinfo" or "id_token" to a function
    that changes the answer of this name before it goes out.
    """

    issuer: str
    claims: Json
    lie: dict[str, Callable[[Json], Json]] = field(default_factory=dict)
    key: ec.EllipticCurvePrivateKey = field(default_factory=new_key)
    algorithm: str = "ES256"
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def told(self, name: str, answer: Json) -> Json:
        """Return an answer, or the lie in its place."""
        return self.lie.get(name, lambda truth: truth)(answer)

    def discovery(self) -> Json:
        """Where everything is."""
        return self.told(
            "discovery",
            {
                "issuer": self.issuer,
                **{
                    name: f"{self.issuer}/{path}"
                    for name, path in {
                        "authorization_endpoint": "authorize", "token_endpoint": "token",
                        "userinfo_endpoint": "userinfo", "jwks_uri": "keys",
                    }.items()
                },
                "response_types_supported": ["code"],
                "token_endpoint_auth_methods_supported": ["client_secret_post"],
                "code_challenge_methods_supported": ["S256"],
            },
        )  # fmt: skip

    def authorize(self, query: dict[str, str]) -> str:
        """Return where the browser goes: back, with a code."""
        assert query["response_type"] == "code"
        assert query["client_id"] == CLIENT
        assert query["code_challenge_method"] == "S256"
        code = secrets.token_hex(8)
        self.codes[code] = query
        return f"{query['redirect_uri']}?{urlencode({'code': code, 'state': query['state']})}"

    def token(self, form: dict[str, str]) -> Json | None:
        """Exchange a code; None if anything does not fit."""
        asked = self.codes.pop(form.get("code", ""), None)
        challenge = base64.urlsafe_b64encode(
            hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        ).rstrip(b"=")
        fits = asked is not None and (
            form["client_id"],
            form["client_secret"],
            form["redirect_uri"],
            challenge.decode(),
        ) == (CLIENT, SECRET, asked["redirect_uri"], asked["code_challenge"])
        if asked is None or not fits:
            return None
        now = int(time.time())
        claims = {
            "iss": self.issuer, "aud": CLIENT, "sub": self.claims["sub"], "iat": now, "exp": now + 300,
            "nonce": asked.get("nonce"),
        }  # fmt: skip
        key = {"none": None, "HS256": "x" * 32}.get(self.algorithm, self.key)
        signed = jwt.encode(
            self.told("id_token", claims), key, algorithm=self.algorithm, headers={"kid": KID}
        )
        return self.told(
            "token",
            {"access_token": "opaque", "token_type": "Bearer", "expires_in": 300, "id_token": signed},
        )


class _Handler(BaseHTTPRequestHandler):
    provider: Provider

    def do_GET(self) -> None:
        at = urlsplit(self.path)
        self.provider.asked.append(at.path)
        if at.path == "/authorize":
            query = {name: values[0] for name, values in parse_qs(at.query).items()}
            self.send_response(302)
            self.send_header("Location", self.provider.authorize(query))
            self.send_header("Content-Length", "0")
            self.end_headers()
        elif at.path == "/userinfo":
            known = self.headers["Authorization"] == "Bearer opaque"
            self.answer(self.provider.told("userinfo", self.provider.claims) if known else None)
        elif at.path == "/keys":
            self.answer(self.provider.told("keys", {"keys": [public_jwk(self.provider.key)]}))
        else:
            self.answer(self.provider.discovery())

    def do_POST(self) -> None:
        form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        self.provider.asked.append(self.path)
        self.answer(self.provider.token({name: values[0] for name, values in form.items()}))

    def answer(self, body: Json | None) -> None:
        """Send JSON; 400 for None."""
        text = json.dumps(body if body is not None else {"error": "invalid_grant"}).encode()
        self.send_response(200 if body is not None else 400)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_words: object) -> None:
        """Say nothing."""


@contextmanager
def running_provider(claims: Json) -> Iterator[Provider]:
    """Serve a provider on a free port until the end."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {}))
    provider = Provider(f"http://127.0.0.1:{server.server_port}", dict(claims))
    server.RequestHandlerClass.provider = provider
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        thread.join()
        server.server_close()

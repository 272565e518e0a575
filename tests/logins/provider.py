"""A small OpenID Connect provider on loopback: discovery, keys, authorization with PKCE, tokens, userinfo.

It is strict with who asks, as real ones are: client, secret, redirect address, code and verifier have to fit.
"""

import base64
import hashlib
import json
import logging
import secrets
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import jwt
import uvicorn
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

CLIENT, SECRET = "dailies", "a secret of the house"
START_S = 10.0
VERA: dict[str, Any] = {"sub": "vera-1", "email": "vera@example.com", "email_verified": True, "name": "Vera Lindqvist"}


@dataclass
class Provider:
    """The provider, and who sits in front of its sign-in page."""

    url: str
    redirect_to: str
    person: dict[str, Any] = field(default_factory=lambda: dict(VERA))
    refuses_with: str = ""
    """The `error` of the way back, as after "Cancel"."""
    breaks: str = ""
    """What goes wrong: `discovery`, `token`, `userinfo` (503), `issuer` or `audience` (of the id token)."""
    asked: list[dict[str, str]] = field(default_factory=list)
    """What each visit to the sign-in page has brought."""
    _codes: dict[str, dict[str, str]] = field(default_factory=dict)
    _tokens: dict[str, dict[str, Any]] = field(default_factory=dict)
    _key: Any = field(default_factory=lambda: generate_private_key(public_exponent=65537, key_size=2048))

    def reset(self) -> None:
        """Be as on the first day."""
        self.person, self.refuses_with, self.breaks = dict(VERA), "", ""
        self.asked.clear()

    def app(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/.well-known/openid-configuration", self._discovery),
                Route("/keys", self._keys),
                Route("/authorize", self._authorize),
                Route("/token", self._token, methods=["POST"]),
                Route("/userinfo", self._userinfo),
            ]
        )

    def _discovery(self, request: Request) -> Response:
        if self.breaks == "discovery":
            return Response("Down for maintenance.", status_code=503)
        return JSONResponse(
            {
                "issuer": self.url,
                "authorization_endpoint": f"{self.url}/authorize",
                "token_endpoint": f"{self.url}/token",
                "userinfo_endpoint": f"{self.url}/userinfo",
                "jwks_uri": f"{self.url}/keys",
                "response_types_supported": ["code"],
                "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": ["RS256"],
                "token_endpoint_auth_methods_supported": ["client_secret_post"],
                "code_challenge_methods_supported": ["S256"],
            }
        )

    def _keys(self, request: Request) -> Response:
        known = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(self._key.public_key()))
        return JSONResponse({"keys": [{**known, "kid": "one", "use": "sig", "alg": "RS256"}]})

    def _authorize(self, request: Request) -> Response:
        asked = dict(request.query_params)
        self.asked.append(asked)
        fits = (asked["client_id"], asked["redirect_uri"]) == (CLIENT, self.redirect_to)
        if not fits or asked["response_type"] != "code" or asked.get("code_challenge_method") != "S256":
            return Response("This client may not ask that.", status_code=400)
        if self.refuses_with:
            back = {"error": self.refuses_with, "state": asked["state"]}
            return RedirectResponse(f"{self.redirect_to}?{urlencode(back)}", status_code=302)
        code = secrets.token_urlsafe(16)
        self._codes[code] = asked
        return RedirectResponse(f"{self.redirect_to}?{urlencode({'code': code, 'state': asked['state']})}", 302)

    async def _token(self, request: Request) -> Response:
        form = await request.form()
        asked = self._codes.pop(str(form.get("code")), None)
        hashed = hashlib.sha256(str(form.get("code_verifier")).encode()).digest()
        challenge = base64.urlsafe_b64encode(hashed).rstrip(b"=").decode()
        is_client = (form.get("client_id"), form.get("client_secret")) == (CLIENT, SECRET)
        if self.breaks == "token" or not asked or not is_client or asked["code_challenge"] != challenge:
            return JSONResponse({"error": "invalid_grant"}, status_code=400)
        access = secrets.token_urlsafe(16)
        self._tokens[access] = self.person
        return JSONResponse(
            {"access_token": access, "token_type": "Bearer", "expires_in": 60, "id_token": self._id_token()}
        )

    def _id_token(self) -> str:
        now = int(time.time())
        claims = {
            **self.person,
            "iss": "https://mallory.example" if self.breaks == "issuer" else self.url,
            "aud": "another house" if self.breaks == "audience" else CLIENT,
            "iat": now,
            "exp": now + 60,
        }
        return jwt.encode(claims, self._key, algorithm="RS256", headers={"kid": "one"})

    def _userinfo(self, request: Request) -> Response:
        known = self._tokens.get(request.headers.get("Authorization", "").removeprefix("Bearer "))
        if self.breaks == "userinfo" or known is None:
            return Response("Not now.", status_code=503)
        return JSONResponse(known)


@contextmanager
def served(redirect_to: str) -> Iterator[Provider]:
    """The provider on a free port of loopback, in a thread."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        provider = Provider(f"http://127.0.0.1:{listener.getsockname()[1]}", redirect_to)
        server = uvicorn.Server(uvicorn.Config(provider.app(), ws="none", access_log=False, log_level=logging.ERROR))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, name="openid provider")
        thread.start()
        try:
            deadline = time.monotonic() + START_S
            while not server.started:
                assert time.monotonic() < deadline, "The provider did not start."
                time.sleep(0.005)
            yield provider
        finally:
            server.should_exit = True
            thread.join()

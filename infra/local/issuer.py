"""A development issuer: a real key pair below .local, its public half served as JWKS, access tokens signed with it.

Whoever can read the key can be anybody to the local API, so it never leaves this machine, and deployed stacks trust
an issuer of their own.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import uuid
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm

from automation.errors import IdentityUnavailable
from automation.settings import Trust
from infra.local.stack import ISSUER

SCOPES: Final = "automation/api automation/execute"
_PATH: Final = "/issuer/.well-known"
_BITS: Final = 2048

Asgi = Callable[[Any, Any, Any], Awaitable[None]]


@dataclass(frozen=True)
class Issuer:
    """A key pair, and the id that its public half is published under."""

    key: rsa.RSAPrivateKey
    key_id: str

    def documents(self) -> dict[str, dict[str, Any]]:
        """What an issuer publishes, by the ends of the addresses."""
        public = json.loads(RSAAlgorithm.to_jwk(self.key.public_key()))
        keys = [{**public, "kid": self.key_id, "use": "sig", "alg": "RS256"}]
        about = {"issuer": ISSUER, "jwks_uri": f"{ISSUER}/.well-known/jwks.json"}
        return {"openid-configuration": about, "jwks.json": {"keys": keys}}

    def fetched(self, url: str) -> Mapping[str, Any]:
        """What is published behind one of its own addresses, without asking the server for it."""
        documents = self.documents()
        root, _, end = url.rpartition("/")
        if root != f"{ISSUER}/.well-known" or end not in documents:
            raise IdentityUnavailable(f"{url} is no address of the development issuer")
        return documents[end]

    def token(self, user: str, roles: Sequence[str], now: datetime, lifetime: timedelta, trust: Trust) -> str:
        """An access token of the kind that Amazon Cognito makes, good from `now` on."""
        claims = {
            "iss": ISSUER,
            "client_id": trust.audience[0],
            "token_use": "access",
            "scope": SCOPES,
            trust.roles_claim: list(roles),
            trust.user_claim: user,
            "iat": int(now.timestamp()),
            "exp": int((now + lifetime).timestamp()),
            "jti": str(uuid.uuid4()),
        }
        return jwt.encode(claims, self.key, "RS256", headers={"kid": self.key_id})


def opened(directory: Path) -> Issuer:
    """The issuer of a directory; its key is made when it is first needed."""
    path = directory / "key.pem"
    if not path.exists():
        _make(path)
    key = serialization.load_pem_private_key(path.read_bytes(), None)
    assert isinstance(key, rsa.RSAPrivateKey)  # noqa: S101 - of our own making
    public = key.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return Issuer(key, base64.urlsafe_b64encode(hashlib.sha256(public).digest()).decode().rstrip("="))


def _make(path: Path) -> None:
    """Write a new key for its owner's eyes; where another process does so at the same time, one of both stays."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    pem = rsa.generate_private_key(65537, _BITS).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    beside = path.with_name(f"{path.name}.{os.getpid()}")
    with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(pem)
    with suppress(FileExistsError):
        os.link(beside, path)
    beside.unlink()


def published(app: Asgi, issuer: Issuer) -> Asgi:
    """An application that also answers at the issuer's own addresses."""
    bodies = {f"{_PATH}/{end}": json.dumps(each).encode() for end, each in issuer.documents().items()}

    async def answer(scope: Any, receive: Any, send: Any) -> None:
        body = bodies.get(scope.get("path", "")) if scope["type"] == "http" and scope["method"] == "GET" else None
        if body is None:
            await app(scope, receive, send)
            return
        head = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": head})
        await send({"type": "http.response.body", "body": body})

    return answer

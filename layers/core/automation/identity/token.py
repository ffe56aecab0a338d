"""A bearer token verified: signature, issuer, audience, validity, kind. Nothing of it is believed before that.

Sources: RFC 8725 (best current practices for JSON Web Tokens), RFC 9068 (access tokens), and Amazon Cognito's
"Verifying JSON web tokens": its access tokens have client_id in the place of aud.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import jwt
from jwt.exceptions import InvalidTokenError

from automation.errors import IdentityUnavailable, Unauthenticated
from automation.identity.keys import Keys
from automation.identity.permissions import Caller, Role
from automation.identity.verified import Verified
from automation.settings import Trust

ALGORITHMS: Final = ("RS256", "ES256")
_CURVE: Final = {"RS256": "RSA", "ES256": "EC"}
_LEEWAY: Final = 10
_LONGEST: Final = 16_384
_SHOW_ANOTHER: Final = "sign in again, and send Authorization: Bearer <access token>"


def verify(authorization: str | None, trust: Trust, keys: Keys) -> Verified:
    """Who the value of an Authorization header speaks for, and until when.

    Unauthenticated for anything but a good access token of our issuer for us; IdentityUnavailable where the issuer's
    keys can't be had.
    """
    claims = _verified(_bearer(authorization), trust, keys)
    user = claims.get(trust.user_claim)
    if not isinstance(user, str) or not user or not user.isprintable():
        raise _refused(f"it has no {trust.user_claim}")
    return Verified(Caller(user, _roles(claims.get(trust.roles_claim))), int(claims["exp"]))


def _bearer(authorization: str | None) -> str:
    kind, _, token = (authorization or "").partition(" ")
    if kind.lower() != "bearer" or not token.strip() or len(token) > _LONGEST:
        raise Unauthenticated("this needs a bearer token", hint=_SHOW_ANOTHER)
    return token.strip()


def _verified(token: str, trust: Trust, keys: Keys) -> Mapping[str, Any]:
    if not trust.issuer or not trust.audience:
        raise IdentityUnavailable("no issuer is configured", hint="set AUTOMATION_ISSUER and AUTOMATION_AUDIENCE")
    try:
        header = jwt.get_unverified_header(token)
        algorithm, key = _key(header, keys)
        claims: Mapping[str, Any] = jwt.decode(
            token,
            key,
            algorithms=[algorithm],
            issuer=trust.issuer,
            leeway=_LEEWAY,
            options={"require": ["exp", "iss"], "verify_aud": False},
        )
    except InvalidTokenError as error:
        raise _refused(str(error)) from error
    _check_audience(claims, trust)
    _check_kind(claims, header)
    return claims


def _key(header: Mapping[str, Any], keys: Keys) -> tuple[str, jwt.PyJWK]:
    """The algorithm and the issuer's own key of that kind; what a token brings along as a key counts for nothing."""
    algorithm, key_id = header.get("alg"), header.get("kid")
    if algorithm not in ALGORITHMS or "crit" in header:
        raise _refused("its algorithm is not one that we take")
    key = keys.find(key_id) if isinstance(key_id, str) else None
    if key is None or key.key_type != _CURVE[algorithm]:
        raise _refused("it is signed with no key of the issuer")
    return algorithm, key


def _check_audience(claims: Mapping[str, Any], trust: Trust) -> None:
    meant = claims["aud"] if "aud" in claims else claims.get("client_id")
    named = meant if isinstance(meant, list) else [meant]
    if not any(isinstance(each, str) and each in trust.audience for each in named):
        raise _refused("it is not meant for this service")


def _check_kind(claims: Mapping[str, Any], header: Mapping[str, Any]) -> None:
    """An access token says so: by token_use (Cognito), or by its type (RFC 9068)."""
    kind = str(header.get("typ", "")).lower().removeprefix("application/")
    if claims.get("token_use", "access" if kind == "at+jwt" else None) != "access":
        raise _refused("it is not an access token")


def _refused(why: str) -> Unauthenticated:
    return Unauthenticated(f"the token is not accepted: {why}", hint=_SHOW_ANOTHER)


def _roles(claim: object) -> frozenset[Role]:
    named = claim.split() if isinstance(claim, str) else claim if isinstance(claim, list) else []
    return frozenset(role for role in Role if role in named)

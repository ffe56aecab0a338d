"""Tokens: whoever forges, borrows or outlives one is nobody, whatever else is sent along."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from automation.errors import Forbidden, IdentityUnavailable, Unauthenticated
from automation.identity.keys import Keys
from automation.identity.permissions import Permission, Role, scope_for
from automation.identity.token import verify
from automation.settings import Trust
from infra.local.issuer import Issuer
from infra.local.stack import AUDIENCE, ISSUER
from tests.functions.api.conftest import TRUST, Api, As

STATUS = "/api/automation/scheduler/status"
Claims = dict[str, Any]
OTHER = rsa.generate_private_key(65537, 2048)


def claims(**changes: Any) -> Claims:
    """Those of a good token; ... leaves one out."""
    now = int(time.time())
    good = {
        "iss": ISSUER,
        "client_id": AUDIENCE,
        "token_use": "access",
        "sub": "olga",
        "cognito:groups": ["operations"],
        "iat": now,
        "exp": now + 600,
    }
    return {name: value for name, value in (good | changes).items() if value is not ...}


def signed(issuer: Issuer, payload: Claims, key: Any = None, algorithm: str = "RS256", **header: Any) -> str:
    return jwt.encode(payload, key or issuer.key, algorithm, headers={"kid": issuer.key_id} | header)


def pem(issuer: Issuer) -> bytes:
    return issuer.key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )


def with_hmac(issuer: Issuer) -> str:
    """Signed with the public key as if it were a secret; made by hand, since no library does it any more."""
    import hashlib
    import hmac

    def part(value: object) -> bytes:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=")

    text = part({"alg": "HS256", "typ": "JWT", "kid": issuer.key_id}) + b"." + part(claims())
    tag = hmac.new(pem(issuer), text, hashlib.sha256).digest()
    return (text + b"." + base64.urlsafe_b64encode(tag).rstrip(b"=")).decode()


def with_other_payload(issuer: Issuer) -> str:
    head, _, tag = signed(issuer, claims(**{"cognito:groups": ["client"]})).split(".")
    _, body, _ = signed(issuer, claims()).split(".")
    return f"{head}.{body}.{tag}"


FORGED: dict[str, Callable[[Issuer], str]] = {
    "without a signature": lambda by: jwt.encode(claims(), "", "none", headers={"kid": by.key_id}),
    "HS256 with the public key": with_hmac,
    "HS256 with a secret": lambda by: signed(by, claims(), "secret" * 8, "HS256"),
    "RS512": lambda by: signed(by, claims(), algorithm="RS512"),
    "PS256": lambda by: signed(by, claims(), algorithm="PS256"),
    "ES256 under an RSA key's id": lambda by: signed(by, claims(), ec.generate_private_key(ec.SECP256R1()), "ES256"),
    "another key under the same id": lambda by: signed(by, claims(), OTHER),
    "another body under the signature": with_other_payload,
    "an unknown key id": lambda by: signed(by, claims(), OTHER, kid="unknown"),
    "no key id": lambda by: jwt.encode(claims(), by.key, "RS256"),
    "a URL as key id": lambda by: signed(by, claims(), OTHER, kid="https://evil.example/jwks.json"),
    "a path as key id": lambda by: signed(by, claims(), OTHER, kid="../../../dev/null"),
    "keys of its own by address": lambda by: signed(by, claims(), OTHER, jku="https://evil.example/jwks.json"),
    "a critical header": lambda by: signed(by, claims(), crit=["exp"]),
    "another issuer": lambda by: signed(by, claims(iss="https://evil.example")),
    "the issuer with a slash": lambda by: signed(by, claims(iss=f"{ISSUER}/")),
    "no issuer": lambda by: signed(by, claims(iss=...)),
    "another audience": lambda by: signed(by, claims(aud="another")),
    "another client": lambda by: signed(by, claims(client_id="another")),
    "no audience": lambda by: signed(by, claims(client_id=...)),
    "our client id, but meant for another": lambda by: signed(by, claims(aud=["another"])),
    "expired": lambda by: signed(by, claims(exp=int(time.time()) - 60)),
    "no end": lambda by: signed(by, claims(exp=...)),
    "not yet valid": lambda by: signed(by, claims(nbf=int(time.time()) + 300)),
    "issued in the future": lambda by: signed(by, claims(iat=int(time.time()) + 300)),
    "an id token": lambda by: signed(by, claims(token_use="id", aud=AUDIENCE)),
    "a token that does not say its use": lambda by: signed(by, claims(token_use=...)),
    "no user": lambda by: signed(by, claims(sub=...)),
    "an empty user": lambda by: signed(by, claims(sub="")),
    "nonsense": lambda by: "not.a.token",
    "an empty token": lambda by: "",
    "too long": lambda by: signed(by, claims(padding="x" * 20_000)),
}


@pytest.fixture(scope="module")
def keys(signer: Issuer) -> Keys:
    return Keys(ISSUER, signer.fetched)


@pytest.mark.parametrize("kind", FORGED)
def test_a_forged_token_is_nobodys(kind: str, signer: Issuer, keys: Keys) -> None:
    with pytest.raises(Unauthenticated):
        verify(f"Bearer {FORGED[kind](signer)}", TRUST, keys)


def test_every_forged_token_is_a_401_over_http(address: str, signer: Issuer) -> None:
    answers = {}
    for kind, forge in FORGED.items():
        answer = Api(address, forge(signer))("GET", STATUS)
        answers[kind] = (answer.status, answer.body["code"], answer.headers["www-authenticate"])
    assert set(answers.values()) == {(401, "unauthenticated", "Bearer")}


@pytest.mark.parametrize("kind", [{"token_use": "access"}, {"token_use": ..., "typ": "at+jwt"}])
@pytest.mark.parametrize("meant", [{"client_id": AUDIENCE}, {"aud": AUDIENCE}, {"aud": ["other", AUDIENCE]}])
def test_a_good_token_names_its_user_and_roles(kind: Claims, meant: Claims, signer: Issuer, keys: Keys) -> None:
    header = {"typ": kind["typ"]} if "typ" in kind else {}
    body = claims(**{"client_id": ...} | meant | {name: value for name, value in kind.items() if name != "typ"})
    caller = verify(f"bearer {signed(signer, body, **header)}", TRUST, keys).caller
    assert (caller.user, caller.roles, caller.signature) == ("olga", frozenset({Role.OPERATIONS}), "operations:olga")


def test_user_and_roles_come_from_the_claims_that_the_settings_name(signer: Issuer, keys: Keys) -> None:
    trust = Trust(ISSUER, (AUDIENCE,), "roles", "platform_user")
    body = claims(roles="rm client root", platform_user="u17")
    caller = verify(f"Bearer {signed(signer, body)}", trust, keys).caller
    assert (caller.user, caller.roles) == ("u17", frozenset({Role.RM, Role.CLIENT}))


def test_elliptic_keys_count_as_well() -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    public = json.loads(jwt.algorithms.ECAlgorithm.to_jwk(key.public_key()))
    documents: dict[str, dict[str, Any]] = {
        f"{ISSUER}/.well-known/openid-configuration": {"issuer": ISSUER, "jwks_uri": "https://keys.example/1"},
        "https://keys.example/1": {"keys": [public | {"kid": "e1"}]},
    }
    made = jwt.encode(claims(), key, "ES256", headers={"kid": "e1"})
    assert verify(f"Bearer {made}", TRUST, Keys(ISSUER, documents.__getitem__)).caller.user == "olga"


def test_what_else_is_sent_changes_nobodys_roles(acting: As) -> None:
    client = acting("asha", "client")
    answer = client("GET", STATUS, x_roles="operations", cognito_groups="operations", x_amzn_oidc_data="operations")
    assert (answer.status, answer.body["code"]) == (403, "forbidden")


def test_two_tokens_are_none(acting: As, address: str, token: Callable[..., str]) -> None:
    import http.client
    from urllib.parse import urlsplit

    connection = http.client.HTTPConnection(str(urlsplit(address).netloc))
    connection.putrequest("GET", STATUS)
    for user in ("olga", "asha"):
        connection.putheader("Authorization", f"Bearer {token(user, 'operations')}")
    connection.endheaders()
    assert connection.getresponse().status == 401
    connection.close()


class Clockwork:
    """An issuer whose keys change and whose server may be down, and a clock that stands still until it is moved."""

    def __init__(self, issuer: Issuer) -> None:
        self.issuer, self.asked, self.down, self.now = issuer, 0, False, 0.0
        self.key_id = "first"

    def fetched(self, url: str) -> dict[str, Any]:
        self.asked += 1
        if self.down:
            raise IdentityUnavailable("down")
        document = dict(self.issuer.fetched(url))
        return {"keys": [document["keys"][0] | {"kid": self.key_id}]} if "keys" in document else document

    def keys(self) -> Keys:
        return Keys(ISSUER, self.fetched, lambda: self.now)


def test_keys_are_asked_for_once_an_hour(signer: Issuer) -> None:
    clockwork = Clockwork(signer)
    keys = clockwork.keys()
    assert [keys.find("first") is not None for _ in range(5)] == [True] * 5
    assert clockwork.asked == 2
    clockwork.now = 3601
    keys.find("first")
    assert clockwork.asked == 4


def test_a_new_key_is_found_when_it_is_first_seen_and_unknown_ones_cost_the_issuer_little(signer: Issuer) -> None:
    clockwork = Clockwork(signer)
    keys = clockwork.keys()
    keys.find("first")
    clockwork.key_id = "second"
    assert [keys.find("second") for _ in range(100)] == [None] * 100
    assert clockwork.asked == 2
    clockwork.now = 11
    assert keys.find("second") is not None
    assert keys.find("first") is None


def test_known_keys_outlive_the_issuers_server(signer: Issuer) -> None:
    clockwork = Clockwork(signer)
    keys = clockwork.keys()
    keys.find("first")
    clockwork.down, clockwork.now = True, 7200
    assert keys.find("first") is not None


def test_without_any_key_nobody_can_be_known_and_it_is_tried_again(signer: Issuer) -> None:
    clockwork = Clockwork(signer)
    keys, clockwork.down = clockwork.keys(), True
    with pytest.raises(IdentityUnavailable):
        keys.find("first")
    clockwork.down, clockwork.now = False, 11
    assert keys.find("first") is not None


@pytest.mark.parametrize(
    "document",
    [
        {"issuer": "https://evil.example", "jwks_uri": "https://keys.example"},
        {"issuer": ISSUER, "jwks_uri": "http://keys.example"},
        {"issuer": ISSUER, "jwks_uri": "file:///etc/passwd"},
        {"issuer": ISSUER},
    ],
)
def test_a_discovery_document_that_leads_astray_is_refused(document: dict[str, Any]) -> None:
    with pytest.raises(IdentityUnavailable):
        Keys(ISSUER, lambda url: document).find("first")


@pytest.mark.parametrize("trust", [Trust(), Trust(ISSUER, ()), Trust("", (AUDIENCE,))])
def test_without_an_issuer_or_audience_nobody_is_let_in(trust: Trust, signer: Issuer, keys: Keys) -> None:
    with pytest.raises(IdentityUnavailable):
        verify(f"Bearer {signed(signer, claims())}", trust, keys)


def test_a_role_reaches_no_further_than_what_it_may_itself_do(signer: Issuer, keys: Keys) -> None:
    body = claims(**{"cognito:groups": ["supervisor", "client"]})
    caller = verify(f"Bearer {signed(signer, body)}", TRUST, keys).caller
    assert scope_for(caller, Permission.READ_RULES).everyone
    assert scope_for(caller, Permission.WRITE_RULES) == (False, "olga", None)
    with pytest.raises(Forbidden):
        scope_for(caller, Permission.CONFIRM, frozenset({"rm"}))

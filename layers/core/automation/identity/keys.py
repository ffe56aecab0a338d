"""An issuer's public keys: found by its discovery document, kept for an hour, fetched anew for an unknown key id."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from typing import Any, Final
from urllib.parse import urlsplit

from jwt import PyJWK, PyJWKSet
from jwt.exceptions import PyJWKError, PyJWKSetError

from automation.errors import AutomationError, IdentityUnavailable

Fetch = Callable[[str], Mapping[str, Any]]
_KEPT: Final = 3600.0
_REST: Final = 10.0
_LOOPBACK: Final = ("127.0.0.1", "localhost", "::1")


class Keys:
    """The signing keys of one issuer by their ids; `fetch` gets the JSON object behind a URL.

    A key id that is not known asks the issuer again, but no more often than every ten seconds, so that forged ids
    cost it nothing. Where it does not answer, keys that are known go on to count.
    """

    def __init__(self, issuer: str, fetch: Fetch, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._issuer = issuer
        self._fetch = fetch
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._keys: dict[str, PyJWK] = {}
        self._asked: float | None = None
        self._error: AutomationError | None = None

    def find(self, key_id: str) -> PyJWK | None:
        """The key with this id, or None where the issuer has none.

        IdentityUnavailable where no key was ever had, and none can be had now.
        """
        with self._lock:
            if self._is_to_ask(key_id):
                self._ask()
            if not self._keys:
                raise self._error or IdentityUnavailable("the issuer has published no key that we know how to use")
            return self._keys.get(key_id)

    def _is_to_ask(self, key_id: str) -> bool:
        if self._asked is None:
            return True
        passed = self._monotonic() - self._asked
        return passed >= _KEPT or (key_id not in self._keys and passed >= _REST)

    def _ask(self) -> None:
        self._asked = self._monotonic()
        try:
            self._keys = _signing_keys(self._fetch(self._address()))
            self._error = None
        except AutomationError as error:
            self._error = error

    def _address(self) -> str:
        root = self._issuer.rstrip("/")
        document = self._fetch(f"{root}/.well-known/openid-configuration")
        address = document.get("jwks_uri")
        if document.get("issuer") != self._issuer or not isinstance(address, str) or not _is_safe(address):
            raise IdentityUnavailable(
                f"{root} has no discovery document of that issuer", hint="check AUTOMATION_ISSUER, to the letter"
            )
        return address


def _is_safe(address: str) -> bool:
    """Whether keys may be had from there: over TLS, or from this machine itself."""
    parts = urlsplit(address)
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK)


def _signing_keys(document: Mapping[str, Any]) -> dict[str, PyJWK]:
    try:
        found = PyJWKSet.from_dict(dict(document)).keys
    except (PyJWKSetError, PyJWKError) as error:
        raise IdentityUnavailable(f"the issuer's keys can't be read: {error}", hint="try again later") from error
    return {key.key_id: key for key in found if key.key_id and key.public_key_use in (None, "sig")}

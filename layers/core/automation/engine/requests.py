"""Requests that may be sent again: each is done once, and answered the same each time.

One that is in flight is nobody else's. Where its process died before it was answered, nobody knows how far it came:
its key stays taken, for rather nothing is done than twice.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from automation.database import Connection
from automation.errors import KeyReused
from automation.runtime import Runtime
from automation.store import requests as store
from automation.store.requests import Kept

_KEPT: Final = timedelta(days=2)
_SWEPT: Final = 20


def begin(runtime: Runtime, caller: str, key: str, fingerprint: str) -> Kept | None:
    """None where the request is ours to do; else how it stands. KeyReused where the key was another request's."""

    def work(connection: Connection) -> Kept | None:
        if store.reserve(connection, caller, key, fingerprint, runtime.clock.now(connection)):
            return None
        return store.read(connection, caller, key)

    kept = runtime.database.transaction(work)
    if kept is not None and kept.fingerprint != fingerprint:
        raise KeyReused("this Idempotency-Key was sent with another request", hint="use a new key for a new request")
    return kept


def sweep(runtime: Runtime) -> None:
    """Forget some answers of long ago, whosever they are."""
    runtime.database.transaction(lambda c: store.forget(c, runtime.clock.now(c) - _KEPT, _SWEPT))


def look(runtime: Runtime, caller: str, key: str) -> Kept | None:
    """How a request stands."""
    return runtime.database.transaction(lambda connection: store.read(connection, caller, key))


def end(runtime: Runtime, caller: str, key: str, status: int, headers: Mapping[str, str], body: str) -> None:
    """Keep the answer; one that says nothing of the request itself frees its key."""

    def work(connection: Connection) -> None:
        if status >= 500 or status in (401, 403, 429):
            store.release(connection, caller, key)
        else:
            store.answer(connection, caller, key, status, headers, body)

    runtime.database.transaction(work)

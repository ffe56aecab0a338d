"""Idempotency-Key: a POST that is sent again is not done again, but answered as it was."""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections.abc import Callable
from typing import Any, Final, TypeVar

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api import problems
from api.services import Services, caller_of_request
from automation.engine import requests
from automation.errors import AutomationError, InFlight, InvalidInput
from automation.identity import permissions
from automation.identity.permissions import EVERYONE
from automation.identity.personas import persona
from automation.runtime import Runtime
from automation.store.requests import Kept

HEADER: Final = "idempotency-key"
REPLAYED: Final = "Idempotency-Replayed"
_KEY: Final = re.compile(r"[!-~]{1,255}")
_KEPT: Final = ("content-type", "location", "etag")
_LONGEST: Final = 64 * 1024
_PATIENCE: Final = 200
_PAUSE: Final = 0.05
T = TypeVar("T")


class Repeats:
    """ASGI middleware around routes; requests without a key pass."""

    def __init__(self, app: ASGIApp, services: Services) -> None:
        self._app = app
        self._services = services

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "POST" or HEADER not in Headers(scope=scope):
            await self._app(scope, receive, send)
            return
        try:
            await self._once(scope, receive, send)
        except AutomationError as error:
            await problems.of_ours(Request(scope), error)(scope, receive, send)

    async def _once(self, scope: Scope, receive: Receive, send: Send) -> None:
        key = Headers(scope=scope)[HEADER]
        if not _KEY.fullmatch(key):
            raise InvalidInput("Idempotency-Key", "is not 1 to 255 printable characters", hint="send a UUID")
        body = await _read(receive)
        caller = await run_in_threadpool(lambda: caller_of_request(Request(scope), self._services).user)
        print_ = _fingerprint(scope, body)
        kept = await self._with(caller, lambda runtime: _begun(runtime, caller, key, print_))
        if kept is not None:
            await (await self._replayed(kept, caller, key))(scope, receive, send)
            return
        answered = _Answer()
        try:
            await self._app(scope, _given(body), answered.take)
        finally:
            await self._with(caller, lambda runtime: requests.end(runtime, caller, key, *answered.kept()))
        for message in answered.messages:
            await send(message)

    async def _replayed(self, kept: Kept, caller: str, key: str) -> Response:
        """The answer of the first request, which may have to be waited for; InFlight where it takes too long."""
        found: Kept | None = kept
        for _ in range(_PATIENCE):
            if found is not None and found.status is not None:
                headers = {**(found.headers or {}), REPLAYED: "true"}
                return Response((found.body or "").encode(), found.status, headers)
            await asyncio.sleep(_PAUSE)
            found = await self._with(caller, lambda runtime: requests.look(runtime, caller, key))
        raise InFlight("the first request with this key is not answered yet", hint="look at what it made, or wait")

    async def _with(self, caller: str, work: Callable[[Runtime], T]) -> T:
        """Work within the caller's own answers."""

        def worked() -> T:
            with self._services.within(permissions.Scope(own=caller)) as runtime:
                return work(runtime)

        return await run_in_threadpool(worked)


def _begun(runtime: Runtime, caller: str, key: str, fingerprint: str) -> Kept | None:
    with runtime.database.acting(persona(EVERYONE)):
        requests.sweep(runtime)
    return requests.begin(runtime, caller, key, fingerprint)


class _Answer:
    """Takes an answer, which is kept before anybody hears of it."""

    def __init__(self) -> None:
        self.messages: list[Message] = []
        self._status = 500
        self._headers: dict[str, str] = {}
        self._body = bytearray()

    async def take(self, message: Message) -> None:
        """One message of the answer."""
        if message["type"] == "http.response.start":
            self._status = message["status"]
            headers = Headers(raw=message["headers"])
            self._headers = {name: headers[name] for name in _KEPT if name in headers}
        else:
            self._body += message.get("body", b"")
        self.messages.append(message)

    def kept(self) -> tuple[int, dict[str, str], str]:
        """Status, headers and body."""
        return self._status, self._headers, self._body.decode()


async def _read(receive: Receive) -> bytes:
    body, more = bytearray(), True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
        if len(body) > _LONGEST:
            raise InvalidInput("body", f"is longer than {_LONGEST:,} bytes", hint="send less")
    return bytes(body)


def _given(body: bytes) -> Receive:
    """Gives a body that was read already, once."""
    messages: list[Any] = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> Message:
        return messages.pop() if messages else {"type": "http.disconnect"}

    return receive


def _fingerprint(scope: Scope, body: bytes) -> str:
    """What makes it the same request: where it goes, and what it says."""
    parts = (scope["path"].encode(), scope["query_string"], body)
    return hashlib.sha256(b"\x00".join(hashlib.sha256(part).digest() for part in parts)).hexdigest()

"""The edge of a request: its id, a last answer to what nobody expected, one line in the log."""

from __future__ import annotations

import re
import time
import uuid
from collections.abc import Callable, Mapping
from typing import Any, Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api import problems
from automation import observability
from automation.observability import Answered

HEADER: Final = "X-Request-Id"
_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_UNANSWERED: Final = 500
Measure = Callable[[Answered], None]
_GIVEN: Final = re.compile(r"[A-Za-z0-9._=-]{8,64}")


class Edge:
    """ASGI middleware around everything that routes do."""

    def __init__(self, app: ASGIApp, measure: Measure) -> None:
        self._app = app
        self._measure = measure

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun, answered = time.perf_counter(), _Answered(request_id(scope), send)
        scope.setdefault("state", {})["request_id"] = answered.request_id
        try:
            await self._app(scope, receive, answered.send)
        except Exception as error:  # noqa: BLE001 - the edge of a request: logged, and told without its text
            observability.request_failed(answered.request_id, error)
            if answered.status is None:
                await problems.internal(scope)(scope, receive, answered.send)
        told = _told(scope, answered, time.perf_counter() - begun)
        observability.request_answered(told)
        self._measure(told)


def _told(scope: Scope, answered: _Answered, seconds: float) -> Answered:
    """What is told of a request; of what a caller has made up nothing but an id of its own."""
    return Answered(
        request_id=answered.request_id,
        method=scope["method"] if scope["method"] in _METHODS else "other",
        route=getattr(scope.get("route"), "path", "unknown"),
        roles=scope["state"].get("roles", "none"),
        status=answered.status or _UNANSWERED,
        milliseconds=round(seconds * 1000, 1),
    )


class _Answered:
    """Sends what routes answer, with the request's id in the head, and remembers the status."""

    def __init__(self, request_id: str, send: Send) -> None:
        self.request_id = request_id
        self.status: int | None = None
        self._send = send

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = MutableHeaders(scope=message)
            headers[HEADER] = self.request_id
            headers.setdefault("Cache-Control", "no-store")
            headers["X-Content-Type-Options"] = "nosniff"
        await self._send(message)


def request_id(scope: Mapping[str, Any]) -> str:
    """API Gateway's id of the request, or the caller's own where it is harmless, or a new one."""
    event = scope.get("aws.event") or {}
    given = event.get("requestContext", {}).get("requestId") or Headers(scope=dict(scope)).get(HEADER, "")
    return given if _GIVEN.fullmatch(given) else uuid.uuid4().hex

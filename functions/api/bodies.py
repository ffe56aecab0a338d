"""Bodies of requests: JSON read strictly, and the small ones that verbs take."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Annotated, Any, Final, NoReturn

from fastapi import Depends, Request
from pydantic import Field

from api.values import Moment
from automation.errors import InvalidInput
from automation.fields import Body, Day, Flag, Name, Sent, distinct, validated

LONGEST: Final = 64 * 1024


class RetryBody(Body):
    """That a message may arrive twice is no harm; without that only what has surely not arrived is tried anew."""

    confirm_may_double: Flag = Field(default=False, examples=[True])


_HINT: Final = "send one JSON object, as application/json"


class PauseBody(Body):
    """Why, and until when; without `until` it lasts until somebody resumes."""

    reason: Name = "paused by hand"
    until: Moment | None = None


class CancelBody(Body):
    """Why it is cancelled: kept with it."""

    reason: Name = Field(examples=["the client asked"])


class DatesBody(Body):
    """A range of nominal dates, both included."""

    start: Day = Field(alias="from", examples=["2026-02-01"])
    end: Day = Field(alias="to", examples=["2026-02-28"])


class ConfirmBody(Body):
    """Why it is confirmed, if there is anything to say."""

    reason: Name | None = None


def _constant(name: str) -> NoReturn:
    raise InvalidInput("body", f"{name} is no JSON", hint=_HINT)


def read(raw: bytes) -> dict[str, Any]:
    """The JSON object of a body; InvalidInput for anything else, keys that are there twice, and text that is none."""
    try:
        found = json.loads(raw.decode("utf-8"), object_pairs_hook=distinct, parse_constant=_constant)
        json.dumps(found, ensure_ascii=False).encode("utf-8")
    except (ValueError, RecursionError) as error:
        raise InvalidInput("body", f"is no JSON that can be read: {type(error).__name__}", hint=_HINT) from error
    if not isinstance(found, dict):
        raise InvalidInput("body", "is no JSON object", hint=_HINT)
    return found


async def _raw(request: Request) -> bytes:
    raw = bytearray()
    async for piece in request.stream():
        raw += piece
        if len(raw) > LONGEST:
            raise InvalidInput("body", f"is longer than {LONGEST:,} bytes", hint="send less")
    return bytes(raw)


def _object(request: Request, raw: bytes) -> dict[str, Any]:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise InvalidInput("body", f"is sent as {kind or 'nothing'}, not as application/json", hint=_HINT)
    return read(raw)


async def _document(request: Request) -> dict[str, Any]:
    return _object(request, await _raw(request))


Document = Annotated[dict[str, Any], Depends(_document)]


def sent(model: type[Sent]) -> Callable[[dict[str, Any]], Sent]:
    """A dependency: the body as a model, read no less strictly than any other."""

    def read_as(document: Document) -> Sent:
        return validated(model, document)

    return read_as


def _perhaps_sent(model: type[Sent]) -> Callable[[Request], Awaitable[Sent]]:
    """The same where a body may be left out, and all that it may say is said by default."""

    async def read_as(request: Request) -> Sent:
        raw = await _raw(request)
        return validated(model, _object(request, raw)) if raw else model()

    return read_as


Pause = Annotated[PauseBody, Depends(_perhaps_sent(PauseBody))]
Cancel = Annotated[CancelBody, Depends(sent(CancelBody))]
Dates = Annotated[DatesBody, Depends(sent(DatesBody))]
Confirm = Annotated[ConfirmBody, Depends(_perhaps_sent(ConfirmBody))]
Retry = Annotated[RetryBody, Depends(_perhaps_sent(RetryBody))]

"""What is done to a rule of any kind by a word: the routes that pause it, let it go on, and end it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from fastapi import APIRouter, Response
from pydantic import BaseModel

from api import examples
from api.bodies import Cancel, CancelBody, Pause, PauseBody
from api.openapi import CONFLICT, NOT_FOUND, body_of
from api.rules import own
from api.services import Access, WritesRules
from automation.runtime import Runtime

_ANSWERS = CONFLICT | NOT_FOUND


@dataclass(frozen=True)
class Verbs:
    """The verbs of one kind of rule; each answers with the rule as `shown` shows it afterwards."""

    router: APIRouter
    prefix: str
    kind: str
    model: type[BaseModel]
    shown: Callable[[Access, str, Response], BaseModel]

    def add(self, verb: str, act: Callable[[Runtime, str, str], object], text: str) -> None:
        """A verb that needs no body; `act` is given the rule's shown id and who does it."""

        @self.router.post(
            f"/{{id}}/{verb}",
            name=f"{verb}_{self.kind}",
            description=text,
            response_model=self.model,
            responses=_ANSWERS,
        )
        def done(access: WritesRules, id: str, response: Response) -> BaseModel:
            own(access, self.prefix, id)
            act(access.runtime, id, access.caller.signature)
            return self.shown(access, id, response)

    def add_pause(self, pause: Callable[[Runtime, str, datetime | None, str, str], object]) -> None:
        """A pause with a reason, up to an instant or until somebody resumes."""

        @self.router.post(
            "/{id}/pause",
            name=f"pause_{self.kind}",
            description="Pause a rule; what falls due meanwhile is recorded as Skipped.",
            response_model=self.model,
            openapi_extra=body_of(PauseBody, examples.PAUSE, required=False),
            responses=_ANSWERS,
        )
        def paused(access: WritesRules, id: str, body: Pause, response: Response) -> BaseModel:
            own(access, self.prefix, id)
            pause(access.runtime, id, body.until, body.reason, access.caller.signature)
            return self.shown(access, id, response)

    def add_ends(self, cancel: Callable[[Runtime, str, str, str], object], text: str) -> None:
        """The two ways to end a rule for good: with a reason, and by DELETE; it stays to be read either way."""

        def ended(access: Access, shown_id: str, reason: str, response: Response) -> BaseModel:
            own(access, self.prefix, shown_id)
            cancel(access.runtime, shown_id, reason, access.caller.signature)
            return self.shown(access, shown_id, response)

        @self.router.delete(
            "/{id}",
            name=f"delete_{self.kind}",
            description="Cancel it: it has a history, so it stays to be read.",
            response_model=self.model,
            responses=_ANSWERS,
        )
        def deleted(access: WritesRules, id: str, response: Response) -> BaseModel:
            return ended(access, id, f"deleted by {access.caller.signature}", response)

        @self.router.post(
            "/{id}/cancel",
            name=f"cancel_{self.kind}",
            description=text,
            response_model=self.model,
            openapi_extra=body_of(CancelBody),
            responses=_ANSWERS,
        )
        def cancelled(access: WritesRules, id: str, body: Cancel, response: Response) -> BaseModel:
            return ended(access, id, body.reason, response)

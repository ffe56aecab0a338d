"""Jobs and rules run by hand."""

from __future__ import annotations

from typing import Any, Final, Literal

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from api.bodies import Document
from api.openapi import LIMITED, NOT_FOUND, body_of
from api.rules import LogView, log_view
from api.services import Access, Executes
from automation.engine import manual, visibility
from automation.engine.manual import Done, Started
from automation.fields import Body, Name, validated

router = APIRouter(prefix="/api/automation/scheduler", tags=["scheduler"])
_RUNS = f"{router.prefix}/runs"


class ExecuteBody(Body):
    """What is to run: a job, or all; of the rules of a kind also one, or those of a client."""

    type: Literal["auto-invest", "rebalancing", "triggers", "orders", "notifications", "all"] = Field(
        examples=["triggers"]
    )
    rule_id: Name | None = None
    client_id: Name | None = None


class StartedView(BaseModel):
    """A run that was asked for, to be read at `location`."""

    job: str
    run_id: str
    location: str


class ExecuteView(BaseModel):
    """What was started, and, for rules that were run at once, what became of them.

    `consumed_scheduled_occurrences` is how many occurrences this has executed: they do not run again by schedule. None
    is still open for a job that was only started: it does what is due, and its schedule finds that done.
    """

    runs: list[StartedView]
    finished: bool
    counts: dict[str, int] | None
    executions: list[LogView]
    consumed_scheduled_occurrences: int | None


_AT_ONCE: Final[dict[int | str, dict[str, Any]]] = {200: {"description": "What became of each.", "model": ExecuteView}}


@router.post("/execute", status_code=202, openapi_extra=body_of(ExecuteBody), responses=LIMITED | NOT_FOUND | _AT_ONCE)
def execute(access: Executes, document: Document, response: Response) -> ExecuteView:
    """Run what is due now: a whole job is started (202), one rule or one client's rules are run at once (200)."""
    body = validated(ExecuteBody, document)
    by = access.caller.signature
    ids, client = _rules(access, body)
    manual.admit(access.runtime, body.model_dump(exclude_none=True), client, access.caller.user, by)
    if ids is None:
        started = manual.start(access.runtime, body.type, by)
        response.headers["Location"] = _at(started[0]) if len(started) == 1 else _RUNS
        return _started(started)
    response.status_code = 200
    return _done(manual.now(access.runtime, body.type, ids, by))


def _rules(access: Access, body: ExecuteBody) -> tuple[list[str] | None, str | None]:
    """The rules that are meant, None for a whole job, and whose they are; each must be there, and of the kind."""
    if body.client_id is not None:
        visibility.require_client(access.runtime, body.client_id, access.scope, "client_id")
    if body.rule_id is not None:
        return [body.rule_id], manual.owner_of(access.runtime, body.type, body.rule_id, body.client_id)
    if body.client_id is not None:
        return manual.of_client(access.runtime, body.type, body.client_id), body.client_id
    return None, None


def _at(started: Started) -> str:
    return f"{_RUNS}/{started.id}"


def _view(started: Started) -> StartedView:
    return StartedView(job=started.job, run_id=started.id, location=_at(started))


def _started(started: list[Started]) -> ExecuteView:
    return ExecuteView(
        runs=list(map(_view, started)),
        finished=False,
        counts=None,
        executions=[],
        consumed_scheduled_occurrences=None,
    )


def _done(done: Done) -> ExecuteView:
    return ExecuteView(
        runs=[_view(done.run)],
        finished=True,
        counts=done.counts,
        executions=list(map(log_view, done.executions)),
        consumed_scheduled_occurrences=len(done.executions),
    )

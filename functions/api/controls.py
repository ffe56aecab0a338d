"""Kill switches over HTTP: who stopped what, why, and until when."""

from __future__ import annotations

from typing import Literal

from fastapi import APIRouter
from pydantic import BaseModel

from api import examples
from api.bodies import Document
from api.openapi import NOT_FOUND, body_of
from api.scheduler_views import SwitchView
from api.services import ReadsControls, WritesControls
from api.values import Moment
from automation.engine import controls
from automation.fields import Body, Name, validated
from automation.status.facts import Switch

router = APIRouter(prefix="/api/automation/controls", tags=["controls"])


class ScopeBody(Body):
    """What is meant: everything, or the job, client or rule that `id` names."""

    scope: Literal["global", "job", "client", "rule"]
    id: Name | None = None


class StopBody(ScopeBody):
    """What to stop, why, and until when; without `until` until somebody lifts it."""

    mode: Literal["stop_buys", "stop_all"] = "stop_all"
    reason: Name
    until: Moment | None = None


class ControlsView(BaseModel):
    """The switches that stand, the oldest first."""

    standing: list[SwitchView]


class LiftedView(ControlsView):
    """How many were lifted, and those that still stand."""

    lifted: int


def _view(switch: Switch) -> SwitchView:
    return SwitchView.model_validate(switch._asdict())


@router.get("")
def list_controls(access: ReadsControls) -> ControlsView:
    """The switches that stand now."""
    runtime = access.runtime
    found = runtime.database.transaction(lambda c: controls.standing(c, runtime.clock.now(c)))
    return ControlsView(standing=list(map(_view, found)))


@router.post("/stop", status_code=201, openapi_extra=body_of(StopBody, examples.STOP), responses=NOT_FOUND)
def stop(access: WritesControls, document: Document) -> SwitchView:
    """Set a switch: from now on nothing in its scope is decided for or submitted."""
    body = validated(StopBody, document)
    by = access.caller.signature
    return _view(controls.stop(access.runtime, body.scope, body.id, body.mode, body.until, body.reason, by))


@router.post("/go", openapi_extra=body_of(ScopeBody, examples.GO), responses=NOT_FOUND)
def go(access: WritesControls, document: Document) -> LiftedView:
    """Lift the switches of exactly one scope."""
    body = validated(ScopeBody, document)
    done = controls.go(access.runtime, body.scope, body.id, access.caller.signature)
    return LiftedView(lifted=done.lifted, standing=list(map(_view, done.standing)))

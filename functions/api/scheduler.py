"""How jobs are doing: their status, and their runs."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, ConfigDict, Field

from api.openapi import NOT_FOUND
from api.scheduler_views import RunPage, RunView, StatusView, run_view
from api.services import ReadsScheduler, services_of
from automation.engine import run_views, status
from automation.errors import InvalidInput, NotFound
from automation.status.data import as_data

router = APIRouter(prefix="/api/automation/scheduler", tags=["scheduler"])


class RunQuery(BaseModel):
    """Which runs, and how many; `cursor` is the `next_cursor` of the page before."""

    model_config = ConfigDict(extra="forbid")

    job: Annotated[str, Field(max_length=50, pattern="^[a-z_]+$")] | None = None
    status: Literal["Running", "Succeeded", "Failed"] | None = None
    cursor: Annotated[str, Field(max_length=50)] | None = None
    limit: Annotated[int, Field(ge=1, le=200)] = 50


@router.get("/status")
def scheduler_status(access: ReadsScheduler, request: Request) -> StatusView:
    """Jobs, rules, orders and prices at a glance: green, amber or red, with the reasons."""
    runtime = access.runtime
    now = runtime.database.transaction(runtime.clock.now)
    found: dict[str, Any] = as_data(status.look(runtime, services_of(request).plans(now)))
    return StatusView.model_validate(found)


@router.get("/runs")
def list_runs(access: ReadsScheduler, query: Annotated[RunQuery, Query()]) -> RunPage:
    """Runs of jobs, the newest first."""
    try:
        before = run_views.key_of(query.cursor) if query.cursor else None
    except NotFound as error:
        raise InvalidInput("cursor", "is none of ours", hint="take next_cursor of the page before") from error
    found = run_views.listed(access.runtime, query.job, query.status, before, query.limit + 1)
    shown = [run_view(each) for each in found[: query.limit]]
    return RunPage(items=shown, next_cursor=shown[-1].id if len(found) > query.limit else None)


@router.get("/runs/{id}", responses=NOT_FOUND)
def get_run(access: ReadsScheduler, id: str) -> RunView:
    """One run of a job."""
    return run_view(run_views.view(access.runtime, id))

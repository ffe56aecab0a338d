"""How jobs are doing: their status, and their runs."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request
from pydantic import Field

from api.openapi import NOT_FOUND
from api.pages import Page, PageQuery, page
from api.scheduler_views import RunView, StatusView, run_view
from api.services import ReadsScheduler, services_of
from automation import identifiers
from automation.engine import run_views, status
from automation.status.data import as_data

router = APIRouter(prefix="/api/automation/scheduler", tags=["scheduler"])


class RunQuery(PageQuery):
    """Which runs."""

    job: Annotated[str, Field(max_length=50, pattern="^[a-z_]+$")] | None = None
    status: Literal["Running", "Succeeded", "Failed"] | None = None


@router.get("/status")
def scheduler_status(access: ReadsScheduler, request: Request) -> StatusView:
    """Jobs, rules, orders and prices at a glance: green, amber or red, with the reasons."""
    runtime = access.runtime
    now = runtime.database.transaction(runtime.clock.now)
    found: dict[str, Any] = as_data(status.look(runtime, services_of(request).plans(now)))
    return StatusView.model_validate(found)


@router.get("/runs")
def list_runs(access: ReadsScheduler, query: Annotated[RunQuery, Query()]) -> Page[RunView]:
    """Runs of jobs, the newest first."""
    before = query.key(identifiers.RUN)
    return page(run_views.listed(access.runtime, query.job, query.status, before, query.limit + 1), query, run_view)


@router.get("/runs/{id}", responses=NOT_FOUND)
def get_run(access: ReadsScheduler, id: str) -> RunView:
    """One run of a job."""
    return run_view(run_views.view(access.runtime, id))

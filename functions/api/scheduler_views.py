"""Jobs and their runs as the API shows them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Literal

from pydantic import BaseModel

from api.values import Instant, Seconds
from automation import identifiers
from automation.store.run_list import RunRow

Colour = Literal["green", "amber", "red"]


class FindingView(BaseModel):
    level: Colour
    text: str


class JobView(BaseModel):
    """A job: when it is to run and did, what came of its runs, and whether anything keeps it from its work.

    `backlog` is how much waits for it now, counted no further than the rules; None for a job that nothing waits for.
    `duration`, `start_lag` and `oldest_due_age` are in seconds, success rates in percent of the runs that are over.
    """

    job: str
    schedule: str
    expression: str
    enabled: bool
    why_not: str | None
    outcome: str
    run: str | None
    started_at: Instant | None
    duration: Seconds | None
    counts: dict[str, int] | None
    error: str | None
    never_ended_in_the_last_day: int
    next_run_at: Instant | None
    backlog: int | None
    oldest_due_age: Seconds | None
    last_success_at: Instant | None
    start_lag: Seconds | None
    success_rate_1d: Decimal | None
    success_rate_7d: Decimal | None
    missed_in_the_last_day: int | None
    overlapped_in_the_last_day: int


class DueView(BaseModel):
    rules: int
    oldest: Instant | None


class RulesView(BaseModel):
    """Auto-invest rules, each number counted no further than `counted_up_to`."""

    by_status: dict[str, int]
    counted_up_to: int
    due: DueView
    overdue: DueView


class OutcomeView(BaseModel):
    status: str
    reason: str | None
    executions: int


class LiveOrdersView(BaseModel):
    status: str
    orders: int
    oldest: Instant


class OrdersView(BaseModel):
    live: list[LiveOrdersView]
    ended_in_the_last_day: dict[str, int]


class NavsView(BaseModel):
    newest: date
    age_in_business_days: int


class SwitchView(BaseModel):
    """A kill switch that stands."""

    scope: str
    scope_id: str | None
    mode: str
    reason: str
    until: Instant | None
    by: str
    since: Instant


class ChannelView(BaseModel):
    """A channel to people that is left alone for a while, after failures in a row."""

    channel: str
    until: Instant
    failures: int
    reason: str | None


class ItemView(BaseModel):
    """Something that a person should look at."""

    kind: str
    id: str
    client: str
    text: str
    since: Instant


class StatusView(BaseModel):
    """How the whole is doing at an instant; the worst finding gives the level."""

    level: Colour
    at: Instant
    findings: list[FindingView]
    jobs: list[JobView]
    rules: RulesView
    executions_of_the_last_day: list[OutcomeView]
    orders: OrdersView
    navs: NavsView | None
    suspect_navs: int
    kill_switches: list[SwitchView]
    troubled_messages_of_the_last_day: dict[str, int]
    channels_left_alone: list[ChannelView]
    attention: list[ItemView]


class RunView(BaseModel):
    """One run of a job; `scheduled_for` is null where it was started by hand."""

    id: str
    job: str
    started_by: str
    scheduled_for: Instant | None
    started_at: Instant
    finished_at: Instant | None
    status: str
    counts: dict[str, int]
    work_left: bool
    error: str | None


def run_view(row: RunRow) -> RunView:
    """A run's row as it is shown."""
    return RunView.model_validate(row._asdict() | {"id": identifiers.show(identifiers.RUN, row.id)})

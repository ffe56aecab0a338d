"""Auto-invest rules as the API shows them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date
from decimal import Decimal
from typing import Any

from pydantic import BaseModel

from api.values import Instant, OccurrenceView, occurrence_view
from automation.auto_invest.body import as_body
from automation.engine.rule_views import Line, View
from automation.engine.rules import Reply


class CreatedView(BaseModel):
    """What a creation answers; after a dry run there is no id, for nothing was made."""

    id: str | None
    dry_run: bool
    next_occurrences: list[OccurrenceView]
    warnings: list[str]


class LineView(BaseModel):
    """A rule at a glance; `what` is its product, basket or switch, `schedule` in words."""

    id: str
    client: str
    name: str
    plan: str
    what: str
    amount: Decimal
    schedule: str
    status: str
    status_reason: str | None
    next_run_at: Instant | None
    time_zone: str
    execution_count: int
    total_invested: Decimal


class AllocationView(BaseModel):
    product: str
    percent: Decimal


class SkipView(BaseModel):
    start: date
    end: date


class RuleView(LineView):
    """A rule whole: its own fields as they were sent, how it stands, and what comes."""

    version: int
    product: str | None
    source_product: str | None
    allocations: list[AllocationView] | None
    frequency: str
    day_of_month: int | None
    day_of_week: int | None
    time: str
    roll: str
    start_date: date
    end_date: date | None
    trigger_type: str
    trigger_config: dict[str, Any] | None
    goal: str | None
    instalments: int | None
    max_total_amount: Decimal | None
    max_per_execution: Decimal | None
    min_balance_required: Decimal
    step_up: dict[str, Any] | None
    cash_policy: str
    missed: str
    failure_limit: int
    enabled: bool
    paused_until: Instant | None
    consecutive_failures: int
    next_occurrences: list[OccurrenceView]
    skips: list[SkipView]
    warnings: list[str]
    created_by: str | None
    created_at: Instant
    updated_at: Instant


class EditedView(RuleView):
    """A rule as an edit has made it; after a dry run, as it would."""

    dry_run: bool


_COLUMNS = ("version", "paused_until", "consecutive_failures", "created_by", "created_at", "updated_at")


def created(reply: Reply, *, dry_run: bool) -> CreatedView:
    """The answer to a creation."""
    return CreatedView(
        id=None if dry_run else reply.id,
        dry_run=dry_run,
        next_occurrences=list(map(occurrence_view, reply.next_occurrences)),
        warnings=list(reply.warnings),
    )


def line_view(line: Line) -> LineView:
    """A rule in a list."""
    return LineView.model_validate(asdict(line))


def rule_view(view: View, warnings: Sequence[str] = ()) -> RuleView:
    """A rule whole."""
    state = {name: view.columns[name] for name in _COLUMNS}
    coming = {
        "next_occurrences": list(map(occurrence_view, view.coming)),
        "skips": [{"start": start, "end": end} for start, end in view.skips],
        "warnings": list(warnings),
    }
    return RuleView.model_validate(as_body(view.columns) | asdict(view.line) | state | coming)

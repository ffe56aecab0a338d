"""Rebalancing rules and their executions as the API shows them."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from typing import Any

from pydantic import BaseModel

from api.values import Instant, Local, OccurrenceView, occurrence_view
from automation import identifiers
from automation.engine.rebalancing_confirm import Preview
from automation.engine.rebalancing_rules import Reply
from automation.rebalancing import details
from automation.rebalancing.explanation import explain


class DriftView(BaseModel):
    """How far a portfolio is from its targets, in percentage points; `weights` are percents."""

    max_drift: Decimal
    portfolio_drift: Decimal
    by_target: dict[str, Decimal]
    weights: dict[str, Decimal]


class RebalancingOutlook(BaseModel):
    """What comes; `deposit` would restore the targets without a sale, as would so many `instalments`."""

    next_occurrences: list[OccurrenceView]
    drift: DriftView | None
    deposit: Decimal
    instalments: int | None
    warnings: list[str]


class CreatedRebalancingView(RebalancingOutlook):
    """What a creation answers; after a dry run there is no id, for nothing was made."""

    id: str | None
    dry_run: bool


class RebalancingView(BaseModel):
    """A rebalancing rule: its targets and bands, how it trades, how it stands."""

    id: str
    version: int
    client: str
    name: str
    strategy: str
    target_by: str
    target_allocation: dict[str, Decimal]
    threshold_percent: Decimal | None
    relative_band_percent: Decimal | None
    min_drift_percent: Decimal | None
    trigger_on_drift: bool
    trigger_on_schedule: bool
    frequency: str | None
    day_of_month: int | None
    day_of_week: int | None
    time: str
    roll: str
    start_date: date
    end_date: date | None
    to: str
    mode: str
    rebalance_amount: Decimal | None
    preferred_products: list[str]
    do_not_trade: list[str]
    cash_buffer: Decimal
    tax_aware: bool
    cooldown_days: int
    execute_automatically: bool
    require_confirmation: bool
    confirm_within_hours: int
    enabled: bool
    time_zone: str
    status: str
    status_reason: str | None
    paused_until: Instant | None
    next_run_at: Instant | None
    last_executed_at: Instant | None
    execution_count: int
    created_by: str | None
    created_at: Instant
    updated_at: Instant


class EditedRebalancingView(RebalancingView):
    """A rule as an edit has made it, or after a dry run as it would, with what comes of it."""

    dry_run: bool
    outlook: RebalancingOutlook


class ExecuteView(BaseModel):
    """The execution that was made, or what it would be: `sentence` in words, `decision` with its plan as data."""

    dry_run: bool
    execution: str | None
    sentence: str | None
    decision: dict[str, Any] | None


class ExecutionView(BaseModel):
    """One rebalancing: why, its trades leg by leg, what was left out and why, and who decided."""

    id: str
    rule: str
    client: str
    initiator: str
    occurrence: Local
    status: str
    reason: str | None
    max_drift: Decimal | None
    portfolio_drift: Decimal | None
    weights: dict[str, Any]
    actions: list[dict[str, Any]]
    skipped_actions: list[dict[str, Any]]
    orders: list[str]
    turnover: Decimal | None
    decided_by: str | None
    decided_why: str | None
    expires_at: Instant | None
    created_at: Instant
    updated_at: Instant


def _outlook(reply: Reply) -> dict[str, Any]:
    return {
        "next_occurrences": list(map(occurrence_view, reply.next_occurrences)),
        "drift": reply.drift and DriftView.model_validate(reply.drift._asdict()),
        "deposit": reply.deposit,
        "instalments": reply.instalments,
        "warnings": reply.warnings,
    }


def created(reply: Reply, *, dry_run: bool) -> CreatedRebalancingView:
    """The answer to a creation."""
    return CreatedRebalancingView(id=None if dry_run else reply.id, dry_run=dry_run, **_outlook(reply))


def edited(row: dict[str, Any], reply: Reply, *, dry_run: bool) -> EditedRebalancingView:
    """The answer to an edit."""
    outlook = RebalancingOutlook(**_outlook(reply))
    return EditedRebalancingView(**dict(rebalancing_view(row)), dry_run=dry_run, outlook=outlook)


def rebalancing_view(row: dict[str, Any]) -> RebalancingView:
    """A rule's row as it is shown."""
    renamed = {
        "id": identifiers.show(identifiers.REBALANCING, row["id"]),
        "client": row["client_id"],
        "time": f"{row['at_time']:%H:%M}",
        "to": row["rebalance_to"],
    }
    return RebalancingView.model_validate(row | renamed)


def execution_view(row: dict[str, Any]) -> ExecutionView:
    """An execution's row, its ids shown already, as it is shown."""
    renamed = {"rule": row["rule_id"], "client": row["client_id"], "orders": row["order_ids"]}
    return ExecutionView.model_validate(row | renamed)


def previewed(preview: Preview) -> ExecuteView:
    """What a rebalancing would do now."""
    decision = json.loads(details.write(*preview))["decision"]
    return ExecuteView(dry_run=True, execution=None, sentence=explain(*preview), decision=decision)

"""Decide again what is logged, from the log alone, and report every difference: there must be none."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, Final, NamedTuple

from automation import identifiers
from automation.auto_invest import decision, details
from automation.calendar.schedule import local_datetime
from automation.database import Connection
from automation.engine import rebalancing_ends
from automation.orders.order import AUTO_INVEST, REBALANCING, TRIGGER
from automation.rebalancing import decision as rebalancing_decision
from automation.rebalancing import details as rebalancing_details
from automation.runtime import Runtime
from automation.store import executions
from automation.store.executions import Logged
from automation.triggers import decision as trigger_decision
from automation.triggers import details as trigger_details


class Difference(NamedTuple):
    """What the log says about an execution, and what deciding again says."""

    execution: str
    what: str
    logged: str
    recomputed: str


@dataclass
class Report:
    """`set_aside` executions failed before they were decided: their log holds the error instead of a decision."""

    checked: int = 0
    set_aside: int = 0
    differences: list[Difference] = field(default_factory=list)


def replay(runtime: Runtime) -> Report:
    """Recompute every logged decision."""
    return runtime.database.transaction(_replay)


def _replay(connection: Connection) -> Report:
    report = Report()
    for logged in executions.read_all(connection):
        if "error" in logged.details:
            report.set_aside += 1
        else:
            report.checked += 1
            report.differences.extend(differences(logged))
    return report


_UNDONE: Final = {"order_cancelled": "Failed"} | rebalancing_ends.LOGGED


class Again(NamedTuple):
    """A decision as it is recorded and as it is made again, and what its row must say: `ends` before its orders did."""

    recorded: object
    made: object
    guards: list[list[str]]
    ends: tuple[str, str | None, Decimal | None]
    occurrence: datetime


def differences(logged: Logged) -> list[Difference]:
    """Where a row, its recorded decision and the decision made again do not agree."""
    shown = identifiers.show(identifiers.EXECUTION, logged.id)
    try:
        again = _KINDS[logged.kind](logged.details)
    except (KeyError, TypeError, ValueError, ArithmeticError) as error:
        return [Difference(shown, "details", "not whole", f"{type(error).__name__}: {error}")]
    pairs: list[tuple[str, Any, Any]] = [
        ("decision", again.recorded, again.made),
        ("guards", logged.details["guards"], again.guards),
        ("row", (logged.status, logged.reason, logged.amount), _row(logged, again)),
        ("occurrence", logged.occurrence, again.occurrence),
    ]
    return [Difference(shown, what, str(one), str(other)) for what, one, other in pairs if one != other]


def _row(logged: Logged, again: Again) -> tuple[str, str | None, Decimal | None]:
    """What the row must say; a success that came to nothing afterwards has become a failure, or is skipped."""
    if again.ends[0] == decision.SUCCESS and (status := _UNDONE.get(logged.reason or "")):
        return status, logged.reason, again.ends[2] if status == "Failed" else None
    return again.ends


def _auto_invest(record: dict[str, Any]) -> Again:
    rule, facts, recorded = details.read(record)
    made = decision.decide(rule, facts)
    return Again(recorded, made, details.guards(made), (made.status, made.reason, made.amount), facts.nominal)


def _trigger(record: dict[str, Any]) -> Again:
    trigger, facts, recorded = trigger_details.read(record)
    made = trigger_decision.decide(trigger, facts)
    status = "Success" if made.status == trigger_decision.FIRES else "Failed"
    worth = made.size.worth if made.size is not None and made.size.worth else None
    occurrence = local_datetime(facts.now, trigger.time_zone)
    return Again(recorded, made, trigger_details.guards(made), (status, made.reason, worth), occurrence)


def _rebalancing(record: dict[str, Any]) -> Again:
    rule, facts = rebalancing_details.read(record)
    made = rebalancing_decision.decide(rule, facts)
    again = json.loads(rebalancing_details.write(rule, facts, made))
    status = "Success" if made.status == rebalancing_decision.ACTS else "Skipped"
    moved = rebalancing_details.moved(made) or None
    ends = (status, made.reason, moved)
    return Again(record["decision"], again["decision"], again["guards"], ends, facts.nominal)


_KINDS: Final[dict[str, Callable[[dict[str, Any]], Again]]] = {
    AUTO_INVEST: _auto_invest,
    TRIGGER: _trigger,
    REBALANCING: _rebalancing,
}

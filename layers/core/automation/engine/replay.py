"""Decide again what is logged, from the log alone, and report every difference: there must be none."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, NamedTuple

from automation import identifiers
from automation.auto_invest import details
from automation.auto_invest.decision import SUCCESS, Decision, decide
from automation.database import Connection
from automation.runtime import Runtime
from automation.store import executions
from automation.store.executions import Logged


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
    """Recompute every logged auto-invest decision."""
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


def differences(logged: Logged) -> list[Difference]:
    """Where a row, its recorded decision and the decision made again do not agree."""
    shown = identifiers.show(identifiers.EXECUTION, logged.id)
    try:
        rule, facts, recorded = details.read(logged.details)
        again = decide(rule, facts)
        guards = details.guards(again)
    except (KeyError, TypeError, ValueError, ArithmeticError) as error:
        return [Difference(shown, "details", "not whole", f"{type(error).__name__}: {error}")]
    pairs: list[tuple[str, Any, Any]] = [
        ("decision", recorded, again),
        ("guards", logged.details["guards"], guards),
        ("row", (logged.status, logged.reason, logged.amount), _row(logged, again)),
        ("occurrence", logged.occurrence, facts.nominal),
    ]
    return [Difference(shown, what, str(one), str(other)) for what, one, other in pairs if one != other]


def _row(logged: Logged, decision: Decision) -> tuple[str, str | None, Any]:
    """What the row must say; a success whose orders all failed afterwards has become a failure."""
    if decision.status == SUCCESS and logged.reason in ("order_failed", "order_cancelled"):
        return "Failed", logged.reason, decision.amount
    return decision.status, decision.reason, decision.amount

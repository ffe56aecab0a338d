"""Why a trigger has fired, or what keeps it from firing now, how far it is, and what it waits for."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from automation import identifiers
from automation.database import Connection
from automation.engine.explanation import Explanation
from automation.engine.trigger_facts import load
from automation.engine.trigger_rules import key_of
from automation.errors import NotFound
from automation.runtime import Runtime
from automation.store import executions
from automation.store import trigger_rules as store
from automation.triggers import details
from automation.triggers.decision import FAILS, FIRES, Decision, decide
from automation.triggers.explanation import explain, shortfall, wanted
from automation.triggers.facts import Facts
from automation.triggers.trigger import Trigger

_OF_THE_CONDITION: Final = ("condition_not_met", "condition_unknown", "baseline")


def why(runtime: Runtime, shown_id: str) -> Explanation:
    """Explain a trigger: one that is Active as it would be decided now, one that fired from its log."""
    return runtime.database.transaction(lambda connection: _why(connection, runtime, shown_id))


def _why(connection: Connection, runtime: Runtime, shown_id: str) -> Explanation:
    row = store.read(connection, key_of(shown_id))
    if row is None:
        raise NotFound(f"there is no trigger {shown_id}", hint="list the triggers to see their ids")
    name = f"{row['name']} ({shown_id})"
    data = {"rule": shown_id, "rule_status": row["status"], "status_reason": row["status_reason"]}
    if row["status"] == "Active":
        told, more = _now(connection, runtime, row)
        return Explanation(f"{name} {told}. {_next(row)}", data | more)
    logged = executions.latest(connection, row["id"])
    if logged is None:
        reason = f": {row['status_reason']}" if row["status_reason"] else ""
        return Explanation(
            f"{name} never fired. It is {row['status']}{reason}.", data | {"status": None, "reason": None}
        )
    trigger, facts, decision = details.read(logged.details)
    told = explain(trigger, facts, decision)
    data |= _as_data(trigger, facts, decision) | {"triggered_at": _utc(row["triggered_at"])}
    return Explanation(f"{name} fired: {told}. {_outcome(row)}", data)


def _now(connection: Connection, runtime: Runtime, row: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    trigger = store.as_trigger(row)
    known = load(connection, runtime, [trigger], runtime.clock.now(connection), latest=True)
    facts = known.facts(trigger, known.compared(trigger, row))
    decision = decide(trigger, facts)
    data = _as_data(trigger, facts, decision) | {"next_run_at": _utc(row["look_at"])}
    told = explain(trigger, facts, decision)
    if decision.status in (FIRES, FAILS):
        return f"is about to {'fire' if decision.status == FIRES else 'fire and to fail'}: {told}", data
    last = row["last_look"] or {}
    if "error" in last:
        return f"failed with an error of our own: {last['error']}", data | {"reason": "internal_error"}
    far = shortfall(trigger, facts, decision)
    return f"has not fired: {told}" + (f"; {far} away" if far else "") + _kept(last, decision), data


def _kept(last: Mapping[str, Any], decision: Decision) -> str:
    """What stopped the last look, where that is over by now: a crossing that was seen then will not be seen again."""
    reason = last.get("reason")
    if reason in (None, decision.reason, *_OF_THE_CONDITION):
        return ""
    return f"; its last look, at {last['at'][:16].replace('T', ' ')} UTC, was stopped: {reason}"


def _as_data(trigger: Trigger, facts: Facts, decision: Decision) -> dict[str, Any]:
    seen = facts.observations[0]
    return {
        "status": decision.status,
        "reason": decision.reason,
        "guards": details.guards(decision),
        "short_by": shortfall(trigger, facts, decision),
        "observed": None if seen.value is None else str(seen.value),
        "observed_on": None if seen.as_of is None else seen.as_of.isoformat(),
        "looked_at": _utc(facts.now),
    }


def _next(row: Mapping[str, Any]) -> str:
    """What brings it back: an instant, or a price."""
    zone = ZoneInfo(row["time_zone"])
    ends = (
        f" until {row['valid_until'].astimezone(zone):%Y-%m-%d %H:%M} {row['time_zone']}" if row["valid_until"] else ""
    )
    if row["look_at"] is not None:
        return f"It looks next at {row['look_at'].astimezone(zone):%Y-%m-%d %H:%M} {row['time_zone']}{ends}."
    trigger = store.as_trigger(row)
    asked = ", ".join(wanted(leaf) for leaf in trigger.leaves)
    return f"It waits for {asked}{ends}, and looks whenever what it watches has a new price."


def _outcome(row: Mapping[str, Any]) -> str:
    """What became of its order, which is another matter than that it fired."""
    zone = ZoneInfo(row["time_zone"])
    if row["confirm_until"] is not None:
        return (
            f"It waits to be confirmed until {row['confirm_until'].astimezone(zone):%Y-%m-%d %H:%M} {row['time_zone']}."
        )
    reason = f" ({row['status_reason']})" if row["status_reason"] else ""
    if row["order_id"] is None:
        return f"It is {row['status']}{reason}."
    order = identifiers.show(identifiers.ORDER, row["order_id"])
    refused = f" ({row['order_reason']})" if row["order_reason"] else ""
    return f"It is {row['status']}{reason}; its order {order} is {row['order_status']}{refused}."


def _utc(at: datetime | None) -> str | None:
    return None if at is None else at.astimezone(UTC).isoformat()

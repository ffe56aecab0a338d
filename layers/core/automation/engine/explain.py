"""Why a rule did or did not act at its last look, how far it was, and when it looks next."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from automation import identifiers
from automation.auto_invest import details
from automation.auto_invest.explanation import explain, shortfall
from automation.database import Connection
from automation.engine import trigger_explain
from automation.engine.explanation import Explanation
from automation.engine.rules import key_of
from automation.errors import NotFound
from automation.runtime import Runtime
from automation.store import executions, rules


def why(runtime: Runtime, shown_id: str) -> Explanation:
    """Explain a rule's last look, or a trigger; NotFound where there is no such rule."""
    if shown_id.strip().upper().startswith(f"{identifiers.TRIGGER}-"):
        return trigger_explain.why(runtime, shown_id)
    return runtime.database.transaction(lambda connection: _why(connection, shown_id))


def _why(connection: Connection, shown_id: str) -> Explanation:
    rule = rules.read(connection, key_of(shown_id))
    if rule is None:
        raise NotFound(f"there is no rule {shown_id}", hint="list the rules to see their ids")
    logged = executions.latest(connection, rule["id"])
    look = rule["last_look"] or (logged.details if logged else None)
    name = f"{rule['name']} ({identifiers.show(identifiers.AUTO_INVEST, rule['id'])})"
    last, data = _last(look, waiting=rule["last_look"] is not None)
    if logged is not None and logged.reason in ("order_failed", "order_cancelled") and not rule["last_look"]:
        last, data = (
            "placed its order, but the order was not executed",
            data | {"status": "Failed", "reason": logged.reason},
        )
    sentence = f"{name} {last}. {_next(rule)}"
    return Explanation(
        sentence, data | {"rule": shown_id, "rule_status": rule["status"], "next_run_at": _instant(rule)}
    )


def _last(look: dict[str, Any] | None, *, waiting: bool) -> tuple[str, dict[str, Any]]:
    if look is None:
        return "has not been due yet", {"status": None, "reason": None}
    if "error" in look:
        return f"failed with an error of our own: {look['error']}", {"status": "Failed", "reason": "internal_error"}
    rule, facts, decision = details.read(look)
    told = explain(rule, facts, decision)
    when = f"for {facts.nominal:%Y-%m-%d %H:%M}"
    verb = "still waits" if waiting else "did not run" if decision.reason else ""
    told = f"{verb} {when}: {told}" if verb else f"{told} {when}: every guard passed"
    short = shortfall(rule, facts, decision)
    data = {"status": decision.status, "reason": decision.reason, "occurrence": facts.nominal.isoformat()}
    data |= {"looked_at": facts.now.astimezone(UTC).isoformat(), "guards": look["guards"], "short_by": short}
    return told + (f"; short by {short}" if short else ""), data


def _next(rule: dict[str, Any]) -> str:
    if rule["next_run_at"] is None:
        return f"It is {rule['status']}{_reason(rule)} and will not look again."
    zone = ZoneInfo(rule["time_zone"])
    state = "" if rule["status"] == "Active" else f"It is {rule['status']}{_reason(rule)}. "
    return (
        f"{state}It looks next at {rule['next_run_at'].astimezone(zone):%Y-%m-%d %H:%M} {rule['time_zone']},"
        f" for {rule['next_occurrence']:%Y-%m-%d %H:%M}."
    )


def _reason(rule: dict[str, Any]) -> str:
    return f" ({rule['status_reason']})" if rule["status_reason"] else ""


def _instant(rule: dict[str, Any]) -> str | None:
    at: datetime | None = rule["next_run_at"]
    return None if at is None else at.astimezone(UTC).isoformat()

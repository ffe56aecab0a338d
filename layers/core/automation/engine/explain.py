"""Why a rule did or did not act at its last look, how far it was, and when it looks next."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from automation import identifiers
from automation.auto_invest import details
from automation.auto_invest.explanation import explain, shortfall
from automation.chain import Entry
from automation.database import Connection
from automation.engine import audit, rebalancing_explain, trigger_explain
from automation.engine.explanation import Explanation
from automation.engine.rules import key_of
from automation.errors import NotFound
from automation.runtime import Runtime
from automation.store import executions, rule_list, rules
from automation.store.audit import Wanted
from automation.store.executions import Logged
from automation.store.rule_list import Placed

_SIGNED: Final = 5
_KINDS: Final[dict[str, Callable[[Runtime, str], Explanation]]] = {
    identifiers.TRIGGER: trigger_explain.why,
    identifiers.REBALANCING: rebalancing_explain.why,
    identifiers.REBALANCING_EXECUTION: rebalancing_explain.why_execution,
}


def why(runtime: Runtime, shown_id: str) -> Explanation:
    """Explain a rule's last look, or a trigger; NotFound where there is no such rule."""
    prefix = shown_id.strip().upper().partition("-")[0]
    explain_kind = _KINDS.get(prefix)
    if explain_kind is not None:
        told = explain_kind(runtime, shown_id)
    else:
        prefix = identifiers.AUTO_INVEST
        told = runtime.database.transaction(lambda connection: _why(connection, shown_id))
    name = identifiers.show(prefix, identifiers.read(prefix, shown_id))
    return _signed(told, audit.listed(runtime, Wanted(_SIGNED, object_id=name)))


def _signed(told: Explanation, acts: Sequence[Entry]) -> Explanation:
    """An explanation with who changed the rule, the newest first; its creation is not worth a sentence."""
    changes = [{"at": each.at.astimezone(UTC).isoformat(), "by": each.by, "action": each.action} for each in acts]
    data = told.data | {"changes": changes}
    if not acts or acts[0].action.endswith(".create"):
        return Explanation(told.sentence, data)
    last = acts[0]
    who = f"Last changed by {last.by} ({last.action}) on {last.at.astimezone(UTC):%Y-%m-%d %H:%M} UTC."
    return Explanation(f"{told.sentence} {who}", data)


def _why(connection: Connection, shown_id: str) -> Explanation:
    rule = rules.read(connection, key_of(shown_id))
    if rule is None:
        raise NotFound(f"there is no rule {shown_id}", hint="list the rules to see their ids")
    logged = executions.latest(connection, rule["id"])
    name = f"{rule['name']} ({identifiers.show(identifiers.AUTO_INVEST, rule['id'])})"
    if rule["last_look"]:
        last, data = _last(rule["last_look"], waiting=True)
    elif logged is not None:
        last, data = _logged(logged, rule_list.orders(connection, logged.id))
    else:
        last, data = "has not been due yet", {"status": None, "reason": None}
    sentence = f"{name} {last}. {_next(rule)}"
    return Explanation(
        sentence, data | {"rule": shown_id, "rule_status": rule["status"], "next_run_at": _instant(rule)}
    )


def _logged(logged: Logged, orders: Sequence[Placed]) -> tuple[str, dict[str, Any]]:
    """What was decided, and what has become of its orders since."""
    told, data = _last(logged.details, waiting=False)
    data |= {"status": logged.status, "reason": logged.reason, "orders": [_order(order) for order in orders]}
    if len(orders) == 1:
        told += f"; the order is {_state(orders[0].status, orders[0].reason)}"
    elif orders:
        told += "; " + ", ".join(f"{order.product}: {_state(order.status, order.reason)}" for order in orders)
    return told, data


def _order(order: Placed) -> dict[str, Any]:
    amount = order.amount and str(order.amount)
    return order._asdict() | {"id": identifiers.show(identifiers.ORDER, order.id), "amount": amount}


def _last(look: dict[str, Any], *, waiting: bool) -> tuple[str, dict[str, Any]]:
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
        return f"It is {_state(rule['status'], rule['status_reason'])} and will not look again."
    zone = ZoneInfo(rule["time_zone"])
    state = "" if rule["status"] == "Active" else f"It is {_state(rule['status'], rule['status_reason'])}. "
    return (
        f"{state}It looks next at {rule['next_run_at'].astimezone(zone):%Y-%m-%d %H:%M} {rule['time_zone']},"
        f" for {rule['next_occurrence']:%Y-%m-%d %H:%M}."
    )


def _state(status: str, reason: str | None) -> str:
    return f"{status} ({reason})" if reason else status


def _instant(rule: dict[str, Any]) -> str | None:
    at: datetime | None = rule["next_run_at"]
    return None if at is None else at.astimezone(UTC).isoformat()

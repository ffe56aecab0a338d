"""Why a rebalancing rule did or did not act, how far its portfolio is from acting, and what an execution came to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from automation import identifiers
from automation.database import Connection
from automation.engine.explanation import Explanation
from automation.engine.rebalancing_confirm import key_of as execution_key_of
from automation.engine.rebalancing_facts import load
from automation.engine.rebalancing_rules import key_of
from automation.errors import NotFound
from automation.rebalancing import details
from automation.rebalancing.decision import ACTS, decide
from automation.rebalancing.explanation import explain, shortfall
from automation.rebalancing.rule import Rule
from automation.runtime import Runtime
from automation.store import executions
from automation.store import rebalancing_executions as execution_store
from automation.store import rebalancing_rules as store


def why(runtime: Runtime, shown_id: str) -> Explanation:
    """Explain a rule as it stands now, with what its last execution came to."""
    return runtime.database.transaction(lambda connection: _why(connection, runtime, shown_id))


def _why(connection: Connection, runtime: Runtime, shown_id: str) -> Explanation:
    row = store.read(connection, key_of(shown_id))
    if row is None:
        raise NotFound(f"there is no rebalancing rule {shown_id}", hint="list the rebalancing rules to see their ids")
    rule = store.as_rule(row)
    facts = load(connection, runtime, [rule], runtime.clock.now(connection)).of_drift(rule)
    decision = decide(rule, facts)
    told = explain(rule, facts, decision)
    short = shortfall(rule, decision)
    does = "would act" if decision.status == ACTS else "does not act"
    sentence = f"{row['name']} ({shown_id}) {does} on drift now: {told}" + (f"; {short} away" if short else "")
    last = execution_store.listed(connection, row["id"], None, None, 1)
    look_at = store.look_at(connection, row["id"])
    data = {
        "rule": shown_id,
        "rule_status": row["status"],
        "status": decision.status,
        "reason": decision.reason,
        "guards": details.guards(decision),
        "short_by": short,
        "drift": None if decision.drift is None else details.as_data(decision.drift),
        "next_run_at": _utc(row["next_run_at"]),
        "look_at": _utc(look_at),
        "last_look": row["last_look"],
    }
    done = _last(last[0]) if last else "It has not acted yet."
    return Explanation(" ".join([f"{sentence}.", *_last_look(row), done, _next(row, rule, look_at)]), data)


def _last_look(row: Mapping[str, Any]) -> Iterator[str]:
    """What came of the last look; nothing is said of one that there was not."""
    look = row["last_look"]
    if look is None:
        return
    if "error" in look:
        yield f"Its last look failed with an error of our own: {look['error']}."
        return
    at = datetime.fromisoformat(look["at"]).astimezone(ZoneInfo(row["time_zone"]))
    acted = "did not act" if look["reason"] else "acted"
    yield f"At its last look, at {at:%Y-%m-%d %H:%M} by {look['initiator']}, it {acted}: {look['told']}."


def _last(row: Mapping[str, Any]) -> str:
    shown = identifiers.show(identifiers.REBALANCING_EXECUTION, row["id"])
    reason = f" ({row['reason']})" if row["reason"] else ""
    return f"Its last execution {shown} of {row['occurrence']:%Y-%m-%d} is {row['status']}{reason}."


def _next(row: Mapping[str, Any], rule: Rule, look_at: datetime | None) -> str:
    reason = f" ({row['status_reason']})" if row["status_reason"] else ""
    told = [] if row["status"] == "Active" else [f"It is {row['status']}{reason}."]
    looks = [*_looks(row, rule, look_at)] if row["status"] in ("Active", "Paused") else []
    return " ".join([*told, *(looks or ["It will not look again."])])


def _looks(row: Mapping[str, Any], rule: Rule, look_at: datetime | None) -> Iterator[str]:
    """All that a rule that is not over waits for."""
    zone = ZoneInfo(row["time_zone"])
    if row["next_run_at"] is not None:
        at = row["next_run_at"].astimezone(zone)
        yield f"By its calendar it looks next at {at:%Y-%m-%d %H:%M} {row['time_zone']}."
    if look_at is not None:
        yield f"It is lined up for a look at {look_at.astimezone(zone):%Y-%m-%d %H:%M} {row['time_zone']}."
    if rule.watches_drift and row["status"] == "Active":
        yield "It looks whenever what is held has a new price."


def why_execution(runtime: Runtime, shown_id: str) -> Explanation:
    """Explain an execution: what called for it, what was planned, and how far each leg has come."""

    def work(connection: Connection) -> Explanation:
        row = execution_store.read(connection, execution_key_of(shown_id))
        if row is None:
            raise NotFound(f"there is no execution {shown_id}", hint="list the executions to see their ids")
        logged = executions.of_execution(connection, row["id"])
        told = ""
        if logged is not None:
            rule, facts = details.read(logged.details)
            told = f": {explain(rule, facts, decide(rule, facts))}"
        legs = ", ".join(f"leg {each['leg']} {each['status']}" + _because(each) for each in row["actions"])
        by = f" {row['decided_by']} decided: {row['decided_why'] or 'no reason given'}." if row["decided_by"] else ""
        sentence = (
            f"{row['name']} ({shown_id}), called for by {row['initiator']}{told}. It is {row['status']}: {legs}.{by}"
        )
        data = {"execution": shown_id, "status": row["status"], "reason": row["reason"], "actions": row["actions"]}
        return Explanation(sentence, data | {"skipped_actions": row["skipped_actions"], "weights": row["weights"]})

    return runtime.database.transaction(work)


def _because(action: Mapping[str, Any]) -> str:
    return f" ({action['reason']})" if action.get("reason") else ""


def _utc(at: datetime | None) -> str | None:
    return None if at is None else at.astimezone(UTC).isoformat()

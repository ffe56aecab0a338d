"""Kill switches, set and lifted by people; every decision and every submission asks for them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final, NamedTuple
from uuid import UUID

from automation import identifiers
from automation.database import Connection
from automation.engine import audit, auto_invest, orders, rebalancing, triggers
from automation.errors import InvalidInput, NotFound
from automation.runtime import Runtime
from automation.status.facts import Switch
from automation.store import clients, rebalancing_rules, rules, trigger_rules
from automation.store import controls as store

_RULES: Final[dict[str, Callable[[Connection, UUID], Mapping[str, Any] | None]]] = {
    identifiers.AUTO_INVEST: rules.read,
    identifiers.TRIGGER: trigger_rules.read,
    identifiers.REBALANCING: rebalancing_rules.read,
}
SCOPES: Final = ("global", "job", "client", "rule")
STOP_ALL: Final = "stop_all"
STOP_BUYS: Final = "stop_buys"
JOBS: Final = (auto_invest.JOB.name, triggers.JOB.name, rebalancing.JOB.name, orders.JOB.name)


class Lifted(NamedTuple):
    """How many switches were lifted, and those that still stand."""

    lifted: int
    standing: list[Switch]


def stop(
    runtime: Runtime, scope: str, scope_id: str | None, mode: str, until: datetime | None, reason: str, by: str
) -> Switch:
    """Set a switch: from its commit on, nothing in its scope is decided for or submitted.

    `scope_id` names the job, client or rule (None for global), `until` (aware) ends it by itself. InvalidInput
    or NotFound says what is wrong.
    """
    if not reason.strip():
        raise InvalidInput("reason", "is empty", hint="say why: it is shown with every order that is stopped")

    def work(connection: Connection) -> Switch:
        now = runtime.clock.now(connection)
        if until is not None and until <= now:
            raise InvalidInput("until", f"{until.isoformat()} is over", hint="name an instant to come, or none")
        switch = Switch(scope, _target(connection, scope, scope_id), mode, reason, until, by, now)
        store.insert(connection, identifiers.new(now), switch)
        told = {"scope": scope, "mode": mode, "until": until, "reason": reason}
        audit.record(connection, now, by, "control.stop", *_object(connection, scope, switch.scope_id), told)
        return switch._replace(scope_id=scope_id)

    return runtime.database.transaction(work)


def go(runtime: Runtime, scope: str, scope_id: str | None, by: str) -> Lifted:
    """Lift the switches of exactly one scope; NotFound where none stands for it."""

    def work(connection: Connection) -> Lifted:
        now = runtime.clock.now(connection)
        target = _target(connection, scope, scope_id)
        lifted = store.lift(connection, scope, target, by, now)
        left = standing(connection, now)
        if not lifted:
            whose = f"{scope} {scope_id}" if scope_id else scope
            others = ", ".join(f"{each.scope} {each.scope_id or ''}".strip() for each in left)
            raise NotFound(
                f"no kill switch stands for {whose}",
                hint=f"name a scope with one: {others}" if others else "none stands at all: nothing is stopped",
            )
        told = {"scope": scope, "lifted": lifted}
        audit.record(connection, now, by, "control.go", *_object(connection, scope, target), told)
        return Lifted(lifted, left)

    return runtime.database.transaction(work)


def standing(connection: Connection, now: datetime) -> list[Switch]:
    """The switches that stand, rules by their shown ids."""
    return [
        switch._replace(scope_id=_object(connection, switch.scope, switch.scope_id)[0]) if switch.scope_id else switch
        for switch in store.standing(connection, now)
    ]


def _object(connection: Connection, scope: str, target: str | None) -> tuple[str, str | None]:
    """What a scope stands for as people know it, by the id that switches are kept by, and whose it is."""
    if target is None or scope != "rule":
        return target or scope, target if scope == "client" else None
    key = UUID(target)
    found = ((prefix, read(connection, key)) for prefix, read in _RULES.items())
    prefix, row = next(((prefix, row) for prefix, row in found if row is not None), (identifiers.AUTO_INVEST, None))
    return identifiers.show(prefix, key), None if row is None else row["client_id"]


def _target(connection: Connection, scope: str, scope_id: str | None) -> str | None:
    """The scope's id as switches are kept by it, once it is sure that there is such a thing."""
    if scope == "global":
        if scope_id is not None:
            raise InvalidInput("id", "is not for the scope global", hint=f"use a scope of: {', '.join(SCOPES[1:])}")
        return None
    if not scope_id:
        raise InvalidInput("id", f"is required by the scope {scope}", hint=f"name the {scope}")
    if scope == "rule":
        return str(_rule(connection, scope_id))
    if scope == "job" and scope_id not in JOBS:
        raise InvalidInput("id", f"{scope_id!r} is no job that can be stopped", hint=f"use one of: {', '.join(JOBS)}")
    if scope == "client" and not clients.exists(connection, scope_id):
        raise NotFound(f"there is no client {scope_id!r}", hint="name a client that exists")
    return scope_id


def _rule(connection: Connection, shown_id: str) -> UUID:
    """The key of a rule of any kind that exists."""
    prefix = shown_id.strip().upper().partition("-")[0]
    read = _RULES.get(prefix, rules.read)
    try:
        key = identifiers.read(prefix if prefix in _RULES else identifiers.AUTO_INVEST, shown_id)
    except ValueError as error:
        raise NotFound(str(error), hint="list the rules to see their ids") from error
    if read(connection, key) is None:
        raise NotFound(f"there is no rule {shown_id}", hint="list the rules to see their ids")
    return key

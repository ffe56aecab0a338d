"""What becomes of one look at a trigger: its next state, and where it fires its execution and its order. No I/O."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, Final, NamedTuple
from uuid import UUID

from automation import identifiers, records
from automation.calendar.schedule import local_datetime
from automation.engine.trigger_facts import Known
from automation.orders.order import PURCHASE, SWITCH, TRIGGER, NewOrder
from automation.store.executions import Execution
from automation.store.notifications import Message
from automation.store.triggers import Look, Next
from automation.triggers import details
from automation.triggers.condition import PRICES, TRAILING, Leaf, Observation, resting_levels
from automation.triggers.decision import FAILS, FIRES, WAITS, Decision, decide
from automation.triggers.facts import Facts
from automation.triggers.size import Size
from automation.triggers.trigger import CONFIRM, NOTIFY, Trigger

CONFIRM_WITHIN: Final = timedelta(hours=24)


@dataclass
class Outcome:
    """The rows that one look writes; `look_at` is when it is looked at again by itself, None where prices bring it."""

    state: Next
    look_at: datetime | None
    fired: tuple[str, str, UUID] | None = None
    executions: list[Execution] = field(default_factory=list)
    orders: list[NewOrder] = field(default_factory=list)
    messages: list[Message] = field(default_factory=list)


class Seen(NamedTuple):
    """A decision with what it was made from."""

    trigger: Trigger
    facts: Facts
    decision: Decision


def settle(look: Look, known: Known, again: timedelta) -> Outcome:
    """Decide a look. What has been seen since the price that called for it counts as well, one after the other."""
    seen = None
    for observations in known.observations(look):
        trigger = _followed(look.trigger, observations)
        facts = known.facts(trigger, observations)
        seen = Seen(trigger, facts, decide(trigger, facts))
        if seen.decision.status in (FIRES, FAILS):
            return _fired(seen, known)
    if seen is None:
        raise ValueError("a look saw nothing")
    return _kept(seen, again)


def _followed(trigger: Trigger, observations: Sequence[Observation]) -> Trigger:
    """A level that trails begins with the first price on or after its first day."""
    seen = observations[0]
    if trigger.trailing_percent is None or trigger.best_value is not None:
        return trigger
    if seen.as_of is None or trigger.trails_from is None or seen.as_of < trigger.trails_from:
        return trigger
    return trigger._replace(best_value=seen.value)


def _kept(seen: Seen, again: timedelta) -> Outcome:
    """It did not fire. At rest on a price it is found by that price; else at the next look, or the next date."""
    trigger, facts, decision = seen
    waits = decision.status == WAITS
    above, below = (None, None) if waits or not trigger.rests_on_price else resting_levels(trigger.leaves[0])
    dates = [leaf.at for leaf in trigger.leaves if leaf.at is not None and leaf.at > facts.now]
    later = facts.now + again if waits else None
    if decision.reason == "not_yet_valid":
        later = trigger.valid_from
    elif decision.reason == "trigger_paused":
        dates = []
    look_at = min([at for at in (later, *dates) if at is not None], default=None)
    state = _state(seen, trigger.status, None, fires_above=above, fires_below=below)
    return Outcome(state, look_at)


def broken(trigger: Trigger, now: datetime, wait: timedelta, error: Exception) -> Outcome:
    """A trigger that could not be decided is looked at again later, and says why."""
    look = {"at": now.isoformat(), "reason": "internal_error", "error": f"{type(error).__name__}: {error}"}
    return Outcome(Next(trigger.id, trigger.status, None, trigger.best_value, records.json_text(look)), now + wait)


def _state(seen: Seen, status: str, reason: str | None, **more: Any) -> Next:
    trigger, facts, decision = seen
    look = _look(facts.now, decision.reason, facts.observations)
    return Next(trigger.id, status, reason, trigger.best_value, look, **more)


@lru_cache(maxsize=4096)
def _look(now: datetime, reason: str | None, observations: tuple[Observation, ...]) -> str:
    """What was seen, as JSON; the triggers of a product mostly see the same."""
    seen = [None if each.value is None else (each.value, each.as_of) for each in observations]
    return records.json_text({"at": now.isoformat(), "reason": reason, "seen": seen})


def _fired(seen: Seen, known: Known) -> Outcome:
    trigger, facts, decision = seen
    execution = _execution(seen)
    shown = shown_observation(trigger.leaves, facts.observations)
    orders: list[NewOrder] = []
    if decision.status == FIRES and decision.size is not None and trigger.mode != CONFIRM:
        orders = [order_of(trigger, decision.size, execution.id, known)]
        known.spend(trigger, decision.size.worth)
    status = "Failed" if decision.status == FAILS else "Executed" if trigger.mode == NOTIFY else "Triggered"
    state = _state(
        seen,
        status,
        decision.reason,
        observed_value=shown.value,
        observed_on=shown.as_of,
        triggered_at=facts.now,
        order_id=orders[0].id if orders else None,
        confirm_until=facts.now + CONFIRM_WITHIN if trigger.mode == CONFIRM and status == "Triggered" else None,
    )
    messages = [Message("Trigger Order Activated", execution.id, trigger.client_id, _payload(trigger, shown, status))]
    if status == "Failed":
        messages.append(
            Message("Order Failed", execution.id, trigger.client_id, json.dumps({"reason": decision.reason}))
        )
    group = None if trigger.oco_group is None else (trigger.client_id, trigger.oco_group, trigger.id)
    return Outcome(state, None, group, [execution], orders, messages)


def shown_observation(leaves: Sequence[Leaf], observations: Sequence[Observation]) -> Observation:
    """What people are shown of what fired: the first price that was seen, else the first value."""
    priced = [seen for leaf, seen in zip(leaves, observations, strict=True) if leaf.kind in PRICES]
    return (priced or [seen for seen in observations if seen.value is not None] or list(observations))[0]


def _execution(seen: Seen) -> Execution:
    """A trigger fires once, so its execution's key is a function of the trigger alone."""
    trigger, facts, decision = seen
    amount = decision.size.worth if decision.size is not None and decision.size.worth > 0 else None
    return Execution(
        execution_key(trigger.id, trigger.valid_from),
        trigger.id,
        trigger.version,
        trigger.client_id,
        local_datetime(facts.now, trigger.time_zone),
        facts.now,
        "Failed" if decision.status == FAILS else "Success",
        decision.reason,
        amount,
        details.write(trigger, facts, decision),
    )


def execution_key(trigger: UUID, valid_from: datetime) -> UUID:
    """The key of the one execution that a trigger can have."""
    return identifiers.derived(valid_from, trigger, "fired")


def order_of(trigger: Trigger, size: Size, execution: UUID, known: Known) -> NewOrder:
    """The order of a trigger that fired, for today where the product is traded, in business days of what it trades."""
    return NewOrder(
        identifiers.beside(execution, 0),
        TRIGGER,
        trigger.id,
        execution,
        0,
        trigger.client_id,
        trigger.order_type,
        trigger.product_id,
        trigger.target_product_id if trigger.order_type == SWITCH else None,
        size.amount,
        size.units,
        size.all_units,
        known.trade_date(trigger),
    )


def _payload(trigger: Trigger, shown: Observation, status: str) -> str:
    said = {
        "observed": shown.value,
        "observed_on": shown.as_of,
        "level": trigger.leaves[0].value,
        "mode": trigger.mode,
        "status": status,
    }
    return records.json_text({name: value for name, value in said.items() if value is not None})


def is_protective(trigger: Trigger) -> bool:
    """Whether it sells on a fall: of a pair that one look finds both fulfilled, this half goes first."""
    leaf = trigger.leaves[0]
    falls = leaf.condition == TRAILING or resting_levels(leaf)[1] is not None
    return trigger.order_type != PURCHASE and falls

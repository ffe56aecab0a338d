"""The triggers job: move prices on, look at the triggers that they concern, fire, expire, end.

    newer prices ─► levels that trail follow ─► triggers whose level was reached are lined up ─commit
    lined up (new, reached, a date, kept from firing) ─► facts ─► decide ─► fire once, or rest again ─commit

A trigger at rest has the prices at or beyond which it must be looked at, so a tick costs what has changed, not what is
held. Firing is the trigger's new state, its execution, order and messages in one transaction, with its client locked.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from automation import identifiers, observability
from automation.database import Connection
from automation.engine.parts import write_in_parts
from automation.engine.run import LAST, Job, Run, Step
from automation.engine.trigger_facts import JOB as NAME
from automation.engine.trigger_facts import Known, load
from automation.engine.trigger_outcome import Outcome, broken, is_protective, settle
from automation.errors import DatabaseUnavailable
from automation.orders.order import TRIGGER
from automation.store import notifications, prices
from automation.store import triggers as store
from automation.store.notifications import Message
from automation.store.triggers import Ended, Look

SET_ASIDE_FOR: Final = timedelta(hours=1)
DISABLED, EXPIRED, REMINDED = "disabled", "expired", "reminded"


def advance(run: Run) -> Counter[str]:
    """Look at one batch of newer prices."""
    return run.runtime.database.transaction(lambda connection: _advance(connection, run))


def _advance(connection: Connection, run: Run) -> Counter[str]:
    now, limit = run.runtime.clock.now(connection), run.runtime.settings.batch_size
    due = prices.take(connection, now, limit)
    if not due:
        return Counter()
    products = [each.product_id for each in due]
    if trailed := [each.product_id for each in due if each.trailed]:
        prices.ratchet(connection, trailed, now)
    reached = prices.advance(connection, products, now)
    if any(each.named for each in due) or prices.followed(connection):
        reached += prices.line_up_followers(connection, products, now)
    return +Counter({"prices": len(due), "reached": reached, LAST: len(due) < limit})


def look(run: Run) -> Counter[str]:
    """Look at one batch of triggers."""
    try:
        return run.runtime.database.transaction(lambda connection: _look(connection, run, None))
    except DatabaseUnavailable:
        raise
    except Exception:  # noqa: BLE001 - the edge of a batch: each trigger's own error is recorded below
        return _one_by_one(run)


def _one_by_one(run: Run) -> Counter[str]:
    """A batch again that broke as a whole: each trigger by itself, and those that break again wait for an hour."""
    database, clock = run.runtime.database, run.runtime.clock
    counts: Counter[str] = Counter()
    for trigger_id in database.transaction(lambda c: store.due(c, clock.now(c), run.runtime.settings.batch_size)):
        counts += _alone(run, trigger_id)
    return counts


def only(trigger_id: UUID) -> Step:
    """A step that looks at one trigger, if its look is due."""
    return lambda run: _alone(run, trigger_id) + Counter({LAST: 1})


def _alone(run: Run, trigger_id: UUID) -> Counter[str]:
    database, clock = run.runtime.database, run.runtime.clock
    try:
        return database.transaction(lambda connection: _look(connection, run, trigger_id))
    except DatabaseUnavailable:
        raise
    except Exception as error:  # noqa: BLE001 - as above
        _set_aside(trigger_id, error)
        said = f"{type(error).__name__}: {error}"
        database.transaction(lambda c: store.set_aside(c, trigger_id, said, clock.now(c) + SET_ASIDE_FOR))
        return Counter(set_aside=1)


def _set_aside(trigger_id: UUID, error: Exception) -> None:
    observability.set_aside("trigger", _shown(trigger_id), error)


def _shown(trigger_id: UUID) -> str:
    """The id by which people know a trigger."""
    return identifiers.show(identifiers.TRIGGER, trigger_id)


def _look(connection: Connection, run: Run, only: UUID | None) -> Counter[str]:
    runtime = run.runtime
    now = runtime.clock.now(connection)
    limit = 1 if only else runtime.settings.batch_size
    looks = store.claim(connection, now, limit, [only] if only else None)
    if not looks:
        return Counter({LAST: 1})
    whole = len(looks) < limit
    if not whole and only is None:
        looks += _other_halves(connection, now, looks)
    known = load(connection, runtime, [each.trigger for each in looks], now)
    outcomes = _record(connection, run, _settled(looks, known, runtime.settings.look_interval), now)
    fired = [outcome for outcome in outcomes if outcome.executions]
    orders = sum(len(outcome.orders) for outcome in fired)
    return +Counter({"looked": len(looks), "fired": len(fired), "orders": orders, LAST: whole})


def _other_halves(connection: Connection, now: datetime, looks: Sequence[Look]) -> list[Look]:
    """The looks that the end of a batch has parted from the other half of their pair: it decides for neither half."""
    others = store.other_halves(connection, now, looks)
    return store.claim(connection, now, len(others), others) if others else []


def _settled(looks: Sequence[Look], known: Known, again: timedelta) -> Iterator[Outcome]:
    """Settle look after look, of a pair the half that protects first; the other half goes with the one that fires.

    An error in one trigger is that trigger's outcome: it waits for an hour, and the rest of the batch goes on.
    """
    over = set()
    for each in sorted(looks, key=lambda each: bool(each.trigger.oco_group) and not is_protective(each.trigger)):
        trigger = each.trigger
        group = (trigger.client_id, trigger.oco_group) if trigger.oco_group else None
        if group in over:
            continue
        try:
            outcome = settle(each, known, again)
        except Exception as error:  # noqa: BLE001 - the edge of a batch: recorded, and the others go on
            _set_aside(trigger.id, error)
            outcome = broken(trigger, known.now, SET_ASIDE_FOR, error)
        if outcome.fired is not None and group is not None:
            over.add(group)
        yield outcome


def _record(connection: Connection, run: Run, settled: Iterator[Outcome], now: datetime) -> list[Outcome]:
    """Write what becomes of looks, and cancel the other halves of pairs that fired."""

    def move(part: Sequence[Outcome]) -> None:
        store.move(connection, [one.state for one in part], now)
        store.looked(connection, [(one.state.id, one.look_at) for one in part])

    outcomes = write_in_parts(connection, TRIGGER, settled, now, run.id, move)
    store.cancel_others(connection, [outcome.fired for outcome in outcomes if outcome.fired is not None], now)
    return outcomes


def end(run: Run) -> Counter[str]:
    """Disable triggers whose product is gone, end those whose time is over, announce the end of those that end soon."""
    return run.runtime.database.transaction(lambda connection: _end(connection, run))


def _end(connection: Connection, run: Run) -> Counter[str]:
    now, limit = run.runtime.clock.now(connection), run.runtime.settings.batch_size
    counts: Counter[str] = Counter()
    for what, work in ((DISABLED, store.disable), (EXPIRED, store.expire), (REMINDED, store.remind)):
        ended = work(connection, now, limit)
        counts[what] = len(ended)
        notifications.insert(connection, [_told(each, what) for each in ended], now)
    counts[LAST] = max(counts.values()) < limit
    return +counts


def _told(ended: Ended, what: str) -> Message:
    """What the system has switched off is an alert, which nobody can have switched off."""
    payload = {"what": "trigger_disabled" if what == DISABLED else what, "trigger": _shown(ended.id)}
    event = "Portfolio Alert" if what == DISABLED else "Trigger Order Expiring"
    source = identifiers.beside(ended.id, what if ended.until is None else f"{what} {ended.until.timestamp()}")
    return Message(event, source, ended.client_id, json.dumps(payload))


JOB = Job(
    NAME, (advance, look, end), feeds={"orders": ["orders"], "notifications": ["fired", DISABLED, EXPIRED, REMINDED]}
)

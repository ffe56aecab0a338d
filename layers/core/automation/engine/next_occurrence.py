"""What comes next for a rule that was set aside, or that ended with an instalment which then failed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, time
from typing import Any
from uuid import UUID

from automation import identifiers, observability
from automation.calendar import occurrences
from automation.calendar.business_days import BusinessCalendar
from automation.calendar.occurrences import Occurrence
from automation.database import Connection
from automation.engine.rule_checks import schedule_of
from automation.runtime import Runtime
from automation.store import executions, failures
from automation.store import rules as store
from automation.store.failures import Reopened

Row = Mapping[str, Any]


def calendar_of(connection: Connection, runtime: Runtime, rule: Row) -> BusinessCalendar:
    """The days on which all of the rule's products do business; `rule` has its columns."""
    return _calendars(connection, runtime, [rule])[rule["id"]]


def _calendars(connection: Connection, runtime: Runtime, rules: Sequence[Row]) -> dict[UUID, BusinessCalendar]:
    names = {rule["id"]: _products(rule) for rule in rules}
    terms = store.products(connection, sorted({name for each in names.values() for name in each}))
    runtime.calendars.load(connection, {product.calendar for product in terms.values()})
    return {
        rule: runtime.calendars.of(terms[name].calendar for name in each if name in terms)
        for rule, each in names.items()
    }


def _products(rule: Row) -> list[str]:
    parts = [part["product"] for part in rule["allocations"] or ()]
    return [name for name in (rule["source_product_id"], rule["product_id"], *parts) if name]


def go_on(connection: Connection, runtime: Runtime, rule: dict[str, Any]) -> None:
    """Give a rule that was set aside the occurrence after its last recorded one, if there is one."""
    last = executions.latest(connection, rule["id"])
    after = _after(rule, last.occurrence if last else None, calendar_of(connection, runtime, rule))
    if after is not None:
        store.set_next(connection, rule["id"], after.nominal, after.due)
        rule |= {"next_occurrence": after.nominal, "next_run_at": after.due}


def _after(rule: Row, last: datetime | None, calendar: BusinessCalendar) -> Occurrence | None:
    nominal = last or datetime.combine(rule["first_occurrence"], time.min)
    return occurrences.following(schedule_of(rule, rule["time_zone"]), calendar, nominal)


def to_come(connection: Connection, runtime: Runtime, rule: Row, now: datetime, count: int) -> list[Occurrence]:
    """The next `count` occurrences of a rule as `store.rules.read` gives it, from those that are due at `now` on."""
    calendar = calendar_of(connection, runtime, rule)
    schedule = schedule_of(rule, rule["time_zone"])
    if rule["next_occurrence"] is not None:
        current: Occurrence | None = occurrences.named(schedule, calendar, rule["next_occurrence"])
    else:
        last = executions.latest(connection, rule["id"])
        current = _after(rule, last.occurrence if last else None, calendar)
    found: list[Occurrence] = []
    while current is not None and len(found) < count:
        found += [current] if current.due >= now else []
        current = occurrences.following(schedule, calendar, current.nominal)
    return found


def reopen(connection: Connection, runtime: Runtime, rule_ids: Iterable[UUID], now: datetime) -> None:
    """Let those of the rules go on that are Completed by a number which they no longer reach.

    They go on with the occurrence after their last recorded one, however late; where none follows they have ended.
    """
    ids = list(rule_ids)
    if ids and (rules := failures.cut_short(connection, ids)):
        calendars = _calendars(connection, runtime, rules)
        failures.reopen(connection, [_reopened(rule, calendars[rule["id"]]) for rule in rules], now)


def _reopened(rule: Row, calendar: BusinessCalendar) -> Reopened:
    try:
        after = _after(rule, rule["last_occurrence"], calendar)
    except (KeyError, ValueError, OSError) as error:  # its schedule, zone or calendar can't be used: for a person
        observability.set_aside("rule", identifiers.show(identifiers.AUTO_INVEST, rule["id"]), error)
        return Reopened(rule["id"], "Paused", "internal_error", None, None)
    if after is None:
        return Reopened(rule["id"], "Completed", "ended", None, None)
    return Reopened(rule["id"], "Active", None, after.nominal, after.due)

"""Rebalancing rules changed by people: targets, bands, what it trades and how, whom it asks, and its calendar."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any, Final, NamedTuple

from automation.calendar import occurrences
from automation.calendar.occurrences import Occurrence
from automation.calendar.schedule import local_date
from automation.database import Connection
from automation.engine import audit
from automation.engine import rebalancing_checks as checks
from automation.engine.rebalancing_facts import Known, load
from automation.engine.rebalancing_rules import SHOWN, Reply, checked, coming_of, locked, read, reply_of
from automation.engine.versions import refuse_unseen
from automation.errors import Conflict, InvalidInput
from automation.fields import says
from automation.rebalancing.body import as_body, changed
from automation.rebalancing.request import RebalancingRequest, parse
from automation.rebalancing.rule import Rule
from automation.runtime import Runtime
from automation.store import executions
from automation.store import rebalancing_rules as store

# Rolling moves an occurrence by no more business days than this: so many of them can be recorded ahead of their date.
_AHEAD: Final = 20


class Edited(NamedTuple):
    """A rule's row as it is after an edit, and what its creation would answer now."""

    row: dict[str, Any]
    reply: Reply


def edit(
    runtime: Runtime,
    shown_id: str,
    changes: dict[str, Any],
    by: str,
    versions: Collection[int] | None = None,
    *,
    dry_run: bool = False,
) -> Edited:
    """Change some fields of a rule, each as in the body that makes one; with `dry_run` nothing is written.

    InvalidInput names a field, Conflict says that it has ended, Changed that it is of none of the `versions` any more
    that the caller has seen; nothing is changed then. What is that already stays under its version.

    Nothing is traded by that: the portfolio is measured on the new terms at the next run. With other targets the
    cooldown begins anew, so that the first execution after the change does not wait for it.
    """

    def work(connection: Connection) -> Edited:
        now = runtime.clock.now(connection)
        before = locked(connection, shown_id, "Active", "Paused")
        refuse_unseen(before, versions, shown_id)
        request = parse(changed(before, changes))
        columns = checked(connection, request, now)
        others = not says(as_body(before), request, parse)
        if others:
            store.update(connection, before["id"], columns, now, cool=_has_other_targets(request, before))
        rule = store.as_rule(read(connection, before["id"]))
        known = load(connection, runtime, [rule], now)
        coming = _coming(connection, before, rule, known, shown_id)
        if others and rule.watches_drift and before["status"] == "Active":
            store.look_again(connection, rule.id, now)
        reply = reply_of(connection, runtime, known, rule, coming, checks.warnings(connection, request, rule.id))
        after = read(connection, rule.id)
        if others:
            told = {"changes": audit.difference(as_body(before), as_body(after))}
            audit.changed(connection, now, by, "rebalancing.edit", before, told)
        return Edited(after, reply)

    return runtime.database.transaction(work, dry_run=dry_run)


def _has_other_targets(request: RebalancingRequest, row: Mapping[str, Any]) -> bool:
    return request.target_allocation != store.as_rule(row).targets


def _coming(
    connection: Connection, before: Mapping[str, Any], rule: Rule, known: Known, shown_id: str
) -> list[Occurrence]:
    """The next occurrences; by another calendar the rule gets its next one anew, unless one is due already.

    A rule that could not be decided keeps having none until it is resumed.
    """
    coming = coming_of(rule.schedule, known.calendar(rule), known.now)
    parked = before["status"] == "Paused" and before["status_reason"] == "internal_error"
    if rule.schedule == store.as_rule(before).schedule or parked:
        return coming
    if _is_open(before, known.now):
        if rule.schedule is None:
            raise Conflict(f"an occurrence of {shown_id} is due", hint="end its calendar once that is recorded")
        return coming
    if rule.schedule is None:
        store.set_next(connection, rule.id, None, None)
        return []
    coming = _after_the_last(connection, rule, known)
    if not coming:
        raise InvalidInput("end_date", "leaves no occurrence", hint="move end_date, or start_date, to a later date")
    store.set_next(connection, rule.id, coming[0].nominal, coming[0].due)
    return coming


def _is_open(row: Mapping[str, Any], now: datetime) -> bool:
    """Whether the next occurrence is due, or was moved past its planned day: it stays what it is, on the new terms."""
    if row["next_run_at"] is None:
        return False
    due: bool = row["next_run_at"] <= now or row["next_occurrence"].date() < local_date(now, row["time_zone"])
    return due


def _after_the_last(connection: Connection, rule: Rule, known: Known) -> list[Occurrence]:
    """The next occurrences on later dates than the last that is recorded: no local date gets a second one."""
    if rule.schedule is None:
        return []
    last = executions.latest(connection, rule.id)
    coming = occurrences.upcoming(rule.schedule, known.calendar(rule), known.now, SHOWN + _AHEAD)
    return [each for each in coming if last is None or each.nominal.date() > last.occurrence.date()][:SHOWN]

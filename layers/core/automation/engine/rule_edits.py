"""Auto-invest rules changed by people: any of their terms, and whether they are switched on."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from automation.auto_invest.body import as_body, changed
from automation.auto_invest.request import AutoInvestRequest, parse
from automation.calendar import occurrences
from automation.calendar.occurrences import Occurrence
from automation.calendar.schedule import local_date
from automation.database import Connection
from automation.engine import audit, rule_views
from automation.engine.next_occurrence import to_come
from automation.engine.rule_views import View
from automation.engine.rules import SHOWN, Checked, Reply, checked, locked
from automation.engine.versions import refuse_unseen
from automation.errors import InvalidInput
from automation.fields import says
from automation.runtime import Runtime
from automation.store import executions
from automation.store import rules as store


class Edited(NamedTuple):
    """A rule as it is after an edit, and what its creation would answer now."""

    view: View
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
    """Change some fields of a rule, each as in the body that makes one; InvalidInput, and nothing is changed.

    With `dry_run` nothing is written either. Changed where the rule is of none of the `versions` any more that the
    caller has seen. What is that already stays under its version.

    What is due already, or waits, stays due under its name and runs on the new terms; a new schedule is for what
    comes after it. No local date gets a second occurrence.
    """

    def work(connection: Connection) -> Edited:
        now = runtime.clock.now(connection)
        before = locked(connection, shown_id, "Active", "Paused")
        refuse_unseen(before, versions, shown_id)
        request = parse(changed(before, changes))
        _refuse_less_than_done(request, before)
        sound = checked(connection, runtime, request, now)
        others = not says(as_body(before), request, parse)
        if others:
            store.update(connection, before["id"], request, now)
        if others and before["next_run_at"] is not None and not _is_open(before, now):
            _move(connection, before, sound)
        view = rule_views.look(connection, runtime, shown_id)
        if others:
            told = {"changes": audit.difference(as_body(before), as_body(view.columns))}
            audit.changed(connection, now, by, "auto_invest.edit", before, told)
        return Edited(view, Reply(shown_id, view.coming, sound.warnings))

    return runtime.database.transaction(work, dry_run=dry_run)


def switch(runtime: Runtime, shown_id: str, by: str, *, on: bool) -> Reply:
    """Switch a rule on or off: off, what falls due is recorded Skipped, and orders not yet submitted are cancelled."""

    def work(connection: Connection) -> Reply:
        now = runtime.clock.now(connection)
        rule = locked(connection, shown_id, "Active", "Paused")
        if rule["enabled"] != on:
            store.set_enabled(connection, rule["id"], now, on=on)
            audit.changed(connection, now, by, f"auto_invest.{'enable' if on else 'disable'}", rule)
        return Reply(shown_id, to_come(connection, runtime, rule, now, SHOWN))

    return runtime.database.transaction(work)


def _refuse_less_than_done(request: AutoInvestRequest, rule: Mapping[str, Any]) -> None:
    done, invested = rule["execution_count"], rule["total_invested"]
    if request.instalments is not None and request.instalments <= done:
        raise InvalidInput("instalments", f"{done} are done already", hint="name more, or cancel the rule")
    if request.max_total_amount is not None and request.max_total_amount <= invested:
        raise InvalidInput("max_total_amount", f"{invested} is invested already", hint="name more, or cancel the rule")


def _is_open(rule: Mapping[str, Any], now: datetime) -> bool:
    """Whether the next occurrence is due, waits for another look, or was moved past its planned day."""
    due = rule["next_run_at"] <= now or rule["last_look"] is not None
    return due or rule["next_occurrence"].date() < local_date(now, rule["time_zone"])


def _move(connection: Connection, rule: Mapping[str, Any], sound: Checked) -> None:
    """The next occurrence by the new schedule, on a later date than the last that is recorded."""
    last = executions.latest(connection, rule["id"])
    coming: Occurrence | None = sound.coming[0]
    while coming is not None and last is not None and coming.nominal.date() <= last.occurrence.date():
        coming = occurrences.following(sound.schedule, sound.calendar, coming.nominal)
    if coming is None:
        raise InvalidInput("end_date", "leaves no occurrence", hint="move end_date to a later date")
    store.set_next(connection, rule["id"], coming.nominal, coming.due)
    if last is None:
        store.set_first(connection, rule["id"], coming.nominal.date())

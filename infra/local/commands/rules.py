"""`automation rules …`: auto-invest rules added, changed, read, paused, skipped and cancelled."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from infra.local.commands import add, group

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from automation.engine.rule_views import Line, View
    from automation.engine.rules import Reply
    from infra.local.commands import Command, Subparsers

_LIMIT = 200
_STATUSES = ("Active", "Paused", "Cancelled", "Completed")
_PROPERTIES = (
    *("trigger_type", "trigger_config", "goal_id", "start_date", "end_date", "instalments", "max_total_amount"),
    *("max_per_execution", "min_balance_required", "step_up_percent", "step_up_amount", "step_up_every_months"),
    *("step_up_cap", "cash_policy", "missed", "roll", "failure_limit", "consecutive_failures", "enabled", "version"),
    *("execution_count", "total_invested", "paused_until", "created_by", "created_at"),
)
_EXAMPLES = """\
examples:
  automation rules list --client C1
  automation rules pause AUTO-01KE… --until 2026-03-01 --reason "abroad"
  automation rules skip AUTO-01KE… 2026-02-01 2026-02-28
Dates and times without a zone are the client's."""
_ADD = """\
example of a FILE (- reads standard input):
  {"client": "C1", "name": "monthly", "product": "RELIANCE_GROWTH", "amount": "10000",
   "frequency": "Monthly", "day_of_month": 5, "start_date": "2026-01-01"}"""

_EDIT = """\
example of a FILE (- reads standard input); null takes a field back to what it is when it is left out:
  {"amount": "12000", "day_of_month": "last", "end_date": null}"""


def register(subparsers: Subparsers) -> None:
    """Add the commands."""
    rules = group(
        subparsers, "rules", "auto-invest rules: add, edit, list, show, pause, resume, skip, cancel", _EXAMPLES
    )
    add(rules, "add", _add, "add a rule from JSON", _ADD).add_argument("file", metavar="FILE")
    edit = _of_rule(rules, "edit", _edit, "change fields of a rule from JSON that names only those", _EDIT)
    edit.add_argument("file", metavar="FILE")
    _of_rule(rules, "enable", _enable, "switch a rule on again")
    _of_rule(rules, "disable", _disable, "switch a rule off; what falls due meanwhile is recorded as Skipped")
    listed = add(rules, "list", _list, "list rules")
    listed.add_argument("--client", metavar="ID")
    listed.add_argument("--status", choices=_STATUSES)
    listed.add_argument("--json", action="store_true", help="as data")
    _of_rule(rules, "show", _show, "show a rule with its coming occurrences and latest executions")
    pause = _of_rule(rules, "pause", _pause, "pause a rule; what falls due meanwhile is recorded as Skipped")
    pause.add_argument("--until", metavar="WHEN", help="a date or an instant at which it resumes by itself")
    pause.add_argument("--reason", default="paused by hand", help="(default: %(default)s)")
    _of_rule(rules, "resume", _resume, "end a pause now")
    for name, run, text in (
        ("skip", _skip, "skip the coming occurrences from one date to another"),
        ("unskip", _unskip, "take back the skips of a range of dates, also out of longer ones"),
    ):
        ranged = _of_rule(rules, name, run, text)
        ranged.add_argument("start", metavar="FROM", help="a date")
        ranged.add_argument("end", metavar="TO", nargs="?", help="a date (default: FROM)")
    _of_rule(rules, "skips", _skips, "list the skips that are still to come")
    cancel = _of_rule(rules, "cancel", _cancel, "end a rule for good")
    cancel.add_argument("--reason", required=True)


def _of_rule(rules: Subparsers, name: str, run: Command, text: str, more: str = "") -> argparse.ArgumentParser:
    parser = add(rules, name, run, text, more)
    parser.add_argument("rule", metavar="RULE", help="the rule's id, AUTO-…")
    return parser


def _add(arguments: argparse.Namespace) -> int:
    import sys

    from automation.engine import rule_views, rules
    from infra.local import inputs, stack

    body = inputs.json_object(arguments.file, sys.stdin)
    with stack.runtime() as runtime:
        reply = rules.create(runtime, body, inputs.person())
        zone = rule_views.zone_of(runtime, reply.id)
    print(f"added: {reply.id}")
    _say(reply, zone)
    return 0


def _edit(arguments: argparse.Namespace) -> int:
    import sys

    from automation.engine import rule_edits, rule_views
    from infra.local import inputs, stack

    changes = inputs.json_object(arguments.file, sys.stdin)
    with stack.runtime() as runtime:
        reply = rule_edits.edit(runtime, arguments.rule, changes, inputs.person()).reply
        zone = rule_views.zone_of(runtime, reply.id)
    print(f"changed: {reply.id}")
    _say(reply, zone)
    return 0


def _enable(arguments: argparse.Namespace) -> int:
    return _switch(arguments.rule, on=True)


def _disable(arguments: argparse.Namespace) -> int:
    return _switch(arguments.rule, on=False)


def _switch(rule: str, *, on: bool) -> int:
    from automation.engine import rule_edits, rule_views
    from infra.local import inputs, stack

    with stack.runtime() as runtime:
        reply = rule_edits.switch(runtime, rule, inputs.person(), on=on)
        zone = rule_views.zone_of(runtime, reply.id)
    print(f"{'enabled' if on else 'disabled'}: {reply.id}")
    _say(reply, zone)
    return 0


def _say(reply: Reply, zone: str) -> None:
    from infra.local.output import coming, console

    console().print(coming(f"next {len(reply.next_occurrences)} occurrences", reply.next_occurrences, zone))
    for warning in reply.warnings:
        print(f"warning: {warning}")


def _list(arguments: argparse.Namespace) -> int:
    from dataclasses import asdict

    from automation.engine import rule_views
    from infra.local import stack
    from infra.local.demo import beside
    from infra.local.output import as_json, console, local, table

    with stack.runtime() as runtime:
        lines = rule_views.listed(runtime, arguments.client, arguments.status, _LIMIT)
        elsewhere = "" if lines else beside.hint(runtime)
    if arguments.json:
        print(as_json([asdict(line) for line in lines]))
        return 0
    rows = [
        (
            (line.id, f"{line.client}: {line.name}"),
            (f"{line.plan} {line.what}", f"{line.amount:,}, in all {line.total_invested:,}"),
            line.schedule,
            (_status(line), f"next {local(line.next_run_at, line.time_zone)}" if line.next_run_at else ""),
        )
        for line in lines
    ]
    title = (
        f"the first {_LIMIT} rules" if len(lines) == _LIMIT else f"{len(lines)} rule{'' if len(lines) == 1 else 's'}"
    )
    columns = ("rule", "what", "schedule", "status")
    console().print(table(title, columns, rows, wrap=("what", "schedule", "status")))
    if elsewhere:
        print(elsewhere)
    return 0


def _status(line: Line) -> str:
    return f"{line.status} ({line.status_reason})" if line.status_reason else line.status


def _show(arguments: argparse.Namespace) -> int:
    from automation.engine import rule_views
    from infra.local import stack
    from infra.local.output import coming, console, local, table

    with stack.runtime() as runtime:
        view, latest = rule_views.view(runtime, arguments.rule), rule_views.latest(runtime, arguments.rule)
    out, zone = console(), view.line.time_zone
    out.print(table(f"{view.line.name} ({view.line.id})", ("", " "), _properties(view), wrap=(" ",)))
    if view.coming:
        out.print(coming("next occurrences", view.coming, zone))
    for start, end in view.skips:
        print(f"skip: {start} to {end}")
    rows = [(each.occurrence, local(each.executed_at, zone), each.status, each.reason, each.amount) for each in latest]
    if rows:
        columns = ("occurrence", "executed", "status", "reason", "amount")
        out.print(table(f"latest executions ({zone})", columns, rows))
    return 0


def _properties(view: View) -> list[tuple[str, object]]:
    """What the rule says of itself; columns that are empty are left out."""
    line, columns = view.line, view.columns
    return [
        ("client", line.client),
        ("plan", f"{line.plan} of {line.what}"),
        ("amount", line.amount),
        ("schedule", line.schedule),
        ("status", _status(line)),
        *(
            (name.replace("_", " "), _property(columns[name], line.time_zone))
            for name in _PROPERTIES
            if columns[name] not in (None, {}, "")
        ),
    ]


def _property(value: object, zone: str) -> object:
    """An instant in the client's zone, which is named; anything else as it is."""
    from datetime import datetime

    from infra.local.output import local

    return f"{local(value, zone)} ({zone})" if isinstance(value, datetime) else value


def _pause(arguments: argparse.Namespace) -> int:
    from automation.engine import rule_views, rules
    from infra.local import inputs, stack
    from infra.local.output import local

    with stack.runtime() as runtime:
        zone = rule_views.zone_of(runtime, arguments.rule)
        until = inputs.instant("--until", arguments.until, zone) if arguments.until else None
        rules.pause(runtime, arguments.rule, until, arguments.reason, inputs.person())
    print(f"paused: {arguments.rule}" + (f" until {local(until, zone)} ({zone})" if until else ""))
    return 0


def _resume(arguments: argparse.Namespace) -> int:
    from automation.engine import rule_views, rules
    from infra.local import inputs, stack

    with stack.runtime() as runtime:
        zone = rule_views.zone_of(runtime, arguments.rule)
        reply = rules.resume(runtime, arguments.rule, inputs.person())
    print(f"resumed: {reply.id}")
    _say(reply, zone)
    return 0


def _skip(arguments: argparse.Namespace) -> int:
    from automation.engine import rules
    from infra.local import inputs, stack

    start = inputs.day("FROM", arguments.start)
    end = inputs.day("TO", arguments.end or arguments.start)
    with stack.runtime() as runtime:
        _print_skips(rules.skip(runtime, arguments.rule, start, end, inputs.person()))
    return 0


def _unskip(arguments: argparse.Namespace) -> int:
    from automation.engine import rules
    from infra.local import inputs, stack

    start = inputs.day("FROM", arguments.start)
    end = inputs.day("TO", arguments.end or arguments.start)
    with stack.runtime() as runtime:
        _print_skips(rules.unskip(runtime, arguments.rule, start, end, inputs.person()))
    return 0


def _skips(arguments: argparse.Namespace) -> int:
    from automation.engine import rule_views
    from infra.local import stack

    with stack.runtime() as runtime:
        _print_skips(rule_views.view(runtime, arguments.rule).skips)
    return 0


def _print_skips(skips: Sequence[tuple[date, date]]) -> None:
    from infra.local.output import console, table

    if skips:
        console().print(table("skips to come", ("from", "to"), skips))
    else:
        print("no skips to come")


def _cancel(arguments: argparse.Namespace) -> int:
    from automation.engine import rules
    from infra.local import inputs, stack

    with stack.runtime() as runtime:
        rules.cancel(runtime, arguments.rule, arguments.reason, inputs.person())
    print(f"cancelled: {arguments.rule}")
    return 0

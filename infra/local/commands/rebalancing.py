"""`automation rebalancing …` and `automation rebalance`: rules, proposals to confirm, and a rebalancing by hand."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from infra.local.commands import add, group

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from automation.engine.rebalancing_confirm import Preview
    from automation.engine.rebalancing_rules import Reply
    from infra.local.commands import Command, Subparsers

_LIMIT = 200
_STATUSES = ("Active", "Paused", "Cancelled", "Completed")
_EXAMPLES = """\
examples:
  automation rebalancing list --client C1
  automation rebalance REBAL-01KE… --dry-run
  automation rebalancing confirm REBALX-01KE…"""
_ADD = """\
example of a FILE (- reads standard input):
  {"client": "C1", "name": "60/40", "strategy": "Threshold-Based", "threshold_percent": "5",
   "target_allocation": {"equity": "60", "debt": "40"}, "preferred_products": ["RELIANCE_GROWTH"]}
docs/rebalancing.md has every field."""


def register(subparsers: Subparsers) -> None:
    """Add the commands."""
    text = "rebalancing rules and their executions: add, edit, list, show, pause, resume, cancel, confirm, decline"
    rules = group(subparsers, "rebalancing", text, _EXAMPLES)
    add(rules, "add", _add, "add a rule from JSON", _ADD).add_argument("file", metavar="FILE")
    listed = add(rules, "list", _list, "list rules")
    listed.add_argument("--client", metavar="ID")
    listed.add_argument("--status", choices=_STATUSES)
    listed.add_argument("--json", action="store_true", help="as data")
    executions = add(rules, "executions", _executions, "list executions, the newest first")
    executions.add_argument("--client", metavar="ID")
    executions.add_argument("--status", metavar="STATUS")
    executions.add_argument("--json", action="store_true", help="as data")
    _of_rule(rules, "show", _show, "show a rule whole")
    for name, text in (
        ("edit", "change fields of a rule, from JSON that names only those: docs/rebalancing.md says which"),
        ("targets", "give a rule other targets, from JSON: {NAME: PERCENT, …}"),
    ):
        edit = _of_rule(rules, name, _edit, text)
        edit.add_argument("file", metavar="FILE")
        edit.set_defaults(targets=name == "targets")
    pause = _of_rule(rules, "pause", _pause, "pause a rule; what falls due meanwhile is recorded as Skipped")
    pause.add_argument("--until", metavar="WHEN", help="a date or an instant at which it looks again by itself")
    pause.add_argument("--reason", default="paused by hand", help="(default: %(default)s)")
    _of_rule(rules, "resume", _resume, "end a pause now")
    _of_rule(rules, "cancel", _cancel, "end a rule for good").add_argument("--reason", required=True)
    for name, run, help_text in (
        ("confirm", _confirm, "carry out a proposal, at the prices of now"),
        ("decline", _decline, "give up a proposal, or what is left of an execution that no order is under way for"),
    ):
        parser = add(rules, name, run, help_text)
        parser.add_argument("execution", metavar="EXECUTION", help="its id, REBALX-…")
        parser.add_argument("--why", required=name == "decline")
    _register_rebalance(subparsers)


def _register_rebalance(subparsers: Subparsers) -> None:
    parser = add(subparsers, "rebalance", _rebalance, "rebalance now, whatever bands and calendar say", _EXAMPLES)
    parser.add_argument("rule", metavar="RULE", help="the rule's id, REBAL-…")
    parser.add_argument("--dry-run", action="store_true", help="show the plan and write nothing")
    parser.add_argument("--json", action="store_true", help="the plan as data")


def _of_rule(rules: Subparsers, name: str, run: Command, text: str) -> argparse.ArgumentParser:
    parser = add(rules, name, run, text)
    parser.add_argument("rule", metavar="RULE", help="the rule's id, REBAL-…")
    return parser


def _add(arguments: argparse.Namespace) -> int:
    import sys

    from automation.engine import rebalancing_rules
    from infra.local import inputs, stack

    body = inputs.json_object(arguments.file, sys.stdin)
    with stack.runtime() as runtime:
        reply = rebalancing_rules.create(runtime, body, inputs.person())
        zone = rebalancing_rules.view(runtime, reply.id)["time_zone"]
    print(f"added: {reply.id}")
    _say(reply, zone)
    return 0


def _say(reply: Reply, zone: str) -> None:
    from automation.rebalancing.explanation import drifted
    from infra.local.output import coming, console

    if reply.drift is not None:
        print(f"now: {drifted(reply.drift)}")
        enough = f", or {reply.instalments} coming instalments" if reply.instalments else ""
        print(f"a deposit of {reply.deposit:,.2f}{enough} would restore the targets without a sale")
    if reply.next_occurrences:
        console().print(coming(f"next {len(reply.next_occurrences)} occurrences", reply.next_occurrences, zone))
    for warning in reply.warnings:
        print(f"warning: {warning}")


def _list(arguments: argparse.Namespace) -> int:
    from automation import identifiers
    from automation.engine import rebalancing_rules
    from infra.local import stack
    from infra.local.output import as_json, console, local, table

    with stack.runtime() as runtime:
        rows = rebalancing_rules.listed(runtime, arguments.client, arguments.status, _LIMIT)
    for row in rows:
        row["id"] = identifiers.show(identifiers.REBALANCING, row["id"])
    if arguments.json:
        print(as_json(rows))
        return 0
    shown = [
        (
            (row["id"], f"{row['client_id']}: {row['name']}"),
            (row["strategy"], f"{row['threshold_percent'] or ''} {row['frequency'] or ''}".strip()),
            ", ".join(f"{name} {percent}" for name, percent in row["target_allocation"].items()),
            (row["status"], f"next {local(row['next_run_at'], row['time_zone'])}" if row["next_run_at"] else ""),
        )
        for row in rows
    ]
    console().print(table(f"{len(rows)} rebalancing rules", ("rule", "strategy", "targets", "status"), shown))
    return 0


def _executions(arguments: argparse.Namespace) -> int:
    from automation.engine import rebalancing_views
    from infra.local import stack
    from infra.local.output import as_json, console, table

    with stack.runtime() as runtime:
        rows = rebalancing_views.executions(runtime, None, arguments.client, arguments.status, _LIMIT)
    if arguments.json:
        print(as_json(rows))
        return 0
    shown = [
        (
            (row["id"], f"{row['client_id']}: {row['name']}"),
            f"{row['occurrence']:%Y-%m-%d} by {row['initiator']}",
            row["max_drift"],
            len(row["actions"]),
            (row["status"], row["reason"] or row["decided_why"] or ""),
        )
        for row in rows
    ]
    columns = ("execution", "called for", "max drift", "legs", "status")
    console().print(table(f"{len(rows)} rebalancing executions", columns, shown))
    return 0


def _show(arguments: argparse.Namespace) -> int:
    from automation.engine import explain, rebalancing_rules
    from infra.local import stack
    from infra.local.output import as_json

    with stack.runtime() as runtime:
        row = rebalancing_rules.view(runtime, arguments.rule)
        told = explain.why(runtime, arguments.rule).sentence
    print(as_json({name: value for name, value in row.items() if value is not None}))
    print(told)
    return 0


def _edit(arguments: argparse.Namespace) -> int:
    import sys

    from automation.engine import rebalancing_edits
    from infra.local import inputs, stack

    sent = inputs.json_object(arguments.file, sys.stdin)
    changes = {"target_allocation": sent} if arguments.targets else sent
    with stack.runtime() as runtime:
        row, reply = rebalancing_edits.edit(runtime, arguments.rule, changes, inputs.person())
    print(f"changed: {reply.id}")
    _say(reply, row["time_zone"])
    return 0


def _pause(arguments: argparse.Namespace) -> int:
    from automation.engine import rebalancing_rules
    from infra.local import inputs, stack
    from infra.local.output import local

    with stack.runtime() as runtime:
        zone = rebalancing_rules.view(runtime, arguments.rule)["time_zone"]
        until = inputs.instant("--until", arguments.until, zone) if arguments.until else None
        rebalancing_rules.pause(runtime, arguments.rule, until, arguments.reason, inputs.person())
    print(f"paused: {arguments.rule}" + (f" until {local(until, zone)} ({zone})" if until else ""))
    return 0


def _resume(arguments: argparse.Namespace) -> int:
    from automation.engine import rebalancing_rules
    from infra.local import inputs, stack

    with stack.runtime() as runtime:
        reply = rebalancing_rules.resume(runtime, arguments.rule, inputs.person())
        zone = rebalancing_rules.view(runtime, reply.id)["time_zone"]
    print(f"resumed: {arguments.rule}")
    _say(reply, zone)
    return 0


def _cancel(arguments: argparse.Namespace) -> int:
    from automation.engine import rebalancing_rules
    from infra.local import inputs, stack

    with stack.runtime() as runtime:
        rebalancing_rules.cancel(runtime, arguments.rule, arguments.reason, inputs.person())
    print(f"cancelled: {arguments.rule}")
    return 0


def _confirm(arguments: argparse.Namespace) -> int:
    from automation.engine import rebalancing_confirm
    from infra.local import inputs, stack

    with stack.runtime() as runtime:
        try:
            orders = rebalancing_confirm.confirm(runtime, arguments.execution, inputs.person(), arguments.why)
        except rebalancing_confirm.NewPlan as new:
            _print_trades(new.plan["trades"])
            raise
    print(f"confirmed: {arguments.execution} placed {', '.join(orders) or 'no order yet'}")
    return 0


def _decline(arguments: argparse.Namespace) -> int:
    from automation.engine import rebalancing_confirm
    from infra.local import inputs, stack

    with stack.runtime() as runtime:
        rebalancing_confirm.cancel(runtime, arguments.execution, arguments.why, inputs.person())
    print(f"given up: {arguments.execution}")
    return 0


def _rebalance(arguments: argparse.Namespace) -> int:
    from automation.engine import rebalancing_confirm
    from automation.engine.rebalancing_rules import key_of
    from infra.local import inputs, stack

    with stack.runtime() as runtime:
        if arguments.dry_run:
            _print_preview(rebalancing_confirm.preview(runtime, key_of(arguments.rule)), as_data=arguments.json)
            return 0
        shown = rebalancing_confirm.rebalance(runtime, key_of(arguments.rule), inputs.person())
    print(f"made: {shown}")
    return 0


def _print_preview(preview: Preview, *, as_data: bool) -> None:
    import json

    from automation.rebalancing import details
    from automation.rebalancing.explanation import explain
    from infra.local.output import as_json

    if as_data:
        print(as_json(json.loads(details.write(*preview))["decision"]))
        return
    print(explain(*preview))
    plan = preview.decision.plan
    if plan is not None:
        _print_trades([details.as_data(trade) for trade in plan.trades])
        for left_out in plan.skipped:
            print(
                f"left out: {left_out.order_type} of {left_out.amount:,.2f} of {left_out.product_id}: {left_out.code}"
            )


def _print_trades(trades: list[Mapping[str, Any]]) -> None:
    from decimal import Decimal

    from infra.local.output import console, table

    rows = [
        (
            trade["leg"],
            trade["order_type"],
            trade["product_id"] + (f" → {trade['target_product_id']}" if trade.get("target_product_id") else ""),
            Decimal(trade["worth"]),
            Decimal(trade["load"]),
            ", ".join(f"leg {leg}: {amount}" for leg, amount in trade.get("funded_by", ())),
        )
        for trade in trades
    ]
    console().print(table("plan", ("leg", "order", "product", "worth", "exit load", "paid by"), rows))

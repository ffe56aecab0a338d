"""`automation triggers …`: trigger orders added, read, paused, confirmed and cancelled."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from infra.local.commands import add, group

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from automation.engine.trigger_rules import Reply
    from infra.local.commands import Command, Subparsers

_LIMIT = 200
_STATUSES = ("Active", "Triggered", "Executed", "Failed", "Cancelled", "Expired", "Disabled")
_EXAMPLES = """\
examples:
  automation triggers list --client C1 --status Active
  automation triggers confirm TRIG-01KE…
  automation why TRIG-01KE…"""
_ADD = """\
example of a FILE (- reads standard input):
  {"client": "C1", "name": "stop", "trigger_type": "NAV", "trigger_condition": "Less Than", "trigger_value": "600",
   "order_type": "Redemption", "product": "RELIANCE_GROWTH", "units": "all", "valid_until": "2026-12-31"}
docs/triggers.md has every field."""
_EDIT = """\
example of a FILE (- reads standard input); null takes a field back to what it is when it is left out:
  {"trigger_value": "580", "valid_until": "2027-03-31"}
docs/triggers.md says what can be changed."""


def register(subparsers: Subparsers) -> None:
    """Add the commands."""
    text = "trigger orders: add, edit, list, show, pause, resume, extend, confirm, cancel"
    triggers = group(subparsers, "triggers", text, _EXAMPLES)
    add(triggers, "add", _add, "add a trigger order from JSON", _ADD).add_argument("file", metavar="FILE")
    edit = _of_trigger(
        triggers, "edit", _edit, "change fields of one that is Active, from JSON that names only those", _EDIT
    )
    edit.add_argument("file", metavar="FILE")
    listed = add(triggers, "list", _list, "list trigger orders")
    listed.add_argument("--client", metavar="ID")
    listed.add_argument("--status", choices=_STATUSES)
    listed.add_argument("--json", action="store_true", help="as data")
    _of_trigger(triggers, "show", _show, "show a trigger order whole")
    _of_trigger(triggers, "pause", _pause, "keep it from firing until it is resumed")
    _of_trigger(triggers, "resume", _resume, "let it fire again, as if it were new")
    extend = _of_trigger(triggers, "extend", _extend, "let one that is Active be valid until another date")
    extend.add_argument("--until", required=True, metavar="DATE", help="the last day on which it can fire")
    _of_trigger(triggers, "confirm", _confirm, "place the order of one that fired and waits for it")
    cancel = _of_trigger(triggers, "cancel", _cancel, "end one that has not placed its order")
    cancel.add_argument("--reason", required=True)


def _of_trigger(triggers: Subparsers, name: str, run: Command, text: str, more: str = "") -> argparse.ArgumentParser:
    parser = add(triggers, name, run, text, more)
    parser.add_argument("trigger", metavar="TRIGGER", help="its id, TRIG-…")
    return parser


def _add(arguments: argparse.Namespace) -> int:
    import sys

    from automation.engine import trigger_rules
    from infra.local import inputs, stack

    body = inputs.json_object(arguments.file, sys.stdin)
    with stack.runtime() as runtime:
        reply = trigger_rules.create(runtime, body, inputs.person())
    print(f"added: {reply.id}")
    _say(reply)
    return 0


def _edit(arguments: argparse.Namespace) -> int:
    import sys

    from automation.engine import trigger_edits
    from infra.local import inputs, stack

    changes = inputs.json_object(arguments.file, sys.stdin)
    with stack.runtime() as runtime:
        reply = trigger_edits.edit(runtime, arguments.trigger, changes, inputs.person()).reply
    print(f"changed: {reply.id}")
    _say(reply)
    return 0


def _say(reply: Reply) -> None:
    seen = "nothing yet" if reply.observed is None else f"{reply.observed:,} ({reply.observed_on or 'now'})"
    far = "" if reply.distance is None else f"; the level is {reply.distance:+.2f} % away"
    print(f"it sees {seen}{far}; {'it would fire now' if reply.would_fire_now else f'it rests: {reply.reason}'}")
    for warning in reply.warnings:
        print(f"warning: {warning}")


def _list(arguments: argparse.Namespace) -> int:
    from automation import identifiers
    from automation.engine import trigger_rules
    from infra.local import stack
    from infra.local.output import as_json, console, table

    with stack.runtime() as runtime:
        rows = trigger_rules.listed(runtime, arguments.client, arguments.status, _LIMIT)
    for row in rows:
        row["id"] = identifiers.show(identifiers.TRIGGER, row["id"])
    if arguments.json:
        print(as_json(rows))
        return 0
    shown = [
        ((row["id"], f"{row['client_id']}: {row['name']}"), _condition(row), _order(row), _status(row)) for row in rows
    ]
    console().print(table(f"{len(rows)} trigger orders", ("trigger", "fires when", "then", "status"), shown))
    return 0


def _condition(row: Mapping[str, Any]) -> tuple[str, str]:
    from automation.store.trigger_rules import as_trigger
    from automation.triggers.explanation import wanted

    asked = ", ".join(wanted(leaf) for leaf in as_trigger(row).leaves)
    seen = f"{row['product_id']} at {row['nav']} on {row['nav_date']}" if row["nav"] is not None else row["product_id"]
    return f"{row['trigger_type']} {asked}", seen


def _order(row: Mapping[str, Any]) -> tuple[str, str]:
    much = row["amount"] or row["units"] or ("all units" if row["all_units"] else "")
    into = f" → {row['target_product_id']}" if row["target_product_id"] else ""
    return f"{row['order_type']} {row['product_id']}{into}", f"{much}, {row['mode']}"


def _status(row: Mapping[str, Any]) -> tuple[str, str]:
    paused = "" if row["enabled"] else " (paused)"
    observed = f"at {row['observed_value']}" if row["observed_value"] is not None else ""
    return row["status"] + paused, row["status_reason"] or observed


def _show(arguments: argparse.Namespace) -> int:
    from automation.engine import explain, trigger_rules
    from infra.local import stack
    from infra.local.output import as_json

    with stack.runtime() as runtime:
        row = trigger_rules.view(runtime, arguments.trigger)
        told = explain.why(runtime, arguments.trigger).sentence
    print(as_json({name: value for name, value in row.items() if value is not None}))
    print(told)
    return 0


def _pause(arguments: argparse.Namespace) -> int:
    from automation.engine import trigger_rules
    from infra.local import inputs, stack

    with stack.runtime() as runtime:
        trigger_rules.pause(runtime, arguments.trigger, inputs.person())
    print(f"paused: {arguments.trigger}")
    return 0


def _resume(arguments: argparse.Namespace) -> int:
    from automation.engine import trigger_rules
    from infra.local import inputs, stack

    with stack.runtime() as runtime:
        trigger_rules.resume(runtime, arguments.trigger, inputs.person())
    print(f"resumed: {arguments.trigger}")
    return 0


def _extend(arguments: argparse.Namespace) -> int:
    from automation.engine import trigger_edits
    from infra.local import inputs, stack

    until = inputs.day("--until", arguments.until)
    with stack.runtime() as runtime:
        trigger_edits.edit(runtime, arguments.trigger, {"valid_until": until.isoformat()}, inputs.person())
    print(f"extended: {arguments.trigger} can fire until the end of {until}")
    return 0


def _confirm(arguments: argparse.Namespace) -> int:
    from automation.engine import trigger_rules
    from infra.local import inputs, stack

    with stack.runtime() as runtime:
        order = trigger_rules.confirm(runtime, arguments.trigger, inputs.person())
    print(f"confirmed: {arguments.trigger} placed {order}; the orders job submits it")
    return 0


def _cancel(arguments: argparse.Namespace) -> int:
    from automation.engine import trigger_rules
    from infra.local import inputs, stack

    with stack.runtime() as runtime:
        trigger_rules.cancel(runtime, arguments.trigger, arguments.reason, inputs.person())
    print(f"cancelled: {arguments.trigger}")
    return 0

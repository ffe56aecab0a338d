"""`automation stop` and `automation go`: kill switches set and lifted."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from infra.local.commands import add

if TYPE_CHECKING:
    from infra.local.commands import Subparsers

_SCOPES = ("global", "job", "client", "rule")
_STOP = """\
examples:
  automation stop --reason "prices look wrong"
  automation stop --scope client --id C1 --buys-only --reason "client asked" --until 2026-02-01T00:00:00+05:30
  automation stop --scope job --id orders --reason "order gateway is down"

From then on nothing in the scope is decided for or submitted; occurrences that fall due are recorded as Skipped."""


def register(subparsers: Subparsers) -> None:
    """Add the commands."""
    stop = add(subparsers, "stop", _stop, "set a kill switch", _STOP)
    _scope(stop)
    stop.add_argument("--buys-only", action="store_true", help="stop purchases and switches only")
    stop.add_argument("--until", metavar="INSTANT", help="when it ends by itself")
    stop.add_argument("--reason", required=True, help="shown with everything that is stopped")
    go = add(subparsers, "go", _go, "lift a kill switch", "example:\n  automation go --scope client --id C1")
    _scope(go)


def _scope(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--scope", choices=_SCOPES, default="global", help="what is meant (default: global)")
    parser.add_argument("--id", metavar="ID", help="the job, client or rule")


def _stop(arguments: argparse.Namespace) -> int:
    from automation.engine.controls import STOP_ALL, STOP_BUYS, stop
    from infra.local import inputs, stack

    until = inputs.instant("--until", arguments.until) if arguments.until else None
    mode = STOP_BUYS if arguments.buys_only else STOP_ALL
    with stack.runtime() as runtime:
        switch = stop(runtime, arguments.scope, arguments.id, mode, until, arguments.reason, inputs.person())
    whose = f"{switch.scope} {switch.scope_id}" if switch.scope_id else switch.scope
    end = f" until {until.isoformat()}" if until else ""
    print(f"stopped: {mode} for {whose}{end}")
    return 0


def _go(arguments: argparse.Namespace) -> int:
    from automation.engine.controls import go
    from infra.local import inputs, stack
    from infra.local.output import console, table

    with stack.runtime() as runtime:
        lifted = go(runtime, arguments.scope, arguments.id, inputs.person())
    print(f"lifted: {lifted.lifted}")
    if lifted.standing:
        columns = ("scope", "id", "mode", "reason", "until", "by", "since")
        console().print(table("still standing", columns, lifted.standing, wrap=("reason",)))
    return 0

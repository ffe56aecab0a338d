"""`automation calendar load` and `automation clients add`: what rules refer to."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from infra.local.commands import add, group

if TYPE_CHECKING:
    from infra.local.commands import Subparsers

_LOAD = """\
A file is taken whole or not at all; an error names the line and the field.

example:
  automation calendar load infra/local/data/market_calendar_exceptions.csv"""


def register(subparsers: Subparsers) -> None:
    """Add the commands."""
    calendar = group(subparsers, "calendar", "business calendars")
    load = add(
        calendar,
        "load",
        _load_calendar,
        "load exceptions to Monday to Friday from a CSV file (exchange,date,kind)",
        _LOAD,
    )
    load.add_argument("file", metavar="FILE")
    clients = group(subparsers, "clients", "clients")
    _register_clients(clients)


def _register_clients(clients: Subparsers) -> None:
    example = "example:\n  automation clients add --id C1 --name 'Asha Rao' --cash 250000"
    parser = add(clients, "add", _add_client, "add a client", example)
    parser.add_argument("--id", required=True)
    parser.add_argument("--name", required=True)
    parser.add_argument("--time-zone", default="Asia/Kolkata", help="of all schedules (default: %(default)s)")
    parser.add_argument("--cash", default="0", metavar="AMOUNT", help="a first deposit")
    parser.add_argument("--currency", default="INR", help="(default: %(default)s)")
    parser.add_argument("--email")
    parser.add_argument("--phone")
    parser.add_argument(
        "--kyc", default="Verified", metavar="STATUS", help="only Verified clients trade (default: %(default)s)"
    )


def _load_calendar(arguments: argparse.Namespace) -> int:
    from pathlib import Path

    from automation.engine.reference import load_calendar
    from infra.local import inputs, stack

    with stack.runtime() as runtime:
        loaded = load_calendar(runtime, Path(arguments.file), inputs.person())
    print(f"{loaded.rows:,} exceptions read, {loaded.changed:,} new or changed")
    return 0


def _add_client(arguments: argparse.Namespace) -> int:
    from automation.engine.reference import add_client
    from automation.store.clients import ClientRow
    from infra.local import inputs, stack

    row = ClientRow(
        arguments.id,
        arguments.name,
        arguments.time_zone,
        arguments.currency,
        arguments.email,
        arguments.phone,
        arguments.kyc,
    )
    cash = inputs.amount("--cash", arguments.cash)
    with stack.runtime() as runtime:
        add_client(runtime, row, cash, inputs.person())
    print(f"added: client {row.id} ({row.name}), cash {cash:,} {row.currency}, times in {row.time_zone}")
    return 0

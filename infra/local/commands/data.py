"""`automation navs|products|calendar load` and `automation clients add`: what rules refer to."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from infra.local.commands import add, group

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from automation.engine.reference import Loaded
    from automation.runtime import Runtime
    from infra.local.commands import Command, Subparsers

_WHOLE = "A file is taken whole or not at all; an error names the line and the field."


def register(subparsers: Subparsers) -> None:
    """Add the commands."""
    navs = group(subparsers, "navs", "NAVs (prices) of products")
    load = _load(navs, _load_navs, "NAVs", "scheme,date,nav, gzip allowed", "navs load navs.csv.gz --known-at 21:00")
    load.add_argument("--known-at", metavar="HH:MM", help="history: each was known at this local time on its own date")
    products = group(subparsers, "products", "products (schemes) and their terms")
    _load(products, _load_products, "products", "as infra/local/data/schemes.csv", "products load schemes.csv")
    calendar = group(subparsers, "calendar", "business calendars")
    example = "calendar load infra/local/data/market_calendar_exceptions.csv"
    _load(calendar, _load_calendar, "exceptions to Monday to Friday", "exchange,date,kind", example)
    clients = group(subparsers, "clients", "clients")
    _register_clients(clients)


def _load(parent: Subparsers, run: Command, what: str, header: str, example: str) -> argparse.ArgumentParser:
    epilog = f"{_WHOLE}\n\nexample:\n  automation {example}"
    parser = add(parent, "load", run, f"load {what} from a CSV file ({header})", epilog)
    parser.add_argument("file", metavar="FILE")
    return parser


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


def _load_navs(arguments: argparse.Namespace) -> int:
    import sys
    from pathlib import Path

    from infra.local import stack
    from infra.local.invoke import Pokes, invoke, logs_to

    pokes = Pokes()
    event = {"file": arguments.file if "://" in arguments.file else str(Path(arguments.file).absolute())}
    event |= {"known_at": arguments.known_at} if arguments.known_at else {}
    with stack.opened() as opened, opened.runtime(poke=pokes) as runtime, logs_to(sys.stderr, "CRITICAL"):
        answer, started = invoke(runtime, "navs", event, pokes)
    for done in (answer, *started.values()):
        if done.error is not None:
            raise done.error
    counts = answer.result["counts"]
    print(f"{counts.get('navs', 0):,} NAVs read, {counts.get('changed', 0):,} new or corrected")
    return 0


def _load_products(arguments: argparse.Namespace) -> int:
    from automation.engine.reference import load_products

    return _loaded("products", load_products, arguments.file)


def _load_calendar(arguments: argparse.Namespace) -> int:
    from automation.engine.reference import load_calendar

    return _loaded("exceptions", load_calendar, arguments.file)


def _loaded(what: str, load: Callable[[Runtime, Path], Loaded], file: str) -> int:
    from pathlib import Path

    from infra.local import stack

    with stack.runtime() as runtime:
        loaded = load(runtime, Path(file))
    print(f"{loaded.rows:,} {what} read, {loaded.changed:,} new or changed")
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
        add_client(runtime, row, cash)
    print(f"added: client {row.id} ({row.name}), cash {cash:,} {row.currency}, times in {row.time_zone}")
    return 0

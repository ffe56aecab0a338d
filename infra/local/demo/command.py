"""`automation run`: the demo, which `make run` calls."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from infra.local.commands import add

if TYPE_CHECKING:
    from infra.local.commands import Subparsers
    from infra.local.demo.history import Begun

DATABASE = "demo"
_EXAMPLES = """\
It makes the database `demo` anew on the embedded PostgreSQL, or on the server of DATABASE_URL, and leaves it there to
be looked at. Same prices, same people, same result every time."""


def register(subparsers: Subparsers) -> None:
    """Add the command."""
    add(subparsers, "run", _run, "the demo: real rules on ten years of real NAVs", _EXAMPLES)


def _run(arguments: argparse.Namespace) -> int:
    import time

    from infra.local import stack
    from infra.local.demo import history

    started = time.perf_counter()
    with stack.opened(migrated=False, say=print) as opened:
        url = _fresh(opened.settings.database_url)
        with history.opened(url) as begun:
            _tell(begun)
            _play(begun)
            _show(begun)
            _look_further(begun)
    print(f"\nten years in {time.perf_counter() - started:.0f} s")
    return 0


def _fresh(server_url: str) -> str:
    """The URL of the demo's own database, new and migrated."""
    from automation.database import connect
    from automation.migrations.apply import migrate
    from infra.local.simulation.scratch import remade
    from infra.local.stack import MIGRATIONS

    with connect(server_url) as administrator:
        url = remade(administrator, server_url, DATABASE)
    with connect(url) as connection:
        migrate(connection, MIGRATIONS)
    return url


def _tell(begun: Begun) -> None:
    from infra.local.demo.people import PEOPLE

    print(f"three clients, {', '.join(person.name for person in PEOPLE)}, with {len(begun.rules)} rules")
    for warning in begun.warnings:
        print(f"warning: {warning}")


def _play(begun: Begun) -> None:
    from infra.local.demo import history
    from infra.local.demo.people import END, START
    from infra.local.simulation import progress

    with progress.dates("replaying", START, END) as seen:
        history.play(begun, seen)


def _show(begun: Begun) -> None:
    from infra.local.demo import report
    from infra.local.output import console

    out = console()
    for each in report.tables(begun):
        out.print(each)


def _look_further(begun: Begun) -> None:
    import sys
    from pathlib import Path

    program = Path(sys.argv[0])
    name = sys.argv[0] if program.name == "automation" else "automation"
    rule = begun.rules["tax saver on a dip"]
    print(f"look further (the demo is in the database {DATABASE}):")
    for command, what in (
        (f"why {rule}", "why a rule did or did not act"),
        ("replay", "make every decision again from its log"),
        (
            f"status --at {begun.line.clock.instant:%Y-%m-%dT%H:%M:%SZ}",
            "jobs, rules, orders and prices on the last day",
        ),
        ("rules list", "the six rules"),
    ):
        print(f"  AUTOMATION_DATABASE={DATABASE} {name} {command:<45}  # {what}")
    print(f"  {name} simulate docs/examples/sip.json --chart sip.png  # rules of your own over the same prices")

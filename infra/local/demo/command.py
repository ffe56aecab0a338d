"""`automation run`: the demo, which `make run` calls."""

from __future__ import annotations

import argparse
from contextlib import contextmanager
from typing import TYPE_CHECKING

from infra.local.commands import add

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from infra.local.commands import Subparsers
    from infra.local.demo.history import Begun

_EXAMPLES = """\
It makes the database `demo` anew on the embedded PostgreSQL, or on the server of DATABASE_URL, and leaves it there to
be looked at. The same prices and people give the same result every time."""


def register(subparsers: Subparsers) -> None:
    """Add the command."""
    parser = add(subparsers, "run", _run, "the demo: real rules on ten years of real NAVs", _EXAMPLES)
    parser.add_argument("--until", metavar="DATE", help="end before 2016-02-22")


def _run(arguments: argparse.Namespace) -> int:
    import time

    from infra.local import aws, stack
    from infra.local.demo import history

    started = time.perf_counter()
    until = _last_day(arguments.until)
    with (
        stack.opened(migrated=False, named=False, say=print) as opened,
        _fresh(opened.settings.database_url) as url,
        aws.Mock(print) as mock,
        history.opened(url, mock.channels()) as begun,
    ):
        _tell(begun)
        _play(begun, until)
        _show(begun, until)
        _look_further(begun)
    print(f"\nall of it took {time.perf_counter() - started:.0f} s")
    return 0


def _last_day(text: str | None) -> date:
    from automation.errors import InvalidInput
    from infra.local import inputs
    from infra.local.demo.people import END, START

    until = END if text is None else inputs.day("--until", text)
    if not START <= until <= END:
        raise InvalidInput("--until", f"{until} is not a date of the demo", hint=f"name one from {START} to {END}")
    return until


@contextmanager
def _fresh(server_url: str) -> Iterator[str]:
    """The URL of the demo's own database, new and migrated; Conflict where another demo is at it."""
    from automation.database import connect
    from automation.errors import Conflict
    from automation.migrations.apply import migrate
    from infra.local.demo.beside import DATABASE
    from infra.local.simulation import scratch
    from infra.local.stack import MIGRATIONS

    with scratch.administrator(server_url) as administrator:
        if not scratch.locked(administrator, DATABASE):
            raise Conflict("another demo is running on this server", hint="wait until it has ended, then run this one")
        url = scratch.remade(administrator, server_url, DATABASE)
        with connect(url) as connection:
            migrate(connection, MIGRATIONS)
        yield url


def _tell(begun: Begun) -> None:
    from infra.local.demo.people import PEOPLE

    print(f"{len(PEOPLE)} clients, {', '.join(person.name for person in PEOPLE)}, with {len(begun.rules)} rules")
    for warning in begun.warnings:
        print(f"warning: {warning}")


def _play(begun: Begun, until: date) -> None:
    from infra.local.demo import history
    from infra.local.demo.people import START
    from infra.local.simulation import progress

    with progress.dates("replaying", START, until) as seen:
        history.play(begun, until, seen)


def _show(begun: Begun, until: date) -> None:
    from infra.local.demo import report
    from infra.local.output import console

    out = console()
    for each in report.tables(begun, until):
        out.print(each)


def _look_further(begun: Begun) -> None:
    import sys
    from pathlib import Path

    from infra.local.demo.beside import DATABASE

    program = sys.argv[0] if Path(sys.argv[0]).name == "automation" else "automation"
    print(f"look further (the demo is in the database {DATABASE}):")
    for command, what in (
        (f"why {begun.rules['tax saver on a dip']}", "why a rule did or did not act"),
        ("rules list", "all rules, and when each looks next"),
        ("mailbox --full", "what people were told last"),
        ("replay", "make every decision again from its log"),
        (f"status --at {begun.line.clock.instant:%Y-%m-%dT%H:%M:%SZ}", "jobs, rules, orders and prices at the end"),
    ):
        print(f"  AUTOMATION_DATABASE={DATABASE} {program} {command:<36}  # {what}")
    print(f"  {program} simulate docs/examples/sip.json --chart sip.png  # rules of your own on the same prices")

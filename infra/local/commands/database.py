"""`automation migrate`, `verify` and `db`: the schema, and the embedded PostgreSQL."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from infra.local.commands import add, group

if TYPE_CHECKING:
    from infra.local.commands import Subparsers
    from infra.local.postgres import Server


def register(subparsers: Subparsers) -> None:
    """Add the commands."""
    add(subparsers, "migrate", _migrate, "bring the database's schema up to date; safe to repeat")
    add(subparsers, "verify", _verify, "list the automation tables; exit code 1 if anything is missing")
    db = group(
        subparsers, "db", "the embedded PostgreSQL", 'example:\n  automation db start && psql "$(automation db url)"'
    )
    start = add(db, "start", _start, "start it and let it run between commands")
    start.add_argument("--port", type=int, help="the port to listen on (default: the last one, else any)")
    add(db, "stop", _stop, "stop it; with others still using it, when they have ended")
    add(db, "status", _status, "say whether it runs, where, and where its data lies")
    erase = add(db, "erase", _erase, "stop it, whoever uses it, and remove all its data")
    erase.add_argument("--yes", action="store_true", help="really")
    add(db, "url", _url, "print the URL of the database that commands use")


def _migrate(arguments: argparse.Namespace) -> int:
    from infra.local import stack

    said: list[str] = []
    with stack.opened(say=said.append):
        print("\n".join(said))
        if not any(line.startswith("migrated: ") for line in said):
            print("nothing to migrate: the schema is up to date")
    return 0


def _verify(arguments: argparse.Namespace) -> int:
    import sys

    from automation.database import connect
    from automation.migrations.verify import AUTOMATION_TABLES, verify
    from infra.local import stack
    from infra.local.output import console, table

    with stack.opened(migrated=False) as opened, connect(opened.settings.database_url) as connection:
        report = verify(connection, stack.MIGRATIONS)
    for name in AUTOMATION_TABLES:
        if found := report.tables.get(name):
            parts = {"columns": found.columns, "indexes": found.indexes, "foreign keys": found.foreign_keys}
            rows = [(f"{len(names)} {part}", ", ".join(names) or "none") for part, names in parts.items()]
            console().print(table(name, ("", " "), rows, wrap=(" ",)))
    for difference in report.differences:
        print(f"missing: {difference}", file=sys.stderr)
    if report.ok:
        print(f"{len(report.tables)} tables are as the migrations make them")
        return 0
    print(f"error: {len(report.differences)} things are missing or different", file=sys.stderr)
    print("next: run automation migrate; what it does not mend is in docs/migration-guide.md", file=sys.stderr)
    return 1


def _server(port: int | None = None) -> Server:
    """The embedded server; ConfigurationError where DATABASE_URL names another."""
    from automation.errors import ConfigurationError
    from infra.local import stack
    from infra.local.postgres import Server

    if stack.environment().get("DATABASE_URL", "").strip():
        raise ConfigurationError(
            "DATABASE_URL names a server of yours, so the embedded one is not used",
            hint="start and stop that server yourself, or unset DATABASE_URL",
        )
    return Server(stack.local_directory() / "postgres", port=port)


def _start(arguments: argparse.Namespace) -> int:
    from infra.local import inputs

    port = None if arguments.port is None else inputs.port("--port", arguments.port)
    with _server(port) as server:
        server.keep(True)
        print(f"running: {server.description}")
    return 0


def _stop(arguments: argparse.Namespace) -> int:
    server = _server()
    if not server.running():
        print("not running")
        return 0
    server.keep(False)
    print("stopped" if server.stop() else "still used by another process: it stops when that one has ended")
    return 0


def _status(arguments: argparse.Namespace) -> int:
    server = _server()
    if not server.running():
        print(f"not running; its data is in {server.home}" if server.home.is_dir() else "not running, and never was")
        return 0
    kept = "kept running" if server.kept else "stops with the last command that uses it"
    print(f"running: {server.description}; {kept}")
    return 0


def _erase(arguments: argparse.Namespace) -> int:
    from automation.errors import InvalidInput

    server = _server()
    if not server.home.is_dir():
        print("nothing to erase")
        return 0
    if not arguments.yes:
        raise InvalidInput("--yes", f"is missing: all data in {server.home} would go", hint="add --yes to remove them")
    server.erase()
    print(f"erased: {server.home}")
    return 0


def _url(arguments: argparse.Namespace) -> int:
    from infra.local import stack

    values = stack.environment()
    print(stack.database_url(values.get("DATABASE_URL", "").strip() or _server().url(), values))
    return 0

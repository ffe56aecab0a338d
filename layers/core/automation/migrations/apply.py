"""Applies the numbered SQL files, forward only: each once, whole or not at all, one process at a time."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import psycopg

from automation.database import Connection, scalar
from automation.errors import AutomationError, DatabaseUnavailable, MigrationError

_LOCK: Final = 5_208_114_796_310_277  # any number, as long as nothing else in the database locks by it
_NAME: Final = re.compile(r"(\d{4})_[a-z0-9_]+\.sql")
_OWN_TRANSACTION: Final = re.compile(
    r"^\s*(begin|start\s+transaction|commit|rollback)\s*;", re.IGNORECASE | re.MULTILINE
)


@dataclass(frozen=True, slots=True)
class File:
    """One numbered file; its checksum does not depend on how a checkout ends its lines."""

    version: int
    name: str
    text: str

    @property
    def checksum(self) -> str:
        return hashlib.sha256(self.text.encode()).hexdigest()


def migrate(connection: Connection, directory: Path) -> list[str]:
    """Applies what `directory` has and the database has not; the names of the files that this call applied.

    `connection` is autocommit and idle; every file is a transaction of its own, together with its row in
    automation_migrations. Raises MigrationError (nothing of the file that failed is left, what was applied
    before it stays) or DatabaseUnavailable (connection lost: safe to run again).
    """
    files = read_files(directory)
    return [file.name for file in files if _applied_now(connection, file, files)]


def read_files(directory: Path) -> list[File]:
    """The files of a directory in order, numbered 0001, 0002, … without gap. Other files are ignored
    unless they begin with a digit."""
    paths = sorted(path for path in directory.glob("*.sql") if path.name[0].isdigit())
    if not paths:
        raise MigrationError(f"no numbered SQL file in {directory}", hint="name them 0001_name.sql, 0002_name.sql, …")
    files = [_read(path) for path in paths]
    for number, file in enumerate(files, start=1):
        if file.version != number:
            problem = (
                "is a second file with its number" if file.version < number else f"comes where {number:04} is missing"
            )
            raise MigrationError(f"{file.name} {problem}", hint="number the files 0001, 0002, … without gap")
    return files


def _read(path: Path) -> File:
    match = _NAME.fullmatch(path.name)
    if not match:
        raise MigrationError(f"{path.name} is not named NNNN_name.sql", hint="four digits, then a-z, 0-9 and _")
    text = path.read_text(encoding="utf-8")
    own = _OWN_TRANSACTION.search(text)
    if own:
        raise MigrationError(
            f"{path.name} line {_line(text, own.start(1))}: {own.group(1).lower()} in a migration",
            hint="remove it: every file runs in a transaction of its own",
        )
    return File(int(match.group(1)), path.name, text)


def _applied_now(connection: Connection, file: File, files: Sequence[File]) -> bool:
    try:
        with connection.transaction():
            _take_turn(connection)
            applied = _applied(connection)
            check_history(applied, files)
            if file.version in applied:
                return False
            _run(connection, file)
            return True
    except psycopg.Error as error:
        raise _translated(error, file.name) from error


def _take_turn(connection: Connection) -> None:
    """Waits for a migration elsewhere to end, a minute at most; after that for any lock 5 s only, so that
    the application does not queue up behind a migration that waits."""
    connection.execute("set local lock_timeout = '60s'")
    connection.execute("select pg_advisory_xact_lock(%s)", [_LOCK])
    connection.execute("set local lock_timeout = '5s'")


def _applied(connection: Connection) -> dict[int, tuple[str, str]]:
    """Version → (name, checksum) of what the database has. Where it is up to date nothing is written: a read-only copy
    can be asked as well."""
    if scalar(connection, "select to_regclass('automation_migrations')") is None:
        connection.execute("""
            create table automation_migrations (
                version    integer     primary key,
                name       text        not null,
                checksum   text        not null,
                applied_at timestamptz not null default now()
            )""")
    rows = connection.execute("select version, name, checksum from automation_migrations").fetchall()
    return {version: (name, checksum) for version, name, checksum in rows}


def check_history(applied: Mapping[int, tuple[str, str]], files: Sequence[File]) -> None:
    """Refuses a database whose past is not the past of these files."""
    known = {file.version: file for file in files}
    for version, (name, checksum) in sorted(applied.items()):
        file = known.get(version)
        if file is None:
            raise MigrationError(
                f"the database has {name}, which is not among these files: it belongs to a later version",
                hint="deploy that version, or a later one",
            )
        if file.checksum != checksum:
            raise MigrationError(
                f"{file.name} was changed after it had been applied (as {name})",
                hint="restore the file as it was, and put the change into a new file with the next number",
            )


def _run(connection: Connection, file: File) -> None:
    try:
        connection.execute(file.text.encode())  # without parameters it may hold several statements
    except psycopg.Error as error:
        position = error.diag.statement_position
        line = f" line {_line(file.text, int(position) - 1)}" if position else ""
        raise _translated(error, file.name + line) from error
    connection.execute(
        "insert into automation_migrations (version, name, checksum) values (%s, %s, %s)",
        [file.version, file.name, file.checksum],
    )


def _translated(error: psycopg.Error, place: str) -> AutomationError:
    """What PostgreSQL said, with its code and the place: the file and, where PostgreSQL knows it, the line."""
    if error.sqlstate is None or error.sqlstate.startswith(("57P", "08")):
        return DatabaseUnavailable(
            f"the connection was lost during {place}: {error}",
            hint="run it again: what was committed is recorded, the rest is undone",
        )
    said = error.diag.message_primary or str(error)
    detail = f": {error.diag.message_detail}" if error.diag.message_detail else ""
    return MigrationError(f"{place}: {said}{detail} (SQLSTATE {error.sqlstate})", hint=_hint(error))


def _hint(error: psycopg.Error) -> str:
    if isinstance(error, psycopg.errors.LockNotAvailable):
        return "another migration or a long transaction holds the lock: run it again when that has ended"
    if isinstance(error, psycopg.errors.InsufficientPrivilege):
        own = error.diag.message_hint  # a file of ours that says so itself knows more
        return own or "migrate as the role that owns the schema and the platform's tables"
    if isinstance(error, psycopg.errors.ReadOnlySqlTransaction):
        return "this is a read-only copy: name the writer in DATABASE_URL"
    return "nothing of this file was kept: see docs/migration-guide.md, then run it again"


def _line(text: str, offset: int) -> int:
    return text.count("\n", 0, offset) + 1

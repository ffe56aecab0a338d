"""A database for one simulation: made and migrated, and dropped afterwards whatever happens."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

from automation.database import Connection, connect
from automation.errors import ConfigurationError
from automation.migrations.apply import migrate

MIGRATIONS: Final = Path(__file__).resolve().parents[2] / "migrations"
_PREFIX: Final = "simulation_"


@contextmanager
def scratch(server_url: str) -> Iterator[str]:
    """The URL of a new, migrated database on a server, dropped at the end, after an error and after Ctrl-C too.

    What a simulation that was killed has left is dropped first: each holds a lock on its name for as long as it
    lives. ConfigurationError where the user of the URL may not create databases.
    """
    name = _PREFIX + secrets.token_hex(6)
    with connect(server_url) as administrator:
        _sweep(administrator)
        administrator.execute("select pg_advisory_lock(hashtext(%s))", (name,))
        try:
            url = remade(administrator, server_url, name)
            with connect(url) as connection:
                migrate(connection, MIGRATIONS)
            yield url
        finally:
            _drop(administrator, name)


def remade(administrator: Connection, server_url: str, name: str) -> str:
    """The URL of an empty database of that name, in place of the one that was there.

    Its commits don't wait for the disk: all that is in it can be made again. Its statements are planned once,
    for they repeat ten thousand times on tables of the same form: that takes a fifth off a simulation.
    """
    database = sql.Identifier(name)
    try:
        _drop(administrator, name)
        administrator.execute(sql.SQL("create database {}").format(database))
    except psycopg.errors.InsufficientPrivilege as error:
        raise ConfigurationError(
            f"the database's user may not make the database {name}: {error}",
            hint="grant it with: alter role … createdb, or unset DATABASE_URL (embedded server)",
        ) from error
    administrator.execute(sql.SQL("alter database {} set synchronous_commit = off").format(database))
    administrator.execute(sql.SQL("alter database {} set plan_cache_mode = force_generic_plan").format(database))
    return make_conninfo(server_url, dbname=name)


def _sweep(administrator: Connection) -> None:
    rows = administrator.execute(
        """
        select datname from pg_database
        where starts_with(datname, %s) and pg_get_userbyid(datdba) = current_user
          and pg_try_advisory_lock(hashtext(datname))
        """,
        (_PREFIX,),
    ).fetchall()
    for (name,) in rows:
        _drop(administrator, name)
        administrator.execute("select pg_advisory_unlock(hashtext(%s))", (name,))


def _drop(administrator: Connection, name: str) -> None:
    administrator.execute(sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(name)))

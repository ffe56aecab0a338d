"""Databases that are ours to drop: a simulation's, gone afterwards whatever happens, and the demo's, made anew."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

from automation.database import Connection, connect, scalar
from automation.errors import ConfigurationError, Conflict
from automation.migrations.apply import migrate

MIGRATIONS: Final = Path(__file__).resolve().parents[2] / "migrations"
# The comment of every database that we made: one that does not have it is somebody's, and stays.
MARK: Final = "made by automation, which drops it when it makes it anew"
_PREFIX: Final = "simulation_"
_MAINTENANCE: Final = "postgres"


@contextmanager
def administrator(server_url: str) -> Iterator[Connection]:
    """A connection on which databases of a server are made and dropped, and their names locked meanwhile.

    It goes to the maintenance database, where the user may enter it, for an advisory lock is seen by those alone
    who are connected to the same database.
    """
    try:
        connection = connect(make_conninfo(server_url, dbname=_MAINTENANCE))
    except psycopg.OperationalError:
        connection = connect(server_url)
    with connection:
        yield connection


def locked(connection: Connection, name: str) -> bool:
    """Whether a database's name is now ours for as long as the connection of `administrator` lives."""
    return bool(scalar(connection, "select pg_try_advisory_lock(hashtext(%s))", (name,)))


@contextmanager
def scratch(server_url: str) -> Iterator[str]:
    """The URL of a new, migrated database on a server, dropped at the end, after an error and after Ctrl-C too.

    What a simulation that was killed has left is dropped first: each holds a lock on its name for as long as it
    lives. ConfigurationError where the user of the URL may not create databases.
    """
    name = _PREFIX + secrets.token_hex(6)
    with administrator(server_url) as connection:
        _sweep(connection)
        locked(connection, name)
        try:
            url = remade(connection, server_url, name)
            with connect(url) as migrating:
                migrate(migrating, MIGRATIONS)
            yield url
        finally:
            _drop(connection, name)


def remade(connection: Connection, server_url: str, name: str) -> str:
    """The URL of an empty database of that name, in place of the one that we made before.

    Its commits don't wait for the disk: all that is in it can be made again. Its statements are planned once,
    for they repeat ten thousand times on tables of the same form: that takes a fifth off a simulation. Conflict
    where the database is not ours or can't be dropped, ConfigurationError where the user may not make databases.
    """
    _refuse_a_strangers(connection, name)
    database = sql.Identifier(name)
    try:
        _drop(connection, name)
        connection.execute(sql.SQL("create database {}").format(database))
    except psycopg.errors.InsufficientPrivilege as error:
        raise ConfigurationError(
            f"the database's user may not make the database {name}: {error}",
            hint="grant it with: alter role … createdb, or unset DATABASE_URL (embedded server)",
        ) from error
    except psycopg.errors.ObjectInUse as error:
        raise Conflict(
            f"the database {name} is in use and can't be made anew: {error}",
            hint="end those sessions; where DATABASE_URL names this very database, let it name another",
        ) from error
    connection.execute(sql.SQL("comment on database {} is {}").format(database, MARK))
    connection.execute(sql.SQL("alter database {} set synchronous_commit = off").format(database))
    connection.execute(sql.SQL("alter database {} set plan_cache_mode = force_generic_plan").format(database))
    return make_conninfo(server_url, dbname=name)


def _refuse_a_strangers(connection: Connection, name: str) -> None:
    found = connection.execute(
        "select shobj_description(oid, 'pg_database') from pg_database where datname = %s", (name,)
    ).fetchone()
    if found is not None and found[0] != MARK:
        raise Conflict(
            f"the server has a database {name} that automation did not make: it is left alone",
            hint=f"rename it (alter database {name} rename to …), or drop it yourself if nobody needs it",
        )


def _sweep(connection: Connection) -> None:
    rows = connection.execute(
        """
        select datname from pg_database
        where starts_with(datname, %s) and shobj_description(oid, 'pg_database') = %s
          and pg_get_userbyid(datdba) = current_user and pg_try_advisory_lock(hashtext(datname))
        """,
        (_PREFIX, MARK),
    ).fetchall()
    for (name,) in rows:
        _drop(connection, name)
        connection.execute("select pg_advisory_unlock(hashtext(%s))", (name,))


def _drop(connection: Connection, name: str) -> None:
    connection.execute(sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(name)))

"""Connections that are kept from one request to the next."""

from __future__ import annotations

import time

import pytest
from psycopg.errors import UndefinedTable

from automation.database import Connection, Database, scalar
from infra.local.connections import Connections


def backend(database: Database) -> int:
    """The process of the server behind a database's connection."""
    pid: int = database.transaction(lambda connection: scalar(connection, "select pg_backend_pid()"))
    return pid


def test_one_that_is_given_back_is_used_again(database_url: str) -> None:
    with Connections(lambda: Database(lambda: database_url)) as connections:
        with connections.taken() as first:
            before = backend(first)
        with connections.taken() as second:
            assert backend(second) == before


def test_two_at_once_are_not_the_same(database_url: str) -> None:
    made = Connections(lambda: Database(lambda: database_url))
    with made as connections, connections.taken() as one, connections.taken() as other:
        assert backend(one) != backend(other)


def test_what_is_above_the_bound_and_what_is_left_is_closed(database_url: str, connection: Connection) -> None:
    with Connections(lambda: Database(lambda: database_url), most=1) as connections:
        with connections.taken() as one, connections.taken() as other:
            both = {backend(one), backend(other)}
        assert living(connection, 1) < both
    assert living(connection, 0) == set()


def living(connection: Connection, number: int) -> set[int]:
    """The backends of others on this database, as soon as there are so many: each ends a moment after it is left."""
    others = "select pid from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()"
    found = connection.execute(others).fetchall()
    for _ in range(200):
        if len(found) == number:
            break
        time.sleep(0.05)
        found = connection.execute(others).fetchall()
    return {pid for (pid,) in found}


def test_one_that_broke_while_it_was_kept_connects_anew(database_url: str, connection: Connection) -> None:
    with Connections(lambda: Database(lambda: database_url)) as connections:
        with connections.taken() as first:
            before = backend(first)
        connection.execute("select pg_terminate_backend(%s, 5000)", (before,))
        with connections.taken() as again:
            assert backend(again) != before


def test_one_whose_request_failed_is_used_again(database_url: str) -> None:
    with Connections(lambda: Database(lambda: database_url)) as connections:
        with connections.taken() as first:
            before = backend(first)
        with pytest.raises(UndefinedTable), connections.taken() as same:
            same.transaction(lambda connection: connection.execute("table absent"))
        with connections.taken() as second:
            assert backend(second) == before

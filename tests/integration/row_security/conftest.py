"""Two clients with one of everything each, and roles of the server that end with their test."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator

import pytest
from psycopg import sql
from psycopg.conninfo import make_conninfo

from automation.clock import SettableClock
from automation.database import Connection, Database, connect
from automation.runtime import assemble
from automation.settings import Settings
from infra.local.postgres import Server
from tests.estates import WHEN, Estate, add_estate, add_market

Role = Callable[[str], str]
PASSWORD = "known"
_numbers = itertools.count(1)


@pytest.fixture
def role(server: Server) -> Iterator[Role]:
    """Makes a role that may sign in, with these attributes; ask for it before the databases that it has rights in."""
    made: list[str] = []
    with connect(server.url()) as administrator:

        def make(attributes: str) -> str:
            made.append(f"somebody_{next(_numbers)}")
            administrator.execute(
                sql.SQL("create role {} login password {} " + attributes).format(
                    sql.Identifier(made[-1]), sql.Literal(PASSWORD)
                )
            )
            return made[-1]

        yield make
        for name in made:
            administrator.execute(sql.SQL("drop role {}").format(sql.Identifier(name)))


def signed_in(url: str, name: str) -> str:
    """The URL of a database for a role that was made."""
    return make_conninfo(url, user=name, password=PASSWORD)


@pytest.fixture
def estates(connection: Connection, database_url: str) -> list[Estate]:
    """Of C1, whose user is asha, and C2, whose user is bela."""
    add_market(connection)
    runtime = assemble(Settings(database_url=database_url), clock=SettableClock(WHEN))
    with runtime.database:
        return [
            add_estate(connection, runtime, "C1", "asha", "ravi"),
            add_estate(connection, runtime, "C2", "bela", "sita"),
        ]


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """The database as the local server signs in to it."""
    with Database(lambda: database_url) as database:
        yield database

"""Databases that the local runtime makes and drops on a server: only ours go, and none that is in use."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from automation.database import connect, scalar
from automation.errors import Conflict
from infra.local.postgres import Server
from infra.local.simulation import scratch

NAME = "simulation_results"


@pytest.fixture
def strangers(server: Server) -> Iterator[str]:
    """The URL of somebody's own database with a table in it."""
    url = server.create_database(NAME)
    with connect(url) as connection:
        connection.execute("create table precious ()")
    yield url
    server.drop_database(NAME)


def names(server: Server) -> set[str]:
    with connect(server.url()) as connection:
        return {name for (name,) in connection.execute("select datname from pg_database").fetchall()}


def test_a_database_of_somebody_else_is_not_made_anew(server: Server, strangers: str) -> None:
    with scratch.administrator(server.url()) as connection, pytest.raises(Conflict, match="did not make") as refused:
        scratch.remade(connection, server.url(), NAME)
    assert f"alter database {NAME} rename to" in refused.value.hint
    with connect(strangers) as connection:
        assert scalar(connection, "select to_regclass('precious')::text") == "precious"


def test_a_database_that_was_made_here_is_made_anew(server: Server) -> None:
    with scratch.administrator(server.url()) as connection:
        with connect(scratch.remade(connection, server.url(), "remade")) as inside:
            inside.execute("create table old ()")
        with connect(scratch.remade(connection, server.url(), "remade")) as inside:
            assert scalar(inside, "select to_regclass('old')") is None
    server.drop_database("remade")


def test_a_database_that_its_own_connection_is_in_can_not_be_made_anew(server: Server) -> None:
    with scratch.administrator(server.url()) as connection:
        url = scratch.remade(connection, server.url(), "remade")
    with connect(url) as inside, pytest.raises(Conflict, match="remade is in use") as refused:
        scratch.remade(inside, url, "remade")
    assert "DATABASE_URL names this very database" in refused.value.hint
    server.drop_database("remade")


@pytest.mark.usefixtures("strangers")
def test_sweeping_leaves_a_database_whose_name_only_looks_like_ours(server: Server) -> None:
    with scratch.scratch(server.url()):
        pass
    assert NAME in names(server)


def test_sweeping_leaves_the_database_of_a_simulation_that_came_by_another_url(server: Server) -> None:
    with scratch.scratch(server.url("postgres")) as url, scratch.scratch(server.url()):
        assert scalar_of(url) == 1


def scalar_of(url: str) -> object:
    with connect(url) as connection:
        return scalar(connection, "select 1")

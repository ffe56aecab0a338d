"""Commands that find nothing where they look, with the demo's database beside it, say where to look."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from infra.local.demo.beside import DATABASE
from infra.local.postgres import Server
from infra.local.simulation.scratch import administrator, remade
from tests.integration.test_cli.conftest import Cli, data

POINTER = "the demo's rules are in the database demo: put AUTOMATION_DATABASE=demo before the command"
ABSENT = "AUTO-00000000000000000000000000"


@pytest.fixture
def demo(server: Server) -> Iterator[None]:
    """A database as `automation run` leaves it behind, but for what is in it."""
    with administrator(server.url()) as connection:
        remade(connection, server.url(), DATABASE)
    yield
    server.drop_database(DATABASE)


@pytest.mark.usefixtures("demo")
@pytest.mark.parametrize("words", [("rules", "list"), ("replay",), ("status",)], ids=" ".join)
def test_an_empty_database_points_to_the_demo_beside_it(cli: Cli, words: tuple[str, ...]) -> None:
    assert POINTER in cli(*words).out.splitlines()


@pytest.mark.usefixtures("demo")
@pytest.mark.parametrize("words", [("why", ABSENT), ("rules", "show", ABSENT)], ids=lambda words: words[0])
def test_a_rule_that_is_not_found_in_an_empty_database_may_be_in_the_demo(cli: Cli, words: tuple[str, ...]) -> None:
    assert f"\nnext: {POINTER}\n" in cli(*words).err


@pytest.mark.usefixtures("demo")
def test_data_stay_data(cli: Cli) -> None:
    assert data(cli("rules", "list", "--json")) == []


@pytest.mark.usefixtures("demo", "rule")
def test_a_database_with_rules_does_not_point_elsewhere(cli: Cli) -> None:
    assert POINTER not in cli("rules", "list").out
    assert POINTER not in cli("why", ABSENT).err


def test_without_a_demo_nothing_points_to_it(server: Server, cli: Cli) -> None:
    server.drop_database(DATABASE)
    assert "AUTOMATION_DATABASE" not in cli("rules", "list").out


@pytest.mark.usefixtures("demo")
def test_a_database_demo_that_was_not_made_here_is_not_pointed_to(server: Server, cli: Cli) -> None:
    server.drop_database(DATABASE)
    server.create_database(DATABASE)
    assert "AUTOMATION_DATABASE" not in cli("rules", "list").out

"""The demo's first fifteen months: everything that was due is done, it adds up, and it is the same every time."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest

from automation.database import connect, scalar
from automation.engine.replay import replay
from automation.runtime import assemble
from automation.settings import Settings
from infra.local.demo.beside import DATABASE
from infra.local.demo.people import RULES, START
from infra.local.postgres import Server
from infra.local.simulation.scratch import administrator, locked
from tests.e2e.test_simulation_command import Typed, automation
from tests.oracle import check

__all__ = ["automation"]
UNTIL = "2007-05-31"
Shown = Callable[[], str]


@pytest.fixture(autouse=True)
def dropped(server: Server) -> Iterator[None]:
    """No demo is left beside the databases of other tests."""
    yield
    server.drop_database(DATABASE)


@pytest.fixture
def shown(automation: Typed, capsys: pytest.CaptureFixture[str]) -> Shown:
    """Plays the demo up to a date; what it shows, without what differs from run to run: ids and seconds."""

    def run() -> str:
        assert automation("run", "--until", UNTIL) == 0
        return re.sub(r"AUTO-\w+|took \d+ s|database: .*", "", capsys.readouterr().out)

    return run


def test_the_demo_shows_the_same_every_time_and_all_of_it_holds(shown: Shown, server: Server) -> None:
    first = shown()
    assert shown() == first
    for word in (
        "insufficient_cash",
        "condition_not_met",
        "Switch",
        "Purchase",
        "XIRR",
        *(body["name"] for body in RULES[:3]),
    ):
        assert word in first
    runtime = assemble(Settings(database_url=server.url(DATABASE)))
    with runtime.database, connect(server.url(DATABASE)) as connection:
        check(connection, scalar(connection, "select max(started_at) from automation_runs"))
        assert scalar(connection, "select count(*) from automation_runs where status <> 'Succeeded'") == 0
        report = replay(runtime)
    assert report.checked > 50
    assert report.differences == []


def test_a_database_demo_that_is_somebodys_is_left_alone(
    automation: Typed, server: Server, capsys: pytest.CaptureFixture[str]
) -> None:
    server.drop_database(DATABASE)
    with connect(server.create_database(DATABASE)) as connection:
        connection.execute("create table precious ()")
        assert automation("run") == 1
        assert "error: the server has a database demo that automation did not make" in capsys.readouterr().err
        assert scalar(connection, "select to_regclass('precious')::text") == "precious"


def test_a_second_demo_at_the_same_time_is_refused(
    automation: Typed, server: Server, capsys: pytest.CaptureFixture[str]
) -> None:
    with administrator(server.url()) as first:
        assert locked(first, DATABASE)
        assert automation("run") == 1
    assert "error: another demo is running on this server\nnext: wait" in capsys.readouterr().err


def test_a_url_of_the_demos_own_database_is_no_hindrance(
    automation: Typed, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = str(START)
    assert automation("run", "--until", first) == 0
    monkeypatch.setenv("DATABASE_URL", server.url(DATABASE))
    assert automation("run", "--until", first) == 0


def test_a_date_that_is_not_in_the_demo_is_refused(automation: Typed, capsys: pytest.CaptureFixture[str]) -> None:
    assert automation("run", "--until", "2017-01-01") == 2
    assert "--until: 2017-01-01 is not a date of the demo" in capsys.readouterr().err

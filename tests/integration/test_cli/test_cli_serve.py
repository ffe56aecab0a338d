"""`automation serve` as a process: it starts, runs what is due, and stops on a signal."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from psycopg.conninfo import make_conninfo

from automation.database import Connection, scalar
from infra.local.postgres import Server
from tests.integration.test_cli.conftest import Cli

AUTOMATION = Path(sys.executable).with_name("automation")
SECONDS = 20
Start = Callable[..., "Served"]


class Served:
    """A running scheduler whose lines can be awaited."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.lines: list[str] = []

    def until(self, text: str) -> str:
        """Read lines up to the first that contains a text."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.append(line.rstrip("\n"))
            if text in line:
                return line
        raise AssertionError(f"it ended without {text!r}: {self.lines}")

    def stop(self, number: signal.Signals) -> int:
        """Send a signal and wait for the end; the exit code."""
        self.process.send_signal(number)
        rest, _ = self.process.communicate(timeout=SECONDS)
        self.lines += rest.splitlines()
        return self.process.returncode


@pytest.fixture
def serve(home: Path, database_url: str) -> Iterator[Start]:
    started: list[subprocess.Popen[str]] = []

    def start(**variables: str) -> Served:
        environment = {"PATH": os.environ["PATH"], "AUTOMATION_HOME": str(home), "DATABASE_URL": database_url}
        environment |= {"AUTOMATION_API_PORT": "0"} | variables
        process = subprocess.Popen(
            [AUTOMATION, "serve"], env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        started.append(process)
        return Served(process)

    yield start
    for process in started:
        if process.poll() is None:
            process.kill()
        process.communicate()


@pytest.fixture
def due(furnished: Cli, rule: str, connection: Connection) -> None:
    """The rule has been due for a minute, and its product has a NAV of today."""
    connection.execute(
        """
        update auto_invest_rules
        set start_date = current_date - 1, first_occurrence = current_date - 1, missed = 'all',
            next_occurrence = (now() - interval '1 minute') at time zone 'Asia/Kolkata',
            next_run_at = now() - interval '1 minute'
        """
    )
    connection.execute("insert into navs values ('FUND', current_date, 10, now(), 'test')")


@pytest.mark.usefixtures("due")
def test_it_runs_what_is_due_and_what_that_pokes_and_stops_on_sigterm(serve: Start, connection: Connection) -> None:
    served = serve(AUTOMATION_CHECK_INTERVAL="200")
    served.until("rules 1, ")
    served.until("submitting 1")
    assert served.stop(signal.SIGTERM) == 0
    assert served.lines[-1] == "stopped"
    assert any(line.startswith("SIGTERM: stopping") for line in served.lines)
    assert scalar(connection, "select count(*) from automation_execution_logs") == 1
    assert scalar(connection, "select count(*) from automation_runs where status = 'Running'") == 0


def test_it_tells_each_job_with_its_schedule_and_next_run(serve: Start) -> None:
    served = serve()
    served.until("running; Ctrl-C stops")
    shown = "\n".join(served.lines)
    assert "auto_invest  every 15 minutes; next run 20" in shown
    assert "orders       every 5 minutes; next run 20" in shown
    assert "navs         nothing to read: set AUTOMATION_NAV_FILE" in shown
    served.until("orders       nothing due in ")
    assert served.stop(signal.SIGINT) == 0
    assert sum("AUTOMATION_NAV_FILE" in line for line in served.lines) == 1


def test_switched_off_it_runs_nothing_and_still_stops(serve: Start, home: Path, connection: Connection) -> None:
    (home / ".env").write_text("AUTOMATION_SCHEDULER_ENABLED=false\nAUTOMATION_CHECK_INTERVAL=50\n")
    served = serve()
    served.until("the scheduler is off (AUTOMATION_SCHEDULER_ENABLED)")
    assert served.stop(signal.SIGTERM) == 0
    assert scalar(connection, "select count(*) from automation_runs") == 0


def test_a_job_that_fails_is_told_and_the_others_go_on(serve: Start, home: Path) -> None:
    (home / ".env").write_text("AUTOMATION_NAV_FILE=absent.csv\n")
    served = serve(AUTOMATION_CHECK_INTERVAL="200")
    failed = served.until("navs         failed in ")
    assert f"{home / 'absent.csv'}: can't be read" in failed
    served.until("orders       nothing due in ")
    served.until("navs         failed in ")
    assert served.stop(signal.SIGTERM) == 0


@pytest.mark.parametrize(
    ("name", "value"), [("AUTOMATION_CHECK_INTERVAL", "soon"), ("AUTOMATION_SCHEDULER_ENABLED", "perhaps")]
)
def test_a_wrong_variable_is_refused_by_its_name(name: str, value: str, serve: Start) -> None:
    served = serve(**{name: value})
    assert f"error: {name} is {value!r}" in served.until("error: ")
    assert served.process.wait(SECONDS) == 2


@pytest.fixture
def embedded(home: Path, serve: Start) -> Iterator[Server]:
    """The embedded server of the test's home, which is erased after the scheduler has ended."""
    server = Server(home / ".local" / "postgres")
    yield server
    server.erase()


def test_an_embedded_postgresql_that_dies_is_started_again(serve: Start, embedded: Server) -> None:
    served = serve(DATABASE_URL="", AUTOMATION_CHECK_INTERVAL="200")
    served.until("orders       nothing due in ")
    os.kill(int((embedded.home / "data" / "postmaster.pid").read_text().split()[0]), signal.SIGKILL)
    served.until("database     the embedded PostgreSQL had ended; it is started again")
    served.until("orders       nothing due in ")
    assert served.stop(signal.SIGTERM) == 0
    assert not embedded.running()


def test_where_the_api_could_read_everything_it_does_not_start(
    serve: Start, database_url: str, connection: Connection
) -> None:
    connection.execute("create role stranger login password 'known'")
    try:
        connection.execute("grant select on automation_migrations to stranger")
        url = make_conninfo(database_url, user="stranger", password="known")
        served = serve(DATABASE_URL=url)
        served.until("user stranger can't act as automation_api")
        served.until("grant automation_api to stranger with inherit false, set true")
        assert served.process.wait(SECONDS) == 2
    finally:
        connection.execute("drop owned by stranger; drop role stranger")

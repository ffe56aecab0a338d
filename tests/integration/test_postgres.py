"""The embedded PostgreSQL: found again, shared, and safe against every kind of sudden end."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from automation.database import connect, scalar
from infra.local.postgres import Server
from tests.conftest import MIGRATIONS

ROOT = MIGRATIONS.parents[1]
STARTED_AT = "select extract(epoch from pg_postmaster_start_time())::text"
# Another process: starts the server, says which one it has, and then does as its last argument says.
ANOTHER = f"""
import os, signal, sys
from pathlib import Path
from automation.database import connect, scalar
from infra.local.postgres import Server
server = Server(Path(sys.argv[1]), durable=False)
with connect(server.start()) as connection:
    print(scalar(connection, {STARTED_AT!r}), flush=True)
sys.argv[2] == "die" and os.kill(os.getpid(), signal.SIGKILL)
sys.argv[2] == "wait" and sys.stdin.read()
print(server.stop())
"""


@pytest.fixture(scope="module")
def directory(server_directory: Path) -> Path:
    return server_directory / "life"


@pytest.fixture
def life(directory: Path) -> Iterator[Server]:
    """A server that is not running yet; the module's tests share its data directory."""
    server = Server(directory, durable=False)
    yield server
    server.keep(False)
    server.stop()
    assert not server.running()


def another(directory: Path, end: str) -> subprocess.Popen[str]:
    roots = os.pathsep.join(str(ROOT / name) for name in ("layers/core", "functions", "."))
    return subprocess.Popen(
        [sys.executable, "-c", ANOTHER, str(directory), end],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": roots},
        text=True,
    )


def started_at(server: Server) -> str:
    with connect(server.url()) as connection:
        return str(scalar(connection, STARTED_AT))


def postmaster(server: Server) -> int:
    return int((server.home / "data" / "postmaster.pid").read_text().split()[0])


def is_there(table: str, server: Server) -> bool:
    with connect(server.url()) as connection:
        return scalar(connection, "select to_regclass(%s)", (table,)) is not None


def test_it_is_set_up_as_the_product_needs_it(life: Server) -> None:
    life.start()
    with connect(life.url()) as connection:
        shown = {
            name: scalar(connection, "select current_setting(%s)", (name,))
            for name in ("listen_addresses", "timezone", "jit", "server_encoding", "shared_buffers", "fsync")
        }
        locale = scalar(
            connection, "select coalesce(datlocale, datcollate) from pg_database where datname = 'automation'"
        )
    assert shown == {
        "listen_addresses": "127.0.0.1",
        "timezone": "UTC",
        "jit": "off",
        "server_encoding": "UTF8",
        "shared_buffers": "256MB",
        "fsync": "off",
    }
    assert locale == "C.UTF-8"


def test_nobody_enters_without_the_password(life: Server) -> None:
    life.start()
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(f"postgresql://postgres:guess@127.0.0.1:{life.port}/automation")
    assert (life.home / "password").stat().st_mode & 0o777 == 0o600


def test_data_and_port_are_kept_between_runs(life: Server) -> None:
    first = life.start()
    with connect(first) as connection:
        connection.execute("create table if not exists kept ()")
    assert life.stop()
    assert not life.running()
    assert life.start() == first
    assert is_there("kept", life)


def test_a_second_user_attaches_and_the_last_one_stops_the_server(life: Server, directory: Path) -> None:
    life.start()
    process = another(directory, "stop")
    said, _ = process.communicate()
    assert said.split() == [started_at(life), "False"]
    second = Server(directory)
    second.start()
    assert not life.stop()
    assert second.running()
    assert second.stop()


def test_several_that_start_at_once_get_one_server(life: Server, directory: Path) -> None:
    processes = [another(directory, "wait") for _ in range(3)]
    servers = {process.stdout.readline() for process in processes if process.stdout}
    ends = [process.communicate()[0].strip() for process in processes]
    assert len(servers) == 1
    assert ends == ["False", "False", "True"]
    assert not life.running()


def test_a_kept_server_stays_until_it_is_released(life: Server) -> None:
    life.start()
    life.keep(True)
    assert not life.stop()
    assert life.running()
    life.keep(False)
    assert life.stop()


def test_a_server_whose_starter_was_killed_is_found_and_used(life: Server, directory: Path) -> None:
    process = another(directory, "die")
    said, _ = process.communicate()
    assert process.returncode == -signal.SIGKILL
    assert life.running()
    life.start()
    assert started_at(life) == said.strip()
    assert life.stop()


def test_committed_rows_survive_a_killed_postmaster(life: Server) -> None:
    with connect(life.start()) as connection:
        connection.execute("create table if not exists survivors (n integer)")
        connection.execute("truncate survivors")
        connection.execute("insert into survivors select generate_series(1, 1000)")
        os.kill(postmaster(life), signal.SIGKILL)
    with connect(life.start()) as connection:
        assert scalar(connection, "select count(*) from survivors") == 1000


def test_a_stale_pid_file_whose_number_is_in_use_again_does_not_hinder(life: Server) -> None:
    life.start()
    killed = postmaster(life)
    left = (life.home / "data" / "postmaster.pid").read_text()
    os.kill(killed, signal.SIGKILL)
    while life.running():
        time.sleep(0.005)
    (life.home / "data" / "postmaster.pid").write_text(left.replace(str(killed), str(os.getpid()), 1))
    assert life.stop() is False
    life.start()
    assert postmaster(life) != os.getpid()


def test_scratch_databases_come_and_go(life: Server) -> None:
    life.start()
    with connect(life.create_database("one")) as connection:
        connection.execute("create table copied ()")
    with connect(life.create_database("two", template="one")) as connection:
        assert scalar(connection, "select to_regclass('copied')::text") == "copied"
        life.drop_database("two")  # although we are connected to it
        with pytest.raises(psycopg.OperationalError):
            connection.execute("select 1")
    life.drop_database("one")
    life.drop_database("one")


def test_nothing_is_left_of_an_erased_server(tmp_path: Path) -> None:
    server = Server(tmp_path / "erased", durable=False)
    server.start()
    assert server.home.exists()
    server.erase()
    assert not server.home.exists()
    assert not list(tmp_path.iterdir())
    assert not server.running()

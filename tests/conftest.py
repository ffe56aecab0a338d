"""What every test may ask for: one PostgreSQL server a session, a fresh migrated database a test."""

from __future__ import annotations

import contextlib
import fcntl
import itertools
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from automation.database import Connection, connect
from automation.migrations.apply import migrate
from infra.local.postgres import Server

MIGRATIONS = Path(__file__).resolve().parents[1] / "infra" / "migrations"
TEMPLATE = "migrated"
ROOM = 2 * 1024**3
_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def server_directory() -> Iterator[Path]:
    """An empty directory for the data of servers; whatever still runs there afterwards is ended."""
    prefix = f"automation-tests-{os.geteuid()}-"
    _sweep(prefix)
    directory = Path(tempfile.mkdtemp(prefix=prefix, dir=_room()))
    with (directory / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield directory
        _end(directory)


@pytest.fixture(scope="session")
def server(server_directory: Path) -> Iterator[Server]:
    """A running server of the session's own; it keeps nothing."""
    with Server(server_directory / "session", durable=False) as server:
        yield server


def _room() -> Path:
    """Memory where there is plenty: making a database is making 400 files, 20 times slower on some disks."""
    memory = Path("/dev/shm")  # noqa: S108 - only a place; mkdtemp makes the directory
    roomy = memory.is_dir() and shutil.disk_usage(memory).free > ROOM
    return memory if roomy else Path(tempfile.gettempdir())


def _sweep(prefix: str) -> None:
    """Ends and removes what a session that was killed has left."""
    for left in _room().glob(f"{prefix}*/lock"):
        with left.open("a") as lock, contextlib.suppress(BlockingIOError):
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            _end(left.parent)


def _end(directory: Path) -> None:
    for home in directory.iterdir():
        if home.is_dir():
            Server(home).erase()
    shutil.rmtree(directory)


@pytest.fixture(scope="session")
def migrated(server: Server) -> str:
    """The name of a migrated database to copy; nobody stays connected to it."""
    with connect(server.create_database(TEMPLATE)) as connection:
        migrate(connection, MIGRATIONS)
    return TEMPLATE


@pytest.fixture
def make_database(server: Server) -> Iterator[Callable[..., str]]:
    """Makes a database, empty or a copy of `template`, that is dropped after the test; its URL."""
    made: list[str] = []

    def make(template: str | None = None) -> str:
        made.append(f"test_{next(_numbers)}")
        return server.create_database(made[-1], template)

    yield make
    for name in made:
        server.drop_database(name)


@pytest.fixture
def database_url(make_database: Callable[..., str], migrated: str) -> str:
    """The URL of a fresh, migrated, otherwise empty database."""
    return make_database(migrated)


@pytest.fixture
def connection(database_url: str) -> Iterator[Connection]:
    """An autocommit connection to `database_url`."""
    with connect(database_url) as connection:
        yield connection

"""The embedded PostgreSQL: started when a command needs it, stopped by the last one that used it.

Each process that uses the server holds a shared lock on `users.lock`: who can lock that file alone is the
last.
"""

from __future__ import annotations

import contextlib
import fcntl
import shutil
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import IO, NamedTuple
from urllib.parse import quote

import psycopg
from psycopg import sql

from automation.errors import DatabaseUnavailable
from infra.local import server_files as files
from infra.local.database_url import check_url
from infra.local.postmaster import HOST, Postmaster
from infra.local.server_programs import find_account

DATABASE = "automation"


class Attached(NamedTuple):
    """A database that answered; `revive` starts its server again where that is ours and has died. Had it?"""

    url: str
    revive: Callable[[], bool]


@contextlib.contextmanager
def database(
    directory: Path, environment: Mapping[str, str], say: Callable[[str], object] = lambda _: None
) -> Iterator[Attached]:
    """A database that answers: that of DATABASE_URL where it is set, else of the server kept in `directory`.

    `say` is told which was taken. Raises DatabaseUnavailable or ConfigurationError, without any password.
    """
    given = environment.get("DATABASE_URL", "").strip()
    if given:
        say(f"database: {check_url(given)}, from DATABASE_URL")
        yield Attached(given, lambda: False)
        return
    with Server(directory) as server:
        say(f"database: {server.description}")
        yield Attached(server.url(), server.revive)


class Server:
    """One PostgreSQL server whose files are kept in `directory` between runs.

    `durable=False` gives up safety against power cuts (not against kill -9) for speed: tests only.
    `port` None: the port of the run before, else any free one.
    """

    def __init__(self, directory: Path, *, durable: bool = True, port: int | None = None) -> None:
        self._account = find_account()
        self._directory = directory.absolute()
        self.home = files.home_of(self._directory, self._account)
        self._wanted_port = port
        self._postmaster = Postmaster(self.home, self._account, durable=durable, port=port)
        self._use: IO[str] | None = None

    def start(self) -> str:
        """Attaches to the running server or starts it, and counts us among its users; its URL.

        Raises DatabaseUnavailable: port taken, disk full, data of another major version, no PostgreSQL to
        start, no permission.
        """
        try:
            files.make_home(self.home, self._directory, self._account)
            with self._turn():
                self._postmaster.await_ready()
                self._check_port()
                self._take_use()
                self._ensure_database()
        except OSError as error:
            raise files.refused(self.home, error) from error
        return self.url()

    def revive(self) -> bool:
        """Starts the server again, on the port that its users know, if it does not answer. Was that so?

        Raises what `start` raises.
        """
        if self._postmaster.answers():
            return False
        if not self.home.is_dir():
            raise DatabaseUnavailable(
                f"{self.home} was removed, with all that was in it", hint="run the command again: it starts empty"
            )
        self._postmaster.keep_port()
        self.start()
        return True

    def stop(self) -> bool:
        """Ends our use; stops the server if nobody else uses it and it is not kept. Was it stopped?"""
        if not self.home.is_dir():
            return False
        with self._turn():
            self._leave_use()
            if self.kept or not self._unused() or not self.running():
                return False
            self._postmaster.shut_down()
        return True

    def running(self) -> bool:
        """Whether any process of the server lives, ready or not."""
        return self._postmaster.alive()

    @property
    def kept(self) -> bool:
        """Whether the server stays when its last user leaves: `automation db start` asks for it."""
        return (self.home / "kept").exists()

    def keep(self, kept: bool) -> None:
        """Lets the server stay after its last user, or no longer; it is the next `stop` that acts on it."""
        if kept:
            (self.home / "kept").touch()
        else:
            (self.home / "kept").unlink(missing_ok=True)

    @property
    def port(self) -> int:
        """The port that the server listens on. Raises DatabaseUnavailable when it is not running."""
        port = self._postmaster.port
        if port is None:
            raise DatabaseUnavailable("the embedded PostgreSQL is not running", hint="run: automation db start")
        return port

    @property
    def description(self) -> str:
        """One line for people: which PostgreSQL, where it listens and where its data lies."""
        source = self._postmaster.source
        return f"embedded PostgreSQL on port {self.port} ({source}), data in {self.home / 'data'}"

    def url(self, database: str = DATABASE) -> str:
        """postgresql://postgres:…@127.0.0.1:port/database; the password keeps out other local users."""
        try:
            password = (self.home / "password").read_text()
        except FileNotFoundError as error:
            raise DatabaseUnavailable(
                f"{error.filename}, the server's password, is missing",
                hint=f"put the file back, or remove {self.home} to start empty",
            ) from error
        return f"postgresql://postgres:{password}@{HOST}:{self.port}/{quote(database, safe='')}"

    def create_database(self, name: str, template: str | None = None) -> str:
        """Makes a database, where given as a copy of `template`, which nobody may be using; its URL."""
        statement = sql.SQL("create database {}").format(sql.Identifier(name))
        if template is not None:
            statement += sql.SQL(" template {} strategy file_copy").format(sql.Identifier(template))
        with self._administrator() as connection:
            connection.execute(statement)
        return self.url(name)

    def drop_database(self, name: str) -> None:
        """Drops a database if it exists, whoever is connected to it."""
        statement = sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(name))
        with self._administrator() as connection:
            connection.execute(statement)

    def erase(self) -> None:
        """Stops the server, whoever uses it, and removes everything it ever kept."""
        if self.home.is_dir():
            with self._turn():
                self._leave_use()
                self._postmaster.shut_down()
                shutil.rmtree(self.home)
            if self._directory.is_symlink():
                self._directory.unlink()

    def __enter__(self) -> Server:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @contextlib.contextmanager
    def _turn(self) -> Iterator[None]:
        """One process at a time starts, stops or counts users."""
        with (self.home / "turn.lock").open("a") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def _take_use(self) -> None:
        self._leave_use()
        self._use = (self.home / "users.lock").open("a")
        fcntl.flock(self._use, fcntl.LOCK_SH)

    def _leave_use(self) -> None:
        if self._use:
            self._use.close()
            self._use = None

    def _unused(self) -> bool:
        with (self.home / "users.lock").open("a") as file, contextlib.suppress(BlockingIOError):
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        return False

    def _check_port(self) -> None:
        if self._wanted_port not in (None, self.port):
            raise DatabaseUnavailable(
                f"the server of {self.home} runs on port {self.port} already, not on {self._wanted_port}",
                hint="stop it first: automation db stop",
            )

    def _administrator(self) -> psycopg.Connection[tuple[object, ...]]:
        try:
            return psycopg.connect(self.url("postgres"), autocommit=True)
        except psycopg.OperationalError as error:
            raise DatabaseUnavailable(
                f"the embedded PostgreSQL in {self.home} lets nobody in: {error}",
                hint=f"see {self.home / 'log'}; {self.home / 'password'} must be the file that came with the data",
            ) from error

    def _ensure_database(self) -> None:
        with self._administrator() as connection:
            found = connection.execute("select from pg_database where datname = %s", [DATABASE])
            if not found.rowcount:
                connection.execute(sql.SQL("create database {}").format(sql.Identifier(DATABASE)))

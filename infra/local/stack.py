"""What a laptop has: the settings of `.env`, a database that answers and is migrated, a runtime on it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from psycopg.conninfo import make_conninfo

from automation.channels import Channel
from automation.clock import Clock
from automation.database import Database, connect, dsn
from automation.errors import DatabaseUnavailable
from automation.migrations.apply import migrate
from automation.runtime import Invoke, Poke, Runtime, assemble
from automation.settings import Settings
from infra.local import aws, dotenv, postgres
from infra.local.connections import Connections
from infra.local.demo import beside

ROOT: Final = Path(__file__).resolve().parents[2]
# The development issuer, which is trusted where the settings name no other.
ISSUER: Final = "http://localhost:3000/issuer"
AUDIENCE: Final = "automation-local"
MIGRATIONS: Final = ROOT / "infra" / "migrations"
# Statements repeat on a connection of our own; behind a DATABASE_URL a proxy may stand that can't prepare.
_PREPARE_AFTER: Final = 5
Say = Callable[[str], object]


def home() -> Path:
    """The directory of `.env` and `.local`: the project's own, or the one that AUTOMATION_HOME names."""
    return Path(os.environ.get("AUTOMATION_HOME") or ROOT).absolute()


def local_directory() -> Path:
    """Where the local runtime keeps what it makes."""
    return home() / ".local"


def environment() -> dict[str, str]:
    """The variables of `.env` and those of the process, which go before them.

    A relative AUTOMATION_NAV_FILE of `.env` is meant from where that file lies.
    """
    written = dotenv.read(home() / ".env")
    file = written.get("AUTOMATION_NAV_FILE")
    if file and "://" not in file:
        written["AUTOMATION_NAV_FILE"] = str(home() / file)
    return written | dict(os.environ)


@dataclass(frozen=True)
class Stack:
    """An attached database with the settings that lead to it, and the variables that functions see.

    `revive` starts the embedded server again where it has died, and says whether it had. `channels` are those of the
    mock of AWS, None where the settings say what there is.
    """

    settings: Settings
    variables: Mapping[str, str]
    prepare_threshold: int | None
    revive: Callable[[], bool]
    channels: Mapping[str, Channel] | None = None

    @contextmanager
    def runtime(
        self, clock: Clock | None = None, poke: Poke = lambda job, at: None, invoke: Invoke | None = None
    ) -> Iterator[Runtime]:
        """A runtime with a connection of its own, which is closed at the end."""
        runtime = assemble(
            self.settings,
            clock=clock,
            poke=poke,
            invoke=invoke,
            prepare_threshold=self.prepare_threshold,
            channels=self.channels,
        )
        with runtime.database:
            yield runtime

    @contextmanager
    def runtimes(self, poke: Poke, invoke: Invoke) -> Iterator[Callable[[], AbstractContextManager[Runtime]]]:
        """Runtimes for one request each, whose connections are kept until the block ends.

        They prepare no statements: a migration beside a long-lived connection would break those.
        """
        with Connections(partial(Database, partial(dsn, self.settings))) as connections:

            @contextmanager
            def opened() -> Iterator[Runtime]:
                with connections.taken() as database:
                    yield assemble(self.settings, poke=poke, invoke=invoke, kept=database)

            yield opened


@contextmanager
def opened(*, migrated: bool = True, named: bool = True, say: Say = lambda line: None) -> Iterator[Stack]:
    """Attach to the database, embedded or of DATABASE_URL, and bring its schema up to date where asked.

    Inside, the process's environment is that of the functions. `say` is told which database was taken and what
    was migrated. With `named` False AUTOMATION_DATABASE counts for nothing: a command that makes databases needs
    the server. Messages to people go to a mock of AWS, unless the user has set up where they go. Raises
    ConfigurationError, DatabaseUnavailable or MigrationError.
    """
    values = environment()
    with postgres.database(local_directory() / "postgres", values, say) as server:
        url = database_url(server.url, values) if named else server.url
        if url != server.url:
            say(f"database: {values['AUTOMATION_DATABASE']} of that server, named by AUTOMATION_DATABASE")
        variables = _for_functions(values, url)
        prepare_threshold = None if values.get("DATABASE_URL", "").strip() else _PREPARE_AFTER
        with _exported(variables), aws.Mock(say) as mock:
            if migrated:
                _migrate(url, say)
            settings = Settings.from_environment(variables)
            channels = mock.channels() if aws.is_wanted(values) else None
            yield Stack(settings, variables, prepare_threshold, server.revive, channels)


def database_url(url: str, values: Mapping[str, str]) -> str:
    """A server's URL, for another of its databases where AUTOMATION_DATABASE names one, such as the demo's."""
    name = values.get("AUTOMATION_DATABASE", "").strip()
    if not name:
        return url
    with connect(url) as connection:
        if not connection.execute("select from pg_database where datname = %s", (name,)).rowcount:
            raise DatabaseUnavailable(
                f"AUTOMATION_DATABASE names {name!r}, which the server does not have",
                hint="unset it; or make the demo's database: automation run",
            )
    return make_conninfo(url, dbname=name)


@contextmanager
def runtime(clock: Clock | None = None, poke: Poke = lambda job, at: None) -> Iterator[Runtime]:
    """A runtime on the migrated database, for a command that needs nothing else.

    What is not found there, but may be in the demo's database, is refused with the way to that.
    """
    with opened() as stack, stack.runtime(clock, poke) as made, beside.pointed_to(made):
        yield made


def _for_functions(values: Mapping[str, str], url: str) -> dict[str, str]:
    """What the template's Environment gives a function, with our own database and files.

    A way to another database that the caller's environment may hold, meant for deployed functions, is closed.
    """
    defaults = {"POWERTOOLS_SERVICE_NAME": "automation", "MIGRATIONS_DIR": str(MIGRATIONS)}
    defaults |= {"AUTOMATION_ISSUER": ISSUER, "AUTOMATION_AUDIENCE": AUDIENCE}
    own = {"DATABASE_URL": url, "DATABASE_SECRET_ARN": "", "DATABASE_IAM_AUTH": "false"}
    return defaults | dict(values) | own


@contextmanager
def _exported(variables: Mapping[str, str]) -> Iterator[None]:
    before = dict(os.environ)
    os.environ.update(variables)
    try:
        yield
    finally:
        for name in variables.keys() - before.keys():
            os.environ.pop(name, None)
        os.environ.update(before)


def _migrate(url: str, say: Say) -> None:
    with connect(url) as connection:
        applied = migrate(connection, MIGRATIONS)
    if applied:
        say(f"migrated: {', '.join(applied)}")

"""The way to PostgreSQL: one connection per invocation, whole transactions run again after a disconnect.

Nothing here needs a session: no SET, no LISTEN, no prepared statements unless asked, so that a proxy may stand
between.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from types import TracebackType
from typing import Any, Final, LiteralString, NamedTuple, Self, TypeVar

import psycopg
from psycopg import errors, sql

from automation.errors import ConfigurationError, DatabaseUnavailable, DataRefused
from automation.settings import Settings

Connection = psycopg.Connection[tuple[Any, ...]]
Cursor = psycopg.Cursor[tuple[Any, ...]]
T = TypeVar("T")

_TRIES: Final = 5
_DISCONNECTS: Final = (psycopg.OperationalError, psycopg.InterfaceError, errors.ReadOnlySqlTransaction)
_COLLISIONS: Final = (errors.DeadlockDetected, errors.SerializationFailure, errors.LockNotAvailable)
_BEGIN: Final = sql.SQL("begin; set local lock_timeout = '5s'")


class Persona(NamedTuple):
    """As whom a transaction runs: a role, and the settings that its policies read; both end with the transaction."""

    role: str
    settings: tuple[tuple[str, str], ...]


class Database:
    """A connection that is made when first needed and made anew when it broke.

    `dsn` is called for every new connection, so that a token or secret is always fresh.
    """

    def __init__(self, dsn: Callable[[], str], *, prepare_threshold: int | None = None) -> None:
        self._dsn = dsn
        self._prepare_threshold = prepare_threshold
        self._connection: Connection | None = None
        self._persona: Persona | None = None
        self._vouched: Connection | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Give the connection back; the next transaction makes another."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    @contextmanager
    def acting(self, persona: Persona) -> Iterator[None]:
        """Run the transactions of the block as somebody whom policies keep to some rows.

        They raise ConfigurationError where who signs in may not become the role, or no policy would hold the role.
        """
        before, self._persona = self._persona, persona
        try:
            yield
        finally:
            self._persona = before

    def transaction(self, work: Callable[[Connection], T], *, dry_run: bool = False) -> T:
        """Run `work` in one transaction and commit it; with `dry_run` roll it back and answer what it would have.

        After a disconnect, a demoted writer, a deadlock or a serialization failure the whole transaction runs
        again, up to five times with back-off, so `work` must find for itself what is already done: every claim
        and every key of ours is made so.
        """
        end: LiteralString = "rollback" if dry_run else "commit"
        for attempt in range(1, _TRIES + 1):
            try:
                return self._in_transaction(self._connected(), work, end)
            except (psycopg.IntegrityError, psycopg.DataError) as error:
                raise _refused(error) from error
            except _COLLISIONS as error:
                if attempt == _TRIES:
                    raise DatabaseUnavailable(
                        f"rows stayed locked or in conflict {_TRIES} times: {error}",
                        hint="look for a transaction that was left open, then run again",
                    ) from error
            except _DISCONNECTS as error:
                self.close()
                if attempt == _TRIES:
                    raise DatabaseUnavailable(
                        f"the database went away {_TRIES} times: {error}",
                        hint="look at its log, then run again",
                    ) from error
            time.sleep(random.uniform(0, 0.05 * 2**attempt))  # noqa: S311 - jitter, not a secret
        raise AssertionError("unreachable: the last try returns or raises")

    def _connected(self) -> Connection:
        if self._connection is None or self._connection.closed:
            self._connection = connect(self._dsn(), prepare_threshold=self._prepare_threshold)
        return self._connection

    def _in_transaction(self, connection: Connection, work: Callable[[Connection], T], end: LiteralString) -> T:
        """Begin, with a bound to every wait for a lock, and commit or roll back; one round trip each."""
        try:
            self._begin(connection)
            result = work(connection)
        except BaseException:
            if not connection.closed and not connection.broken:
                connection.execute("rollback")
            raise
        connection.execute(end)
        return result

    def _begin(self, connection: Connection) -> None:
        """As the persona, if there is one; a new connection has its role looked at in the same round trip."""
        if self._persona is None:
            connection.execute(_BEGIN)
        elif self._vouched is connection:
            _become(connection, self._persona)
        else:
            _check_held(_become(connection, self._persona, _UNHELD), self._persona)
            self._vouched = connection


# What no policy holds: a superuser, whom row security passes by, and whoever owns the tables and could end it.
_UNHELD: Final = b""";
    select case when rolsuper then 'a superuser'
                when rolbypassrls then 'a role that bypasses row security'
                when exists (select from pg_class where relrowsecurity and pg_has_role(relowner, 'member'))
                    then 'an owner of the tables' end
    from pg_roles where rolname = current_user"""


@lru_cache(maxsize=1024)
def _beginning(persona: Persona) -> bytes:
    """What begins a transaction as somebody: composed once for each, for a request has several."""
    set_one = sql.SQL("set_config({}, {}, true)")
    settings = sql.SQL(", ").join(set_one.format(*map(sql.Literal, each)) for each in persona.settings)
    role = sql.SQL("set local role {}").format(sql.Identifier(persona.role))
    return sql.SQL("; ").join([_BEGIN, role, sql.SQL("select {}").format(settings)]).as_bytes(None)


def _become(connection: Connection, persona: Persona, asked: bytes = b"") -> Cursor:
    """Begin as somebody, and ask; the answer to what is said last."""
    try:
        cursor = connection.execute(_beginning(persona) + asked)
    except (errors.InsufficientPrivilege, errors.InvalidParameterValue) as error:
        raise ConfigurationError(
            f"the database's user {connection.info.user} can't act as {persona.role}: {error.diag.message_primary}",
            hint=f"run automation migrate; then, as an administrator: grant {persona.role} to "
            f"{connection.info.user} with inherit false, set true",
        ) from error
    while cursor.nextset():
        pass
    return cursor


def _check_held(cursor: Cursor, persona: Persona) -> None:
    (what,) = cursor.fetchone() or (None,)
    if what is not None:
        raise ConfigurationError(
            f"the API's role {persona.role} is {what}, which no policy keeps to its caller's rows",
            hint=f"take that from {persona.role}: it is to be a plain role, as automation migrate makes it",
        )


def _refused(error: psycopg.Error) -> DataRefused:
    """A violated constraint as our own error: its name says which invariant it carries."""
    name = error.diag.constraint_name or error.diag.sqlstate
    return DataRefused(f"{name}: {error.diag.message_primary}", hint="the rows were left as they are; correct the data")


def connect(dsn: str, *, prepare_threshold: int | None = None) -> Connection:
    """Open an autocommit connection; transactions are explicit blocks."""
    return psycopg.connect(
        dsn,
        autocommit=True,
        prepare_threshold=prepare_threshold,
        connect_timeout=5,
        application_name="automation",
        keepalives_idle=30,
        tcp_user_timeout=20_000,
    )


def scalar(connection: Connection, statement: LiteralString, parameters: tuple[object, ...] = ()) -> Any:
    """The one value that a statement answers with, or None where it answers with no row."""
    row = connection.execute(statement, parameters).fetchone()
    return None if row is None else row[0]


def dsn(settings: Settings) -> str:
    """Where the settings say that the database is, with a password that is good now.

    A secret in Secrets Manager wins over DATABASE_URL; with DATABASE_IAM_AUTH the password is an RDS token
    that lives for 15 minutes.
    """
    if settings.database_secret_arn:
        from aws_lambda_powertools.utilities.parameters import get_secret

        return str(get_secret(settings.database_secret_arn))
    if not settings.database_url:
        raise ConfigurationError(
            "no database is configured",
            hint="set DATABASE_URL or DATABASE_SECRET_ARN, or run through `automation`",
        )
    return _with_token(settings.database_url) if settings.database_iam_auth else settings.database_url


def _with_token(url: str) -> str:
    import boto3  # a client costs 0.4 s of start-up, so only where it is used

    parts = psycopg.conninfo.conninfo_to_dict(url)
    token = boto3.client("rds").generate_db_auth_token(
        DBHostname=str(parts["host"]), Port=int(parts.get("port") or 5432), DBUsername=str(parts["user"])
    )
    return psycopg.conninfo.make_conninfo(url, password=token, sslmode="require")

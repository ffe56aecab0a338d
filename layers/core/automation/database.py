"""The way to PostgreSQL: one connection per invocation, whole transactions run again after a disconnect.

Nothing here needs a session: no SET, no LISTEN, no prepared statements unless asked, so that a proxy may stand
between.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from types import TracebackType
from typing import Any, Final, LiteralString, Self, TypeVar

import psycopg
from psycopg import errors

from automation.errors import ConfigurationError, DatabaseUnavailable, DataRefused
from automation.settings import Settings

Connection = psycopg.Connection[tuple[Any, ...]]
T = TypeVar("T")

_TRIES: Final = 5
_DISCONNECTS: Final = (psycopg.OperationalError, psycopg.InterfaceError, errors.ReadOnlySqlTransaction)
_COLLISIONS: Final = (errors.DeadlockDetected, errors.SerializationFailure, errors.LockNotAvailable)


class Database:
    """A connection that is made when first needed and made anew when it broke.

    `dsn` is called for every new connection, so that a token or secret is always fresh.
    """

    def __init__(self, dsn: Callable[[], str], *, prepare_threshold: int | None = None) -> None:
        self._dsn = dsn
        self._prepare_threshold = prepare_threshold
        self._connection: Connection | None = None

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

    def transaction(self, work: Callable[[Connection], T], *, dry_run: bool = False) -> T:
        """Run `work` in one transaction and commit it; with `dry_run` roll it back and answer what it would have.

        After a disconnect, a demoted writer, a deadlock or a serialization failure the whole transaction runs
        again, up to five times with back-off, so `work` must find for itself what is already done: every claim
        and every key of ours is made so.
        """
        end: LiteralString = "rollback" if dry_run else "commit"
        for attempt in range(1, _TRIES + 1):
            try:
                return _in_transaction(self._connected(), work, end)
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


def _in_transaction(connection: Connection, work: Callable[[Connection], T], end: LiteralString) -> T:
    """Begin, with a bound to every wait for a lock, and commit or roll back; one round trip each."""
    connection.execute("begin; set local lock_timeout = '5s'")
    try:
        result = work(connection)
    except BaseException:
        if not connection.closed and not connection.broken:
            connection.execute("rollback")
        raise
    connection.execute(end)
    return result


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

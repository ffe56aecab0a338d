"""A DATABASE_URL that somebody gave us: is there a PostgreSQL behind it that we can use?"""

from __future__ import annotations

import psycopg
from psycopg import pq
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from automation.errors import AutomationError, ConfigurationError, DatabaseUnavailable
from infra.local.server_programs import OLDEST_MAJOR

SECONDS = 5


def check_url(url: str) -> str:
    """Connects once and describes what answered: "PostgreSQL 16.4 at host:5432/name".

    Raises ConfigurationError (not a URL) or DatabaseUnavailable (unreachable, refused, no such database, too
    old); their text names host, port, user and database, never the password.
    """
    parts = _parts(url)
    target = make_conninfo(url, connect_timeout=SECONDS)
    reached = pq.Ping(pq.PGconn.ping(target.encode()))
    if reached != pq.Ping.OK:
        raise _unreachable(parts, reached)
    try:
        with psycopg.connect(target) as connection:
            version = connection.info.server_version
    except psycopg.OperationalError as error:
        raise _refused(parts, target, error) from None  # libpq's text may repeat parts of the URL
    if version < OLDEST_MAJOR * 10000:
        raise DatabaseUnavailable(
            f"{_place(parts)} is PostgreSQL {_dotted(version)}; {OLDEST_MAJOR} or later is needed",
            hint="upgrade it, name another server, or unset DATABASE_URL to use the embedded one",
        )
    return f"PostgreSQL {_dotted(version)} at {_place(parts)}"


def _dotted(version: int) -> str:
    return f"{version // 10000}.{version % 10000}"


def _parts(url: str) -> dict[str, str]:
    """Host, port, user and database of the URL, fit to be shown."""
    try:
        parsed = {name: str(value) for name, value in conninfo_to_dict(url).items() if value}
    except psycopg.ProgrammingError:
        parsed = {"port": "?"}
    # An unescaped @, / or : in a password makes its rest part of the host or the port.
    host, port = parsed.get("host", "localhost").rpartition("@")[2], parsed.get("port", "5432")
    if not all(number.isdigit() for number in port.split(",")):
        raise ConfigurationError(
            "DATABASE_URL can't be read as postgresql://user:password@host:port/database",
            hint="write special characters of the password as %XX, for example @ as %40 and / as %2F",
        )
    user = parsed.get("user", "")
    return {"host": host, "port": port, "user": user, "database": parsed.get("dbname", user)}


def _place(parts: dict[str, str]) -> str:
    return f"{parts['host']}:{parts['port']}/{parts['database']}"


def _unreachable(parts: dict[str, str], reached: pq.Ping) -> AutomationError:
    if reached == pq.Ping.REJECT:
        return DatabaseUnavailable(
            f"{_place(parts)} is starting up, shutting down or recovering", hint="try again in a moment"
        )
    return DatabaseUnavailable(
        f"no PostgreSQL answers at {_place(parts)} within {SECONDS} s",
        hint="start that server, check host, port and firewall, or unset DATABASE_URL (embedded server)",
    )


def _refused(parts: dict[str, str], target: str, error: psycopg.OperationalError) -> AutomationError:
    """Tells a missing database from refused credentials by trying the one database that every server has."""
    server = f"{parts['host']}:{parts['port']}"
    try:
        psycopg.connect(make_conninfo(target, dbname="postgres")).close()
    except psycopg.OperationalError:
        said = str(error).rpartition("FATAL:")[2].strip().partition("\n")[0]
        reason = f" ({said})" if "FATAL:" in str(error) else ""
        return DatabaseUnavailable(
            f"{server} refuses user {parts['user']!r}{reason}",
            hint="check the user, the password and that the server lets this user in from here",
        )
    return DatabaseUnavailable(
        f"{server} has no database {parts['database']!r} that user {parts['user']!r} may enter",
        hint="create it with createdb, or name another one in DATABASE_URL",
    )

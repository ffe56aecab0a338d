"""A DATABASE_URL that somebody gave us: is there a PostgreSQL behind it that we can use?"""

from __future__ import annotations

import contextlib
import socket

import psycopg
from psycopg import pq
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from automation.errors import AutomationError, ConfigurationError, DatabaseUnavailable
from infra.local.server_programs import OLDEST_MAJOR

SECONDS = 5
LAST_PORT = 65_535


def check_url(url: str) -> str:
    """Connects once and describes what answered: "PostgreSQL 16.4 at host:5432/name".

    Raises ConfigurationError (not a URL) or DatabaseUnavailable (unreachable, refused, no such database, too
    old); their text names host, port, user and database, never the password.
    """
    parts = _parts(url)
    target = make_conninfo(url, connect_timeout=SECONDS)
    reached = _ping(target)
    if reached != pq.Ping.OK:
        raise _unreachable(parts, target, reached)
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
        parsed = {}
    ports = parsed.get("port", "5432").split(",")
    if not parsed or _torn(url) or not all(port.isdigit() for port in ports):
        raise ConfigurationError(
            "DATABASE_URL can't be read as postgresql://user:password@host:port/database",
            hint="write special characters of the password as %XX, for example @ as %40 and / as %2F",
        )
    wrong = next((port for port in ports if not 1 <= int(port) <= LAST_PORT), None)
    if wrong:
        raise ConfigurationError(f"DATABASE_URL names port {wrong}", hint=f"ports go from 1 to {LAST_PORT}")
    user = parsed.get("user", "")
    return {"host": parsed.get("host", "localhost"), "port": ",".join(ports), "user": user} | {
        "database": parsed.get("dbname", user)
    }


def _torn(url: str) -> bool:
    """Whether an unescaped @ or / of the password has made its rest part of the host or the database."""
    scheme, _, rest = url.partition("://")
    authority, _, path = rest.partition("?")[0].partition("/")
    return scheme.startswith("postgres") and (authority.count("@") > 1 or "@" in path)


def _place(parts: dict[str, str]) -> str:
    return f"{parts['host']}:{parts['port']}/{parts['database']}"


def _unreachable(parts: dict[str, str], target: str, reached: pq.Ping) -> AutomationError:
    if reached == pq.Ping.REJECT:
        return DatabaseUnavailable(
            f"{_place(parts)} is starting up, shutting down or recovering", hint="try again in a moment"
        )
    if not _known(parts["host"]):
        return DatabaseUnavailable(
            f"the host name {parts['host']!r} is not known here",
            hint="check its spelling, and that this machine can look names up",
        )
    mode = conninfo_to_dict(target).get("sslmode")
    if mode and _ping(make_conninfo(target, sslmode="disable")) == pq.Ping.OK:
        return DatabaseUnavailable(
            f"{_place(parts)} answers, but not over TLS as sslmode={mode} asks for",
            hint="turn TLS on at the server and check its certificate, or take sslmode out of DATABASE_URL",
        )
    return DatabaseUnavailable(
        f"no PostgreSQL answers at {_place(parts)} within {SECONDS} s",
        hint="start that server, check host, port and firewall, or unset DATABASE_URL (embedded server)",
    )


def _ping(target: str) -> pq.Ping:
    return pq.Ping(pq.PGconn.ping(target.encode()))


def _known(hosts: str) -> bool:
    """Whether any of the hosts is a directory of sockets or has an address."""
    for host in hosts.split(","):
        with contextlib.suppress(OSError, UnicodeError):
            return host.startswith("/") or bool(socket.getaddrinfo(host, None))
    return False


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

"""The processes of one embedded PostgreSQL: started, found again, awaited, ended.

The postmaster and its children inherit an open, locked file (`server.lock`). The lock lives exactly as long
as any of them does: no kill -9, no stale pid file and no reused pid can falsify the answer to "is it alive?".
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import signal
import socket
import time
from pathlib import Path
from typing import IO

from psycopg import pq

from automation.errors import DatabaseUnavailable
from infra.local import server_files as files
from infra.local.server_programs import Account, find_programs

HOST = "127.0.0.1"
START_SECONDS = 120.0  # recovery after a crash replays up to max_wal_size
STOP_SECONDS = 30.0
LARGEST_LOG = 10 * 1024 * 1024
SETTINGS = {
    "listen_addresses": HOST,
    "unix_socket_directories": "",
    "shared_buffers": "256MB",
    "max_wal_size": "2GB",
    "max_connections": "100",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
}
FORGETFUL = {"fsync": "off", "full_page_writes": "off"}


class Postmaster:
    """The server process of the files in `home`, whichever process of ours started it.

    `port` None: the port of the run before, else any free one. The caller sees to it that only one
    process at a time calls `await_ready` and `shut_down`.
    """

    def __init__(self, home: Path, account: Account, *, durable: bool, port: int | None) -> None:
        self.home = home
        self.source = "already running"
        self._account = account
        self._durable = durable
        self._wanted_port = port
        self._tried_port: int | None = None
        self._log_start = 0

    def alive(self) -> bool:
        """Whether any process of the server lives, ready or not."""
        lock = self._lock(fcntl.LOCK_SH) if self.home.is_dir() else None
        if lock:
            lock.close()
        return lock is None and self.home.is_dir()

    @property
    def port(self) -> int | None:
        """The port that the living server listens on, or is about to; None where none lives."""
        return int(line) if self.alive() and (line := self._pid_file(3)) else None

    def answers(self) -> bool:
        """Whether the server lives and takes connections now."""
        return self._ping() == pq.Ping.OK

    def keep_port(self) -> None:
        """Start on the port of the run before, or not at all."""
        self._wanted_port = self._last_port()

    def await_ready(self) -> None:
        """Returns when the server answers; starts it first when none of its processes lives."""
        deadline = time.monotonic() + START_SECONDS
        launched = False
        while not self.answers():
            lock = self._lock(fcntl.LOCK_EX)
            if lock:
                with lock:
                    self._refuse_a_second_failure(launched)
                    self._launch(lock)
                launched = True
            elif time.monotonic() > deadline:
                raise DatabaseUnavailable(
                    f"the embedded PostgreSQL in {self.home} does not answer after {START_SECONDS:.0f} s",
                    hint=f"it may still be recovering: see {self.home / 'log'}, then run the command again",
                )
            time.sleep(0.01)
        if launched:
            # Only now: a port that a server could not listen on must not be the next command's first choice.
            (self.home / "port").write_text(str(self.port))

    def shut_down(self) -> None:
        """A fast shutdown, an immediate one if that takes too long. Committed rows are safe in both."""
        for number in (signal.SIGINT, signal.SIGQUIT):
            self._signal_and_wait(number)
        if self.alive():
            raise DatabaseUnavailable(
                f"the embedded PostgreSQL in {self.home} does not stop (process {self._pid_file(0)})",
                hint=f"see {self.home / 'log'}",
            )

    def _signal_and_wait(self, number: signal.Signals) -> None:
        deadline = time.monotonic() + STOP_SECONDS
        signalled = False
        while self.alive() and time.monotonic() < deadline:
            # Only a server that answers is surely the process that wrote the pid file.
            if not signalled and self._ping() in (pq.Ping.OK, pq.Ping.REJECT) and (pid := self._pid_file(0)):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(int(pid), number)
                signalled = True
            time.sleep(0.005)

    def _lock(self, mode: int) -> IO[str] | None:
        """The server's lock file, locked: open only while no process of the server lives."""
        file = (self.home / "server.lock").open("a")
        try:
            fcntl.flock(file, mode | fcntl.LOCK_NB)
        except BlockingIOError:
            file.close()
            return None
        return file

    def _ping(self) -> pq.Ping:
        port = self.port
        if port is None:
            return pq.Ping.NO_ATTEMPT
        return pq.Ping(pq.PGconn.ping(f"host={HOST} port={port} user=postgres connect_timeout=2".encode()))

    def _pid_file(self, line: int) -> str:
        """A line of PostgreSQL's own file: 0 is the process id, 3 the port. Empty while there is none."""
        with contextlib.suppress(FileNotFoundError, IndexError):
            return (self.home / "data" / "postmaster.pid").read_text().splitlines()[line]
        return ""

    def _launch(self, lock: IO[str]) -> None:
        """Starts the postmaster with our lock in its hands."""
        programs = files.reachable(find_programs(), self._account, self.home)
        data = self.home / "data"
        if data.exists():
            files.check_version(data, programs)
        else:
            files.make_data(self.home, programs, self._account, durable=self._durable)
        # We hold the lock: whoever wrote a pid file is dead, even if its number lives on as another process.
        (data / "postmaster.pid").unlink(missing_ok=True)
        command = [programs.path("postgres"), "-D", str(data)]
        self._tried_port = self._choose_port()
        settings = SETTINGS | ({} if self._durable else FORGETFUL) | {"port": str(self._tried_port)}
        command += [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        with self._open_log() as log:
            self._account.start(command, log, lock)
        self.source = f"PostgreSQL {programs.version}, {programs.source}"

    def _refuse_a_second_failure(self, launched: bool) -> None:
        """Raises with the last words of a server that we started and that ended again."""
        port = self._tried_port
        if not launched or (self._wanted_port is None and port and not is_free(port)):
            return  # not started yet, or somebody was quicker than we to take the port
        said = (self.home / "log").read_bytes()[self._log_start :].decode(errors="replace")
        raise files.failure(self.home, "PostgreSQL did not start", said)

    def _open_log(self) -> IO[str]:
        """The server's log, begun anew when it has grown large."""
        log = self.home / "log"
        too_large = log.exists() and log.stat().st_size > LARGEST_LOG
        file = log.open("w" if too_large else "a")
        self._log_start = log.stat().st_size
        return file

    def _choose_port(self) -> int:
        if self._wanted_port is None:
            # The port of the run before, so that clients which people configured by hand go on working.
            last = self._last_port()
            return last if last and is_free(last) else free_port()
        if not is_free(self._wanted_port):
            raise DatabaseUnavailable(
                f"port {self._wanted_port} is taken by another program, or may not be listened on by this user",
                hint="choose another port, or none: a free one is found then",
            )
        return self._wanted_port

    def _last_port(self) -> int | None:
        with contextlib.suppress(FileNotFoundError, ValueError):
            return int((self.home / "port").read_text())
        return None


def is_free(port: int) -> bool:
    """Whether a server could listen on the port now; a connection in its last wait is no hindrance."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        with contextlib.suppress(OSError):
            probe.bind((HOST, port))
            return True
    return False


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port

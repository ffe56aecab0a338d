"""What an embedded PostgreSQL keeps on disk: its home with the data directory, the password and the log."""

from __future__ import annotations

import errno
import hashlib
import os
import pwd
import secrets
import shutil
from dataclasses import replace
from pathlib import Path

from automation.errors import DatabaseUnavailable
from infra.local.server_programs import Account, Programs, program_version

ROOM_FOR_A_NEW_DIRECTORY = 200 * 1024 * 1024


def home_of(directory: Path, account: Account) -> Path:
    """Where the server's files lie: in `directory`, or where another account can reach them."""
    if account.user is None:
        return directory
    name = hashlib.sha256(str(directory).encode()).hexdigest()[:16]
    return Path("/var/tmp") / f"automation-{name}"  # noqa: S108 - made with mode 0700 below, owner checked


def make_home(home: Path, directory: Path, account: Account) -> None:
    """Makes `home`, which only the account (and root) can enter, and shows in `directory` where it is.

    Refuses a home that somebody else made.
    """
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    ours = {os.geteuid()} | ({pwd.getpwnam(account.user).pw_uid} if account.user else set())
    if home.stat().st_uid not in ours:
        raise DatabaseUnavailable(
            f"{home} belongs to another user",
            hint=f"run as that user, or start empty: mv {home} {home}.other",
        )
    home.chmod(0o700)
    account.own(home)
    if not directory.exists():
        directory.parent.mkdir(parents=True, exist_ok=True)
        directory.symlink_to(home)


def reachable(programs: Programs, account: Account, home: Path) -> Programs:
    """The programs, copied into `home` where the account may not enter the directory they lie in."""
    if account.user is None or program_version(programs.bin, account):
        return programs
    install, package = programs.bin.parent, programs.bin.parent.parent
    # The copy keeps the places relative to each other: the programs look for their libraries so.
    target = home / "programs" / package.name
    copied = replace(programs, bin=target / install.name / "bin")
    if program_version(copied.bin, account) == programs.version:
        return copied
    shutil.copytree(install, target / install.name, dirs_exist_ok=True, ignore=shutil.ignore_patterns("include"))
    beside = package.with_name(f"{package.name}.libs")
    if beside.is_dir():
        shutil.copytree(beside, target.with_name(beside.name), dirs_exist_ok=True)
    if program_version(copied.bin, account) is None:
        raise DatabaseUnavailable(
            f"the account {account.user} can't run {programs.bin}",
            hint="run this command as an ordinary user, or set DATABASE_URL to a running server",
        )
    return copied


def check_version(data: Path, programs: Programs) -> None:
    """Refuses a data directory that another major version made: PostgreSQL can't read it."""
    made_by = (data / "PG_VERSION").read_text().strip()
    if made_by != str(programs.major):
        aside = f"{data}.{made_by}"
        raise DatabaseUnavailable(
            f"{data} was made by PostgreSQL {made_by}, but the programs here ({programs.source}) "
            f"are PostgreSQL {programs.version}",
            hint=f"to keep its rows: pg_dump of version {made_by}; to start empty: mv {data} {aside}",
        )


def make_data(home: Path, programs: Programs, account: Account, *, durable: bool) -> None:
    """Makes `home`/data and `home`/password; all of it or, when cut off, nothing that counts."""
    check_room(home)
    # A directory becomes `data` only when it is complete: what a killed initdb left is thrown away.
    unfinished = home / "data.unfinished"
    shutil.rmtree(unfinished, ignore_errors=True)
    password = home / "password"
    write_private(password, secrets.token_urlsafe(24), account)
    command = [programs.path("initdb"), "-D", str(unfinished), "-U", "postgres", f"--pwfile={password}"]
    # Rounds protect passwords that can be guessed; of one of 192 random bits they make every connection slower.
    command += ["--auth=scram-sha-256", "--set=scram_iterations=1"]
    command += ["-E", "UTF8", *_locale(programs), "--no-instructions"]
    done = account.run(command if durable else [*command, "--no-sync"])
    if done.returncode != 0:
        raise failure(home, "the data directory could not be made", done.stdout)
    unfinished.rename(home / "data")


def _locale(programs: Programs) -> list[str]:
    """C.UTF-8 from PostgreSQL itself where it has one: not every operating system does."""
    if programs.major >= 17:
        return ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    return ["--locale=C.UTF-8"]


def check_room(home: Path) -> None:
    free = shutil.disk_usage(home).free
    if free < ROOM_FOR_A_NEW_DIRECTORY:
        raise disk_full(home, f"{free // 2**20} MB free, {ROOM_FOR_A_NEW_DIRECTORY // 2**20} MB needed")


def failure(home: Path, what: str, output: str) -> DatabaseUnavailable:
    """An error out of what a program said last; a full disk is named as such."""
    if "No space left on device" in output:
        return disk_full(home, what)
    last = " | ".join(line.strip() for line in output.strip().splitlines()[-3:])
    return DatabaseUnavailable(f"{what}: {last or 'it said nothing'}", hint=f"see {home / 'log'}")


def refused(home: Path, error: OSError) -> DatabaseUnavailable:
    """An error out of what the operating system said about a file of ours."""
    if error.errno == errno.ENOSPC:
        return disk_full(home, f"{error.filename or home} could not be written")
    return DatabaseUnavailable(
        f"{error.filename or home} can't be used: {error.strerror}",
        hint=f"check who owns {home}, or set DATABASE_URL to a running server",
    )


def disk_full(home: Path, detail: str) -> DatabaseUnavailable:
    return DatabaseUnavailable(
        f"the disk that holds {home} is full: {detail}",
        hint="free some space and run the command again; data that was written is kept",
    )


def write_private(path: Path, text: str, account: Account) -> None:
    """Writes a file that nobody else can read, not even for a moment."""
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
    account.own(path)

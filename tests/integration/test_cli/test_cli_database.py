"""`automation migrate`, `verify` and `db`, on empty databases and on an embedded server of the test's own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from automation.database import connect, scalar
from infra.local.cli import main
from infra.local.postgres import Server
from infra.local.stack import MIGRATIONS
from tests.integration.test_cli.conftest import Cli

FILES = sorted(path.name for path in MIGRATIONS.glob("0*.sql"))


@pytest.fixture
def empty(home: Path, make_database: Callable[..., str], monkeypatch: pytest.MonkeyPatch) -> str:
    url = make_database()
    monkeypatch.setenv("DATABASE_URL", url)
    return url


def test_migrating_names_what_it_applied_and_then_has_nothing_to_do(
    empty: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["migrate"]) == 0
    first = capsys.readouterr().out
    assert f"migrated: {', '.join(FILES)}" in first
    assert empty.split("@")[1] in first
    assert main(["migrate"]) == 0
    assert "nothing to migrate" in capsys.readouterr().out


def test_commands_that_need_the_schema_make_it(empty: str) -> None:
    assert main(["rules", "list"]) == 0
    with connect(empty) as connection:
        assert scalar(connection, "select count(*) from automation_migrations") == len(FILES)


def test_verify_lists_the_eight_tables_with_their_parts(cli: Cli) -> None:
    result = cli("verify")
    assert result.code == 0
    for part in ("auto_invest_rules_due", "rebalancing_executions", "trigger_orders", "notification_logs_once"):
        assert part in result.out
    assert "auto_invest_rules_client_id_fkey" in result.out


def test_verify_does_not_mend_and_names_all_that_is_missing(empty: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verify"]) == 1
    written = capsys.readouterr()
    assert "missing: table auto_invest_rules is missing" in written.err
    assert "next: run automation migrate" in written.err
    with connect(empty) as connection:
        assert scalar(connection, "select to_regclass('auto_invest_rules')") is None


def test_a_lost_index_is_named(cli: Cli, database_url: str) -> None:
    with connect(database_url) as connection:
        connection.execute("drop index auto_invest_rules_due")
    result = cli("verify")
    assert result.code == 1
    assert "missing: index auto_invest_rules_due of auto_invest_rules is missing" in result.err


@pytest.fixture
def embedded(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A home whose server is erased afterwards; no DATABASE_URL."""
    assert "DATABASE_URL" not in os.environ
    yield home
    Server(home / ".local" / "postgres").erase()


def test_the_embedded_server_is_started_found_used_and_stopped(
    embedded: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def said(*words: str) -> str:
        assert main(list(words)) == 0
        return capsys.readouterr().out.strip()

    assert said("db", "status") == "not running, and never was"
    assert said("db", "start").startswith("running: embedded PostgreSQL on port ")
    assert said("db", "status").endswith("; kept running")
    url = said("db", "url")
    assert "migrated: 0001_platform.sql" in said("migrate")
    with connect(url) as connection:
        assert scalar(connection, "select count(*) from auto_invest_rules") == 0
    assert said("db", "stop") == "stopped"
    assert said("db", "stop") == "not running"
    assert said("db", "status").startswith("not running; its data is in ")
    assert main(["db", "url"]) == 1
    assert "next: run: automation db start" in capsys.readouterr().err


def test_erasing_stops_a_server_that_is_kept_running_and_leaves_nothing(
    embedded: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["db", "start"]) == 0
    server = Server(embedded / ".local" / "postgres")
    assert main(["db", "erase"]) == 2
    assert server.running()
    assert main(["db", "erase", "--yes"]) == 0
    assert not server.running()
    assert list((embedded / ".local").iterdir()) == []
    assert main(["db", "erase"]) == 0
    assert capsys.readouterr().out.endswith("nothing to erase\n")


def test_make_clean_all_leaves_no_server_behind(embedded: Path) -> None:
    """In a copy of what the target needs: the Makefile, and the program that it calls."""
    shutil.copy(MIGRATIONS.parents[1] / "Makefile", embedded)
    program = embedded / ".venv" / "bin" / "automation"
    program.parent.mkdir(parents=True)
    program.symlink_to(Path(sys.executable).with_name("automation"))
    for name in ("functions", "infra", "layers", "tests"):
        (embedded / name).mkdir()
    assert main(["db", "start"]) == 0
    server = Server(embedded / ".local" / "postgres")
    done = subprocess.run(["make", "clean-all"], cwd=embedded, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert not server.running()
    assert not (embedded / ".local").exists()
    assert not (embedded / ".venv").exists()


def test_with_a_database_url_there_is_no_server_to_start(cli: Cli, database_url: str) -> None:
    assert cli("db", "url").out.strip() == database_url
    result = cli("db", "start")
    assert result.code == 2
    assert result.err.startswith("error: DATABASE_URL names a server of yours")


def test_a_database_url_in_the_env_file_counts(
    home: Path, database_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (home / ".env").write_text(f'DATABASE_URL="{database_url}"  # the test\'s own\n')
    assert main(["db", "url"]) == 0
    assert capsys.readouterr().out.strip() == database_url
    assert main(["status"]) == 0
    assert "from DATABASE_URL" in capsys.readouterr().out
    assert "DATABASE_URL" not in os.environ


def test_another_database_of_the_server_is_taken_by_its_name(
    cli: Cli, make_database: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    other = make_database()
    name = other.rpartition("/")[2]
    monkeypatch.setenv("AUTOMATION_DATABASE", name)
    migrated = cli("migrate").out
    assert f"database: {name} of that server, named by AUTOMATION_DATABASE" in migrated
    assert "migrated: 0001_platform.sql" in migrated
    assert f"dbname={name}" in cli("db", "url").out
    monkeypatch.setenv("AUTOMATION_DATABASE", "absent")
    result = cli("status")
    assert result.code == 1
    assert result.err.startswith("error: AUTOMATION_DATABASE names 'absent', which the server does not have")

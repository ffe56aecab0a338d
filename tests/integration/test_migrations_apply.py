"""Numbered SQL files are applied once, whole or not at all, whoever else tries at the same time."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from automation.database import Connection, connect, scalar
from automation.errors import DatabaseUnavailable, MigrationError
from automation.migrations.apply import migrate, read_files
from infra.local.server_programs import find_programs
from tests.conftest import MIGRATIONS


@pytest.fixture
def url(make_database: Callable[..., str]) -> str:
    """The URL of an empty database."""
    return make_database()


@pytest.fixture
def empty(url: str) -> Iterator[Connection]:
    with connect(url) as connection:
        yield connection


def write(directory: Path, **files: str) -> Path:
    """Files 0001_name.sql, 0002_name.sql, … in the order given."""
    for number, (name, text) in enumerate(files.items(), start=1):
        (directory / f"{number:04}_{name}.sql").write_text(text)
    return directory


def tables(connection: Connection) -> set[str]:
    rows = connection.execute("select tablename::text from pg_tables where schemaname = 'public'")
    return {name for (name,) in rows} - {"automation_migrations"}


def recorded(connection: Connection) -> list[str]:
    return [name for (name,) in connection.execute("select name from automation_migrations order by version")]


def refusal(connection: Connection, directory: Path) -> MigrationError:
    with pytest.raises(MigrationError) as refused:
        migrate(connection, directory)
    assert refused.value.hint
    return refused.value


def test_the_projects_files_are_applied_once(empty: Connection) -> None:
    names = [path.name for path in sorted(MIGRATIONS.glob("0*.sql"))]
    assert migrate(empty, MIGRATIONS) == names
    assert migrate(empty, MIGRATIONS) == []
    assert recorded(empty) == names


def test_only_new_files_are_applied_later(empty: Connection, tmp_path: Path) -> None:
    write(tmp_path, one="create table one ()")
    assert migrate(empty, tmp_path) == ["0001_one.sql"]
    (tmp_path / "0002_two.sql").write_text("create table two ()")
    assert migrate(empty, tmp_path) == ["0002_two.sql"]
    assert tables(empty) == {"one", "two"}


def test_two_at_once_apply_every_file_once_between_them(url: str, tmp_path: Path) -> None:
    # None of these statements could be executed twice.
    files = {f"n{number}": f"create table n{number} (); select pg_sleep(0.01)" for number in range(5)}
    write(tmp_path, **files)
    start = threading.Barrier(2)

    def one(_: int) -> list[str]:
        with connect(url) as connection:
            start.wait()
            return migrate(connection, tmp_path)

    with ThreadPoolExecutor() as pool:
        first, second = pool.map(one, range(2))
    assert sorted(first + second) == [file.name for file in read_files(tmp_path)]


def test_a_file_that_was_changed_after_it_was_applied_is_named(empty: Connection, tmp_path: Path) -> None:
    write(tmp_path, one="create table one ()", two="create table two ()")
    migrate(empty, tmp_path)
    (tmp_path / "0001_one.sql").write_text("create table one (n integer)")
    assert refusal(empty, tmp_path).message.startswith("0001_one.sql was changed")


def test_how_a_checkout_ends_its_lines_is_no_change(empty: Connection, tmp_path: Path) -> None:
    (tmp_path / "0001_one.sql").write_bytes(b"create table one\n(\n);\n")
    migrate(empty, tmp_path)
    (tmp_path / "0001_one.sql").write_bytes(b"create table one\r\n(\r\n);\r\n")
    assert migrate(empty, tmp_path) == []


def test_a_broken_file_leaves_nothing_and_names_its_line(empty: Connection, tmp_path: Path) -> None:
    write(
        tmp_path,
        good="create table good ()",
        broken="create table half ();\n-- é\ncreate tabel whole ();",
        never="create table never ()",
    )
    refused = refusal(empty, tmp_path)
    assert refused.message == '0002_broken.sql line 3: syntax error at or near "tabel" (SQLSTATE 42601)'
    assert tables(empty) == {"good"}
    assert recorded(empty) == ["0001_good.sql"]


def test_a_statement_that_fails_on_data_leaves_nothing(empty: Connection, tmp_path: Path) -> None:
    write(tmp_path, one="create table one (n integer unique);\ninsert into one values (1), (1);")
    refused = refusal(empty, tmp_path)
    assert refused.message.startswith("0001_one.sql: duplicate key value")
    assert "(n)=(1) already exists" in refused.message
    assert "SQLSTATE 23505" in refused.message
    assert tables(empty) == set()


def test_a_database_that_can_not_be_written_is_named(empty: Connection, tmp_path: Path) -> None:
    write(tmp_path, one="create table one ()")
    empty.execute("set default_transaction_read_only = on")
    refused = refusal(empty, tmp_path)
    assert refused.message.startswith("0001_one.sql: cannot execute CREATE TABLE in a read-only")
    assert "name the writer" in refused.hint


def test_after_a_repair_the_rest_is_applied(empty: Connection, tmp_path: Path) -> None:
    write(tmp_path, one="create table one ()", two="create table two")
    refusal(empty, tmp_path)
    write(tmp_path, one="create table one ()", two="create table two ()")
    assert migrate(empty, tmp_path) == ["0002_two.sql"]


def test_a_connection_that_is_lost_leaves_nothing(url: str, empty: Connection, tmp_path: Path) -> None:
    write(tmp_path, one="create table one (); select pg_terminate_backend(pg_backend_pid())")
    with pytest.raises(DatabaseUnavailable, match="during 0001_one") as refused:
        migrate(empty, tmp_path)
    assert "run it again" in refused.value.hint
    with connect(url) as connection:
        assert tables(connection) == set()


def test_a_lock_is_waited_for_a_few_seconds_only(empty: Connection, tmp_path: Path) -> None:
    write(tmp_path, one="create table seen as select current_setting('lock_timeout') as lock_timeout")
    migrate(empty, tmp_path)
    assert scalar(empty, "select lock_timeout from seen") == "5s"
    assert scalar(empty, "select current_setting('lock_timeout')") == "0"


def test_a_table_that_stays_locked_is_left_alone(url: str, empty: Connection, tmp_path: Path) -> None:
    write(tmp_path, one="set local lock_timeout = '20ms'; drop table busy")
    empty.execute("create table busy ()")
    with connect(url) as other, other.transaction():
        other.execute("select from busy")
        refused = refusal(empty, tmp_path)
    assert "SQLSTATE 55P03" in refused.message
    assert "run it again" in refused.hint
    assert tables(empty) == {"busy"}


@pytest.mark.parametrize(
    ("names", "said"),
    [
        (["0001_a.sql", "0003_b.sql"], "0003_b.sql comes where 0002 is missing"),
        (["0002_a.sql"], "0002_a.sql comes where 0001 is missing"),
        (["0001_a.sql", "0001_b.sql"], "0001_b.sql is a second file with its number"),
        (["0001_a.sql", "2_b.sql"], "2_b.sql is not named NNNN_name.sql"),
        (["rollback.sql"], "no numbered SQL file"),
    ],
)
def test_files_are_numbered_without_gap(names: list[str], said: str, tmp_path: Path) -> None:
    for name in names:
        (tmp_path / name).write_text("select 1")
    with pytest.raises(MigrationError) as refused:
        read_files(tmp_path)
    assert said in refused.value.message


@pytest.mark.parametrize("statement", ["commit", "BEGIN", "Rollback", "start transaction"])
def test_a_file_that_would_end_its_transaction_is_refused(statement: str, tmp_path: Path) -> None:
    write(tmp_path, one=f"create table one ();\n{statement};")
    with pytest.raises(MigrationError) as refused:
        read_files(tmp_path)
    assert refused.value.message == f"0001_one.sql line 2: {statement.lower()} in a migration"


def test_a_function_body_may_begin_and_end(empty: Connection, tmp_path: Path) -> None:
    write(tmp_path, one="do $$\nbegin\n    create table made ();\nend;\n$$;")
    assert migrate(empty, tmp_path) == ["0001_one.sql"]
    assert tables(empty) == {"made"}


def test_a_database_of_a_later_version_is_refused(empty: Connection, tmp_path: Path) -> None:
    write(tmp_path, one="create table one ()", two="create table two ()")
    migrate(empty, tmp_path)
    (tmp_path / "0002_two.sql").unlink()
    assert "the database has 0002_two.sql" in refusal(empty, tmp_path).message


def test_files_that_were_run_by_hand_are_recorded_without_harm(url: str, empty: Connection) -> None:
    names = [str(path) for path in sorted(MIGRATIONS.glob("0*.sql"))]
    by_hand = [find_programs().path("psql"), url, "-qX", "-v", "ON_ERROR_STOP=1", "--single-transaction"]
    for name in names:
        by_hand += ["-f", name]
    for _ in range(2):
        done = subprocess.run(by_hand, capture_output=True, text=True, check=False)
        assert (done.returncode, "ERROR" in done.stderr) == (0, False), done.stderr
    empty.execute("insert into clients (id, name) values ('c1', 'Asha')")
    made = tables(empty)
    assert len(migrate(empty, MIGRATIONS)) == len(names)
    assert tables(empty) == made
    assert scalar(empty, "select name from clients") == "Asha"


def test_the_hosts_own_tables_are_kept(empty: Connection) -> None:
    columns = """
        id text primary key, name text, email text, phone text, push_endpoint text, time_zone text,
        currency char(3), cash_balance numeric(18,2), kyc_status text, status text, user_id text,
        rm_user_id text, created_at timestamptz, branch text"""
    empty.execute(f"create table clients ({columns})".encode())
    empty.execute("insert into clients (id, name, branch) values ('c1', 'Asha', 'Pune')")
    migrate(empty, MIGRATIONS)
    assert scalar(empty, "select branch from clients where id = 'c1'") == "Pune"
    constraints = "select count(*) from pg_constraint where conrelid = 'clients'::regclass and contype = 'c'"
    assert scalar(empty, constraints) == 0


def test_a_read_only_copy_that_is_up_to_date_is_left_as_it_is(database_url: str) -> None:
    with connect(database_url) as connection:
        connection.execute("set default_transaction_read_only = on")
        assert migrate(connection, MIGRATIONS) == []


def test_a_read_only_copy_that_is_behind_is_told_so(url: str) -> None:
    with connect(url) as connection:
        connection.execute("set default_transaction_read_only = on")
        with pytest.raises(MigrationError) as error:
            migrate(connection, MIGRATIONS)
    assert "read-only" in error.value.hint

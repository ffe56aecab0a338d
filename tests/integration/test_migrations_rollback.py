"""rollback.sql takes automation away, deliberately and whole, and leaves the platform its rows."""

from __future__ import annotations

import subprocess

from automation.database import Connection, scalar
from automation.migrations.apply import migrate
from automation.migrations.verify import platform_tables, verify
from infra.local.server_programs import find_programs
from tests.conftest import MIGRATIONS


def roll_back(url: str, *options: str) -> subprocess.CompletedProcess[str]:
    command = [find_programs().path("psql"), url, "-qX", *options, "-f", str(MIGRATIONS / "rollback.sql")]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def tables(connection: Connection) -> set[str]:
    rows = connection.execute("select tablename::text from pg_tables where schemaname = 'public'")
    return {name for (name,) in rows}


def test_it_does_nothing_unless_it_is_confirmed(database_url: str, connection: Connection) -> None:
    before = tables(connection)
    for options in ([], ["-v", "confirm=no"], ["-v", "confirm=' or true --"]):
        done = roll_back(database_url, *options)
        assert done.returncode != 0
        assert "nothing was done" in done.stderr
    assert tables(connection) == before


def test_it_leaves_the_platforms_tables_and_rows_only(database_url: str, connection: Connection) -> None:
    connection.execute("insert into clients (id, name, cash_balance) values ('c1', 'Asha', 500)")
    done = roll_back(database_url, "-v", "confirm=yes")
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    assert tables(connection) == set(platform_tables(MIGRATIONS))
    functions = "select count(*) from pg_proc where pronamespace = 'public'::regnamespace"
    assert scalar(connection, functions) == 0
    assert scalar(connection, "select cash_balance from clients where id = 'c1'") == 500
    assert scalar(connection, "select count(*) from pg_policy") == 0
    assert scalar(connection, "select count(*) from pg_class where relrowsecurity or relforcerowsecurity") == 0
    rights = "select count(*) from information_schema.role_table_grants where grantee = 'automation_api'"
    assert scalar(connection, rights) == 0


def test_migrating_again_makes_everything_again(database_url: str, connection: Connection) -> None:
    applied = [path.name for path in sorted(MIGRATIONS.glob("0*.sql"))]
    for _ in range(2):  # a second time it has nothing left to remove
        assert roll_back(database_url, "-v", "confirm=yes").returncode == 0
    assert migrate(connection, MIGRATIONS) == applied
    assert verify(connection, MIGRATIONS).ok


def test_what_somebody_elses_table_refers_to_stops_it_whole(database_url: str, connection: Connection) -> None:
    connection.execute("create table reports (rule_id uuid references auto_invest_rules (id))")
    before = tables(connection)
    done = roll_back(database_url, "-v", "confirm=yes")
    assert done.returncode != 0
    assert "reports" in done.stderr
    assert tables(connection) == before

"""`verify` finds whatever a migrated database has lost, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from automation.database import Connection
from automation.errors import MigrationError
from automation.migrations.verify import (
    AUTOMATION_TABLES,
    MANIFEST,
    Difference,
    Schema,
    Table,
    differences,
    manifest_text,
    platform_tables,
    read_manifest,
    verify,
)
from tests.conftest import MIGRATIONS

BAD = {
    "drop table in_app_notifications": "table in_app_notifications is missing",
    "drop table goal_products": "table goal_products is missing",
    "alter table auto_invest_rules drop column failure_limit":
        "column failure_limit of auto_invest_rules is missing: smallint not null default 3",
    "alter table auto_invest_rules alter column name drop not null":
        "column name of auto_invest_rules differs: expected text not null, found text",
    "alter table trigger_orders alter column amount type numeric(12,2)":
        "column amount of trigger_orders differs: expected numeric(18,2), found numeric(12,2)",
    "drop index notification_logs_waiting":
        "index notification_logs_waiting of notification_logs is missing: CREATE INDEX",
    "alter table notification_logs drop constraint notification_logs_once":
        "index notification_logs_once of notification_logs is missing: CREATE UNIQUE INDEX",
    "alter table auto_invest_rules drop constraint auto_invest_rules_client_id_fkey":
        "foreign key auto_invest_rules_client_id_fkey of auto_invest_rules is missing: FOREIGN KEY (client_id)",
    "alter table automation_execution_logs drop constraint automation_execution_logs_status_known":
        "check automation_execution_logs_status_known of automation_execution_logs is missing: CHECK",
    "alter table automation_runs drop column counts": "column counts of automation_runs is missing",
    "alter table clients drop column time_zone": "column time_zone of clients is missing",
    "drop policy automation_scope on orders": "policy automation_scope of orders is missing",
    "alter table auto_invest_rules disable row level security":
        "policy automation_scope of auto_invest_rules is missing",
}  # fmt: skip


def test_a_migrated_database_lacks_nothing(connection: Connection) -> None:
    report = verify(connection, MIGRATIONS)
    assert report.differences == ()
    assert report.ok
    assert set(AUTOMATION_TABLES) <= set(report.tables)
    rules = report.tables["auto_invest_rules"]
    assert rules.columns["amount"] == "numeric(18,2) not null"
    assert "auto_invest_rules_due" in rules.indexes
    assert "REFERENCES clients(id)" in rules.foreign_keys["auto_invest_rules_client_id_fkey"]
    assert rules.checks["auto_invest_rules_amount_positive"].startswith("CHECK")


@pytest.mark.parametrize(("statement", "said"), BAD.items())
def test_whatever_is_lost_is_named(statement: str, said: str, connection: Connection) -> None:
    connection.execute(statement.encode())
    report = verify(connection, MIGRATIONS)
    assert not report.ok
    assert any(str(difference).startswith(said) for difference in report.differences), report.differences


def test_losses_are_counted_with_their_table(connection: Connection) -> None:
    connection.execute("drop table in_app_notifications")
    report = verify(connection, MIGRATIONS)
    assert "in_app_notifications" not in report.tables
    assert [(one.table, str(one)) for one in report.differences] == [
        ("in_app_notifications", "table in_app_notifications is missing")
    ]


def test_additions_of_others_are_no_differences(connection: Connection) -> None:
    connection.execute("alter table auto_invest_rules add column branch text")
    connection.execute("create index extra on notification_logs (provider_id)")
    connection.execute("alter table clients add column branch text, alter column name type varchar(80)")
    connection.execute("create table branches (id integer primary key)")
    assert verify(connection, MIGRATIONS).ok


def test_a_schema_of_another_name_is_verified_through_the_search_path(connection: Connection) -> None:
    connection.execute("alter schema public rename to host")
    connection.execute("set search_path to host")
    assert verify(connection, MIGRATIONS).differences == ()


def test_an_empty_database_lacks_every_table(connection: Connection) -> None:
    connection.execute("drop schema public cascade")
    connection.execute("create schema public")
    missing = {difference.table for difference in verify(connection, MIGRATIONS).differences}
    assert set(AUTOMATION_TABLES) | set(platform_tables(MIGRATIONS)) <= missing


def test_the_manifest_is_that_of_a_fresh_database(connection: Connection) -> None:
    committed = (MIGRATIONS / MANIFEST).read_text(encoding="utf-8")
    fresh = manifest_text(connection, MIGRATIONS)
    assert committed == fresh, "the migrations changed: run `.venv/bin/python -m infra.local.manifest` and commit"


def test_the_manifest_tells_the_hosts_tables_from_ours() -> None:
    manifest = read_manifest(MIGRATIONS)
    assert set(AUTOMATION_TABLES) <= set(manifest.tables)
    assert {"users", "clients", "products", "navs", "holdings", "lots", "orders"} <= set(manifest.platform)
    assert not set(manifest.tables) & set(manifest.platform)


def test_a_missing_manifest_is_named(connection: Connection, tmp_path: Path) -> None:
    with pytest.raises(MigrationError, match=r"expected\.json is missing"):
        verify(connection, tmp_path)


def test_differences_are_those_of_the_expected_only() -> None:
    expected = Schema({"a": Table(columns={"x": "text", "y": "text"}, checks={"c": "CHECK (true)"})}, {"p": ("i", "j")})
    found = Schema({"a": Table(columns={"x": "text", "y": "integer", "z": "text"}), "b": Table()}, {"p": ("j", "k")})
    assert differences(expected, found) == [
        Difference("a", "column", "y", "text", "integer"),
        Difference("a", "check", "c", "CHECK (true)", None),
        Difference("p", "column", "i", "", None),
    ]
    assert differences(expected, expected) == []

"""The queries of docs/migration-guide.md are true of a migrated database."""

from __future__ import annotations

import re

from automation.database import Connection
from tests.conftest import MIGRATIONS

GUIDE = (MIGRATIONS.parents[1] / "docs" / "migration-guide.md").read_text(encoding="utf-8")


def queries(after: str, before: str) -> list[str]:
    return re.findall(r"```sql\n(.+?)```", GUIDE.split(after)[1].split(before)[0], flags=re.DOTALL)


def rows(connection: Connection, query: str) -> int:
    return len(connection.execute(query.encode()).fetchall())


def test_a_sound_database_gives_no_row_where_the_guide_says_so(connection: Connection) -> None:
    checks = queries("must return no row", "show what there is")
    assert [rows(connection, query) for query in checks] == [0, 0, 0, 0, 0]


def test_a_damaged_database_gives_a_row_in_each_of_them(connection: Connection) -> None:
    connection.execute("drop table in_app_notifications")
    connection.execute("alter table orders add constraint later check (leg >= 0) not valid")
    connection.execute("insert into clients (id, name, cash_balance) values ('c1', 'Asha', 10)")
    connection.execute("insert into products (id, name, amc, asset_class) values ('p1', 'P', 'A', 'equity')")
    connection.execute("insert into holdings (client_id, product_id, units, cost) values ('c1', 'p1', 1, 1)")
    connection.execute("alter table goals disable row level security")
    checks = queries("must return no row", "show what there is")
    assert [rows(connection, query) for query in checks] == [1, 1, 1, 1, 1]


def test_what_the_guide_shows_is_there(connection: Connection) -> None:
    assert all(rows(connection, query) for query in queries("show what there is", "## A host platform"))

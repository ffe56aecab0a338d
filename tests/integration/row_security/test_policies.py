"""Every table with a client's rows is under the policies of the API, and they hold for reading and for writing."""

from __future__ import annotations

import pytest
from psycopg import sql
from psycopg.errors import InsufficientPrivilege

from automation.database import Connection, Database, scalar
from automation.errors import DataRefused
from automation.identity.permissions import EVERYONE, NOBODY, Scope
from automation.identity.personas import ROLE, persona
from automation.migrations.verify import POLICY, read_manifest
from automation.store import audit
from tests.conftest import MIGRATIONS
from tests.estates import Estate

# All but what everybody sees, and only those write who see everyone.
OF_CLIENTS = [table for table in read_manifest(MIGRATIONS).secured if table != "products"]
ASHA = Scope(own="asha")
EMPTY = dict.fromkeys(OF_CLIENTS, 0)


COUNTS = sql.SQL(" union all ").join(
    sql.SQL("select {}, count(*) from {}").format(sql.Literal(table), sql.Identifier(table)) for table in OF_CLIENTS
)


def counted(database: Database, scope: Scope) -> dict[str, int]:
    """How many rows of each table are seen within a scope."""
    with database.acting(persona(scope)):
        return database.transaction(lambda connection: dict(connection.execute(COUNTS).fetchall()))


def test_every_table_with_a_clients_rows_has_them_enabled_forced_and_restrictive(connection: Connection) -> None:
    found = connection.execute(
        """
        with recursive of_clients as (
            select attrelid as oid from pg_attribute where attname = 'client_id' and not attisdropped
            union
            select conrelid from pg_constraint join of_clients on confrelid = of_clients.oid and contype = 'f')
        select relname, relrowsecurity, relforcerowsecurity,
               exists (select from pg_policy where polrelid = c.oid and polname = %s and not polpermissive
                       and polcmd = '*' and polroles = array[%s::regrole::oid])
        from of_clients join pg_class c using (oid)
        where relkind in ('r', 'p') and relnamespace = 'public'::regnamespace
        """,
        (POLICY, ROLE),
    ).fetchall()
    assert {name for name, *_ in found} >= {"orders", "auto_invest_skips", "goal_products", "in_app_notifications"}
    bare = [name for name, *held in found if not all(held)]
    assert bare == [], "secure it in the migration that makes it: select automation_secure('…', '…')"


def test_views_ask_as_whoever_reads_them(connection: Connection) -> None:
    views = """
        select relname from pg_class
        where relkind in ('v', 'm') and relnamespace = 'public'::regnamespace
          and not coalesce(reloptions, '{}') @> array['security_invoker=true']"""
    assert connection.execute(views.encode()).fetchall() == []


def test_the_role_may_do_no_more_than_read_and_write_rows(connection: Connection) -> None:
    rights = connection.execute(
        "select privilege_type, table_name from information_schema.role_table_grants where grantee = %s", (ROLE,)
    ).fetchall()
    assert {right for right, _ in rights} == {"SELECT", "INSERT", "UPDATE", "DELETE"}
    assert {table for _, table in rights}.isdisjoint({"users", "automation_migrations"})
    lasting = {"automation_execution_logs", "orders", "cash_journal", "lots", "automation_controls", "automation_runs"}
    assert {table for right, table in rights if right == "DELETE"}.isdisjoint(lasting)
    assert scalar(connection, "select count(*) from pg_class where relowner = %s::regrole", (ROLE,)) == 0
    attributes = "select rolcanlogin, rolsuper, rolbypassrls, rolcreaterole from pg_roles where rolname = %s"
    assert connection.execute(attributes.encode(), (ROLE,)).fetchone() == (False, False, False, False)


@pytest.mark.usefixtures("estates")
def test_without_a_setting_nothing_is_seen_of_anybody(database: Database) -> None:
    everything = counted(database, EVERYONE)
    assert min(everything.values()) >= 2, everything
    assert counted(database, NOBODY) == EMPTY
    without_settings = persona(NOBODY)._replace(settings=(("app.unheard_of", ""),))
    with database.acting(without_settings):
        assert database.transaction(lambda c: dict(c.execute(COUNTS).fetchall())) == EMPTY


@pytest.mark.usefixtures("estates")
@pytest.mark.parametrize("scope", [ASHA, Scope(managed="ravi"), Scope(own="asha", managed="ravi")])
def test_within_a_scope_exactly_half_of_everything_is_seen(scope: Scope, database: Database) -> None:
    seen, everything = counted(database, scope), counted(database, EVERYONE)
    own = {"automation_requests", "automation_allowances"} if scope.own is None else set()
    assert {table: number for table, number in seen.items() if number * 2 != everything[table]} == dict.fromkeys(own, 0)


def test_terms_of_products_are_seen_by_all_and_written_by_those_who_see_everyone(
    database: Database, estates: list[Estate]
) -> None:
    edit = "update products set min_purchase = 5 where id = 'FUND'"
    with database.acting(persona(ASHA)), pytest.raises(InsufficientPrivilege, match="row-level security policy"):
        database.transaction(lambda c: c.execute(edit))
    with database.acting(persona(EVERYONE)):
        assert database.transaction(lambda c: c.execute(edit).rowcount) == 1


@pytest.mark.usefixtures("estates")
def test_the_audit_trail_is_continued_by_whoever_changes_something(database: Database, connection: Connection) -> None:
    last = scalar(connection, "select max(number) from automation_audit")
    with database.acting(persona(Scope(own="nobody"))):
        assert database.transaction(audit.end).number == last
        assert database.transaction(lambda c: scalar(c, "select count(*) from automation_audit")) == 0
        with pytest.raises(InsufficientPrivilege):
            database.transaction(lambda c: c.execute("update automation_audit set by = 'x'"))


@pytest.mark.parametrize("user", ["", "nobody", "'; reset role; --", "asha'", "%s", "\\", '"', "ashaé", "a" * 5000])
@pytest.mark.usefixtures("estates")
def test_whatever_a_user_is_called_it_is_no_more_than_a_name(user: str, database: Database) -> None:
    assert counted(database, Scope(own=user, managed=user)) == EMPTY


NEW = {
    "goals": "set id = 'X'",
    "orders": "set id = gen_random_uuid()",
    "auto_invest_rules": "set id = gen_random_uuid()",
    "auto_invest_skips": "set id = gen_random_uuid()",
    "notification_preferences": "set id = gen_random_uuid(), event = 'Order Settled'",
    "automation_controls": "set id = gen_random_uuid()",
}


@pytest.mark.parametrize(("table", "key"), NEW.items())
@pytest.mark.usefixtures("estates")
def test_no_row_is_written_for_another(table: str, key: str, database: Database, connection: Connection) -> None:
    """A row of the other client is the model, so that nothing but the policy can be against it."""
    name, set_key = sql.Identifier(table), sql.SQL("update model " + key)
    made = sql.SQL("create table model as select * from {0} where {0}::text like '%bela%' limit 1").format(name)
    connection.execute(made)
    connection.execute(set_key)
    connection.execute(f"grant select on model to {ROLE}".encode())
    insert = sql.SQL("insert into {} table model").format(name)
    with database.acting(persona(ASHA)), pytest.raises(InsufficientPrivilege, match="row-level security policy"):
        database.transaction(lambda c: c.execute(insert))
    with database.acting(persona(EVERYONE)):
        assert database.transaction(lambda c: c.execute(insert).rowcount) == 1


def test_a_row_is_neither_given_away_nor_changed_nor_removed_where_it_is_not_seen(
    database: Database, estates: list[Estate], connection: Connection
) -> None:
    own, foreign = estates
    with database.acting(persona(ASHA)):
        with pytest.raises(InsufficientPrivilege, match="row-level security policy"):
            database.transaction(lambda c: c.execute("update goals set client_id = 'C2'"))
        with pytest.raises(InsufficientPrivilege, match="row-level security policy"):
            database.transaction(lambda c: c.execute("update clients set user_id = 'bela'"))
        changed = database.transaction(lambda c: c.execute("update orders set status = 'Cancelled'").rowcount)
        removed = database.transaction(lambda c: c.execute("delete from auto_invest_skips").rowcount)
    assert (changed, removed) == (1, 1)
    left = "select status from orders where client_id = %s"
    assert scalar(connection, left, (foreign.client,)) == "Pending"
    assert scalar(connection, left, (own.client,)) == "Cancelled"


@pytest.mark.usefixtures("estates")
def test_a_key_that_another_has_is_refused_and_not_shown(database: Database) -> None:
    taken = "insert into goals (id, client_id, name, target_amount) values ('G-C2', 'C1', 'x', 1)"
    with database.acting(persona(ASHA)):
        with pytest.raises(DataRefused) as refused:
            database.transaction(lambda c: c.execute(taken))
        ignored = database.transaction(lambda c: c.execute(taken + " on conflict do nothing").rowcount)
    assert "of-bela" not in refused.value.message
    assert ignored == 0

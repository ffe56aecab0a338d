"""Whoever owns the tables: a plain role that migrates and runs the jobs, and a host with row security of its own."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final, LiteralString

import pytest
from psycopg import sql

from automation.database import Connection, connect, scalar
from automation.engine.replay import replay
from automation.errors import MigrationError
from automation.identity.permissions import Scope
from automation.identity.personas import ROLE, persona
from automation.migrations.apply import migrate
from automation.migrations.verify import verify
from infra.local.postgres import Server
from infra.local.server_programs import find_programs
from tests import builders
from tests.conftest import MIGRATIONS
from tests.integration.row_security.conftest import Role, signed_in
from tests.oracle import check

MEMBER: Final = "grant automation_api to {} with inherit false, set true"
FILE = "0012_row_level_security.sql"


@pytest.fixture
def owner(role: Role) -> str:
    """A plain role of the host platform."""
    return role("")


@pytest.fixture
def owned(owner: str, migrated: str, make_database: Callable[..., str]) -> str:
    """The URL by which that role signs in to an empty database of its own."""
    url = make_database()
    with connect(url) as connection:
        connection.execute(sql.SQL("alter schema public owner to {}").format(sql.Identifier(owner)))
    return signed_in(url, owner)


def grant(connection: Connection, statement: LiteralString, name: str) -> None:
    connection.execute(sql.SQL(statement).format(sql.Identifier(name)))


def test_without_the_role_and_the_right_to_have_it_nothing_of_the_file_is_kept(owner: str, owned: str) -> None:
    with connect(owned) as connection:
        with pytest.raises(MigrationError, match=f"{owner} may not become the role {ROLE}") as refused:
            migrate(connection, MIGRATIONS)
        assert refused.value.hint.endswith(f"grant {ROLE} to {owner} with inherit false, set true")
        assert scalar(connection, "select count(*) from pg_policy") == 0


def test_whoever_inherits_the_role_is_refused_for_its_jobs_would_see_nothing(
    owner: str, owned: str, connection: Connection
) -> None:
    grant(connection, "grant automation_api to {}", owner)
    with connect(owned) as own, pytest.raises(MigrationError, match="inherits the role") as refused:
        migrate(own, MIGRATIONS)
    assert "with inherit false, set true" in refused.value.hint


def test_a_plain_owner_migrates_and_its_jobs_go_on_though_policies_are_forced(
    owner: str, owned: str, connection: Connection
) -> None:
    grant(connection, MEMBER, owner)
    with connect(owned) as own:
        migrate(own, MIGRATIONS)
        assert verify(own, MIGRATIONS).ok
    with builders.world(owned) as world:
        builders.add_client(world.connection, user_id=None)
        builders.add_product(world.connection)
        builders.add_navs(world.connection, "FUND", "2023-12-01", "2024-01-31", "10")
        rule = world.rule()
        world.auto_invest("2024-01-05 10:00")
        assert world.log(rule) == [("2024-01-05 10:00", "Success", None)]
        world.orders("2024-01-05 10:05")
        assert [row["status"] for row in world.order_rows()] == ["Submitted"]
        assert scalar(world.connection, "select row_security_active('orders')") is True
        check(world.connection, world.clock.instant)
        assert replay(world.runtime).differences == []
        with world.runtime.database.acting(persona(Scope(own="asha"))):
            seen = world.runtime.database.transaction(lambda c: scalar(c, "select count(*) from orders"))
    assert seen == 0


def test_a_plain_owner_dumps_its_tables_with_row_security_enabled(
    owner: str, owned: str, connection: Connection
) -> None:
    grant(connection, MEMBER, owner)
    with connect(owned) as own:
        migrate(own, MIGRATIONS)
        builders.add_client(own)
    dump = [find_programs().path("pg_dump"), owned, "--data-only", "--table=clients"]
    assert subprocess.run(dump, capture_output=True, check=False).returncode != 0
    dumped = subprocess.run([*dump, "--enable-row-security"], capture_output=True, text=True, check=True)
    assert "C1" in dumped.stdout


def test_a_hosts_own_row_security_stays_as_it_is(connection: Connection, make_database: Callable[..., str]) -> None:
    with connect(make_database()) as host:
        host.execute((MIGRATIONS / "0001_platform.sql").read_bytes())
        host.execute("alter table clients enable row level security")
        host.execute("create policy of_the_host on clients using (name = 'seen')")
        host.execute("insert into clients (id, name, user_id) values ('C1', 'seen', null), ('C2', 'hidden', null)")
        for _ in range(2):
            migrate(host, MIGRATIONS)
            host.execute("delete from automation_migrations where name >= %s", (FILE,))
        policies = "select polname::text, polroles::regrole[]::text from pg_policy where polrelid = 'clients'::regclass"
        assert sorted(host.execute(policies.encode()).fetchall()) == [
            ("automation_open", f"{{{ROLE}}}"),
            ("automation_scope", f"{{{ROLE}}}"),
            ("of_the_host", "{-}"),
        ]
        assert scalar(host, "select relforcerowsecurity from pg_class where relname = 'clients'") is False
        assert scalar(host, "select relforcerowsecurity from pg_class where relname = 'orders'") is True


def test_databases_of_one_server_are_migrated_at_once_by_a_role_that_makes_the_role(server_directory: Path) -> None:
    """On a server that has not seen the role yet; each owner may make roles, and is none that others obey."""
    server = Server(server_directory / "roles", durable=False)
    with server:
        with connect(server.url()) as administrator:
            administrator.execute("create role host login createrole password 'known'")
        urls = [server.create_database(f"tenant_{number}") for number in range(4)]
        for url in urls:
            with connect(url) as connection:
                connection.execute("alter schema public owner to host")
        start = threading.Barrier(len(urls))

        def one(url: str) -> list[str]:
            with connect(signed_in(url, "host")) as connection:
                start.wait()
                return migrate(connection, MIGRATIONS)

        with ThreadPoolExecutor() as pool:
            applied = list(pool.map(one, urls))
        assert applied == [[path.name for path in sorted(MIGRATIONS.glob("0*.sql"))]] * len(urls)
        with connect(signed_in(urls[0], "host")) as connection:
            memberships = "select pg_has_role($1, 'set'), pg_has_role($1, 'usage')".replace("$1", f"'{ROLE}'")
            assert connection.execute(memberships.encode()).fetchone() == (True, False)

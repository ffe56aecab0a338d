"""Who a transaction runs as: for that transaction alone, and never as a role that no policy holds."""

from __future__ import annotations

import pytest
from psycopg import sql

from automation.database import Connection, Database, Persona, scalar
from automation.errors import ConfigurationError
from automation.identity.permissions import NOBODY, Scope
from automation.identity.personas import ROLE, persona
from tests.integration.row_security.conftest import Role, signed_in

ASHA = persona(Scope(own="asha"))
AS_WHOM = "select current_user || '/' || coalesce(nullif(current_setting('app.own', true), ''), 'nobody')"


def as_whom(database: Database) -> str:
    return str(database.transaction(lambda connection: scalar(connection, AS_WHOM)))


def test_a_scope_lasts_for_its_own_transactions(database: Database) -> None:
    with database.acting(ASHA):
        assert [as_whom(database), as_whom(database)] == [f"{ROLE}/asha"] * 2
        with database.acting(persona(Scope(own="bela"))):
            assert as_whom(database) == f"{ROLE}/bela"
        assert as_whom(database) == f"{ROLE}/asha"
    with database.acting(persona(NOBODY)):
        assert as_whom(database) == f"{ROLE}/nobody"
    assert as_whom(database) == "postgres/nobody"


@pytest.mark.parametrize("user", ["o'hara", "a\\b", "x', true); reset role; --", "आशा", "%s"])
def test_a_user_is_who_its_key_says_however_it_is_written(user: str, database: Database) -> None:
    with database.acting(persona(Scope(own=user))):
        assert as_whom(database) == f"{ROLE}/{user}"


def test_nothing_of_it_is_left_on_the_connection_after_a_commit_or_a_rollback(database: Database) -> None:
    connection: list[Connection] = []

    def break_off(given: Connection) -> None:
        connection.append(given)
        raise KeyError

    with database.acting(ASHA):
        as_whom(database)
        with pytest.raises(KeyError):
            database.transaction(break_off)
        assert scalar(connection[0], AS_WHOM) == "postgres/nobody"
        database.transaction(connection.append, dry_run=True)
    assert connection[0] is connection[1]
    assert scalar(connection[1], AS_WHOM) == "postgres/nobody"


@pytest.mark.parametrize(
    ("attributes", "what"), [("superuser", "a superuser"), ("bypassrls", "bypasses row security"), ("", None)]
)
def test_a_role_that_no_policy_holds_is_refused(
    role: Role, attributes: str, what: str | None, database: Database
) -> None:
    with database.acting(ASHA._replace(role=role(attributes))):
        if what is None:
            assert as_whom(database).endswith("/asha")
            return
        for _ in range(2):
            with pytest.raises(ConfigurationError, match=what):
                as_whom(database)


@pytest.mark.parametrize("directly", [True, False])
def test_an_owner_of_the_tables_is_refused_and_who_can_become_one(
    directly: bool, role: Role, connection: Connection, database: Database
) -> None:
    owner, other = role(""), role("")
    connection.execute(sql.SQL("alter table goals owner to {}").format(sql.Identifier(owner)))
    connection.execute(
        sql.SQL("grant {} to {} with inherit false").format(sql.Identifier(owner), sql.Identifier(other))
    )
    with (
        database.acting(ASHA._replace(role=owner if directly else other)),
        pytest.raises(ConfigurationError, match="an owner of the tables"),
    ):
        as_whom(database)


def test_a_user_that_may_become_the_role_needs_nothing_else(
    role: Role, connection: Connection, database_url: str
) -> None:
    member = role("")
    connection.execute(f"grant {ROLE} to {member} with inherit false, set true".encode())
    with Database(lambda: signed_in(database_url, member)) as database, database.acting(ASHA):
        assert as_whom(database) == f"{ROLE}/asha"
        assert database.transaction(lambda c: scalar(c, "select count(*) from orders")) == 0


def test_a_user_that_may_not_is_told_how_it_may(role: Role, database_url: str) -> None:
    stranger = role("")
    with (
        Database(lambda: signed_in(database_url, stranger)) as database,
        database.acting(ASHA),
        pytest.raises(ConfigurationError) as refused,
    ):
        as_whom(database)
    assert f"user {stranger} can't act as {ROLE}" in refused.value.message
    assert f"grant {ROLE} to {stranger} with inherit false, set true" in refused.value.hint


def test_a_role_that_is_not_there_is_named_with_the_way_to_make_it(database_url: str) -> None:
    with (
        Database(lambda: database_url) as database,
        database.acting(Persona("automation_nobody", (("app.own", "asha"),))),
        pytest.raises(ConfigurationError, match='"automation_nobody" does not exist') as refused,
    ):
        as_whom(database)
    assert "automation migrate" in refused.value.hint


def test_a_connection_that_is_made_anew_is_looked_at_anew(
    role: Role, connection: Connection, database_url: str
) -> None:
    turned = role("")
    with Database(lambda: database_url) as database, database.acting(ASHA._replace(role=turned)):
        as_whom(database)
        connection.execute(f"alter role {turned} bypassrls".encode())
        database.close()
        with pytest.raises(ConfigurationError, match="bypasses row security"):
            as_whom(database)

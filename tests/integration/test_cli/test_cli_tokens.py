"""`automation token`: who it makes a token for, and that its key stays on this machine."""

from __future__ import annotations

from pathlib import Path

import jwt
import pytest

from automation.database import Connection, scalar
from tests.integration.test_cli.conftest import Cli


def claims(token: str) -> dict[str, object]:
    return jwt.decode(token.strip(), options={"verify_signature": False})


def test_it_names_user_and_role(cli: Cli) -> None:
    made = claims(cli("token", "--role", "operations").out)
    assert (made["sub"], made["cognito:groups"], made["token_use"]) == ("local-operations", ["operations"], "access")


@pytest.mark.parametrize(("role", "column"), [("client", "user_id"), ("rm", "rm_user_id")])
def test_a_client_without_a_user_or_manager_is_given_one(
    role: str, column: str, furnished: Cli, connection: Connection
) -> None:
    first = claims(furnished("token", "--role", role, "--client", "C1").out)["sub"]
    assert claims(furnished("token", "--role", role, "--client", "C1").out)["sub"] == first
    row = {"user_id": "select user_id from clients", "rm_user_id": "select rm_user_id from clients"}
    assert connection.execute(row[column].encode()).fetchall() == [(first,)]


def test_a_clients_own_user_is_taken(furnished: Cli, connection: Connection) -> None:
    connection.execute("insert into users (id, name, role) values ('asha', 'Asha', 'client')")
    connection.execute("update clients set user_id = 'asha'")
    assert claims(furnished("token", "--role", "client", "--client", "C1").out)["sub"] == "asha"
    assert scalar(connection, "select count(*) from users") == 1


def test_the_key_is_its_owners_alone(cli: Cli, home: Path) -> None:
    cli("token", "--role", "admin")
    assert (home / ".local" / "issuer" / "key.pem").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--role", "client"], "--client"),
        (["--role", "admin", "--client", "C1"], "--client"),
        (["--role", "rm", "--client", "C9"], "there is no client 'C9'"),
        (["--role", "root"], "invalid choice"),
        (["--role", "admin", "--minutes", "0"], "--minutes"),
    ],
)
def test_what_makes_no_token_is_refused(words: list[str], said: str, furnished: Cli) -> None:
    result = furnished("token", *words)
    assert result.code in (1, 2)
    assert said in result.err


def test_another_issuers_tokens_are_not_made(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AUTOMATION_ISSUER", "https://issuer.example")
    assert "AUTOMATION_ISSUER is https://issuer.example" in cli("token", "--role", "admin").err

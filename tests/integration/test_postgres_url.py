"""DATABASE_URL instead of the embedded server: what is wrong with it is said, and never the password."""

from __future__ import annotations

import contextlib
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from automation.database import connect
from automation.errors import AutomationError, ConfigurationError, DatabaseUnavailable
from infra.local import database_url
from infra.local.postgres import Server, database
from infra.local.postmaster import free_port


def taken(url: str, directory: Path) -> tuple[str, list[str]]:
    said: list[str] = []
    with database(directory, {"DATABASE_URL": url}, said.append) as answer:
        return answer.url, said


def refusal(url: str, directory: Path, secret: str) -> AutomationError:
    with pytest.raises(AutomationError) as refused, contextlib.ExitStack() as stack:
        stack.enter_context(database(directory, {"DATABASE_URL": url}))
    assert secret not in f"{refused.value.message} {refused.value.hint}"
    assert refused.value.hint
    assert refused.value.__cause__ is None
    return refused.value


def test_a_url_that_answers_is_taken(server: Server, tmp_path: Path) -> None:
    url = server.url("postgres")
    assert taken(f" {url}\n", tmp_path)[0] == url
    assert taken(url, tmp_path)[1][0].endswith(f"at 127.0.0.1:{server.port}/postgres, from DATABASE_URL")
    assert not list(tmp_path.iterdir())


def test_without_a_url_the_embedded_server_is_taken(server_directory: Path) -> None:
    said: list[str] = []
    with database(server_directory / "life", {"DATABASE_URL": " "}, said.append) as attached:
        assert urlsplit(attached.url).path == "/automation"
    assert said[0].startswith("database: embedded PostgreSQL on port")
    assert not Server(server_directory / "life").running()


def test_an_unreachable_server_is_named(tmp_path: Path) -> None:
    port = free_port()
    refused = refusal(f"postgresql://postgres:hush-hush@127.0.0.1:{port}/shop", tmp_path, "hush")
    assert isinstance(refused, DatabaseUnavailable)
    assert f"127.0.0.1:{port}/shop" in refused.message


def test_a_wrong_password(server: Server, tmp_path: Path) -> None:
    refused = refusal(f"postgresql://postgres:hush@127.0.0.1:{server.port}/postgres", tmp_path, "hush")
    assert isinstance(refused, DatabaseUnavailable)
    assert "refuses user 'postgres' (password authentication failed" in refused.message


def test_a_database_that_does_not_exist(server: Server, tmp_path: Path) -> None:
    password = urlsplit(server.url()).password or "?"
    refused = refusal(server.url("nowhere"), tmp_path, password)
    assert "has no database 'nowhere'" in refused.message


def test_a_server_that_is_too_old(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database_url, "OLDEST_MAJOR", 99)
    password = urlsplit(server.url()).password or "?"
    refused = refusal(server.url("postgres"), tmp_path, password)
    assert "is PostgreSQL" in refused.message
    assert "99 or later is needed" in refused.message


TEARING = ["hush@hush", "hush1@hush2/hush3", "1234/hush", "hush@"]


@pytest.mark.parametrize("password", [*TEARING, "hush/hush", "hu:sh@hush", "hush hush", "hush?hush", "1?hush=hush"])
def test_a_password_that_is_not_escaped_stays_secret(password: str, tmp_path: Path) -> None:
    port = free_port()
    refusal(f"postgresql://postgres:{password}@127.0.0.1:{port}/shop", tmp_path, "hush")


def test_what_is_no_url_is_a_matter_of_configuration(tmp_path: Path) -> None:
    refused = refusal("postgresql://u:hush@host:port/x", tmp_path, "hush")
    assert isinstance(refused, ConfigurationError)
    assert "%40" in refused.hint


@pytest.mark.parametrize("password", TEARING)
def test_a_password_that_tears_the_url_is_a_matter_of_configuration(password: str, tmp_path: Path) -> None:
    refused = refusal(f"postgresql://postgres:{password}@127.0.0.1:{free_port()}/shop", tmp_path, "hush")
    assert isinstance(refused, ConfigurationError)
    assert "%40" in refused.hint


def test_an_escaped_password_is_taken(server: Server, tmp_path: Path) -> None:
    with connect(server.url("postgres")) as connection:
        connection.execute("create role visitor login password 'p@s/s'")
        try:
            url = f"postgresql://visitor:p%40s%2Fs@127.0.0.1:{server.port}/postgres"
            assert taken(url, tmp_path)[0] == url
        finally:
            connection.execute("drop role visitor")


def test_a_port_beyond_the_last_is_named(tmp_path: Path) -> None:
    refused = refusal("postgresql://u:hush@127.0.0.1:99999/x", tmp_path, "hush")
    assert isinstance(refused, ConfigurationError)
    assert "port 99999" in refused.message


def test_a_host_name_without_an_address_is_named(tmp_path: Path) -> None:
    refused = refusal("postgresql://u:hush@nowhere.invalid/x", tmp_path, "hush")
    assert "the host name 'nowhere.invalid' is not known here" in refused.message


def test_a_server_without_tls_is_told_from_one_that_does_not_answer(server: Server, tmp_path: Path) -> None:
    password = urlsplit(server.url()).password or "?"
    refused = refusal(f"{server.url('postgres')}?sslmode=require", tmp_path, password)
    assert "answers, but not over TLS as sslmode=require asks for" in refused.message

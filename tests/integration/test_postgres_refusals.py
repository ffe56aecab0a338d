"""What stands in the way of an embedded PostgreSQL is named, with the next step."""

from __future__ import annotations

import os
import shutil
import socket
from collections import namedtuple
from pathlib import Path

import pytest

from automation.errors import DatabaseUnavailable
from infra.local import postmaster, server_files, server_programs
from infra.local.postgres import Server
from infra.local.postmaster import HOST, free_port
from infra.local.server_programs import Account, find_account, find_programs

Usage = namedtuple("Usage", ["total", "used", "free"])


def refusal(server: Server) -> DatabaseUnavailable:
    with pytest.raises(DatabaseUnavailable) as refused:
        server.start()
    assert refused.value.hint
    assert not server.running()
    return refused.value


def program(directory: Path, answer: str) -> Path:
    """A directory with a `postgres` that answers --version so."""
    directory.mkdir()
    (directory / "postgres").write_text(f"#!/bin/sh\necho '{answer}'\n")
    (directory / "postgres").chmod(0o755)
    return directory


def test_a_port_that_is_taken(server_directory: Path) -> None:
    with socket.socket() as other:
        other.bind((HOST, 0))
        other.listen()
        port = other.getsockname()[1]
        refused = refusal(Server(server_directory / "life", durable=False, port=port))
    assert f"port {port} is taken" in refused.message


def test_a_wanted_port_that_is_free_is_used(server_directory: Path) -> None:
    port = free_port()
    with Server(server_directory / "life", durable=False, port=port) as server:
        assert server.port == port
        with pytest.raises(DatabaseUnavailable, match=f"runs on port {port} already") as refused:
            Server(server_directory / "life", port=free_port()).start()
        assert "db stop" in refused.value.hint


def test_a_port_of_the_last_run_that_is_taken_now_is_replaced(server_directory: Path) -> None:
    server = Server(server_directory / "life", durable=False)
    with server:
        before = server.port
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind((HOST, before))
        other.listen()
        with server:
            assert server.port != before


def test_a_port_that_could_not_be_listened_on_is_not_tried_by_the_next_command(
    server_directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket() as other:
        other.bind((HOST, 0))
        other.listen()
        taken = other.getsockname()[1]
        with monkeypatch.context() as patched:
            patched.setattr(postmaster, "is_free", lambda _: True)  # as it looks to root with a port below 1024
            assert "did not start" in refusal(Server(server_directory / "life", durable=False, port=taken)).message
            with Server(server_directory / "life", durable=False) as server:
                assert server.port != taken


def test_a_data_directory_of_another_major_version(tmp_path: Path) -> None:
    server = Server(tmp_path, durable=False)
    (server.home / "data").mkdir(parents=True)
    (server.home / "data" / "PG_VERSION").write_text("15\n")
    refused = refusal(server)
    assert "PostgreSQL 15" in refused.message
    assert find_programs().version in refused.message
    assert "pg_dump of version 15" in refused.hint
    server.erase()


def test_a_disk_without_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(10**12, 10**12 - 10**8, 10**8))
    server = Server(tmp_path, durable=False)
    refused = refusal(server)
    assert f"the disk that holds {server.home} is full: 95 MB free, 200 MB needed" in refused.message
    assert not (server.home / "data").exists()
    server.erase()


def test_a_disk_that_fills_up_while_a_program_runs() -> None:
    said = 'FATAL: could not write to file "pg_wal/xlogtemp.4": No space left on device\n'
    refused = server_files.failure(Path("home"), "PostgreSQL did not start", said)
    assert "the disk that holds home is full" in refused.message


def test_a_server_that_does_not_start_is_refused_with_its_last_words(server_directory: Path) -> None:
    server = Server(server_directory / "life", durable=False)
    with server:
        configuration = server.home / "data" / "postgresql.conf"
    original = configuration.read_text()
    configuration.write_text(f"{original}\nwork_mem = plenty\n")
    try:
        assert "work_mem" in refusal(server).message
    finally:
        configuration.write_text(original)


def test_a_lost_password(server_directory: Path, tmp_path: Path) -> None:
    server = Server(server_directory / "life", durable=False)
    with server:
        shutil.move(server.home / "password", tmp_path / "password")
        with pytest.raises(DatabaseUnavailable, match="password, is missing"):
            server.url()
        (server.home / "password").write_text("another")
        with pytest.raises(DatabaseUnavailable, match="lets nobody in") as refused:
            server.start()
        assert "must be the file that came with the data" in refused.value.hint
        shutil.move(tmp_path / "password", server.home / "password")


def test_a_directory_of_another_user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 12345)
    with pytest.raises(DatabaseUnavailable, match="belongs to another user"):
        server_files.make_home(tmp_path, tmp_path, Account())


def test_the_first_postgresql_that_is_new_enough_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    places = [
        (tmp_path / "none", "package"),
        (program(tmp_path / "old", "postgres (PostgreSQL) 15.9"), "old"),
    ]
    monkeypatch.setattr(server_programs, "_places", lambda: iter(places))
    with pytest.raises(DatabaseUnavailable, match=r"package: does not run here; old: 15\.9") as refused:
        find_programs()
    assert "DATABASE_URL" in refused.value.hint
    places.append((program(tmp_path / "new", "postgres (PostgreSQL) 16.4 (Debian)"), "new"))
    found = find_programs()
    assert (found.version, found.source, found.path("initdb")) == ("16.4", "new", f"{tmp_path}/new/initdb")


def test_root_runs_the_server_in_disguise_or_as_somebody_else(monkeypatch: pytest.MonkeyPatch) -> None:
    users = iter(["no such user", "nobody"])
    assert find_account(uid=1000) == Account()
    monkeypatch.setattr(server_programs, "_runs", lambda _: True)
    assert find_account(uid=0).prefix[0] == "unshare"
    monkeypatch.setattr(server_programs, "_runs", lambda _: False)
    assert find_account(uid=0, users=users) == Account(user="nobody")
    with pytest.raises(DatabaseUnavailable, match="refuses to run as root"):
        find_account(uid=0, users=[])


def test_another_account_has_its_files_where_it_can_reach_them(tmp_path: Path) -> None:
    home = server_files.home_of(tmp_path, Account(user="nobody"))
    assert not home.is_relative_to(tmp_path)
    assert home != server_files.home_of(tmp_path / "other", Account(user="nobody"))
    assert server_files.home_of(tmp_path, Account()) == tmp_path

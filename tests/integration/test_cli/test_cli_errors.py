"""What the command line says, and with which exit code, when something is wrong."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from infra.local.cli import main
from infra.local.commands import status
from tests.integration.test_cli.conftest import Cli

AUTOMATION = Path(sys.executable).with_name("automation")


def automation(*words: str, home: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """The installed program in a process of its own, its output no terminal."""
    environment = {"PATH": os.environ["PATH"], "AUTOMATION_HOME": str(home), **variables}
    return subprocess.run([AUTOMATION, *words], env=environment, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "error: the following arguments are required: COMMAND\nnext: run: automation --help\n"),
        (["rules"], "COMMAND\nnext: run: automation rules --help\n"),
        (["nothing"], "invalid choice: 'nothing'"),
        (["status", "--nothing"], "error: unrecognized arguments: --nothing\nnext: run: automation --help\n"),
        (["rules", "list", "--status", "Odd"], "invalid choice: 'Odd'"),
        (["invoke", "nothing"], "error: FUNCTION: there is no function 'nothing'\nnext: name one of: auto_invest,"),
        (["invoke", "orders", "--event", "absent.json"], "absent.json: can't be read"),
        (["db", "start", "--port", "99999"], "error: --port: 99999 is no port\nnext: name one from 1 to 65535"),
        (["db", "start", "--port=-5"], "error: --port: -5 is no port"),
        (["db", "start", "--port", "0"], "error: --port: 0 is no port"),
        (["invoke", "orders", "--at", "noon"], "--at: 'noon' is not an instant"),
        (["invoke", "orders", "--at", "2026-01-05T10:00:00"], "--at: '2026-01-05T10:00:00' has no zone"),
    ],
)
def test_what_is_asked_wrongly_ends_with_2_and_the_next_step(
    words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(words) == 2
    written = capsys.readouterr()
    assert written.out == ""
    assert said in written.err
    assert "\nnext: " in written.err


def test_an_unknown_object_ends_with_1(cli: Cli) -> None:
    result = cli("why", "AUTO-00000000000000000000000000")
    assert result.code == 1
    assert result.err == (
        "error: there is no rule AUTO-00000000000000000000000000\nnext: list the rules to see their ids\n"
    )


def test_no_database_ends_with_1_and_never_shows_the_password(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://u:secret@127.0.0.1:1/d")
    assert main(["status"]) == 1
    written = capsys.readouterr().err
    assert "error: no PostgreSQL answers at 127.0.0.1:1/d" in written
    assert "secret" not in written


def test_a_wrong_env_file_ends_with_2_and_names_the_line(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (home / ".env").write_text("DATABASE_URL\n")
    assert main(["status"]) == 2
    assert "error: .env line 1: is not KEY=VALUE" in capsys.readouterr().err


def test_ctrl_c_ends_quietly_with_130(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def interrupted(_: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(status, "_status", interrupted)
    assert main(["status"]) == 130
    assert capsys.readouterr() == ("", "")


def test_an_unexpected_error_is_one_line_and_a_traceback_on_request(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(_: object) -> int:
        raise RuntimeError("this is a bug")

    monkeypatch.setattr(status, "_status", broken)
    assert main(["status"]) == 1
    assert capsys.readouterr().err == (
        "error: RuntimeError: this is a bug\nnext: run it again with --debug to see where\n"
    )
    assert main(["status", "--debug"]) == 1
    assert "Traceback" in capsys.readouterr().err


def test_help_names_every_command_and_has_examples(home: Path) -> None:
    helped = automation("--help", home=home)
    assert helped.returncode == 0
    assert "examples:" in helped.stdout
    assert all(f"\n    {name}" in helped.stdout for name in ("run", "serve", "status", "simulate", "rules", "db"))


def test_help_answers_at_once_for_it_imports_nothing_heavy() -> None:
    program = "import sys; from infra.local.cli import parser; parser(); print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.split()
    heavy = {"psycopg", "rich", "yaml", "boto3", "pydantic", "matplotlib", "aws_lambda_powertools"}
    assert heavy & set(loaded) == set()


@pytest.mark.parametrize("extra", [{}, {"NO_COLOR": "1"}, {"TERM": "xterm-256color"}])
def test_without_a_terminal_there_is_no_colour(home: Path, database_url: str, extra: dict[str, str]) -> None:
    done = automation("status", home=home, DATABASE_URL=database_url, **extra)
    assert done.returncode == 0
    assert done.stdout.splitlines()[1].startswith("amber: auto_invest never ran")
    assert "\x1b" not in done.stdout + done.stderr


def test_no_color_takes_the_colour_from_a_terminal(home: Path, database_url: str) -> None:
    forced = {"FORCE_COLOR": "1", "TERM": "xterm-256color"}
    coloured = automation("status", home=home, DATABASE_URL=database_url, **forced)
    plain = automation("status", home=home, DATABASE_URL=database_url, NO_COLOR="1", **forced)
    assert "\x1b[1;33m" in coloured.stdout
    assert "\x1b[1;33m" not in plain.stdout
    assert "amber" in plain.stdout


def test_a_reader_that_goes_away_is_no_error(home: Path, database_url: str) -> None:
    line = f'"{AUTOMATION}" verify | head -1'
    environment = {"PATH": os.environ["PATH"], "AUTOMATION_HOME": str(home), "DATABASE_URL": database_url}
    done = subprocess.run(line, shell=True, env=environment, capture_output=True, text=True, check=True)  # noqa: S602
    assert done.stderr == ""

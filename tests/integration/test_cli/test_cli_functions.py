"""`automation invoke`, `replay`, `stop` and `go`: the functions from the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from automation.database import Connection, scalar
from tests.integration.test_cli.conftest import Cli, data

DUE = "2099-01-26T04:30:00Z"
START = "2099-01-01"


@pytest.fixture
def due(furnished: Cli, rule: str, connection: Connection) -> Cli:
    """The rule is due at DUE for the first time, and its product has a NAV of the last business day."""
    connection.execute("update auto_invest_rules set start_date = %s, first_occurrence = '2099-01-26'", (START,))
    connection.execute("update auto_invest_rules set next_occurrence = '2099-01-26 10:00', next_run_at = %s", (DUE,))
    connection.execute("insert into navs values ('FUND', '2099-01-23', 10, '2099-01-23 15:30Z', 'test')")
    return furnished


def test_the_result_is_json_on_stdout_and_logs_are_on_stderr(cli: Cli) -> None:
    result = cli("invoke", "auto_invest")
    answer = data(result)
    assert answer["counts"] == {}
    assert [json.loads(line)["message"] for line in result.err.splitlines()] == ["run finished"]


def test_an_error_is_answered_with_the_next_step_and_ends_with_1(cli: Cli) -> None:
    result = cli("invoke", "navs")
    assert result.code == 1
    assert json.loads(result.out) == {
        "errorType": "InvalidInput",
        "errorMessage": "file: names no NAV file (next: send it with the event or set AUTOMATION_NAV_FILE)",
    }
    assert "Traceback" in cli("invoke", "navs", "--debug").err


def test_an_event_comes_from_a_file_or_from_standard_input(cli: Cli, tmp_path: Path, connection: Connection) -> None:
    event = json.dumps({"scheduled_for": "2026-01-05T10:00:00+05:30"})
    path = tmp_path / "event.json"
    path.write_text(event)
    assert cli("invoke", "orders", "--event", path).code == 0
    assert cli("invoke", "OrdersFunction", "--event", "-", stdin=event).code == 0
    assert scalar(connection, "select count(*) from automation_runs where scheduled_for = '2026-01-05T04:30Z'") == 2


def test_a_function_sees_the_instant_that_it_is_run_at(due: Cli, connection: Connection) -> None:
    result = due("invoke", "auto_invest", "--event", "-", "--at", DUE, stdin="{}")
    assert data(result)["counts"] == {"rules": 1, "orders": 1, "success": 1}
    assert scalar(connection, "select extract(year from started_at) from automation_runs limit 1") == 2099


def test_jobs_that_a_function_pokes_run_after_it(due: Cli, connection: Connection) -> None:
    result = due("invoke", "auto_invest", "--at", DUE)
    assert 'started orders: {"run_id"' in result.err
    assert scalar(connection, "select status from orders") == "Submitted"


def test_migrations_find_the_database_and_the_files(cli: Cli) -> None:
    assert data(cli("invoke", "migrations")) == {"applied": []}


def test_a_database_meant_for_deployed_functions_is_never_used(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_SECRET_ARN", "arn:aws:secretsmanager:ap-south-1:1:secret:production")
    monkeypatch.setenv("DATABASE_IAM_AUTH", "true")
    assert data(cli("invoke", "orders"))["counts"] == {}
    assert data(cli("invoke", "migrations")) == {"applied": []}


def test_replay_makes_every_decision_again(due: Cli, connection: Connection) -> None:
    due("invoke", "auto_invest", "--at", DUE)
    assert due("replay").out == "1 decisions made again from the log: 0 differences\n"
    connection.execute("update automation_execution_logs set amount = 9999")
    result = due("replay")
    assert result.code == 1
    assert "1 decisions made again from the log: 1 differences" in result.out
    assert "9999" in result.out
    assert len(json.loads(due("replay", "--json").out)["differences"]) == 1


def test_a_stop_for_everything_keeps_a_rule_from_acting_until_go(due: Cli, rule: str) -> None:
    assert due("stop", "--reason", "prices look wrong").out == "stopped: stop_all for global\n"
    stopped = data(due("invoke", "auto_invest", "--at", DUE))
    assert stopped["counts"] == {"rules": 1, "orders": 0, "skipped": 1}
    assert data(due("why", rule, "--json"))["reason"] == "kill_switch"
    assert due("go").out == "lifted: 1\n"
    again = data(due("invoke", "auto_invest", "--at", "2099-02-26T04:30:00Z"))
    assert "kill_switch" not in json.dumps(again)


@pytest.mark.parametrize(
    ("words", "scope", "scope_id"),
    [
        (["--scope", "client", "--id", "C1"], "client", "C1"),
        (["--scope", "job", "--id", "auto_invest"], "job", "auto_invest"),
        (["--scope", "rule", "--id", "RULE"], "rule", "RULE"),
    ],
)
def test_a_stop_of_one_scope_is_shown_lifted_and_leaves_the_others(
    words: list[str], scope: str, scope_id: str, due: Cli, rule: str
) -> None:
    words = [rule if word == "RULE" else word for word in words]
    due("stop", "--reason", "everything")
    assert due("stop", "--buys-only", "--reason", "asked to", "--until", "2099-12-31T00:00:00Z", *words).code == 0
    switches = data(due("status", "--json"))["kill_switches"]
    shown = rule if scope_id == "RULE" else scope_id
    assert [(one["scope"], one["scope_id"], one["mode"]) for one in switches] == [
        ("global", None, "stop_all"),
        (scope, shown, "stop_buys"),
    ]
    lifted = due("go", *words)
    assert lifted.out.startswith("lifted: 1\nstill standing")
    due("go")
    counts = data(due("invoke", "auto_invest", "--at", DUE))["counts"]
    assert counts == {"rules": 1, "orders": 1, "success": 1}


@pytest.mark.parametrize(
    "words", [["--scope", "client", "--id", "C1"], ["--scope", "job", "--id", "auto_invest"], ["--scope", "rule"]]
)
def test_each_scope_stops_the_rule(words: list[str], due: Cli, rule: str) -> None:
    named = [*words, "--id", rule] if words == ["--scope", "rule"] else words
    due("stop", "--reason", "no", *named)
    assert data(due("invoke", "auto_invest", "--at", DUE))["counts"] == {"rules": 1, "orders": 0, "skipped": 1}


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["stop", "--reason", " "], 2, "error: reason: is empty"),
        (["stop", "--reason", "x", "--id", "C1"], 2, "error: id: is not for the scope global"),
        (["stop", "--reason", "x", "--scope", "client"], 2, "error: id: is required by the scope client"),
        (["stop", "--reason", "x", "--scope", "client", "--id", "C9"], 1, "error: there is no client 'C9'"),
        (["stop", "--reason", "x", "--scope", "job", "--id", "navs"], 2, "error: id: 'navs' is no job that can be"),
        (["stop", "--reason", "x", "--scope", "rule", "--id", "AUTO-1"], 1, "error: 'AUTO-1' is not an identifier"),
        (["stop", "--reason", "x", "--until", "2001-01-01T00:00:00Z"], 2, "error: until: "),
        (["go"], 1, "error: no kill switch stands for global\nnext: none stands at all"),
    ],
)
def test_a_wrong_switch_is_refused(words: list[str], code: int, said: str, furnished: Cli) -> None:
    result = furnished(*words)
    assert result.code == code
    assert result.err.startswith(said)

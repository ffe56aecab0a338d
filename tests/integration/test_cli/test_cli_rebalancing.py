"""Rebalancing from the command line: rules, proposals, a rebalancing by hand, a dry run, and why."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from automation.database import Connection, scalar
from tests.integration.test_cli.conftest import Cli, data

RULE: dict[str, Any] = {
    "client": "C1",
    "name": "60/40",
    "strategy": "Threshold-Based",
    "threshold_percent": "5",
    "target_allocation": {"FUND": "60", "BOND": "40"},
    "cooldown_days": 1,
}
AUTOMATIC = {"execute_automatically": True, "require_confirmation": False}
UNKNOWN = "REBAL-01HKKNBAA0F8VS3KE31X3MJH0Z"


@pytest.fixture
def priced(furnished: Cli, connection: Connection, tmp_path: Path) -> Cli:
    """C1 holds 70,000 of FUND and 30,000 of BOND, priced today; every day is one of business."""
    connection.execute(
        "insert into products (id, name, amc, asset_class, min_purchase) values ('BOND', 'Bond', 'AMC', 'debt', 500)"
    )
    today = datetime.now(UTC).date()
    connection.execute(
        "insert into market_holidays select 'XBOM', day, 'session' from generate_series(%s::date - 1, %s::date + 1,"
        " interval '1 day') day where extract(isodow from day) > 5 on conflict do nothing",
        (today, today),
    )
    connection.execute("delete from market_holidays where kind = 'closed'")
    for product, units in (("FUND", 700), ("BOND", 300)):
        connection.execute("insert into holdings values ('C1', %s, %s, 100)", (product, units))
        connection.execute(
            "insert into lots (id, client_id, product_id, acquired_on, units, units_left, nav, cost)"
            " values (gen_random_uuid(), 'C1', %s, '2020-01-01', %s, %s, 1, 100)",
            (product, units, units),
        )
    path = tmp_path / "navs.csv"
    path.write_text(f"scheme,date,nav\nFUND,{today},100\nBOND,{today},100\n")
    assert furnished("navs", "load", path).code == 0
    return furnished


def added(cli: Cli, **changes: Any) -> str:
    """The shown id of a new rule."""
    result = cli("rebalancing", "add", "-", stdin=json.dumps(RULE | changes))
    assert result.code == 0, result.err
    return result.out.split()[1]


def proposed(cli: Cli, **changes: Any) -> str:
    """The shown id of an execution."""
    added(cli, **changes)
    cli("invoke", "rebalancing")
    (row,) = data(cli("rebalancing", "executions", "--json"))
    shown: str = row["id"]
    return shown


def test_adding_says_how_far_it_is_and_what_would_restore_it(priced: Cli, tmp_path: Path) -> None:
    path = tmp_path / "rule.json"
    path.write_text(json.dumps(RULE))
    lines = priced("rebalancing", "add", path).out.splitlines()
    assert lines[0].startswith("added: REBAL-")
    assert lines[1] == "now: largest drift 10.00 points (BOND -10.00), portfolio drift 10.00"
    assert lines[2] == "a deposit of 16,666.67 would restore the targets without a sale"


def test_adding_counts_the_coming_instalments_that_would_do(priced: Cli) -> None:
    sip = {"client": "C1", "name": "sip", "product": "FUND", "amount": "10000", "frequency": "Monthly",
           "start_date": f"{datetime.now(UTC):%Y-%m-%d}"}  # fmt: skip
    assert priced("rules", "add", "-", stdin=json.dumps(sip)).code == 0
    out = priced("rebalancing", "add", "-", stdin=json.dumps(RULE)).out
    assert "a deposit of 16,666.67, or 2 coming instalments would restore the targets" in out


def test_adding_a_calendar_shows_its_next_five_occurrences_and_warnings(priced: Cli) -> None:
    body = RULE | {"strategy": "Time-Based", "threshold_percent": None, "frequency": "Monthly", "day_of_month": 15}
    out = priced("rebalancing", "add", "-", stdin=json.dumps(body | {"execute_automatically": True})).out
    assert "next 5 occurrences" in out
    assert "warning: it waits for a confirmation each time" in out


@pytest.mark.parametrize(("change", "said"), [
    ({"threshold_percent": "-5"}, "error: threshold_percent: "),
    ({"target_allocation": {"FUND": "60"}}, "error: target_allocation: percents sum to 60, not to 100"),
    ({"target_allocation": {"OTHER": "100"}}, "error: target_allocation.OTHER: is neither a product nor"),
    ({"client": "NOBODY"}, "error: client: there is no client 'NOBODY'"),
    ({"colour": "red"}, "error: colour: is not a field"),
])  # fmt: skip
def test_a_wrong_rule_is_refused_by_its_field(
    change: dict[str, Any], said: str, furnished: Cli, connection: Connection
) -> None:
    result = furnished("rebalancing", "add", "-", stdin=json.dumps(RULE | change))
    assert result.code == 2
    assert result.err.startswith(said)
    assert scalar(connection, "select count(*) from rebalancing_rules") == 0


def test_rules_are_listed_by_client_and_status(priced: Cli) -> None:
    first = added(priced)
    assert [line["id"] for line in data(priced("rebalancing", "list", "--json"))] == [first]
    assert data(priced("rebalancing", "list", "--json", "--client", "C2")) == []
    priced("rebalancing", "cancel", first, "--reason", "moved away")
    (cancelled,) = data(priced("rebalancing", "list", "--json", "--status", "Cancelled"))
    assert (cancelled["id"], cancelled["status_reason"]) == (first, "moved away")
    shown = " ".join(priced("rebalancing", "list").out.split())
    for part in ("1 rebalancing rules", "C1: 60/40", "Threshold-Based", "5.0000", "BOND 40, FUND 60", "Cancelled"):
        assert part in shown


def test_a_rule_is_shown_whole_with_its_reason(priced: Cli) -> None:
    rule = added(priced)
    shown = priced("rebalancing", "show", rule).out
    for part in ('"threshold_percent": "5.0000"', f"60/40 ({rule}) would act on drift now", "It has not acted yet."):
        assert part in shown


def test_a_dry_run_shows_the_plan_and_writes_nothing(priced: Cli, connection: Connection) -> None:
    rule = added(priced)
    said = priced("rebalance", rule, "--dry-run").out
    for part in ("largest drift 10.00 points", "Switch of 10,000.00 from FUND to BOND", "FUND → BOND"):
        assert part in said
    plan = data(priced("rebalance", rule, "--dry-run", "--json"))["plan"]
    assert [(trade["order_type"], trade["worth"]) for trade in plan["trades"]] == [("Switch", "10000.00")]
    assert scalar(connection, "select count(*) from rebalancing_executions") == 0
    assert scalar(connection, "select count(*) from orders") == 0


def test_a_rebalancing_by_hand_places_its_orders(priced: Cli, connection: Connection) -> None:
    rule = added(priced, **AUTOMATIC, threshold_percent="50")
    said = priced("rebalance", rule).out
    assert said.startswith("made: REBALX-")
    assert scalar(connection, "select amount from orders") == 10_000


def test_a_rebalancing_that_is_not_possible_says_why_and_what_to_do(priced: Cli, connection: Connection) -> None:
    rule = added(priced)
    connection.execute("update clients set kyc_status = 'Pending'")
    result = priced("rebalance", rule)
    assert (result.code, result.out) == (1, "")
    assert result.err.startswith("error: there is nothing to do: kyc_not_verified\nnext: ")


def test_a_proposal_is_listed_and_confirmed_once(priced: Cli, connection: Connection) -> None:
    shown = proposed(priced)
    listed = " ".join(priced("rebalancing", "executions", "--client", "C1").out.split())
    for part in ("1 rebalancing executions", "C1: 60/40", "by drift", "10.0000", "Pending"):
        assert part in listed
    said = priced("rebalancing", "confirm", shown, "--why", "as agreed").out
    assert said.startswith(f"confirmed: {shown} placed ORD-")
    assert priced("rebalancing", "confirm", shown).out == said
    assert scalar(connection, "select count(*) from orders") == 1
    assert scalar(connection, "select decided_why from rebalancing_executions") == "as agreed"
    assert data(priced("rebalancing", "executions", "--json", "--status", "Pending")) == []


def test_what_has_become_another_plan_shows_it_and_is_confirmed_once_more(priced: Cli, tmp_path: Path) -> None:
    shown = proposed(priced)
    today = datetime.now(UTC).date()
    (tmp_path / "navs.csv").write_text(f"scheme,date,nav\nFUND,{today},102\nBOND,{today},100\n")
    priced("navs", "load", tmp_path / "navs.csv")
    result = priced("rebalancing", "confirm", shown)
    assert result.code == 1
    assert "FUND → BOND" in result.out
    assert "10,560.00" in result.out
    assert "next: look at the new plan, and confirm again" in result.err
    assert priced("rebalancing", "confirm", shown).code == 0


def test_a_proposal_is_declined_with_a_reason(priced: Cli) -> None:
    shown = proposed(priced)
    assert priced("rebalancing", "decline", shown).code == 2
    assert priced("rebalancing", "decline", shown, "--why", "selling the house").out == f"given up: {shown}\n"
    assert "decided: selling the house" in priced("why", shown).out
    assert priced("rebalancing", "confirm", shown).code == 1


def test_other_targets_are_given_and_said(priced: Cli) -> None:
    rule = added(priced)
    out = priced("rebalancing", "targets", rule, "-", stdin='{"FUND": "70", "BOND": "30"}').out
    assert out.splitlines()[:2] == [f"changed: {rule}",
                                    "now: largest drift 0.00 points (BOND +0.00), portfolio drift 0.00"]  # fmt: skip
    wrong = priced("rebalancing", "targets", rule, "-", stdin='{"FUND": "70"}')
    assert (wrong.code, wrong.err.split(":")[1].strip()) == (2, "target_allocation")


def test_any_of_its_terms_are_changed_and_said(priced: Cli) -> None:
    rule = added(priced)
    out = priced("rebalancing", "edit", rule, "-", stdin='{"cooldown_days": 9, "execute_automatically": true}').out
    assert out.splitlines()[0] == f"changed: {rule}"
    assert "warning: it waits for a confirmation each time" in out
    assert '"cooldown_days": 9' in priced("rebalancing", "show", rule).out
    wrong = priced("rebalancing", "edit", rule, "-", stdin='{"strategy": "Hybrid"}')
    assert (wrong.code, wrong.err.split(":")[1].strip()) == (2, "strategy")


def test_pausing_and_resuming_are_said(priced: Cli) -> None:
    rule = added(priced)
    assert priced("rebalancing", "pause", rule).out == f"paused: {rule}\n"
    priced("invoke", "rebalancing")
    assert "the rule was paused" in priced("why", rule).out
    assert priced("rebalancing", "resume", rule).out.splitlines()[0] == f"resumed: {rule}"
    assert "would act on drift now" in priced("why", rule).out


def test_why_says_one_sentence_or_the_same_as_data(priced: Cli) -> None:
    rule = added(priced, threshold_percent="15")
    priced("invoke", "rebalancing")
    sentence = priced("why", rule).out.strip()
    assert sentence.startswith(f"60/40 ({rule}) does not act on drift now: largest drift 10.00 points (BOND -10.00)")
    explained = data(priced("why", rule, "--json"))
    assert explained["sentence"] == sentence
    assert (explained["rule_status"], explained["reason"], explained["short_by"]) == (
        "Active", "within_band", "5.00 percentage points",
    )  # fmt: skip


def test_why_of_an_execution_tells_its_legs(priced: Cli) -> None:
    shown = proposed(priced, **AUTOMATIC)
    said = priced("why", shown).out
    assert "called for by drift" in said
    assert "Switch of 10,000.00 from FUND to BOND" in said
    assert "leg 0 " in said


def test_a_kill_switch_of_a_rule_is_set_and_lifted_by_its_id(priced: Cli) -> None:
    rule = added(priced, **AUTOMATIC)
    assert priced("stop", "--scope", "rule", "--id", rule, "--reason", "drill").code == 0
    priced("invoke", "rebalancing")
    assert "a kill switch stands (rule: drill)" in priced("why", rule).out
    assert priced("go", "--scope", "rule", "--id", rule).code == 0
    assert "would act on drift now" in priced("why", rule).out


def test_replay_decides_rebalancings_again_and_finds_no_difference(priced: Cli) -> None:
    proposed(priced)
    result = priced("replay")
    assert result.code == 0
    assert "1 " in result.out


def test_a_pause_may_end_at_the_first_moment_of_a_date_in_the_client_s_zone(priced: Cli) -> None:
    rule = added(priced)
    said = priced("rebalancing", "pause", rule, "--until", "2999-03-01").out
    assert said == f"paused: {rule} until 2999-03-01 00:00 (Asia/Kolkata)\n"


@pytest.mark.parametrize("command", [("show",), ("pause",), ("resume",), ("cancel", "--reason", "x")])
@pytest.mark.parametrize("shown", [UNKNOWN, "REBAL-1", "nonsense"])
def test_an_id_that_is_none_is_not_found(priced: Cli, command: tuple[str, ...], shown: str) -> None:
    result = priced("rebalancing", command[0], shown, *command[1:])
    assert (result.code, result.out) == (1, "")
    assert result.err.startswith("error: ")
    assert "next: list the rebalancing rules" in result.err


@pytest.mark.parametrize("command", [("confirm",), ("decline", "--why", "x")])
@pytest.mark.parametrize("shown", ["REBALX-01HKKNBAA0F8VS3KE31X3MJH0Z", UNKNOWN, "nonsense"])
def test_an_execution_that_is_none_is_not_found(priced: Cli, command: tuple[str, ...], shown: str) -> None:
    result = priced("rebalancing", command[0], shown, *command[1:])
    assert (result.code, result.out) == (1, "")
    assert "next: list the executions" in result.err

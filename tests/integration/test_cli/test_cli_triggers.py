"""Trigger orders from the command line: added, read, paused, confirmed, cancelled, explained."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from automation.database import Connection, scalar
from tests.integration.test_cli.conftest import Cli, data

TRIGGER: dict[str, Any] = {
    "client": "C1",
    "name": "dip",
    "trigger_type": "NAV",
    "trigger_condition": "Less Than",
    "trigger_value": "95",
    "order_type": "Purchase",
    "product": "FUND",
    "amount": "10000",
}
UNKNOWN = "TRIG-01HKKNBAA0F8VS3KE31X3MJH0Z"


@pytest.fixture
def priced(furnished: Cli, tmp_path: Path) -> Cli:
    """The same with FUND at 100 today."""
    path = tmp_path / "navs.csv"
    path.write_text(f"scheme,date,nav\nFUND,{datetime.now(UTC).date()},100\n")
    assert furnished("navs", "load", path).code == 0
    return furnished


def added(cli: Cli, **changes: Any) -> str:
    """The shown id of a new trigger."""
    result = cli("triggers", "add", "-", stdin=json.dumps(TRIGGER | changes))
    assert result.code == 0, result.err
    return result.out.split()[1]


def test_adding_says_what_it_sees_and_how_far_it_is(priced: Cli, tmp_path: Path) -> None:
    path = tmp_path / "trigger.json"
    path.write_text(json.dumps(TRIGGER))
    lines = priced("triggers", "add", path).out.splitlines()
    assert lines[0].startswith("added: TRIG-")
    today = datetime.now(UTC).date()
    assert lines[1] == f"it sees 100.0000 ({today}); the level is -5.00 % away; it rests: condition_not_met"
    assert len(lines) == 2


def test_adding_says_that_it_would_fire_now(priced: Cli) -> None:
    out = priced("triggers", "add", "-", stdin=json.dumps(TRIGGER | {"trigger_value": "101"})).out
    assert "; the level is +1.00 % away; it would fire now\n" in out
    assert "warning: its condition holds already: it fires at the next look\n" in out


def test_adding_without_a_price_sees_nothing_yet(furnished: Cli) -> None:
    out = furnished("triggers", "add", "-", stdin=json.dumps(TRIGGER)).out
    assert "it sees nothing yet; it rests: no_price\n" in out


@pytest.mark.parametrize(("change", "said"), [
    ({"amount": "-5"}, "error: amount: "),
    ({"trigger_value": "1e9"}, "error: trigger_value: "),
    ({"product": "OTHER"}, "error: product: there is no product 'OTHER'"),
    ({"client": "NOBODY"}, "error: client: there is no client 'NOBODY'"),
    ({"valid_until": "2001-01-01"}, "error: valid_until: is over"),
    ({"trigger_type": "Custom"}, "error: trigger_condition: does not go with Custom"),
    ({"colour": "red"}, "error: colour: is not a field"),
])  # fmt: skip
def test_a_wrong_trigger_is_refused_by_its_field(
    change: dict[str, str], said: str, furnished: Cli, connection: Connection
) -> None:
    result = furnished("triggers", "add", "-", stdin=json.dumps(TRIGGER | change))
    assert result.code == 2
    assert result.err.startswith(said)
    assert scalar(connection, "select count(*) from trigger_orders") == 0


def test_an_edit_says_what_it_sees_and_refuses_a_wrong_field(priced: Cli) -> None:
    trigger = added(priced)
    lines = priced("triggers", "edit", trigger, "-", stdin='{"trigger_value": "90"}').out.splitlines()
    assert lines[0] == f"changed: {trigger}"
    assert lines[1].endswith("; the level is -10.00 % away; it rests: condition_not_met")
    wrong = priced("triggers", "edit", trigger, "-", stdin='{"product": "OTHER"}')
    assert (wrong.code, wrong.err.split(":")[1].strip()) == (2, "product")


def test_a_body_that_is_no_json_object_is_refused(furnished: Cli) -> None:
    assert furnished("triggers", "add", "-", stdin="[1]").code == 2


def test_triggers_are_listed_by_client_and_status(priced: Cli) -> None:
    priced("clients", "add", "--id", "C2", "--name", "Ravi")
    first, second = added(priced), added(priced, client="C2", name="second")
    assert [line["id"] for line in data(priced("triggers", "list", "--json"))] == [first, second]
    assert [line["name"] for line in data(priced("triggers", "list", "--json", "--client", "C2"))] == ["second"]
    priced("triggers", "cancel", first, "--reason", "moved away")
    (cancelled,) = data(priced("triggers", "list", "--json", "--status", "Cancelled"))
    assert (cancelled["id"], cancelled["status_reason"]) == (first, "moved away")
    shown = " ".join(priced("triggers", "list").out.split())
    for part in ("2 trigger orders", "C1: dip", "NAV Less Than 95.0000", "FUND at 100.0000", "10000.00, execute"):
        assert part in shown


def test_every_kind_of_trigger_can_be_listed(priced: Cli) -> None:
    bare = {"trigger_condition": None, "trigger_value": None}
    added(priced, **bare, trigger_type="Date", trigger_at="2099-01-01")
    added(priced, **bare, trailing_percent="10", order_type="Redemption", amount=None, units="all")
    added(priced, **bare, trigger_type="Custom", condition_tree={"any": [
        {"trigger_type": "NAV", "trigger_condition": "Equals", "trigger_value": "7"}]})  # fmt: skip
    added(priced, trigger_type="Portfolio Value", trigger_value="1000.50")
    shown = " ".join(priced("triggers", "list").out.split())
    for part in ("Date 2098-12-31", "a first price to follow", "Custom Equals 7.0000", "Less Than 1,000.50"):
        assert part in shown


def test_a_trigger_is_shown_whole_with_its_reason(priced: Cli) -> None:
    trigger = added(priced)
    priced("invoke", "triggers")
    shown = priced("triggers", "show", trigger).out
    for part in ('"trigger_value": "95.0000"', f"dip ({trigger}) has not fired", "5.00 % away"):
        assert part in shown


def test_pausing_and_resuming_are_said_and_shown(priced: Cli) -> None:
    trigger = added(priced)
    assert priced("triggers", "pause", trigger).out == f"paused: {trigger}\n"
    assert "(paused)" in priced("triggers", "list").out
    assert "it is paused" in priced("why", trigger).out
    assert priced("triggers", "resume", trigger).out == f"resumed: {trigger}\n"
    assert "(paused)" not in priced("triggers", "list").out


def test_what_fired_is_confirmed_once(priced: Cli, connection: Connection) -> None:
    trigger = added(priced, trigger_value="101", mode="confirm")
    priced("invoke", "triggers")
    assert "It waits to be confirmed until" in priced("why", trigger).out
    said = priced("triggers", "confirm", trigger).out
    assert said.startswith(f"confirmed: {trigger} placed ORD-")
    priced("triggers", "confirm", trigger)
    assert scalar(connection, "select count(*) from orders") == 1


def test_what_has_not_fired_cannot_be_confirmed(priced: Cli) -> None:
    trigger = added(priced, mode="confirm")
    result = priced("triggers", "confirm", trigger)
    assert result.code == 1
    assert result.err.startswith(f"error: {trigger} is Active\nnext: ")


def test_what_has_ordered_cannot_be_cancelled(priced: Cli) -> None:
    trigger = added(priced, trigger_value="101")
    priced("invoke", "triggers")
    result = priced("triggers", "cancel", trigger, "--reason", "too late")
    assert result.code == 1
    assert result.err.startswith("error: ")
    assert "next: " in result.err


def test_cancelling_needs_a_reason(priced: Cli) -> None:
    assert priced("triggers", "cancel", added(priced)).code == 2


@pytest.mark.parametrize("command", ["show", "pause", "resume", "confirm"])
@pytest.mark.parametrize("shown", [UNKNOWN, "TRIG-1", "nonsense"])
def test_an_id_that_is_none_is_not_found(priced: Cli, command: str, shown: str) -> None:
    result = priced("triggers", command, shown)
    assert (result.code, result.out) == (1, "")
    assert result.err.startswith("error: ")
    assert "next: list the triggers" in result.err


def test_why_says_one_sentence_or_the_same_as_data(priced: Cli) -> None:
    trigger = added(priced)
    priced("invoke", "triggers")
    sentence = priced("why", trigger).out.strip()
    assert sentence.startswith(f"dip ({trigger}) has not fired: the NAV of FUND was 100.0000 on ")
    assert "Less Than 95.0000 is asked; 5.00 % away. It waits for Less Than 95.0000" in sentence
    explained = data(priced("why", trigger, "--json"))
    assert explained["sentence"] == sentence
    assert (explained["rule_status"], explained["reason"], explained["short_by"]) == (
        "Active", "condition_not_met", "5.00 %",
    )  # fmt: skip


def test_a_kill_switch_of_a_trigger_is_set_and_lifted_by_its_id(priced: Cli) -> None:
    trigger = added(priced, trigger_value="101")
    assert priced("stop", "--scope", "rule", "--id", trigger, "--reason", "drill").code == 0
    priced("invoke", "triggers")
    assert "a kill switch stands (rule: drill)" in priced("why", trigger).out
    assert priced("go", "--scope", "rule", "--id", trigger).code == 0
    assert "is about to fire" in priced("why", trigger).out


def test_replay_decides_triggers_again_and_finds_no_difference(priced: Cli) -> None:
    added(priced, trigger_value="101")
    priced("invoke", "triggers")
    result = priced("replay")
    assert result.code == 0
    assert "1 " in result.out

"""Rules from the command line: added, read, paused, skipped, cancelled, explained."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from automation.database import Connection, scalar
from tests.integration.test_cli.conftest import RULE, Cli, data


def test_adding_a_rule_shows_its_next_five_occurrences_and_why_they_move(furnished: Cli, tmp_path: Path) -> None:
    path = tmp_path / "rule.json"
    path.write_text(json.dumps(RULE | {"start_date": "2099-01-01"}))
    result = furnished("rules", "add", path)
    assert result.code == 0
    lines = [" ".join(line.split()) for line in result.out.splitlines()]
    assert lines[0].startswith("added: AUTO-")
    assert "next 5 occurrences (Asia/Kolkata)" in lines
    assert "Mon 2099-01-26 10:00 2099-01-26 10:00 as planned" in lines
    assert "Sun 2099-04-26 10:00 2099-04-27 10:00 rolled following from 2099-04-26 (weekend)" in lines
    assert sum("2099-" in line for line in lines) == 5


def test_what_a_person_should_know_is_said_as_a_warning(furnished: Cli, connection: Connection) -> None:
    connection.execute("update products set purchase_multiple = 300")
    result = furnished("rules", "add", "-", stdin=json.dumps(RULE))
    assert result.code == 0
    assert "warning: FUND takes multiples of 300.00: amounts are rounded down" in result.out


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"amount": "-5"}, "error: amount: "),
        ({"amount": "1e9"}, "error: amount: "),
        ({"product": "OTHER"}, "error: product: there is no product 'OTHER'"),
        ({"start_date": "2026-02-31"}, "error: start_date: "),
        ({"end_date": "2025-01-01"}, "error: end_date: 2025-01-01 is before start_date"),
        ({"colour": "red"}, "error: colour: is not a field"),
    ],
)
def test_a_wrong_rule_is_refused_by_its_field(
    change: dict[str, str], said: str, furnished: Cli, connection: Connection
) -> None:
    result = furnished("rules", "add", "-", stdin=json.dumps(RULE | change))
    assert result.code == 2
    assert result.err.startswith(said)
    assert scalar(connection, "select count(*) from auto_invest_rules") == 0


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"client": "C1",\n "amount" 5}', "error: standard input line 2: is no JSON"),
        ("[1]", "error: standard input: is no JSON object"),
    ],
)
def test_a_body_that_is_no_json_object_is_refused_by_its_line(text: str, said: str, furnished: Cli) -> None:
    result = furnished("rules", "add", "-", stdin=text)
    assert result.code == 2
    assert result.err.startswith(said)


def test_rules_are_listed_by_client_and_status(furnished: Cli, rule: str) -> None:
    furnished("clients", "add", "--id", "C2", "--name", "Ravi")
    furnished("rules", "add", "-", stdin=json.dumps(RULE | {"client": "C2", "name": "second"}))
    assert [line["name"] for line in data(furnished("rules", "list", "--json"))] == ["monthly", "second"]
    assert [line["name"] for line in data(furnished("rules", "list", "--json", "--client", "C2"))] == ["second"]
    furnished("rules", "cancel", rule, "--reason", "moved away")
    (cancelled,) = data(furnished("rules", "list", "--json", "--status", "Cancelled"))
    assert (cancelled["id"], cancelled["status_reason"]) == (rule, "moved away")
    assert "C1: monthly" in furnished("rules", "list").out


def test_a_rule_is_shown_with_what_comes(furnished: Cli, rule: str) -> None:
    shown = furnished("rules", "show", rule).out
    for part in ("SIP of FUND", "10,000.00", "Monthly on day 26 at 10:00 Asia/Kolkata", "next occurrences"):
        assert part in shown


def test_every_time_of_a_rule_is_shown_in_the_clients_zone(furnished: Cli, rule: str, connection: Connection) -> None:
    furnished("rules", "pause", rule, "--until", "2099-03-01")
    connection.execute(
        """
        update auto_invest_rules
        set created_at = '2026-01-05T20:00Z', start_date = '2099-01-01', first_occurrence = '2099-01-26',
            next_occurrence = '2099-01-26 10:00', next_run_at = '2099-01-26T04:30Z'
        """
    )
    furnished("invoke", "auto_invest", "--at", "2099-01-26T20:15:00Z")
    lines = [" ".join(line.split()) for line in furnished("rules", "show", rule).out.splitlines()]
    assert "paused until 2099-03-01 00:00 (Asia/Kolkata)" in lines
    assert "created at 2026-01-06 01:30 (Asia/Kolkata)" in lines
    assert "latest executions (Asia/Kolkata)" in lines
    assert any("2099-01-26 10:00 2099-01-27 01:45 Skipped" in line for line in lines)


def test_a_pause_until_a_date_is_meant_in_the_clients_zone(furnished: Cli, rule: str) -> None:
    assert furnished("rules", "pause", rule, "--until", "2099-01-01").out == (
        f"paused: {rule} until 2099-01-01 00:00 (Asia/Kolkata)\n"
    )
    (line,) = data(furnished("rules", "list", "--json"))
    assert (line["status"], line["status_reason"]) == ("Paused", "paused by hand")


def test_a_rule_that_has_ended_cannot_be_paused(furnished: Cli, rule: str) -> None:
    assert furnished("rules", "cancel", rule, "--reason", "moved away").out == f"cancelled: {rule}\n"
    result = furnished("rules", "pause", rule)
    assert result.code == 1
    assert result.err.startswith(f"error: {rule} is Cancelled\nnext: ")


def test_resuming_shows_the_next_occurrences_again(furnished: Cli, rule: str) -> None:
    furnished("rules", "pause", rule)
    resumed = furnished("rules", "resume", rule)
    assert resumed.out.startswith(f"resumed: {rule}\nnext 5 occurrences")
    assert data(furnished("rules", "list", "--json"))[0]["status"] == "Active"


def test_a_pause_until_yesterday_is_refused(furnished: Cli, rule: str) -> None:
    result = furnished("rules", "pause", rule, "--until", "2001-01-01")
    assert result.code == 2
    assert result.err.startswith("error: until: ")


def test_skips_are_set_listed_and_taken_back(furnished: Cli, rule: str) -> None:
    assert furnished("rules", "skips", rule).out == "no skips to come\n"
    assert "2099-02-26   2099-02-26" in furnished("rules", "skip", rule, "2099-02-26").out
    assert "2099-05-01   2099-06-30" in furnished("rules", "skip", rule, "2099-05-01", "2099-06-30").out
    assert "skip: 2099-05-01 to 2099-06-30" in furnished("rules", "show", rule).out
    left = furnished("rules", "unskip", rule, "2099-05-01", "2099-12-31").out
    assert "2099-02-26" in left
    assert "2099-05-01" not in left
    assert furnished("rules", "unskip", rule, "2099-05-01").code == 1


@pytest.mark.parametrize("words", [["31.12.2099"], ["2099-02-30"], ["2099-02-02", "2099-02-01"], ["2001-01-01"]])
def test_a_wrong_skip_is_refused(words: list[str], furnished: Cli, rule: str) -> None:
    assert furnished("rules", "skip", rule, *words).code == 2


def test_why_says_one_sentence_or_the_same_as_data(furnished: Cli, rule: str) -> None:
    sentence = furnished("why", rule).out.strip()
    assert sentence.startswith(f"monthly ({rule}) has not been due yet.")
    explained = data(furnished("why", rule, "--json"))
    assert explained["sentence"] == sentence
    assert explained["rule_status"] == "Active"


def test_a_body_with_a_key_twice_is_refused(furnished: Cli) -> None:
    body = json.dumps(RULE)[:-1] + ', "amount": "99999"}'
    result = furnished("rules", "add", "-", stdin=body)
    assert result.code == 2
    assert result.err == "error: amount: is there twice in one object\nnext: write it once\n"


def test_a_rule_is_changed_by_what_a_file_names_of_it(furnished: Cli, rule: str) -> None:
    changed = furnished("rules", "edit", rule, "-", stdin='{"amount": "12000", "day_of_month": "last"}')
    assert changed.out.startswith(f"changed: {rule}\nnext 5 occurrences")
    assert "12,000.00" in furnished("rules", "show", rule).out


def test_a_change_that_makes_another_rule_is_refused(furnished: Cli, rule: str) -> None:
    refused = furnished("rules", "edit", rule, "-", stdin='{"plan": "SWP"}')
    assert (refused.code, refused.err.splitlines()[0]) == (2, "error: plan: can't be changed")


def test_a_rule_is_switched_off_and_on(furnished: Cli, rule: str) -> None:
    assert furnished("rules", "disable", rule).out.startswith(f"disabled: {rule}\n")
    shown = " ".join(furnished("rules", "show", rule).out.split())
    assert "enabled no" in shown
    assert furnished("rules", "enable", rule).out.startswith(f"enabled: {rule}\n")

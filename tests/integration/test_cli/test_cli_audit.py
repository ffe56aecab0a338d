"""The audit trail from the command line: each command that changes something adds one entry; listed, verified."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from automation.database import Connection, scalar
from infra.local.cli import parser
from tests.integration.navs.server import Answer, serving
from tests.integration.test_cli.conftest import RULE, Cli, data
from tests.integration.test_cli.test_cli_rebalancing import RULE as REBALANCING
from tests.integration.test_cli.test_cli_triggers import TRIGGER
from tests.navs import SAMPLE

BY = "cli:meera"
# What changes nothing in the database, or is about a whole database or server.
READING = """
    status; why; replay; rules list; rules show; rules skips; triggers list; triggers show; rebalancing list
    rebalancing show; rebalancing executions; navs suspect; audit list; audit verify; verify; migrate; serve; run
    simulate; db start; db stop; db status; db erase; db url; mailbox; preview"""


class Step(NamedTuple):
    """A command, where words in braces are things made before, and the entry that it makes."""

    command: str
    action: str
    about: str
    more: str = ""
    stdin: Any = None
    makes: str | None = None


STEPS = [
    Step("calendar load", "calendar.load", "calendar.csv", "{files}/calendar.csv"),
    Step("products load", "product.load", "products.csv", "{files}/products.csv"),
    Step("navs load", "nav.load", "navs.csv", "{files}/navs.csv"),
    Step("navs fetch", "nav.load", "NAVAll.txt", "{site}/NAVAll.txt"),
    Step("navs confirm", "nav.confirm", "FUND {today}", "FUND {today}"),
    Step("clients add", "client.create", "C2", "--id C2 --name Ravi --cash 500"),
    Step("token", "client.assign", "C2", "--role client --client C2"),
    Step("rules add", "auto_invest.create", "{rule}", "-", RULE, "rule"),
    Step("rules edit", "auto_invest.edit", "{rule}", "{rule} -", {"amount": "12000"}),
    Step("rules pause", "auto_invest.pause", "{rule}", "{rule}"),
    Step("rules resume", "auto_invest.resume", "{rule}", "{rule}"),
    Step("rules skip", "auto_invest.skip", "{rule}", "{rule} 2099-02-26"),
    Step("rules unskip", "auto_invest.unskip", "{rule}", "{rule} 2099-02-26"),
    Step("rules disable", "auto_invest.disable", "{rule}", "{rule}"),
    Step("rules enable", "auto_invest.enable", "{rule}", "{rule}"),
    Step("rules cancel", "auto_invest.cancel", "{rule}", "{rule} --reason moved"),
    Step("triggers add", "trigger_order.create", "{trigger}", "-", TRIGGER, "trigger"),
    Step("triggers pause", "trigger_order.pause", "{trigger}", "{trigger}"),
    Step("triggers resume", "trigger_order.resume", "{trigger}", "{trigger}"),
    Step("triggers edit", "trigger_order.edit", "{trigger}", "{trigger} -", {"amount": "900"}),
    Step("triggers extend", "trigger_order.edit", "{trigger}", "{trigger} --until 2099-12-31"),
    Step("triggers cancel", "trigger_order.cancel", "{trigger}", "{trigger} --reason enough"),
    Step("triggers add", "trigger_order.create", "{fired}", "-",
         TRIGGER | {"trigger_value": "101", "mode": "confirm"}, "fired"),
    Step("invoke", "function.invoke", "triggers", "triggers"),
    Step("triggers confirm", "trigger_order.confirm", "{fired}", "{fired}"),
    Step("rebalancing add", "rebalancing.create", "{rebalancing}", "-", REBALANCING, "rebalancing"),
    Step("rebalancing pause", "rebalancing.pause", "{rebalancing}", "{rebalancing}"),
    Step("rebalancing resume", "rebalancing.resume", "{rebalancing}", "{rebalancing}"),
    Step("rebalancing edit", "rebalancing.edit", "{rebalancing}", "{rebalancing} -", {"cooldown_days": 3}),
    Step("rebalancing targets", "rebalancing.edit", "{rebalancing}", "{rebalancing} -", {"FUND": "50", "BOND": "50"}),
    Step("invoke", "function.invoke", "rebalancing", "rebalancing"),
    Step("rebalancing decline", "rebalancing_execution.cancel", "{proposal}", "{proposal} --why later"),
    Step("rebalance", "rebalancing.execute", "{rebalancing}", "{rebalancing}"),
    Step("rebalancing cancel", "rebalancing.cancel", "{rebalancing}", "{rebalancing} --reason moved"),
    Step("stop", "control.stop", "C1", "--scope client --id C1 --reason drill"),
    Step("go", "control.go", "C1", "--scope client --id C1"),
    Step("products close", "product.close", "FUND", "FUND --reason matured"),
    Step("products reopen", "product.reopen", "FUND", "FUND"),
    Step("products merge", "product.merge", "FUND", "FUND --into BOND"),
]  # fmt: skip


def leaves(of: argparse.ArgumentParser, words: tuple[str, ...] = ()) -> Iterator[str]:
    """Every command that is no group of others."""
    groups = [action for action in of._actions if isinstance(action, argparse._SubParsersAction)]
    if not groups:
        yield " ".join(words)
    for name, child in (pair for group in groups for pair in group.choices.items()):
        yield from leaves(child, (*words, name))


def test_every_command_that_changes_something_has_its_entry_told_here() -> None:
    reading = {command.strip() for line in READING.split("\n") for command in line.split(";")} - {""}
    changing = {step.command for step in STEPS} | {"rebalancing confirm"}
    assert set(leaves(parser())) == reading | changing
    assert reading & changing == set()


@pytest.fixture
def meera(furnished: Cli, connection: Connection, monkeypatch: pytest.MonkeyPatch) -> Cli:
    """The command line of one user, with what rules refer to: C1 holds FUND and BOND."""
    monkeypatch.setenv("USER", "meera")
    connection.execute("insert into products (id, name, amc, asset_class) values ('BOND', 'Bond', 'AMC', 'debt')")
    connection.execute(
        "insert into market_holidays select 'XBOM', day, 'session' from generate_series(%s::date - 1, %s::date + 1,"
        " interval '1 day') day where extract(isodow from day) > 5",
        (today(), today()),
    )
    for product, units in (("FUND", 700), ("BOND", 300)):
        connection.execute("insert into holdings values ('C1', %s, %s, 100)", (product, units))
        connection.execute(
            "insert into lots (id, client_id, product_id, acquired_on, units, units_left, nav, cost)"
            " values (gen_random_uuid(), 'C1', %s, '2020-01-01', %s, %s, 1, 100)",
            (product, units, units),
        )
    return furnished


def today() -> str:
    return f"{datetime.now(UTC).date()}"


def files(directory: Path) -> Path:
    """A calendar, products and NAVs to load."""
    (directory / "calendar.csv").write_text("exchange,date,kind\nXBOM,2030-01-01,closed_weekday\n")
    products = Path(__file__).resolve().parents[3] / "infra" / "local" / "data" / "schemes.csv"
    (directory / "products.csv").write_bytes(products.read_bytes())
    (directory / "navs.csv").write_text(f"scheme,date,nav\nFUND,{today()},100\nBOND,{today()},100\n")
    return directory


def perform(cli: Cli, step: Step, things: dict[str, str]) -> None:
    """Run a step's command, and remember what it has made."""
    words = [*step.command.split(), *(word.format(**things) for word in step.more.split())]
    result = cli(*words, stdin=json.dumps(step.stdin) if step.stdin else "")
    assert result.code == 0, (words, result.err)
    if step.makes:
        things[step.makes] = result.out.split()[1]


def entries(cli: Cli, *words: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = data(cli("audit", "list", "--json", *words))
    return found


def test_each_command_makes_one_entry_by_whom_to_what(meera: Cli, connection: Connection, tmp_path: Path) -> None:
    things = {"files": str(files(tmp_path)), "today": today()}
    with serving() as site:
        site.answers[:] = [Answer(body=SAMPLE.read_bytes())]
        things["site"] = site.url
        for number, step in enumerate(STEPS, start=1):
            if step.command == "navs confirm":
                connection.execute("update navs set suspect = true where product_id = 'FUND'")
            if step.command == "rebalancing decline":
                things["proposal"] = data(meera("rebalancing", "executions", "--json"))[0]["id"]
            perform(meera, step, things)
            assert scalar(connection, "select count(*) from automation_audit") == number, step.command
            newest = entries(meera, "--limit", "1")[0]
            told = (newest["by"], newest["action"], newest["object_id"])
            assert told == (BY, step.action, step.about.format(**things)), step.command
    verified = meera("audit", "verify")
    assert (verified.code, verified.out.startswith(f"{len(STEPS)} entries fit, the hash")) == (0, True)


def test_a_confirmed_proposal_is_one_entry(meera: Cli, connection: Connection, tmp_path: Path) -> None:
    meera("navs", "load", files(tmp_path) / "navs.csv")
    meera("rebalancing", "add", "-", stdin=json.dumps(REBALANCING))
    meera("invoke", "rebalancing")
    shown = data(meera("rebalancing", "executions", "--json"))[0]["id"]
    before = scalar(connection, "select count(*) from automation_audit")
    for _ in range(2):
        assert meera("rebalancing", "confirm", shown, "--why", "reviewed").code == 0
    assert scalar(connection, "select count(*) from automation_audit") == before + 1
    newest = entries(meera)[0]
    assert (newest["by"], newest["action"], newest["object_id"]) == (BY, "rebalancing_execution.confirm", shown)


def test_what_is_repeated_rehearsed_or_read_makes_none(meera: Cli, connection: Connection, tmp_path: Path) -> None:
    loaded = files(tmp_path)
    meera("navs", "load", loaded / "navs.csv")
    shown = meera("rebalancing", "add", "-", stdin=json.dumps(REBALANCING)).out.split()[1]
    meera("rebalancing", "pause", shown)
    count = scalar(connection, "select count(*) from automation_audit")
    meera("rebalancing", "pause", shown)
    meera("rebalance", shown, "--dry-run")
    meera("navs", "load", loaded / "navs.csv")
    for command in ("status", f"why {shown}", f"rebalancing show {shown}", "audit list", "verify"):
        meera(*command.split())
    assert scalar(connection, "select count(*) from automation_audit") == count


def test_entries_are_found_by_object_person_client_action_and_day(meera: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    shown = meera("rules", "add", "-", stdin=json.dumps(RULE)).out.split()[1]
    monkeypatch.setenv("USER", "olga")
    meera("rules", "pause", shown, "--reason", "abroad")
    yesterday = f"{datetime.now(UTC).date() - timedelta(days=1)}"

    def found(*words: str) -> list[str]:
        return [each["action"].split(".")[1] for each in entries(meera, *words)]

    assert (
        found()
        == found("--object", shown)
        == found("--client", "C1")
        == found("--day", today())
        == [
            "pause",
            "create",
        ]
    )
    assert found("--by", "cli:olga") == found("--action", "auto_invest.pause") == found("--limit", "1") == ["pause"]
    assert found("--by", BY) == ["create"]
    assert found("--day", yesterday) == found("--client", "C2") == []
    table = meera("audit", "list").out
    for part in ("2 entries", "cli:olga", "auto_invest.pause", shown, '"reason": "abroad"'):
        assert part in table


def test_what_was_tampered_with_is_named(meera: Cli, connection: Connection) -> None:
    for client in ("C2", "C3", "C4"):
        meera("clients", "add", "--id", client, "--name", client)
    head = meera("audit", "verify").out.split()[-1]
    assert meera("audit", "verify", "--head", head).code == 0
    connection.execute("alter table automation_audit disable trigger automation_audit_append_only")
    connection.execute("delete from automation_audit where number = 3")
    shorter = meera("audit", "verify", "--head", head)
    assert (shorter.code, shorter.out.split()[0]) == (1, "2")
    assert shorter.err.startswith(f"error: no entry has the hash {head}")
    connection.execute("update automation_audit set by = 'cli:nobody' where number = 2")
    changed = meera("audit", "verify")
    assert (changed.code, changed.out.split()[0]) == (1, "1")
    assert changed.err.startswith("error: entry 2 is changed: ")
    connection.execute("delete from automation_audit where number = 1")
    assert meera("audit", "verify").err.startswith("error: entry 1 is missing: ")


@pytest.mark.parametrize("words", [("verify", "--head", "5f2a"), ("list", "--day", "today"), ("list", "--limit", "0")])
def test_a_wrong_question_is_refused(words: tuple[str, ...], cli: Cli) -> None:
    assert cli("audit", *words).code == 2

"""The audit trail in a database: many write at once, nothing can be changed, whatever was tampered with is found."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from functools import partial
from typing import Any

import psycopg
import pytest

from automation import runtime
from automation.database import Connection, Database, scalar
from automation.engine import (
    audit,
    rebalancing_edits,
    rebalancing_rules,
    rule_edits,
    rules,
    trigger_edits,
    trigger_rules,
)
from automation.engine.audit import Report
from automation.errors import NotFound
from automation.settings import Settings
from automation.store.audit import Wanted
from infra.local.output import as_json
from tests import audit_oracle, builders
from tests.builders import World
from tests.unit.sources import ROOT

WRITERS, EACH = 8, 15
REPEATED = """
    insert into automation_audit
    select 6, at, by, action, object_kind, object_id, client_id, details, previous_hash, hash
    from automation_audit where number = 5"""


@pytest.fixture
def world(database_url: str) -> Iterator[World]:
    """A client, a product, and nothing that an oracle looks at afterwards: the tests break the chain."""
    with builders.world(database_url) as world:
        builders.add_client(world.connection)
        builders.add_product(world.connection)
        builders.add_navs(world.connection, "FUND", "2023-06-01", "2025-03-31", "10")
        yield world


def write(world: World, *ids: str) -> None:
    """An entry about each of these objects."""
    for name in ids:
        act = partial(audit.record, now=world.clock.instant, by="cli:test", action="thing.touch", object_id=name)
        world.runtime.database.transaction(act)


def judged(world: World, head: str | None = None) -> tuple[int, int | None, str | None]:
    """How many entries fit, and number and kind of the first that does not."""
    report = audit.verify(world.runtime, head)
    return report.entries, report.misfit and report.misfit.number, report.misfit and report.misfit.how


def tamper(world: World, *statements: str) -> None:
    """Change the table as its owner can: with its trigger disabled."""
    trigger = "trigger automation_audit_append_only"
    for statement in (
        f"alter table automation_audit disable {trigger}",
        *statements,
        f"alter table automation_audit enable always {trigger}",
    ):
        world.connection.execute(statement.encode())


def test_many_writers_at_once_make_one_chain_without_a_gap(world: World, database_url: str) -> None:
    def one(writer: int) -> None:
        made = runtime.assemble(Settings(database_url=database_url), clock=world.clock, prepare_threshold=3)
        with made.database:
            for number in range(EACH):
                write(replace(world, runtime=made), f"{writer}-{number}")

    with ThreadPoolExecutor(WRITERS) as pool:
        list(pool.map(one, range(WRITERS)))
    report = audit.verify(world.runtime)
    assert report == Report(WRITERS * EACH, report.hash, None, True)
    assert list(audit_oracle.violations(world.connection)) == []
    assert world.value("select count(distinct object_id) from automation_audit") == WRITERS * EACH


def test_an_empty_trail_is_whole(world: World) -> None:
    assert audit.verify(world.runtime) == Report(0, "0" * 64, None, True)


def test_a_long_trail_is_walked_page_by_page(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    write(world, *map(str, range(10)))
    for page in (1, 3, 5, 10):
        monkeypatch.setattr(audit, "_PAGE", page)
        assert judged(world) == (10, None, None)


def test_what_is_rolled_back_leaves_no_entry_and_no_gap(world: World) -> None:
    def fails(connection: Connection) -> None:
        audit.record(connection, world.clock.instant, "cli:test", "thing.touch", "1")
        raise NotFound("it is gone")

    write(world, "0")
    with pytest.raises(NotFound):
        world.runtime.database.transaction(fails)
    write(world, "2")
    assert [entry.object_id for entry in audit.listed(world.runtime, Wanted(9))] == ["2", "0"]
    assert judged(world) == (2, None, None)


@pytest.mark.parametrize(
    "statement",
    [
        "update automation_audit set by = 'nobody'",
        "update automation_audit set by = by where false",
        "delete from automation_audit where number = 1",
        "truncate automation_audit",
        "insert into automation_audit select * from automation_audit on conflict (number) do update set by = 'x'",
    ],
)
def test_what_was_recorded_is_not_changed(world: World, statement: str) -> None:
    write(world, "1", "2")
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="append-only"):
        world.connection.execute(statement.encode())
    world.connection.execute("set session_replication_role = replica")
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="append-only"):
        world.connection.execute(statement.encode())
    assert judged(world) == (2, None, None)


@pytest.mark.parametrize(
    ("statement", "fit", "number", "how"),
    [
        ("update automation_audit set at = at + interval '1 microsecond' where number = 3", 2, 3, "changed"),
        ("update automation_audit set by = 'nobody' where number = 1", 0, 1, "changed"),
        ('update automation_audit set details = \'{"reason": "x"}\' where number = 5', 4, 5, "changed"),
        ("delete from automation_audit where number = 1", 0, 1, "missing"),
        ("delete from automation_audit where number in (3, 4)", 2, 3, "missing"),
        (REPEATED, 5, 6, "inserted"),
    ],
)
def test_each_kind_of_tampering_is_found(world: World, statement: str, fit: int, number: int, how: str) -> None:
    write(world, *"12345")
    tamper(world, statement)
    assert judged(world) == (fit, number, how)


def test_an_entry_put_in_between_is_found(world: World) -> None:
    write(world, "1", "2", "3")
    tamper(
        world,
        "update automation_audit set number = 4 where number = 3",
        "update automation_audit set number = 3 where number = 2",
    )
    world.connection.execute("create temp table later as select * from automation_audit where number > 2")
    tamper(world, "delete from automation_audit where number > 2")
    write(world, "forged")
    world.connection.execute("insert into automation_audit select * from later")
    assert judged(world) == (2, 3, "inserted")


def test_what_was_removed_at_the_end_is_found_by_a_head_that_was_seen_before(world: World) -> None:
    write(world, "1", "2")
    middle = audit.verify(world.runtime).hash
    write(world, "3")
    seen = audit.verify(world.runtime).hash
    tamper(world, "delete from automation_audit where number = 3")
    assert audit.verify(world.runtime) == Report(2, middle, None, True)
    assert audit.verify(world.runtime, middle).has_head
    assert not audit.verify(world.runtime, seen).has_head
    write(world, "another 3")
    assert audit.verify(world.runtime, middle).has_head
    assert not audit.verify(world.runtime, seen).has_head


def test_the_program_that_is_written_down_takes_the_same_hashes(world: World) -> None:
    shown = world.rule(amount="1500.50")
    rules.pause(world.runtime, shown, builders.at("2024-02-01 00:00"), 'abroad, "é"', by="rm:u1")
    world.clock.instant = world.clock.instant.replace(microsecond=120)
    rules.resume(world.runtime, shown, by="client:asha")
    (program,) = re.findall(r"```python\n(.*?)```", (ROOT / "docs" / "operations.md").read_text(), re.DOTALL)
    entries = [entry._asdict() for entry in audit.listed(world.runtime, Wanted(100))]

    def run(data: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([sys.executable, "-c", program], input=data, capture_output=True, text=True, check=False)

    assert run(as_json(entries)).stdout.strip() == audit.verify(world.runtime).hash
    wrong = run(as_json([*entries[:-1], entries[-1] | {"by": "nobody"}]))
    assert (wrong.returncode, wrong.stderr.strip()) == (1, "entry 1 does not fit")


def test_rules_tell_who_changed_what(world: World) -> None:
    shown = world.rule(amount="1500.50")
    rules.pause(world.runtime, shown, None, "abroad", by="rm:u1")
    pause, create = audit.listed(world.runtime, Wanted(9, object_id=shown))
    assert (pause.by, pause.action, pause.client_id) == ("rm:u1", "auto_invest.pause", "C1")
    assert pause.details == {"status": ["Active", "Paused"], "until": None, "reason": "abroad"}
    assert (create.by, create.action) == ("test", "auto_invest.create")
    assert create.details["amount"] == "1500.50"
    assert not {"client", "name"} & create.details.keys()


def test_a_change_whose_commit_was_not_answered_is_one_entry(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each transaction is committed, its answer is lost, and it is run again."""
    once = Database._in_transaction
    lost: list[object] = []

    def answered_late(database: Database, connection: Connection, work: Any, end: Any) -> Any:
        done = once(database, connection, work, end)
        if not lost:
            lost.append(work)
            raise psycopg.OperationalError("the answer was lost")
        return done

    monkeypatch.setattr(Database, "_in_transaction", answered_late)
    trigger = {"trigger_type": "NAV", "trigger_condition": "Less Than", "trigger_value": "8", "amount": "1000"}
    trigger |= {"client": "C1", "name": "dip", "order_type": "Purchase", "product": "FUND"}
    targets = {"client": "C1", "name": "all", "strategy": "Threshold-Based", "threshold_percent": "5"}
    made, by = world.runtime, "cli:test"
    rule = world.rule()
    lost.clear()
    dip = trigger_rules.create(made, trigger, by).id
    lost.clear()
    all_of = rebalancing_rules.create(made, targets | {"target_allocation": {"equity": "100"}}, by).id
    acts: list[Callable[[], object]] = [
        lambda: rules.pause(made, rule, None, "abroad", by),
        lambda: rules.resume(made, rule, by),
        lambda: rules.skip(made, rule, date(2024, 2, 5), date(2024, 2, 5), by),
        lambda: rule_edits.edit(made, rule, {"amount": "700"}, by),
        lambda: rule_edits.switch(made, rule, by, on=False),
        lambda: rules.cancel(made, rule, "moved", by),
        lambda: trigger_rules.pause(made, dip, by),
        lambda: trigger_edits.edit(made, dip, {"valid_until": "2024-12-31"}, by),
        lambda: trigger_rules.cancel(made, dip, "enough", by),
        lambda: rebalancing_rules.pause(made, all_of, None, "abroad", by),
        lambda: rebalancing_rules.resume(made, all_of, by),
        lambda: rebalancing_edits.edit(made, all_of, {"target_allocation": {"equity": "60", "cash": "40"}}, by),
        lambda: rebalancing_rules.cancel(made, all_of, "moved", by),
    ]
    for number, act in enumerate(acts, start=4):
        lost.clear()
        act()
        assert (len(lost), world.value("select count(*) from automation_audit")) == (1, number)


def test_the_writers_wait_for_nobody_but_each_other(world: World, database_url: str) -> None:
    """Whoever holds the end of the chain holds nothing that a reader or a job wants."""
    with psycopg.connect(database_url) as other:
        audit.record(other, world.clock.instant, "cli:test", "thing.touch", "1")
        assert judged(world) == (0, None, None)
        shown = world.connection.execute("select count(*) from automation_audit").fetchone()
        assert shown == (0,)
    assert scalar(world.connection, "select count(*) from automation_audit") == 1


def test_details_are_small_and_without_names(world: World) -> None:
    shown = world.rule(name="for Asha's daughter")
    (entry,) = audit.listed(world.runtime, Wanted(9, object_id=shown))
    assert "Asha" not in json.dumps(entry._asdict(), default=str)
    assert len(json.dumps(entry.details)) < 500

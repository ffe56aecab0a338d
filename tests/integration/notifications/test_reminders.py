"""What is told before it happens, and because nothing happens: each once, in time, and only while it is true."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from automation.engine import rule_edits, rules
from automation.engine.auto_invest_outcome import execution_key
from automation.store import reminders as store
from tests import builders
from tests.builders import Row
from tests.post_office import PostOffice

REMINDER = "Auto-Invest Reminder"
COMING = {"start_date": "2026-01-01", "day_of_month": 8, "time": "10:00"}


@pytest.fixture(autouse=True)
def _priced(office: PostOffice) -> None:
    builders.add_navs(office.world.connection, "FUND", "2025-12-01", "2026-03-31", "10")


def told(office: PostOffice, event: str = REMINDER, **payload: str) -> list[Row]:
    rows = office.world.rows(
        "select * from notification_logs where event = %s and channel = 'In-App' order by created_at, id", event
    )
    return [row for row in rows if payload.items() <= row["payload"].items()]


def test_an_instalment_is_announced_once_and_at_least_a_day_before(office: PostOffice) -> None:
    rule = office.world.rule(**COMING)
    for hour in range(100):
        office.world.clock.instant = builders.at("2026-01-05 12:00") + timedelta(hours=hour)
        office.tick()
    (row,) = told(office)
    before = builders.at("2026-01-08 10:00") - row["created_at"]
    assert timedelta(hours=24) <= before <= timedelta(hours=36)
    assert row["payload"] == {"rule": rule, "occurrence": "2026-01-08T10:00", "amount": "10000.00"}
    assert "skip" in office.email.sent[0].text
    assert f"{rule} 2026-01-08T10:00" in office.email.sent[0].text
    assert "₹10,000.00" in office.email.sent[0].text


def test_a_reminder_is_of_the_execution_that_follows(office: PostOffice) -> None:
    office.world.rule(**COMING)
    office.tick("2026-01-07 00:00")
    office.world.auto_invest("2026-01-08 10:00")
    (row,) = told(office)
    assert row["source_id"] == office.world.value("select id from automation_execution_logs")


def test_the_next_instalment_is_announced_again(office: PostOffice) -> None:
    office.world.rule(**COMING)
    office.tick("2026-01-07 00:00")
    office.world.auto_invest("2026-01-08 10:00")
    office.tick("2026-02-08 00:00")
    assert [row["payload"]["occurrence"] for row in told(office)] == ["2026-01-08T10:00", "2026-02-08T10:00"]


def test_an_instalment_that_was_moved_is_announced_anew(office: PostOffice) -> None:
    rule = office.world.rule(**COMING)
    office.tick("2026-01-07 00:00")
    rule_edits.edit(office.world.runtime, rule, {"day_of_month": 9}, by="test")
    office.tick("2026-01-07 23:00")
    assert [row["payload"]["occurrence"] for row in told(office)] == ["2026-01-08T10:00", "2026-01-09T10:00"]


def test_an_instalment_that_is_to_be_skipped_is_not_announced(office: PostOffice) -> None:
    rule = office.world.rule(**COMING)
    day = builders.at("2026-01-08 00:00").date() + timedelta(days=1)
    rules.skip(office.world.runtime, rule, day, day, by="test")
    office.tick("2026-01-07 00:00")
    assert told(office) == []


@pytest.mark.parametrize("changes", [{"frequency": "Daily", "day_of_month": ...}, {"status": "Paused"}])
def test_daily_rules_and_paused_ones_announce_nothing(office: PostOffice, changes: dict[str, Any]) -> None:
    status = changes.pop("status", "Active")
    office.world.rule(**COMING | changes)
    office.world.connection.execute("update auto_invest_rules set status = %s", (status,))
    office.tick("2026-01-07 00:00")
    assert told(office) == []


def test_two_workers_announce_once(office: PostOffice) -> None:
    office.world.rule(**COMING)
    now, until = builders.at("2026-01-07 00:00"), builders.at("2026-01-08 12:00")
    with office.world.connection.transaction():
        (mine,) = store.claim(office.world.connection, now, until, 10)
        other = office.world.runtime.database
        assert other.transaction(lambda connection: store.claim(connection, now, until, 10)) == []
        assert execution_key(mine, mine.next_occurrence)


def test_a_client_who_will_lack_the_money_is_warned_once(office: PostOffice) -> None:
    office.world.rule(**COMING | {"amount": "70000"})
    short = office.world.rule(**COMING | {"amount": "50000", "time": "11:00"})
    office.tick("2026-01-07 00:00")
    office.tick("2026-01-07 00:05")
    (warned,) = told(office, "Portfolio Alert", what="cash_short")
    assert warned["payload"]["rule"] == short
    assert (warned["payload"]["needed"], warned["payload"]["available"]) == ("50000.00", "30000.00")
    assert any("₹50,000.00" in each.text and "₹30,000.00" in each.text for each in office.email.sent)


def test_what_a_client_wants_to_keep_is_not_there_to_spend(office: PostOffice) -> None:
    office.world.rule(**COMING | {"amount": "70000", "min_balance_required": "30000.01"})
    office.tick("2026-01-07 00:00")
    assert len(told(office, "Portfolio Alert", what="cash_short")) == 1


def test_who_has_enough_is_not_warned(office: PostOffice) -> None:
    office.world.rule(**COMING | {"amount": "100000"})
    office.tick("2026-01-07 00:00")
    assert told(office, "Portfolio Alert") == []


def test_a_withdrawal_that_will_lack_units_is_warned_of(office: PostOffice) -> None:
    builders.add_lot(office.world.connection, "FUND", "499.9999", "4000.00", "2025-01-01")
    office.world.rule(**COMING | {"plan": "SWP", "amount": "5000"})
    office.tick("2026-01-07 00:00")
    (warned,) = told(office, "Portfolio Alert", what="units_short")
    assert (warned["payload"]["needed"], warned["payload"]["available"]) == ("5000.00", "4999.99")


def test_who_has_paid_in_overnight_is_not_warned_in_the_morning(office: PostOffice) -> None:
    office.prefer("In-App Email", event="Portfolio Alert", quiet_start="22:00", quiet_end="08:00")
    office.prefer("In-App", event=REMINDER)
    office.world.rule(**COMING | {"amount": "150000"})
    office.tick("2026-01-07 00:00")
    assert office.rows() == [("Pending", "quiet_hours")]
    builders.deposit(office.world.connection, "C1", "50000.00")
    office.tick("2026-01-07 08:00")
    assert office.rows() == [("Suppressed", "no_longer_true")]


def goal(office: PostOffice, units: str = "100", target: str = "10000.00") -> None:
    """A goal that FUND counts toward, at a NAV of 10."""
    now = office.world.clock.instant
    row = {"id": "G1", "client_id": "C1", "name": "House", "target_amount": Decimal(target), "created_at": now}
    builders.add(office.world.connection, "goals", **row)
    builders.add(office.world.connection, "goal_products", goal_id="G1", product_id="FUND", share_percent=100)
    builders.add_lot(office.world.connection, "FUND", units, "900.00", "2025-01-01")


def grow(office: PostOffice, units: str, days: int = 1) -> None:
    """The holding becomes so many units, and days pass."""
    office.world.connection.execute("update holdings set units = %s", (Decimal(units),))
    office.world.later(days=days, minutes=1)
    office.tick()


def milestones(office: PostOffice) -> list[int]:
    return [row["payload"]["percent"] for row in told(office, "Goal Milestone Reached")]


def test_a_goal_tells_each_milestone_once_in_its_life(office: PostOffice) -> None:
    goal(office)
    office.tick()
    assert milestones(office) == []
    for units in ("249.9999", "250", "249", "250", "500", "510", "1000", "2000"):
        grow(office, units)
    assert milestones(office) == [25, 50, 100]
    assert office.world.value("select count(*) from goal_milestones") == 4
    assert any("House: 25 % reached" in each.title for each in office.email.sent)


def test_what_a_goal_had_reached_before_anybody_looked_is_no_news(office: PostOffice) -> None:
    goal(office, units="600")
    office.tick()
    grow(office, "600")
    assert milestones(office) == []
    grow(office, "750")
    assert milestones(office) == [75]


def test_a_goal_is_looked_at_once_a_day(office: PostOffice) -> None:
    goal(office)
    office.tick()
    office.world.connection.execute("update holdings set units = 300")
    office.world.later(hours=23)
    office.tick()
    assert milestones(office) == []
    office.world.later(hours=1)
    office.tick()
    assert milestones(office) == [25]


def test_a_goal_without_a_price_has_reached_nothing(office: PostOffice) -> None:
    goal(office)
    office.tick()
    office.world.connection.execute("delete from navs where product_id = 'FUND'")
    grow(office, "900")
    assert milestones(office) == []

"""A rebalancing that somebody asks for, and one that is only looked at; what `why` and replay make of both."""

from __future__ import annotations

from typing import Any

import pytest

from automation import identifiers
from automation.engine import rebalancing_views
from automation.engine.replay import replay
from automation.errors import Conflict, NotFound
from automation.rebalancing.decision import ACTS
from tests import builders
from tests.rebalancing_floor import ACROSS, ASKS, BY_DRIFT, HYBRID, MONTHLY, Floor

TABLES = ("rebalancing_rules", "rebalancing_executions", "automation_execution_logs", "orders", "notification_logs",
          "automation_runs", "rebalancing_looks")  # fmt: skip


def test_by_hand_a_portfolio_inside_of_its_band_is_brought_to_its_targets(floor: Floor) -> None:
    rule = floor.add()
    floor.price("110")
    shown = floor.by_hand(rule)
    assert shown == floor.shown()
    assert floor.trades() == [("Switch", "EQ", "DEBT", "2400.00")]
    row = floor.execution()
    assert (row["initiator"], row["status"]) == ("manual", "Executing")
    assert floor.told("Rebalancing Triggered") == ["Executing"]


def test_by_hand_the_run_says_who_asked(floor: Floor) -> None:
    rule = floor.add()
    floor.price("110")
    floor.world.pokes.clear()
    floor.by_hand(rule, "ravi")
    started = floor.world.rows("select started_by from automation_runs where job = 'rebalancing'")
    assert {row["started_by"] for row in started} == {"schedule", "hand: ravi"}
    assert [job for job, _ in floor.world.pokes] == ["orders"]


def test_by_hand_a_rule_that_asks_first_does_not_ask_who_has_asked_for_it(floor: Floor) -> None:
    rule = floor.add(**ASKS)
    floor.price("110")
    floor.by_hand(rule)
    assert floor.states() == ["Executing"]
    assert [str(order["amount"]) for order in floor.orders()] == ["2400.00"]


def test_by_hand_twice_is_once(floor: Floor) -> None:
    rule = floor.add()
    floor.price("110")
    assert floor.by_hand(rule) == floor.by_hand(rule)
    assert len(floor.orders()) == 1


def test_by_hand_the_one_automatic_a_day_does_not_count(floor: Floor) -> None:
    rule = floor.add()
    floor.price("123.85")
    floor.turn()
    floor.evening("2024-01-09", EQ="123.85")
    floor.evening("2024-01-10", EQ="154")
    assert floor.states() == ["Executed", "Executing"]
    floor.turn()
    floor.evening("2024-01-11", EQ="154")
    floor.publish_all({"EQ": "140", "DEBT": "100"}, "2024-01-11")
    floor.by_hand(rule)
    assert floor.states() == ["Executed", "Executed", "Executing"]


@pytest.mark.parametrize(("spoil", "reason"), [
    ("select 1", "on_target"),
    ("update clients set kyc_status = 'Pending'", "kyc_not_verified"),
    ("update rebalancing_rules set enabled = false", "rule_disabled"),
    ("update rebalancing_rules set status = 'Cancelled'", "rule_cancelled"),
    ("delete from navs where product_id = 'DEBT'", "no_price"),
])  # fmt: skip
def test_by_hand_it_says_why_there_is_nothing_to_do_and_writes_nothing(floor: Floor, spoil: str, reason: str) -> None:
    rule = floor.add()
    floor.world.connection.execute(spoil.encode())
    before = [floor.world.rows(f"select * from {table}") for table in TABLES]  # noqa: S608 - our own names
    with pytest.raises(Conflict, match=reason):
        floor.by_hand(rule)
    assert [floor.world.rows(f"select * from {table}") for table in TABLES] == before  # noqa: S608


def test_by_hand_while_one_is_under_way_is_refused(floor: Floor) -> None:
    rule = floor.add()
    floor.price("125")
    with pytest.raises(Conflict, match="execution_live"):
        floor.by_hand(rule)
    assert len(floor.orders()) == 1


def test_a_dry_run_shows_the_plan_and_writes_nothing(floor: Floor) -> None:
    rule = floor.add()
    floor.publish("110", "2024-01-08")
    before = [floor.world.rows(f"select * from {table}") for table in TABLES]  # noqa: S608 - our own names
    preview = floor.preview(rule)
    assert preview.decision.status == ACTS
    assert preview.decision.plan is not None
    assert [(each.order_type, str(each.worth)) for each in preview.decision.plan.trades] == [("Switch", "2400.00")]
    assert [floor.world.rows(f"select * from {table}") for table in TABLES] == before  # noqa: S608


def test_a_rule_that_there_is_not_is_not_found(floor: Floor) -> None:
    for ask in (floor.by_hand, floor.preview, floor.why):
        with pytest.raises(NotFound):
            ask("REBAL-01HKKNBAA0F8VS3KE31X3MJH0Z")


def test_why_says_how_far_it_is(floor: Floor) -> None:
    rule = floor.add()
    floor.price("110")
    said = floor.why(rule)
    assert "does not act on drift now: largest drift 2.26 points (EQ +2.26), portfolio drift 2.26" in said
    assert "2.74 percentage points away" in said
    assert "It has not acted yet." in said


def test_why_measures_the_distance_by_the_narrower_band(floor: Floor) -> None:
    """DEBT may be 10 percent of 40 off, 4 points, and is 2.26: what is missing is 1.74."""
    rule = floor.add(relative_band_percent="10")
    floor.price("110")
    assert "1.74 percentage points away" in floor.why(rule)


def test_why_measures_the_distance_of_drift_based_by_its_own_drift(floor: Floor) -> None:
    rule = floor.add(**BY_DRIFT, target_allocation={"EQ": "58", "DEBT": "40", "GOLD": "2"}, threshold_percent="10")
    assert "8.00 percentage points away" in floor.why(rule)


def test_why_says_that_no_drift_lets_a_calendar_rule_act(floor: Floor) -> None:
    rule = floor.add(**MONTHLY)
    floor.price("125")
    said = floor.why(rule)
    assert "acts on its calendar alone" in said
    assert "points away" not in said
    assert "By its calendar it looks next at 2024-01-10 10:00 Asia/Kolkata." in said


def test_why_names_what_stops_it(floor: Floor) -> None:
    rule = floor.add()
    builders.add_switch(floor.world.connection, "client", "C1", "stop_all")
    assert "a kill switch stands (client: drill)" in floor.why(rule)


def test_why_tells_the_last_execution_and_its_end(floor: Floor) -> None:
    rule = floor.add()
    floor.price("125")
    floor.turn()
    floor.evening("2024-01-09", EQ="125")
    assert f"Its last execution {floor.shown()} of 2024-01-08 is Executed." in floor.why(rule)


def test_why_of_an_execution_tells_what_called_for_it_and_how_far_each_leg_is(floor: Floor) -> None:
    floor.add(**ACROSS)
    floor.turn()
    floor.evening("2024-01-08")
    said = floor.why(floor.shown())
    assert "called for by drift: largest drift 40.00 points" in said
    assert "Redemption of 24,000.00 of EQ; Purchase of 24,000.00 of GOLD" in said
    assert "It is Executing: leg 0 Executed, leg 1 Placed." in said


def test_replay_decides_everything_again_and_finds_no_difference(floor: Floor) -> None:
    floor.add()
    floor.add(**MONTHLY, name="monthly")
    floor.price("125")
    floor.turn()
    floor.evening("2024-01-09", EQ="125")
    floor.tick("2024-01-10 10:00")
    report = replay(floor.world.runtime)
    assert (report.checked, report.differences) == (2, [])


def test_replay_finds_a_row_that_was_changed(floor: Floor) -> None:
    floor.add()
    floor.price("125")
    change: Any = "update automation_execution_logs set details = jsonb_set(details, %s, %s) where true"
    floor.world.connection.execute(change, ("{decision,plan,trades,0,amount}", '"1.00"'))
    report = replay(floor.world.runtime)
    assert [difference.what for difference in report.differences] == ["decision"]
    floor.world.connection.execute(change, ("{decision,plan,trades,0,amount}", '"6000.00"'))


def test_lots_are_recorded_where_something_was_planned_from_them(floor: Floor) -> None:
    floor.add(**HYBRID)
    floor.tick("2024-01-10 10:00")
    floor.publish_all({"EQ": "125", "DEBT": "100"}, "2024-02-09")
    floor.tick("2024-02-12 10:00")
    statement = """
        select status, jsonb_path_query_array(details, '$.facts.portfolio.positions[*].lots[*]') as lots
        from automation_execution_logs order by occurrence"""
    assert [(row["status"], len(row["lots"])) for row in floor.world.rows(statement)] == [
        ("Skipped", 0),
        ("Success", 2),
    ]
    assert replay(floor.world.runtime).differences == []


def test_the_history_shows_ids_as_people_know_them(floor: Floor) -> None:
    rule = floor.add()
    floor.price("125")
    (row,) = rebalancing_views.executions(floor.world.runtime, rule, None, None, 10)
    assert (row["id"], row["rule_id"]) == (floor.shown(), rule)
    assert row["order_ids"] == [identifiers.show(identifiers.ORDER, order["id"]) for order in floor.orders()]
    assert rebalancing_views.executions(floor.world.runtime, None, "C2", None, 10) == []
    assert rebalancing_views.executions(floor.world.runtime, None, "C1", "Executed", 10) == []

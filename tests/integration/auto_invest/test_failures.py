"""Too little money again and again, orders that fail, and the pause that follows."""

from __future__ import annotations

from typing import Any

import pytest

from automation.engine import rules
from tests import builders
from tests.builders import World
from tests.gateways import FakeGateway

WAITING = ["10:00", "10:05", "10:10", "10:15", "10:20"]


def outcomes(world: World, rule: str) -> list[tuple[str, str | None]]:
    return [(status, reason) for _, status, reason in world.log(rule)]


def poor(world: World, **changes: Any) -> str:
    """A rule that retries and whose client has nothing."""
    builders.add_client(world.connection, "POOR", cash="0.00")
    return world.rule(client="POOR", cash_policy="retry", **changes)


def day(world: World, date: str) -> None:
    for time in WAITING:
        world.auto_invest(f"{date} {time}")


def test_three_tries_and_the_occurrence_has_failed(world: World) -> None:
    rule = poor(world)
    for n, time in enumerate(["10:00", "10:05", "10:10"]):
        assert world.log(rule) == []
        world.auto_invest(f"2024-01-05 {time}")
        assert world.state(rule)["attempts"] == (n + 1) % 3
    assert outcomes(world, rule) == [("Failed", "insufficient_cash")]
    day(world, "2024-01-05")
    assert len(world.log(rule)) == 1


def test_a_tick_before_the_next_try_is_no_try(world: World) -> None:
    rule = poor(world)
    for time in ("10:00", "10:01", "10:02", "10:03", "10:04"):
        world.auto_invest(f"2024-01-05 {time}")
    assert (world.log(rule), world.state(rule)["attempts"]) == ([], 1)
    day(world, "2024-01-05")


def test_success_on_the_second_try_is_one_execution_and_one_order(world: World) -> None:
    rule = poor(world)
    world.auto_invest("2024-01-05 10:00")
    builders.deposit(world.connection, "POOR", "10000.00")
    for time in ("10:05", "10:10", "10:15"):
        world.auto_invest(f"2024-01-05 {time}")
    assert world.log(rule) == [("2024-01-05 10:00", "Success", None)]
    assert len(world.order_rows(rule)) == 1
    assert world.state(rule)["attempts"] == 0


def test_no_try_is_made_after_the_cut_off(world: World) -> None:
    rule = poor(world, time="14:58")
    world.auto_invest("2024-01-05 14:58")
    assert world.log(rule) == []
    world.auto_invest("2024-01-05 15:00")
    assert outcomes(world, rule) == [("Failed", "insufficient_cash")]


def test_an_occurrence_found_after_its_cut_off_without_money_has_failed_at_once(world: World) -> None:
    rule = poor(world)
    world.auto_invest("2024-01-05 16:00")
    assert outcomes(world, rule) == [("Failed", "insufficient_cash")]


def test_a_rule_that_runs_after_its_cut_off_has_its_tries_until_the_next_one(world: World) -> None:
    rule = poor(world, time="16:00")
    for time in ("16:00", "16:05"):
        world.auto_invest(f"2024-01-05 {time}")
        assert world.log(rule) == []
    world.auto_invest("2024-01-05 16:10")
    assert outcomes(world, rule) == [("Failed", "insufficient_cash")]


def test_a_condition_that_is_met_without_money_is_tried_three_times_and_only_tries_count(world: World) -> None:
    fall = {"nav_change_percent": "5", "direction": "fall", "lookback_days": 7}
    rule = poor(world, trigger_type="Market Condition", trigger_config=fall)
    for time in ("10:00", "10:05", "10:10", "10:15"):
        world.auto_invest(f"2024-01-05 {time}")
    assert world.log(rule) == []
    builders.add_navs(world.connection, "FUND", "2024-01-05", "2024-01-05", "9")
    for time in ("21:00", "21:05"):
        world.auto_invest(f"2024-01-05 {time}")
        assert world.log(rule) == []
    world.auto_invest("2024-01-05 21:10")
    assert outcomes(world, rule) == [("Failed", "insufficient_cash")]


@pytest.mark.parametrize(
    ("schedule", "days"),
    [
        ({"frequency": "Daily"}, ["2024-01-01", "2024-01-02", "2024-01-03", "2024-01-04"]),
        ({"frequency": "Monthly"}, ["2024-01-05", "2024-02-05", "2024-03-05", "2024-04-05"]),
        ({"frequency": "Quarterly"}, ["2024-01-05", "2024-04-05", "2024-07-05"]),
        ({"frequency": "Half-Yearly"}, ["2024-01-05", "2024-07-05", "2025-01-06"]),
    ],
)
def test_after_three_failures_in_a_row_or_two_of_rare_ones_the_rule_is_paused(
    world: World, schedule: dict[str, Any], days: list[str]
) -> None:
    rule = poor(world, **schedule)
    *failing, last = days
    for n, date in enumerate(failing):
        assert world.state(rule)["status"] == "Active", n
        day(world, date)
    state = world.state(rule)
    assert (state["status"], state["status_reason"]) == ("Paused", "repeated_failures")
    assert state["consecutive_failures"] == len(failing)
    day(world, last)
    assert outcomes(world, rule) == [("Failed", "insufficient_cash")] * len(failing) + [("Skipped", "rule_paused")]


def test_a_success_in_between_starts_the_count_again(world: World) -> None:
    rule = poor(world, frequency="Daily", amount="500")
    for n, date in enumerate(["2024-01-01", "2024-01-02", "2024-01-03", "2024-01-04", "2024-01-05"]):
        if n == 2:
            builders.deposit(world.connection, "POOR", "500.00")
        day(world, date)
    assert [status for status, _ in outcomes(world, rule)] == ["Failed", "Failed", "Success", "Failed", "Failed"]
    assert world.state(rule)["status"] == "Active"


def test_many_failures_found_at_once_pause_the_rule_after_the_third(world: World) -> None:
    rule = poor(world, frequency="Daily", missed="all")
    world.auto_invest("2024-01-08 16:00")
    assert outcomes(world, rule) == [("Failed", "insufficient_cash")] * 3 + [("Skipped", "rule_paused")] * 3
    state = world.state(rule)
    assert (state["status"], state["consecutive_failures"]) == ("Paused", 3)


def test_a_rule_that_a_person_resumed_fails_three_times_again_before_it_pauses(world: World) -> None:
    rule = poor(world, frequency="Daily")
    for date in ("2024-01-01", "2024-01-02", "2024-01-03"):
        day(world, date)
    rules.resume(world.runtime, rule, by="test")
    for date in ("2024-01-04", "2024-01-05"):
        day(world, date)
        assert world.state(rule)["status"] == "Active"
    day(world, "2024-01-08")
    assert world.state(rule)["status"] == "Paused"


def test_a_skipped_occurrence_neither_pauses_a_resumed_rule_nor_counts_as_failure(world: World) -> None:
    rule = poor(world, frequency="Daily")
    for date in ("2024-01-01", "2024-01-02", "2024-01-03"):
        day(world, date)
    world.clock.instant = builders.at("2024-01-04 10:05")
    rules.resume(world.runtime, rule, by="test")
    builders.add_switch(world.connection, "global", None, "stop_all")
    day(world, "2024-01-05")
    assert outcomes(world, rule)[3:] == [("Skipped", "rule_paused"), ("Skipped", "kill_switch")]
    assert world.state(rule)["status"] == "Active"


def fail_orders(world: World, date: str) -> None:
    """A day on which the gateway refuses what was decided."""
    paper = world.runtime.gateway
    world.auto_invest(f"{date} 10:00")
    world.behind(FakeGateway(on_submit="refuse"))
    world.orders(f"{date} 10:01")
    world.behind(paper)


def cancel_orders(world: World, date: str) -> None:
    """A day on which the product closes between the decision and the submission."""
    world.auto_invest(f"{date} 10:00")
    world.connection.execute("update products set open_for_subscription = false")
    world.orders(f"{date} 10:01")
    world.connection.execute("update products set open_for_subscription = true")


def test_an_order_that_fails_takes_back_what_the_rule_counted(world: World) -> None:
    rule = world.rule(amount="500", frequency="Daily", max_total_amount="5000")
    world.auto_invest("2024-01-01 10:00")
    world.orders("2024-01-01 10:01")
    fail_orders(world, "2024-01-02")
    assert outcomes(world, rule) == [("Success", None), ("Failed", "order_failed")]
    state = world.state(rule)
    assert (state["execution_count"], state["total_invested"], state["consecutive_failures"]) == (1, 500, 1)


def test_orders_that_fail_three_times_in_a_row_pause_the_rule(world: World) -> None:
    rule = world.rule(amount="500", frequency="Daily")
    for date in ("2024-01-01", "2024-01-02", "2024-01-03"):
        assert world.state(rule)["status"] == "Active"
        fail_orders(world, date)
    state = world.state(rule)
    assert (state["status"], state["status_reason"], state["consecutive_failures"]) == (
        "Paused",
        "repeated_failures",
        3,
    )


def test_an_order_that_goes_through_starts_the_count_of_failed_orders_again(world: World) -> None:
    rule = world.rule(amount="500", frequency="Daily")
    fail_orders(world, "2024-01-01")
    fail_orders(world, "2024-01-02")
    world.auto_invest("2024-01-03 10:00")
    world.orders("2024-01-03 21:30")
    fail_orders(world, "2024-01-04")
    fail_orders(world, "2024-01-05")
    assert world.state(rule)["status"] == "Active"
    fail_orders(world, "2024-01-08")
    assert world.state(rule)["status"] == "Paused"


def test_orders_that_we_cancel_ourselves_take_back_what_was_counted_and_are_no_failures(world: World) -> None:
    rule = world.rule(amount="500", frequency="Daily")
    for date in ("2024-01-01", "2024-01-02", "2024-01-03", "2024-01-04"):
        cancel_orders(world, date)
    assert outcomes(world, rule) == [("Failed", "order_cancelled")] * 4
    state = world.state(rule)
    assert (state["status"], state["consecutive_failures"], state["execution_count"]) == ("Active", 0, 0)
    assert state["total_invested"] == 0


def test_one_leg_of_a_basket_that_fails_takes_back_its_share_and_leaves_the_success(world: World) -> None:
    builders.add_product(world.connection, "BOND")
    builders.add_navs(world.connection, "BOND", "2023-12-01", "2024-12-31", "20")
    halves = [{"product": "FUND", "percent": "60"}, {"product": "BOND", "percent": "40"}]
    rule = world.rule(product=..., allocations=halves)
    world.auto_invest("2024-01-05 10:00")
    world.connection.execute("update products set status = 'Closed' where id = 'BOND'")
    world.orders("2024-01-05 10:01")
    assert outcomes(world, rule) == [("Success", None)]
    state = world.state(rule)
    assert (state["execution_count"], state["total_invested"], state["consecutive_failures"]) == (1, 6000, 0)
    assert world.value("select amount from automation_execution_logs") == 10000


def warnings(world: World) -> list[tuple[int, int, bool]]:
    """Failures in a row, how many pause the rule, and whether it is, as the client was told after each failure."""
    found = world.rows("select payload from notification_logs where event = 'Auto-Invest Failed' order by created_at")
    return [(row["payload"]["failures"], row["payload"]["pauses_at"], row["payload"]["paused"]) for row in found]


def test_the_client_is_told_with_each_failure_how_near_the_pause_is_and_of_the_pause(world: World) -> None:
    poor(world, frequency="Daily")
    for date in ("2024-01-01", "2024-01-02", "2024-01-03", "2024-01-04"):
        day(world, date)
    assert warnings(world) == [(1, 3, False), (2, 3, False), (3, 3, True)]


def test_the_client_is_told_the_same_of_orders_that_failed(world: World) -> None:
    world.rule(amount="500", frequency="Daily")
    for date in ("2024-01-01", "2024-01-02", "2024-01-03"):
        fail_orders(world, date)
    assert warnings(world) == [(1, 3, False), (2, 3, False), (3, 3, True)]

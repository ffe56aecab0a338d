"""Rules that look for their moment inside each period: once at most, and a period that ends unmet is told."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from psycopg.types.json import Jsonb

from automation import identifiers
from automation.engine import rules
from tests import builders
from tests.builders import World

FALL = {
    "trigger_type": "Market Condition",
    "trigger_config": {"nav_change_percent": "5", "direction": "fall", "lookback_days": 7},
}
UNMET = ("Skipped", "condition_not_met")
UNKNOWN = ("Skipped", "condition_unknown")
RUN = ("Success", None)


def outcomes(world: World, rule: str) -> list[tuple[str, str | None]]:
    return [(status, reason) for _, status, reason in world.log(rule)]


def set_nav(world: World, day: str, nav: str, product: str = "FUND") -> None:
    builders.add_navs(world.connection, product, day, day, nav)


def observation(world: World) -> dict[str, Any]:
    """What the last execution saw."""
    found: dict[str, Any] = world.value(
        "select details -> 'facts' -> 'observation' from automation_execution_logs order by id desc limit 1"
    )
    return found


def test_it_looks_on_every_tick_and_runs_the_first_time_that_it_holds(world: World) -> None:
    rule = world.rule(**FALL)
    world.auto_invest("2024-01-05 10:00")
    world.auto_invest("2024-01-09 10:00")
    set_nav(world, "2024-01-09", "9.5")
    world.auto_invest("2024-01-09 20:55")
    assert world.log(rule) == []
    world.auto_invest("2024-01-09 21:00")
    assert world.log(rule) == [("2024-01-05 10:00", "Success", None)]
    (order,) = world.order_rows(rule)
    assert order["trade_date"] == date(2024, 1, 9)
    assert (observation(world)["observed"], observation(world)["reference"]) == ("9.5000", "10.0000")


def test_it_runs_at_most_once_in_a_period(world: World) -> None:
    for day in ("2024-01-08", "2024-01-09", "2024-01-10"):
        set_nav(world, day, "9")
    rule = world.rule(**FALL)
    for day in ("2024-01-05", "2024-01-08", "2024-01-09", "2024-01-10", "2024-01-11"):
        world.auto_invest(f"{day} 21:30")
    assert outcomes(world, rule) == [RUN]
    world.auto_invest("2024-02-05 10:00")
    assert outcomes(world, rule) == [RUN]
    world.auto_invest("2024-03-05 10:00")
    assert outcomes(world, rule) == [RUN, UNMET]


def test_a_period_that_ends_unmet_is_one_skipped_execution(world: World) -> None:
    rule = world.rule(**FALL)
    for day in ("2024-01-05", "2024-01-15", "2024-01-25", "2024-02-05", "2024-02-15", "2024-03-05"):
        world.auto_invest(f"{day} 10:00")
    assert world.log(rule) == [
        ("2024-01-05 10:00", *UNMET),
        ("2024-02-05 10:00", *UNMET),
    ]


def test_a_tick_between_two_looks_costs_nothing_and_every_look_is_kept_apart(world: World) -> None:
    rule = world.rule(**FALL)
    assert world.auto_invest("2024-01-05 10:00")["counts"] == {"rules": 1, "orders": 0}
    assert world.auto_invest("2024-01-05 10:04")["counts"] == {}
    assert world.auto_invest("2024-01-05 10:05")["counts"] == {"rules": 1, "orders": 0}
    assert world.state(rule)["last_look"]["reason"] == "condition_not_met"


def test_periods_that_an_outage_swallowed_are_told_apart_from_those_that_were_looked_at(world: World) -> None:
    rule = world.rule(**FALL)
    world.auto_invest("2024-01-05 10:00")
    set_nav(world, "2024-04-16", "9")
    world.auto_invest("2024-04-16 21:30")
    assert outcomes(world, rule) == [UNMET, ("Skipped", "missed"), ("Skipped", "missed"), RUN]


def test_a_condition_that_held_only_after_its_period_was_over_is_not_met_in_it(world: World) -> None:
    rule = world.rule(**FALL)
    world.auto_invest("2024-01-05 10:00")
    set_nav(world, "2024-02-05", "9")
    world.auto_invest("2024-02-05 21:30")
    assert outcomes(world, rule) == [UNMET, RUN]


def test_the_last_period_ends_with_the_rule_s_last_day(world: World) -> None:
    rule = world.rule(**FALL, end_date="2024-01-20")
    world.auto_invest("2024-01-05 10:00")
    world.auto_invest("2024-01-20 23:59")
    assert world.log(rule) == []
    world.auto_invest("2024-01-21 00:00")
    assert outcomes(world, rule) == [UNMET]
    assert world.state(rule)["status"] == "Completed"


def test_a_pause_in_the_middle_of_a_period_only_interrupts_it(world: World) -> None:
    rule = world.rule(**FALL)
    world.auto_invest("2024-01-05 10:00")
    rules.pause(world.runtime, rule, builders.at("2024-01-10 00:00"), "holiday", by="test")
    set_nav(world, "2024-01-08", "9")
    set_nav(world, "2024-01-10", "9")
    world.auto_invest("2024-01-08 21:30")
    assert world.log(rule) == []
    for time in ("21:30", "21:35", "21:40"):
        world.auto_invest(f"2024-01-10 {time}")
    assert outcomes(world, rule) == [RUN]


def test_a_switch_in_the_middle_of_a_period_only_interrupts_it(world: World) -> None:
    rule = world.rule(**FALL)
    set_nav(world, "2024-01-08", "9")
    switch = builders.add_switch(world.connection, "global", None, "stop_buys")
    world.auto_invest("2024-01-08 21:30")
    assert world.log(rule) == []
    world.connection.execute("update automation_controls set lifted_at = now() where id = %s", (switch,))
    world.auto_invest("2024-01-08 21:45")
    assert outcomes(world, rule) == [RUN]


@pytest.mark.parametrize(
    ("direction", "nav", "outcome"),
    [("fall", "9.5000", RUN), ("fall", "9.5001", None), ("rise", "10.5000", RUN), ("rise", "10.4999", None)],
)
def test_a_nav_change_is_measured_against_the_nav_so_many_days_before(
    world: World, direction: str, nav: str, outcome: tuple[str, str | None] | None
) -> None:
    config = {"nav_change_percent": "5", "direction": direction, "lookback_days": 10}
    rule = world.rule(trigger_type="Market Condition", trigger_config=config)
    builders.add_navs(world.connection, "FUND", "2024-01-09", "2024-01-19", "77")
    set_nav(world, "2024-01-08", "10")
    set_nav(world, "2024-01-18", nav)
    world.auto_invest("2024-01-18 21:30")
    assert outcomes(world, rule) == ([outcome] if outcome else [])


def test_a_look_back_that_ends_on_a_closed_day_takes_the_last_nav_before(world: World) -> None:
    rule = world.rule(**FALL)
    builders.add_navs(world.connection, "FUND", "2024-01-01", "2024-01-31", "20")
    set_nav(world, "2024-01-05", "10")  # a Friday, 7 days before the 12th; the 14th looks back to Sunday
    set_nav(world, "2024-01-15", "9.5")
    world.connection.execute("delete from navs where date = '2024-01-08'")
    world.auto_invest("2024-01-15 21:30")
    assert outcomes(world, rule) == [RUN]
    assert observation(world)["reference"] == "10.0000"


@pytest.mark.parametrize("gap", ["date < '2024-01-12'", "date between '2024-01-01' and '2024-01-11'", "true"])
def test_too_little_history_is_unknown_and_never_met(world: World, gap: str) -> None:
    rule = world.rule(**FALL)
    set_nav(world, "2024-01-15", "1")
    world.connection.execute(f"delete from navs where {gap} and date < '2024-01-15'".encode())  # noqa: S608 - ours
    world.auto_invest("2024-01-15 21:30")
    assert world.log(rule) == []
    assert world.state(rule)["last_look"]["reason"] == "condition_unknown"


def test_old_data_about_another_product_is_unknown_and_never_met(world: World) -> None:
    builders.add_product(world.connection, "INDEX")
    builders.add_navs(world.connection, "INDEX", "2023-12-01", "2024-01-12", "100")
    set_nav(world, "2024-01-12", "50", "INDEX")
    config = {**FALL["trigger_config"], "product": "INDEX"}  # type: ignore[dict-item]
    rule = world.rule(trigger_type="Market Condition", trigger_config=config, day_of_month=15)
    world.auto_invest("2024-01-22 10:00")
    assert world.log(rule) == []
    assert world.state(rule)["last_look"]["reason"] == "condition_unknown"
    set_nav(world, "2024-01-22", "95", "INDEX")
    world.auto_invest("2024-01-22 21:30")
    assert world.state(rule)["last_look"]["reason"] == "condition_not_met"


@pytest.mark.parametrize(
    ("nav", "market"), [("10.3000", "Bull"), ("10.0000", "Neutral"), ("9.7000", "Bear"), ("10.2000", "Neutral")]
)
def test_bull_bear_and_neutral_are_told_by_the_moving_average(world: World, nav: str, market: str) -> None:
    made = {}
    for asked in ("Bull", "Bear", "Neutral"):
        config = {"market": asked, "window_days": 5, "band_percent": "2"}
        made[asked] = world.rule(amount="500", trigger_type="Market Condition", trigger_config=config)
    set_nav(world, "2024-01-15", nav)
    world.auto_invest("2024-01-15 21:30")
    mean = ((4 * Decimal(10) + Decimal(nav)) / 5).quantize(Decimal("0.0001"))
    assert {asked for asked, rule in made.items() if world.log(rule)} == {market}
    assert Decimal(observation(world)["reference"]) == mean


def test_an_average_needs_its_whole_window(world: World) -> None:
    world.connection.execute("delete from navs where date < '2024-01-10'")
    made = [
        world.rule(
            trigger_type="Market Condition",
            trigger_config={"market": "Neutral", "window_days": days, "band_percent": "100"},
        )
        for days in (4, 5)
    ]
    world.auto_invest("2024-01-15 21:30")
    assert [outcomes(world, rule) for rule in made] == [[RUN], []]


def add_goal(world: World, target: str, **shares: int) -> None:
    builders.add(world.connection, "goals", id="G", client_id="C1", name="House", target_amount=Decimal(target))
    for product, percent in shares.items():
        builders.add(world.connection, "goal_products", goal_id="G", product_id=product, share_percent=percent)


def goal_rule(world: World, percent: str, direction: str) -> str:
    config = {"percent": percent, "direction": direction}
    return world.rule(trigger_type="Goal Progress", trigger_config=config, goal="G", amount="500")


def test_progress_counts_the_goal_s_share_of_its_products(world: World) -> None:
    builders.add_product(world.connection, "BOND")
    builders.add_navs(world.connection, "BOND", "2023-12-01", "2024-12-31", "20")
    builders.add_lot(world.connection, "FUND", "1000", "9000.00", "2023-06-01")  # 10,000, all of it
    builders.add_lot(world.connection, "BOND", "500", "9000.00", "2023-06-01")  # 10,000, half of it
    add_goal(world, "40000", FUND=100, BOND=50)
    made = {
        limit: goal_rule(world, *limit) for limit in (("37.5", "above"), ("37.4999", "above"), ("37.5001", "below"))
    }
    world.auto_invest("2024-01-05 10:00")
    assert {limit for limit, rule in made.items() if world.log(rule)} == {("37.4999", "above"), ("37.5001", "below")}
    assert observation(world)["observed"] == "37.5000"


def test_a_goal_with_nothing_yet_has_no_progress_and_one_without_prices_is_unknown(world: World) -> None:
    add_goal(world, "40000", FUND=100)
    rule = goal_rule(world, "50", "below")
    world.auto_invest("2024-01-05 10:00")
    assert outcomes(world, rule) == [RUN]
    builders.add_product(world.connection, "NEW")
    builders.add_lot(world.connection, "NEW", "1000", "9000.00", "2023-06-01")
    builders.add(world.connection, "goal_products", goal_id="G", product_id="NEW")
    world.auto_invest("2024-02-05 10:00")
    assert len(world.log(rule)) == 1
    assert world.state(rule)["last_look"]["reason"] == "condition_unknown"


def add_targets(world: World, **targets: str) -> str:
    key = identifiers.new(builders.at(builders.BEFORE))
    when = builders.at(builders.BEFORE)
    builders.add(
        world.connection,
        "rebalancing_rules",
        id=key,
        client_id="C1",
        name="targets",
        strategy="Threshold-Based",
        threshold_percent=5,
        target_allocation=Jsonb(targets),
        start_date=date(2024, 1, 1),
        created_at=when,
        updated_at=when,
    )
    return identifiers.show(identifiers.REBALANCING, key)


@pytest.mark.parametrize(("percent", "runs"), [("15", True), ("15.0001", False)])
def test_drift_is_the_largest_distance_from_the_targets(world: World, percent: str, runs: bool) -> None:
    builders.add_product(world.connection, "BOND")
    builders.add_navs(world.connection, "BOND", "2023-12-01", "2024-12-31", "20")
    builders.add_lot(world.connection, "FUND", "7500", "9000.00", "2023-06-01")  # 75,000
    builders.add_lot(world.connection, "BOND", "1250", "9000.00", "2023-06-01")  # 25,000
    targets = add_targets(world, FUND="60", BOND="40")
    config = {"percent": percent, "rebalancing_rule": targets}
    rule = world.rule(trigger_type="Portfolio Drift", trigger_config=config)
    world.auto_invest("2024-01-05 10:00")
    assert outcomes(world, rule) == ([RUN] if runs else [])


def test_drift_of_nothing_is_unknown(world: World) -> None:
    targets = add_targets(world, FUND="60", cash="40")
    world.connection.execute("update clients set cash_balance = 0")
    world.connection.execute("delete from cash_journal")
    config = {"percent": "1", "rebalancing_rule": targets}
    rule = world.rule(trigger_type="Portfolio Drift", trigger_config=config)
    world.auto_invest("2024-01-05 10:00")
    assert world.state(rule)["last_look"]["reason"] == "condition_unknown"

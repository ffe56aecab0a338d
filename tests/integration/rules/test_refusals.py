"""A rule that can't be made is refused with its field, and nothing of it is written."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from automation import identifiers
from automation.engine import rules
from automation.errors import InvalidInput, NotFound
from tests import builders
from tests.builders import World

HALVES = [{"product": "FUND", "percent": "50"}, {"product": "BOND", "percent": "50"}]
FALL = {"nav_change_percent": "5", "direction": "fall", "lookback_days": 7}


@pytest.fixture(autouse=True)
def _others(world: World) -> None:
    builders.add_product(world.connection, "BOND")
    builders.add_product(world.connection, "DOLLARS", currency="USD")
    builders.add_product(world.connection, "SHUT", open_for_subscription=False)
    builders.add_product(world.connection, "MERGED", status="Merged")
    builders.add_client(world.connection, "C2")
    builders.add(world.connection, "goals", id="THEIRS", client_id="C2", name="x", target_amount=100)


def refused(world: World, **changes: Any) -> str:
    """The field that is named; no rule is there afterwards."""
    with pytest.raises(InvalidInput) as error:
        world.create(**changes)
    assert world.value("select count(*) from auto_invest_rules") == 0
    assert error.value.hint
    return error.value.field


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"client": "NOBODY"}, "client"),
    ({"product": "NOTHING"}, "product"),
    ({"product": "fund"}, "product"),
    ({"product": ..., "allocations": [HALVES[0], {"product": "NOTHING", "percent": "50"}]}, "allocations[1].product"),
    ({"plan": "STP", "source_product": "NOTHING"}, "source_product"),
    ({"product": "SHUT"}, "product"),
    ({"product": "MERGED"}, "product"),
    ({"plan": "SWP", "product": "MERGED"}, "product"),
    ({"plan": "STP", "source_product": "MERGED"}, "source_product"),
    ({"product": "DOLLARS"}, "product"),
    ({"product": ..., "allocations": [HALVES[0], {"product": "DOLLARS", "percent": "50"}]}, "allocations[1].product"),
    ({"plan": "STP", "source_product": "DOLLARS"}, "source_product"),
    ({"amount": "499.99"}, "amount"),
    ({"max_per_execution": "499.99"}, "max_per_execution"),
    ({"max_per_execution": "999", "product": ..., "allocations": HALVES}, "max_per_execution"),
    ({"amount": "-100"}, "amount"),
    ({"amount": "NaN"}, "amount"),
    ({"amount": "1e9"}, "amount"),
    ({"amount": 100.5}, "amount"),
    ({"start_date": "2024-02-31"}, "start_date"),
    ({"start_date": "2024-03-01", "end_date": "2024-02-29"}, "end_date"),
    ({"start_date": "2024-01-06", "end_date": "2024-01-31"}, "end_date"),
    ({"start_date": "2020-01-01", "end_date": "2020-12-31"}, "end_date"),
    (
        {"product": ..., "allocations": [HALVES[0], {"product": "BOND", "percent": "49.99"}]},
        "allocations",
    ),
    ({"goal": "NONE"}, "goal"),
    ({"goal": "THEIRS"}, "goal"),
    (
        {
            "trigger_type": "Goal Progress",
            "trigger_config": {"percent": "5", "direction": "below"},
            "goal": "THEIRS",
        },
        "goal",
    ),
    (
        {"trigger_type": "Portfolio Drift", "trigger_config": {"percent": "5", "rebalancing_rule": "nonsense"}},
        "trigger_config.rebalancing_rule",
    ),
    (
        {
            "trigger_type": "Portfolio Drift",
            "trigger_config": {
                "percent": "5",
                "rebalancing_rule": identifiers.show(
                    identifiers.REBALANCING, identifiers.derived(builders.at(builders.BEFORE))
                ),
            },
        },
        "trigger_config.rebalancing_rule",
    ),
    (
        {"trigger_type": "Market Condition", "trigger_config": {**FALL, "product": "NOTHING"}},
        "trigger_config.product",
    ),
    ({"unknown": 1}, "unknown"),
]


@pytest.mark.parametrize(("changes", "field"), REFUSED, ids=lambda value: str(value)[:50])
def test_what_can_t_be_is_refused_with_its_field(world: World, changes: dict[str, Any], field: str) -> None:
    assert refused(world, **changes) == field


def test_a_source_and_what_is_redeemed_may_be_closed_for_new_money(world: World) -> None:
    world.rule(plan="SWP", product="SHUT")
    world.rule(plan="STP", source_product="SHUT")


def test_a_client_whose_zone_does_not_exist_is_refused(world: World) -> None:
    world.connection.execute("update clients set time_zone = 'Mars/Olympus' where id = 'C1'")
    assert refused(world) == "client"


def test_a_dollar_client_takes_dollar_products(world: World) -> None:
    builders.add_client(world.connection, "US", currency="USD")
    world.rule(client="US", product="DOLLARS")
    with pytest.raises(InvalidInput) as error:
        world.create(client="US")
    assert error.value.field == "product"


def test_the_answer_shows_the_next_five_planned_and_actual_dates_with_the_reason(world: World) -> None:
    builders.add_holidays(world.connection, "2024-03-04")
    reply = world.create(day_of_month=3)
    shown = [(found.nominal.date().isoformat(), found.actual.isoformat()) for found in reply.next_occurrences]
    assert shown == [
        ("2024-01-03", "2024-01-03"),
        ("2024-02-03", "2024-02-05"),
        ("2024-03-03", "2024-03-05"),
        ("2024-04-03", "2024-04-03"),
        ("2024-05-03", "2024-05-03"),
    ]
    assert [found.note is not None for found in reply.next_occurrences] == [False, True, True, False, False]


def test_rules_that_fight_over_a_product_are_warned_of_and_never_refused(world: World) -> None:
    first = world.create()
    assert list(first.warnings) == []
    against = world.create(plan="SWP")
    assert len(against.warnings) == 1
    assert first.id in against.warnings[0]
    elsewhen = world.create(plan="SWP", day_of_month=9, end_date="2024-02-28")
    assert list(elsewhen.warnings) == []
    other_client = world.create(client="C2", plan="SWP")
    assert list(other_client.warnings) == []
    switch = world.create(plan="STP", source_product="FUND", product="BOND")
    assert any(first.id in warning for warning in switch.warnings)


def test_an_amount_off_the_multiple_is_warned_of(world: World) -> None:
    world.connection.execute("update products set purchase_multiple = 1000 where id = 'FUND'")
    assert len(world.create(amount="1500").warnings) == 1
    assert list(world.create(amount="2000").warnings) == []


@pytest.mark.parametrize(
    "shown", ["AUTO-00000000000000000000000000", "ORD-00000000000000000000000000", "x", "", "AUTO-!"]
)
def test_a_rule_that_is_not_there_is_not_found(world: World, shown: str) -> None:
    for change in (
        lambda: rules.pause(world.runtime, shown, None, "x", by="test"),
        lambda: rules.resume(world.runtime, shown, by="test"),
        lambda: rules.cancel(world.runtime, shown, "x", by="test"),
        lambda: rules.skip(world.runtime, shown, date(2024, 2, 5), date(2024, 2, 5), "x"),
        lambda: rules.unskip(world.runtime, shown, date(2024, 2, 5), date(2024, 2, 5), by="test"),
    ):
        with pytest.raises(NotFound):
            change()

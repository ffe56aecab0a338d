"""No condition of an auto-invest rule sees a suspect NAV, until it is confirmed."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from psycopg.types.json import Jsonb

from automation import identifiers
from automation.auto_invest.facts import Observation
from automation.engine import suspects
from automation.store import conditions
from tests import builders
from tests.navs import Desk
from tests.unit.auto_invest.examples import rule

REBALANCING = identifiers.derived(builders.at(builders.BEFORE), "targets")
CONDITIONS: dict[str, dict[str, Any]] = {
    "a fall or rise": {
        "trigger_type": "Market Condition",
        "trigger_config": {"nav_change_percent": "5", "direction": "rise", "lookback_days": 7},
    },
    "a moving average": {
        "trigger_type": "Market Condition",
        "trigger_config": {"market": "Bull", "window_days": 3, "band_percent": "1"},
    },
    "the progress of a goal": {"trigger_type": "Goal Progress", "trigger_config": {}, "goal_id": "G1"},
    "drift": {
        "trigger_type": "Portfolio Drift",
        "trigger_config": {"rebalancing_rule": identifiers.show(identifiers.REBALANCING, REBALANCING)},
    },
}


@pytest.fixture
def invested(desk: Desk) -> Desk:
    """Client C1 holds FUND toward a goal and beside another product, with targets for both."""
    connection, when = desk.world.connection, builders.at(builders.BEFORE)
    builders.add_client(connection)
    builders.add_product(connection, "BOND", asset_class="debt")
    builders.add_navs(connection, "BOND", "2023-12-01", "2023-12-31", "10")
    for product in ("FUND", "BOND"):
        builders.add_lot(connection, product, "100.0000", "1000.00", "2023-06-01")
    builders.add(connection, "goals", id="G1", client_id="C1", name="G1", target_amount=10_000)
    builders.add(connection, "goal_products", goal_id="G1", product_id="FUND")
    targets = {"target_allocation": Jsonb({"equity": "50", "debt": "50"}), "strategy": "Threshold-Based"}
    made = {"start_date": date(2024, 1, 1), "created_at": when, "updated_at": when, "threshold_percent": 5}
    builders.add(connection, "rebalancing_rules", id=REBALANCING, client_id="C1", name="targets", **targets, **made)
    return desk


@pytest.mark.parametrize("condition", CONDITIONS)
def test_it_is_as_if_the_nav_were_not_there(invested: Desk, condition: str) -> None:
    before = observed(invested, condition)
    invested.days("20")
    assert observed(invested, condition) == before
    suspects.confirm(invested.world.runtime, "FUND", date(2024, 1, 8), "asha")
    assert observed(invested, condition) != before


def observed(desk: Desk, condition: str) -> Observation:
    """What a rule with this condition would see now."""
    looking, now = rule(**CONDITIONS[condition]), desk.world.clock.instant
    return desk.world.runtime.database.transaction(lambda c: conditions.observe(c, [looking], now))[looking.id]

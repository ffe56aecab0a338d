"""Who is looked at: those whose products moved and who drifted, those whose holdings changed, and nobody else."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from random import Random
from typing import Any

import pytest

from automation.database import connect
from automation.engine.rebalancing_facts import load
from automation.rebalancing.decision import ACTS, decide
from automation.store import drift
from automation.store import rebalancing as store
from tests import builders
from tests.rebalancing_floor import BODY, BY_DRIFT, HYBRID, MONTHLY, Floor

EVENING = builders.at("2024-01-08 21:00")


def lined_up(floor: Floor, at: Any = EVENING) -> list[Any]:
    """The rules that a look at prices lines up."""
    floor.world.runtime.database.transaction(lambda connection: drift.screen(connection, at))
    return [row["rule_id"] for row in floor.world.rows("select rule_id from rebalancing_looks order by rule_id")]


def test_a_product_that_nobody_of_a_rule_holds_lines_up_nothing(floor: Floor) -> None:
    floor.add(threshold_percent="0.0001", target_allocation={"EQ": "60", "DEBT": "40"})
    assert floor.price("101", product="GOLD") == {"prices": 1}
    assert floor.looks() == 0


def test_a_price_that_leaves_the_portfolio_in_its_band_lines_up_nothing(floor: Floor) -> None:
    floor.add()
    assert floor.price("110") == {"prices": 1}


def test_a_price_is_looked_at_once(floor: Floor) -> None:
    floor.add()
    floor.price("110")
    assert floor.tick() == {}


def test_a_correction_is_looked_at_again(floor: Floor) -> None:
    floor.add()
    floor.price("110")
    assert floor.price("125")["executions"] == 1


@pytest.mark.parametrize("changes", [MONTHLY, HYBRID | {"trigger_on_drift": False}])
def test_what_goes_by_its_calendar_alone_is_never_lined_up(floor: Floor, changes: dict[str, Any]) -> None:
    floor.add(**changes)
    floor.publish("125", "2024-01-08")
    assert lined_up(floor) == []


def test_a_paused_rule_is_not_lined_up(floor: Floor) -> None:
    floor.add()
    floor.world.connection.execute("update rebalancing_rules set status = 'Paused'")
    floor.publish("125", "2024-01-08")
    assert lined_up(floor) == []


def test_holdings_changed_by_a_booking_line_up_the_rules_of_their_client(floor: Floor) -> None:
    """An instalment into EQ takes it out of a narrow band, at the same price."""
    rule = floor.add(threshold_percent="2")
    floor.world.rule(product="EQ", amount="10000", frequency="Daily", start_date="2024-01-08")
    floor.world.auto_invest("2024-01-08 10:05")
    floor.world.orders()
    floor.publish("100", "2024-01-08")
    floor.world.orders()
    assert floor.looks() == 1
    floor.tick()
    assert floor.trades() == [("Switch", "EQ", "DEBT", "4000.00")]
    assert floor.states(rule) == ["Executing"]


def test_a_booking_of_another_client_lines_up_nothing(floor: Floor) -> None:
    floor.add(threshold_percent="2")
    builders.add_client(floor.world.connection, "C2")
    floor.world.rule(client="C2", product="EQ", amount="10000", frequency="Daily", start_date="2024-01-08")
    floor.world.auto_invest("2024-01-08 10:05")
    floor.world.orders()
    floor.publish("100", "2024-01-08")
    floor.world.orders()
    assert floor.looks() == 0


def test_a_new_rule_is_looked_at_whatever_prices_do(floor: Floor) -> None:
    floor.tick()
    floor.create(target_allocation={"EQ": "50", "DEBT": "50"})
    assert floor.tick() == {"rules": 1, "executions": 1, "orders": 1}


def test_a_product_whose_class_is_called_cash_is_no_cash_here_either(floor: Floor) -> None:
    """EQ is 60 percent with the client's 40,000, whatever LIQ is worth."""
    builders.add_product(floor.world.connection, "LIQ", asset_class="cash")
    builders.add_navs(floor.world.connection, "LIQ", "2024-01-01", "2024-01-05", "100")
    builders.add_lot(floor.world.connection, "LIQ", "5000", "400000.00", "2022-06-01")
    builders.deposit(floor.world.connection, "C1", "-60000")
    floor.create(target_allocation={"equity": "60", "cash": "40"})
    floor.tick()
    floor.publish("100.01", "2024-01-08")
    assert lined_up(floor) == []


def test_workers_share_what_is_lined_up(floor: Floor) -> None:
    """The first has locked a batch of two: the second takes the other two."""
    for number in range(4):
        builders.add_client(floor.world.connection, f"X{number}")
        builders.add_lot(floor.world.connection, "EQ", "10", "100.00", "2022-06-01", f"X{number}")
        floor.create(client=f"X{number}")
    settings = replace(floor.world.runtime.settings, batch_size=2)
    floor.world.runtime = replace(floor.world.runtime, settings=settings)
    with connect(settings.database_url) as other, other.transaction():
        assert len(store.due(other, floor.world.clock.instant, 2)) == 2
        floor.tick()
        assert floor.looks() == 2
    floor.tick()
    assert floor.looks() == 0


CLASSES = ("equity", "debt", "gold", "hybrid")
MARKET = 12


def market(floor: Floor, chance: Random) -> None:
    """Twelve products of four classes, and clients who hold some of them and have rules of every kind."""
    for number in range(MARKET):
        builders.add_product(
            floor.world.connection, f"P{number}", asset_class=CLASSES[number % 4], amc=f"A{number % 3}", min_purchase=1
        )
        builders.add_navs(floor.world.connection, f"P{number}", "2024-01-01", "2024-01-05", str(chance.randint(5, 500)))


def someone(floor: Floor, chance: Random, client: str) -> None:
    """A client with a random portfolio, and a rule whose targets are near it or far from it."""
    builders.add_client(floor.world.connection, client, cash=str(chance.choice([0, chance.randint(1, 200_000)])))
    held = chance.sample(range(MARKET), chance.randint(0, 6))
    for number in held:
        units = f"{chance.uniform(0.01, 5000):.4f}"
        builders.add_lot(floor.world.connection, f"P{number}", units, "1000.00", "2022-06-01", client)
    products = [f"P{number}" for number in chance.sample(range(MARKET), chance.randint(1, 4))]
    names: list[str] = chance.choice([list(CLASSES), products, [*products, "debt"], [*CLASSES[:2], "cash"]])
    cuts = sorted(chance.randint(0, 10_000) for _ in names[1:])
    parts = [high - low for low, high in zip([0, *cuts], [*cuts, 10_000], strict=True)]
    threshold = str(chance.choice([1, 5, 10, 25, 60]))
    kinds: list[dict[str, Any]] = [
        {}, BY_DRIFT, {"relative_band_percent": str(chance.choice([10, 25, 100, 400]))}, HYBRID,
    ]  # fmt: skip
    targets = {name: f"{Decimal(part) / 100}" for name, part in zip(names, parts, strict=True)}
    floor.create(**BODY | chance.choice(kinds) | {
        "client": client, "threshold_percent": threshold, "target_allocation": targets})  # fmt: skip


def firing(floor: Floor) -> set[Any]:
    """The rules that act when they are all decided exactly."""

    def work(connection: Any) -> set[Any]:
        ids = [row[0] for row in connection.execute("select id from rebalancing_rules")]
        rules = store.claim(connection, ids)
        known = load(connection, floor.world.runtime, rules, floor.world.clock.instant)
        drifted = [(rule, decide(rule, known.of_drift(rule))) for rule in rules]
        return {rule.id for rule, decision in drifted if decision.status == ACTS}

    return floor.world.runtime.database.transaction(work)


@pytest.mark.parametrize("seed", range(8))
def test_whatever_an_exact_decision_would_trade_is_lined_up(floor: Floor, seed: int) -> None:
    chance = Random(seed)
    market(floor, chance)
    for number in range(40):
        someone(floor, chance, f"R{number}")
    floor.world.connection.execute("delete from rebalancing_looks")
    for number in range(MARKET):
        builders.add_navs(
            floor.world.connection, f"P{number}", "2024-01-08", "2024-01-08", f"{chance.uniform(5, 500):.4f}"
        )
    floor.world.connection.execute(
        "insert into watched_prices (product_id, drift_due_at) select id, %s from products"
        " on conflict (product_id) do update set drift_due_at = excluded.drift_due_at",
        (EVENING,),
    )
    floor.world.clock.instant = EVENING + timedelta(minutes=1)
    found, acting = set(lined_up(floor, floor.world.clock.instant)), firing(floor)
    assert acting <= found
    assert acting
    assert len(found) < 40

"""Why a rule did or did not act: what is said is what is the case now."""

from __future__ import annotations

from automation.engine import rules
from automation.engine.explain import why
from tests import builders
from tests.builders import World
from tests.gateways import FakeGateway

DAY = "2024-01-05"


def said(world: World, rule: str) -> str:
    return why(world.runtime, rule).sentence


def test_an_order_that_is_submitted_was_ordered_and_is_not_said_to_be_bought(world: World) -> None:
    rule = world.rule()
    world.auto_invest(f"{DAY} 10:00")
    world.orders(f"{DAY} 10:01")
    assert "ordered 10,000.00 of FUND for 2024-01-05 10:00: every guard passed; the order is Submitted. " in said(
        world, rule
    )


def test_an_order_that_is_held_is_said_to_be_with_its_reason(world: World) -> None:
    rule = world.rule()
    world.auto_invest(f"{DAY} 10:00")
    world.orders(f"{DAY} 10:01")
    builders.deposit(world.connection, "C1", "-95000.00")
    world.orders(f"{DAY} 21:30")
    assert "the order is Held (insufficient_cash)" in said(world, rule)


def test_an_order_that_was_refused_tells_why_and_the_data_that_it_failed(world: World) -> None:
    house = FakeGateway(on_submit="refuse")
    world.behind(house, house.ledger)
    rule = world.rule()
    world.auto_invest(f"{DAY} 10:00")
    world.orders(f"{DAY} 10:01")
    told = why(world.runtime, rule)
    assert "the order is Failed (refused_by_house)" in told.sentence
    assert (told.data["status"], told.data["reason"]) == ("Failed", "order_failed")


def test_each_leg_of_a_basket_is_told(world: World) -> None:
    builders.add_product(world.connection, "BOND")
    builders.add_navs(world.connection, "BOND", "2023-12-01", "2024-12-31", "20")
    parts = [{"product": "FUND", "percent": "60"}, {"product": "BOND", "percent": "40"}]
    rule = world.rule(product=..., allocations=parts)
    world.auto_invest(f"{DAY} 10:00")
    world.connection.execute("update products set open_for_subscription = false where id = 'BOND'")
    world.orders(f"{DAY} 10:01")
    assert "; FUND: Submitted, BOND: Cancelled (product_closed). " in said(world, rule)


def test_a_switch_and_a_redemption_are_named_as_such(world: World) -> None:
    builders.add_product(world.connection, "BOND")
    builders.add_navs(world.connection, "BOND", "2023-12-01", "2024-12-31", "20")
    builders.add_lot(world.connection, "FUND", "5000", "40000.00", "2023-06-01")
    switch = world.rule(plan="STP", source_product="FUND", product="BOND", amount="600")
    redemption = world.rule(plan="SWP", amount="700")
    world.auto_invest(f"{DAY} 10:00")
    assert "ordered a switch of 600.00 of BOND from FUND for" in said(world, switch)
    assert "ordered the redemption of 700.00 of FUND for" in said(world, redemption)


def test_a_waiting_rule_that_is_cancelled_waits_no_longer(world: World) -> None:
    rule = world.rule(amount="200000", cash_policy="retry")
    world.auto_invest(f"{DAY} 10:00")
    world.later(minutes=1)
    rules.cancel(world.runtime, rule, "client_request", by="test")
    assert "did not run for 2024-01-05 10:00: the rule was cancelled" in said(world, rule)


def test_a_rule_that_is_set_aside_while_it_waits_says_so(world: World) -> None:
    rule = world.rule(amount="200000", cash_policy="retry")
    world.auto_invest(f"{DAY} 10:00")
    world.connection.execute("update auto_invest_rules set trigger_type = 'Portfolio Drift'")
    world.auto_invest(f"{DAY} 10:05")
    assert "failed with an error of our own" in said(world, rule)
    world.connection.execute("update auto_invest_rules set trigger_type = 'Date'")


def test_a_partial_instalment_below_the_minimum_tells_what_was_wanted(world: World) -> None:
    builders.deposit(world.connection, "C1", "-99700.00")
    rule = world.rule(cash_policy="partial")
    world.auto_invest(f"{DAY} 10:00")
    assert "10,000.00 was wanted and 300.00 was there" in said(world, rule)

"""How executions end: all legs, some, or none; what a failed leg leaves is planned anew, and no leg is repeated."""

from __future__ import annotations

from typing import Any

import pytest
from psycopg.types.json import Jsonb

from automation.engine import rebalancing_edits, rebalancing_rules
from tests import builders
from tests.gateways import FakeGateway
from tests.rebalancing_floor import ACROSS, Floor

THREE = {"target_allocation": {"EQ": "40", "DEBT": "50", "GOLD": "10"}}


def refusing(floor: Floor) -> None:
    """From now on the house refuses everything; what was placed before is still known."""
    floor.world.behind(FakeGateway(on_submit="refuse"), None)


def legs(floor: Floor) -> list[tuple[str, str, str | None]]:
    """(type, status, reason) of each leg."""
    return [
        (each["order_type"], each["status"], each.get("reason")) for each in floor.executions()[-1]["actions"]
    ]  # fmt: skip


def test_executed_is_when_every_leg_was(floor: Floor) -> None:
    floor.add(**THREE)
    floor.turn()
    floor.evening("2024-01-08")
    assert floor.states() == ["Executing"]
    floor.evening("2024-01-09")
    assert floor.states() == ["Executed"]
    assert legs(floor) == [("Switch", "Executed", None), ("Redemption", "Executed", None),
                           ("Purchase", "Executed", None)]  # fmt: skip
    assert floor.held() == {"EQ": "400", "DEBT": "500", "GOLD": "100"}
    assert floor.told("Rebalancing Executed") == ["Executed"]


def test_failed_is_when_no_leg_was(floor: Floor) -> None:
    rule = floor.add()
    floor.price("125")
    refusing(floor)
    floor.turn()
    assert (floor.states(), legs(floor)) == (["Failed"], [("Switch", "Failed", "refused_by_house")])
    assert floor.log(rule) == [("2024-01-08 00:00", "Failed", "order_failed")]
    assert "Failed" in floor.told("Order Failed")
    assert floor.held() == {"EQ": "600", "DEBT": "400"}


def test_a_refused_redemption_takes_its_purchase_with_it(floor: Floor) -> None:
    floor.add(**ACROSS)
    refusing(floor)
    floor.turn()
    assert floor.states() == ["Failed"]
    assert legs(floor) == [("Redemption", "Failed", "refused_by_house"), ("Purchase", "Skipped", "funding_failed")]
    assert [order["order_type"] for order in floor.orders()] == ["Redemption"]
    assert floor.cash() == "100000.00"


def test_adjusted_is_when_some_legs_were(floor: Floor) -> None:
    """The redemption is cancelled while it waits; the switch is done."""
    floor.add(**THREE)
    (redemption,) = [order["id"] for order in floor.orders() if order["order_type"] == "Redemption"]
    floor.world.connection.execute("update products set status = 'Closed' where id = 'GOLD'")
    floor.turn()
    floor.evening("2024-01-08")
    assert redemption in [order["id"] for order in floor.orders("Executed")]
    floor.turn()
    assert floor.states() == ["Adjusted"]
    assert legs(floor)[2] == ("Purchase", "Failed", "product_closed")


def test_a_leg_that_failed_is_listed_with_what_it_left_out(floor: Floor) -> None:
    floor.add(**ACROSS)
    refusing(floor)
    floor.turn()
    skipped = [(each["product_id"], each["reason"]) for each in floor.execution()["skipped_actions"]]
    assert skipped == [("GOLD", "funding_failed")]


def half_way(floor: Floor, **changes: Any) -> None:
    """The redemption of 24,000 is executed, and its purchase is about to be sent."""
    floor.add(**ACROSS | changes)
    floor.world.orders()
    floor.publish_all(dict.fromkeys(("EQ", "DEBT", "GOLD"), "100"), "2024-01-08")
    floor.world.orders()
    floor.tick()
    assert [(order["order_type"], order["status"]) for order in floor.orders()] == [
        ("Redemption", "Executed"), ("Purchase", "Pending")]  # fmt: skip


def stopped(floor: Floor) -> None:
    """The purchase that is about to be sent is cancelled by a kill switch, which is lifted then."""
    builders.add_switch(floor.world.connection, "global", None, "stop_buys")
    floor.world.orders()
    floor.world.connection.execute("update automation_controls set lifted_at = now()")


def test_money_that_a_failed_purchase_leaves_behind_is_planned_anew(floor: Floor) -> None:
    half_way(floor)
    stopped(floor)
    floor.tick()
    assert legs(floor) == [("Redemption", "Executed", None), ("Purchase", "Failed", "kill_switch"),
                           ("Purchase", "Placed", None)]  # fmt: skip
    floor.world.orders()
    floor.evening("2024-01-09")
    assert floor.states() == ["Adjusted"]
    assert (floor.held(), floor.cash()) == ({"EQ": "360", "DEBT": "400", "GOLD": "240"}, "100000.00")


def test_money_waits_to_be_planned_anew_while_nothing_may_be_bought(floor: Floor) -> None:
    half_way(floor)
    builders.add_switch(floor.world.connection, "global", None, "stop_buys")
    for _ in range(5):
        floor.turn()
        floor.world.later(minutes=5)
    assert (floor.states(), len(floor.orders())) == (["Executing"], 2)
    floor.world.connection.execute("update automation_controls set lifted_at = now()")
    floor.turn()
    floor.evening("2024-01-09")
    assert floor.held()["GOLD"] == "240"


def test_what_a_house_has_refused_to_sell_others_of_its_class_get(floor: Floor) -> None:
    builders.add_product(floor.world.connection, "BAR", asset_class="gold", amc="Gamma")
    builders.add_navs(floor.world.connection, "BAR", "2024-01-01", "2024-01-08", "100")
    half_way(floor, target_allocation={"EQ": "60", "gold": "40"}, preferred_products=["GOLD", "BAR"])
    refusing(floor)
    floor.world.orders()
    floor.tick()
    assert floor.trades()[2:] == [("Purchase", "BAR", "24000.00")]


def test_what_a_house_has_refused_to_sell_is_not_asked_of_it_again(floor: Floor) -> None:
    half_way(floor)
    refusing(floor)
    for _ in range(6):
        floor.turn()
    assert [order["status"] for order in floor.orders()] == ["Executed", "Failed"]
    assert (floor.states(), floor.cash()) == (["Adjusted"], "124000.00")


def test_money_is_planned_anew_twice_at_most(floor: Floor) -> None:
    half_way(floor)
    for _ in range(4):
        stopped(floor)
        floor.tick()
    assert [order["status"] for order in floor.orders()] == ["Executed", "Cancelled", "Cancelled", "Cancelled"]
    assert len({order["leg"] for order in floor.orders()}) == 4
    assert (floor.states(), floor.cash()) == (["Adjusted"], "124000.00")


def test_a_done_leg_is_never_repeated(floor: Floor) -> None:
    half_way(floor)
    refusing(floor)
    for _ in range(6):
        floor.turn()
    redemptions = [order for order in floor.orders() if order["order_type"] == "Redemption"]
    assert [order["status"] for order in redemptions] == ["Executed"]
    assert floor.held()["EQ"] == "360"


def test_money_that_can_go_nowhere_stays_in_cash(floor: Floor) -> None:
    """GOLD is closed meanwhile; EQ has more than its share already."""
    half_way(floor)
    floor.world.connection.execute("update products set open_for_subscription = false where id = 'GOLD'")
    floor.turn()
    assert (floor.states(), floor.cash(), len(floor.orders())) == (["Adjusted"], "124000.00", 2)


def test_money_planned_anew_is_planned_from_what_is_held_by_then(floor: Floor) -> None:
    """Meanwhile the client has got 120 units of GOLD: it lacks 12,000 only, and the rest stays in cash."""
    half_way(floor)
    builders.add_lot(floor.world.connection, "GOLD", "120", "12000.00", "2024-01-08")
    stopped(floor)
    floor.tick()
    again = {each["product_id"]: each["amount"] for each in floor.execution()["actions"][2:]}
    assert again == {"GOLD": "12000.00"}


def test_cash_that_the_rebalancing_did_not_bring_is_not_spent(floor: Floor) -> None:
    half_way(floor)
    stopped(floor)
    floor.tick()
    assert sum(order["amount"] for order in floor.orders("Pending")) == 24_000


def test_what_came_below_the_minimum_is_left_in_cash_with_its_reason(floor: Floor) -> None:
    floor.add(**ACROSS)
    floor.world.connection.execute("update products set min_purchase = 30000 where id = 'GOLD'")
    floor.turn()
    floor.evening("2024-01-08")
    assert legs(floor)[1] == ("Purchase", "Skipped", "below_minimum")
    assert (floor.states(), floor.cash()) == (["Adjusted"], "124000.00")


def test_an_order_of_unknown_outcome_keeps_it_under_way(floor: Floor) -> None:
    floor.add(**ACROSS)
    floor.world.behind(FakeGateway(on_submit="hang", on_look_up="unknown"), None)
    floor.turn()
    floor.tick("2024-01-09 10:00")
    assert (floor.states(), [order["status"] for order in floor.orders()]) == (["Executing"], ["Unknown"])


def test_nothing_is_done_twice_by_ticks_that_come_twice(floor: Floor) -> None:
    half_way(floor)
    before = floor.execution()
    for _ in range(3):
        assert floor.tick() == {}
    assert floor.execution() == before


def test_of_a_rule_cancelled_half_way_nothing_more_is_ordered(floor: Floor) -> None:
    rule = floor.add(**ACROSS)
    floor.world.orders()
    rebalancing_rules.cancel(floor.world.runtime, rule, "moved away", by="test")
    floor.evening("2024-01-08")
    floor.evening("2024-01-09")
    sold, bought = floor.execution()["actions"]
    assert (floor.states(), len(floor.orders())) == (["Adjusted"], 1)
    assert (sold["status"], bought["status"], bought["reason"]) == ("Executed", "Skipped", "rule_ended")


def test_of_a_rule_cancelled_before_its_orders_went_out_none_is_submitted(floor: Floor) -> None:
    rule = floor.add()
    floor.price("125")
    rebalancing_rules.cancel(floor.world.runtime, rule, "moved away", by="test")
    floor.turn()
    (order,) = floor.orders()
    assert (order["status"], order["reason"]) == ("Cancelled", "rule_stopped")
    assert floor.states() == ["Failed"]


def test_other_targets_half_way_do_not_lose_what_was_planned(floor: Floor) -> None:
    """GOLD is in no target any more, and nothing of it is held yet: its purchase is still paid for."""
    floor.add(**ACROSS)
    floor.world.orders()
    (rule,) = floor.world.rows("select id from rebalancing_rules")
    rebalancing_edits.edit(
        floor.world.runtime, floor.shown_rule(rule["id"]), {"target_allocation": {"EQ": "60", "debt": "40"}}, by="test"
    )
    floor.evening("2024-01-08")
    floor.evening("2024-01-09")
    assert (floor.states()[0], floor.held()["GOLD"]) == ("Executed", "240")


def test_an_execution_that_can_not_be_carried_on_waits_and_the_others_go_on(floor: Floor) -> None:
    builders.add_client(floor.world.connection, "C2")
    builders.add_lot(floor.world.connection, "EQ", "600", "40000.00", "2022-06-01", "C2")
    bad = floor.add(**ACROSS)
    good = floor.add(client="C2", **ACROSS)
    floor.world.orders()
    spoil(floor, bad, [{"leg": 0, "status": "Nonsense"}])
    floor.evening("2024-01-08")
    assert len(floor.orders("Submitted")) == 1
    assert [order["client_id"] for order in floor.orders("Submitted")] == ["C2"]
    assert floor.states(good) == ["Executing"]
    waiting = floor.executions(bad)[0]["look_at"]
    assert waiting > floor.world.clock.instant
    floor.world.connection.execute(
        "update rebalancing_executions set actions = (select actions from kept) where rule_id = %s", (floor.key(bad),)
    )
    floor.tick("2024-01-09 12:00")
    floor.turn()
    floor.evening("2024-01-09")
    assert (floor.states(bad), floor.states(good)) == (["Executed"], ["Executed"])


def spoil(floor: Floor, rule: str, actions: Any) -> None:
    """The actions of a rule's execution become nonsense; what they were is kept."""
    connection, key = floor.world.connection, floor.key(rule)
    connection.execute("create table kept as select actions from rebalancing_executions where rule_id = %s", (key,))
    connection.execute("update rebalancing_executions set actions = %s where rule_id = %s", (Jsonb(actions), key))


@pytest.mark.parametrize("status", ["Active", "Paused"])
def test_a_paused_rule_has_its_execution_carried_to_its_end(floor: Floor, status: str) -> None:
    rule = floor.add(**ACROSS)
    floor.world.orders()
    if status == "Paused":
        rebalancing_rules.pause(floor.world.runtime, rule, None, "holiday", by="test")
    floor.evening("2024-01-08")
    floor.evening("2024-01-09")
    assert floor.states() == ["Executed"]

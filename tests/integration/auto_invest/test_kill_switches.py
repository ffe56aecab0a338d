"""Kill switches: each scope stops what it names, when the rule is decided and again when its order is submitted."""

from __future__ import annotations

import pytest

from automation.engine import rules
from tests import builders
from tests.builders import World

TEN, LATER = "2024-01-05 10:00", "2024-01-05 10:05"


def scope_id(world: World, scope: str, rule: str) -> str | None:
    return {"global": None, "job": "auto_invest", "client": "C1", "rule": str(rules.key_of(rule))}[scope]


def holding(world: World) -> None:
    builders.add_lot(world.connection, "FUND", "5000", "40000.00", "2023-06-01")


def reasons(world: World, rule: str) -> list[tuple[str, str | None]]:
    return [(status, reason) for _, status, reason in world.log(rule)]


@pytest.mark.parametrize("scope", ["global", "job", "client", "rule"])
@pytest.mark.parametrize(("mode", "plan", "stopped"), [
    ("stop_all", "SIP", True),
    ("stop_all", "SWP", True),
    ("stop_buys", "SIP", True),
    ("stop_buys", "SWP", False),
])  # fmt: skip
def test_a_switch_stops_the_decision(world: World, scope: str, mode: str, plan: str, stopped: bool) -> None:
    holding(world)
    rule = world.rule(plan=plan, amount="500")
    builders.add_switch(world.connection, scope, scope_id(world, scope, rule), mode)
    world.auto_invest(TEN)
    assert reasons(world, rule) == [("Skipped", "kill_switch") if stopped else ("Success", None)]


@pytest.mark.parametrize("scope", ["global", "job", "client", "rule"])
@pytest.mark.parametrize(("mode", "plan", "stopped"), [
    ("stop_all", "SIP", True),
    ("stop_all", "SWP", True),
    ("stop_buys", "SIP", True),
    ("stop_buys", "SWP", False),
])  # fmt: skip
def test_a_switch_set_while_the_order_is_pending_stops_the_submission(
    world: World, scope: str, mode: str, plan: str, stopped: bool
) -> None:
    holding(world)
    rule = world.rule(plan=plan, amount="500")
    world.auto_invest(TEN)
    builders.add_switch(world.connection, scope, scope_id(world, scope, rule), mode)
    world.orders(LATER)
    expected = ("Cancelled", "kill_switch") if stopped else ("Submitted", None)
    assert [(order["status"], order["reason"]) for order in world.order_rows()] == [expected]
    assert reasons(world, rule) == [("Failed", "order_cancelled") if stopped else ("Success", None)]


@pytest.mark.parametrize("mode", ["stop_all", "stop_buys"])
def test_the_orders_job_has_a_switch_of_its_own(world: World, mode: str) -> None:
    rule = world.rule()
    builders.add_switch(world.connection, "job", "orders", mode)
    world.auto_invest(TEN)
    assert reasons(world, rule) == [("Success", None)]
    world.orders(LATER)
    assert [order["reason"] for order in world.order_rows()] == ["kill_switch"]


@pytest.mark.parametrize(("scope", "name"), [("job", "rebalancing"), ("client", "C2"), ("rule", "other")])
def test_a_switch_for_somebody_else_stops_nothing(world: World, scope: str, name: str) -> None:
    rule = world.rule()
    builders.add_switch(world.connection, scope, name, "stop_all")
    world.auto_invest(TEN)
    world.orders(LATER)
    assert reasons(world, rule) == [("Success", None)]
    assert [order["status"] for order in world.order_rows()] == ["Submitted"]


def test_a_switch_that_is_lifted_or_over_stops_nothing(world: World) -> None:
    rule = world.rule()
    builders.add_switch(world.connection, "global", None, "stop_all", until=builders.at(TEN))
    builders.add_switch(world.connection, "global", None, "stop_all", lifted_at=builders.at("2023-12-30 10:00"))
    world.auto_invest(TEN)
    assert reasons(world, rule) == [("Success", None)]


def test_the_record_says_which_switch_stood(world: World) -> None:
    world.rule()
    builders.add_switch(world.connection, "client", "C1", "stop_buys", reason="court order 7")
    world.auto_invest(TEN)
    stop = world.value("select details -> 'facts' ->> 'stop' from automation_execution_logs")
    assert stop == "client: court order 7"


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        ("update clients set status = 'Suspended'", "client_inactive"),
        ("update clients set status = 'Closed'", "client_inactive"),
        ("update clients set kyc_status = 'Expired'", "kyc_not_verified"),
        ("update products set status = 'Closed'", "product_closed"),
        ("update products set status = 'Merged'", "product_closed"),
        ("update products set open_for_subscription = false", "product_closed"),
        ("delete from navs", "nav_missing"),
        ("delete from navs where date > '2023-12-31'", "nav_stale"),
    ],
)
def test_what_has_changed_is_checked_at_the_decision_and_again_at_the_submission(
    world: World, spoil: str, reason: str
) -> None:
    decided, spoilt = world.rule(amount="500"), world.rule(amount="500", time="10:01")
    world.auto_invest(TEN)
    world.connection.execute(spoil.encode())
    world.auto_invest("2024-01-05 10:01")
    world.orders(LATER)
    assert reasons(world, spoilt) == [("Skipped", reason)]
    assert reasons(world, decided) == [("Failed", "order_cancelled")]
    expected = "nav_stale" if reason == "nav_missing" else reason
    assert [(order["status"], order["reason"]) for order in world.order_rows()] == [("Cancelled", expected)]


@pytest.mark.parametrize(
    "spoil",
    [
        "update products set status = 'Closed' where id = 'BOND'",
        "update products set open_for_subscription = false where id = 'BOND'",
        "delete from navs where product_id = 'BOND'",
        "delete from navs where product_id = 'BOND' and date > '2023-12-29'",
    ],
)
def test_the_target_of_a_switch_is_checked_again_too(world: World, spoil: str) -> None:
    builders.add_product(world.connection, "BOND")
    builders.add_navs(world.connection, "BOND", "2023-12-01", "2024-12-31", "20")
    holding(world)
    world.rule(plan="STP", source_product="FUND", product="BOND")
    world.auto_invest(TEN)
    world.connection.execute(spoil.encode())
    world.orders(LATER)
    assert [order["status"] for order in world.order_rows()] == ["Cancelled"]


def test_a_nav_is_as_old_as_the_business_days_since_its_date(world: World) -> None:
    world.connection.execute("delete from navs where date > '2024-01-02'")
    fresh, stale = world.rule(amount="500", day_of_month=5), world.rule(amount="500", day_of_month=8)
    world.auto_invest(TEN)  # a Friday: three business days after the 2nd
    world.auto_invest("2024-01-08 10:00")
    assert reasons(world, fresh) == [("Success", None)]
    assert reasons(world, stale) == [("Skipped", "nav_stale")]

"""Rules as people make and change them: what is refused and by which field, what the answer shows, other targets."""

from __future__ import annotations

from typing import Any

import pytest

from automation.engine import rebalancing_edits, rebalancing_rules
from automation.engine.rebalancing_rules import Reply
from automation.errors import InvalidInput, NotFound
from tests import builders
from tests.rebalancing_floor import ASKS, HYBRID, MONTHLY, Floor


def retarget(floor: Floor, rule: str, **targets: str) -> Reply:
    return rebalancing_edits.edit(floor.world.runtime, rule, {"target_allocation": targets}, by="test").reply


@pytest.mark.parametrize(("changes", "field"), [
    ({"client": "NOBODY"}, "client"),
    ({"target_allocation": {"EQ": "60", "NOTHING": "40"}}, "target_allocation.NOTHING"),
    ({"preferred_products": ["NOTHING"]}, "preferred_products"),
    ({"do_not_trade": ["NOTHING"]}, "do_not_trade"),
    ({"end_date": "2024-01-07"}, "end_date"),
    (MONTHLY | {"start_date": "2024-01-11", "end_date": "2024-02-09"}, "end_date"),
])  # fmt: skip
def test_what_is_wrong_is_refused_by_its_field_and_nothing_is_written(
    floor: Floor, changes: dict[str, Any], field: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        floor.create(**changes)
    assert refused.value.field == field
    assert floor.world.value("select count(*) from rebalancing_rules") == 0
    assert floor.looks() == 0


def test_two_currencies_do_not_go_together(floor: Floor) -> None:
    floor.world.connection.execute("update products set currency = 'USD' where id = 'GOLD'")
    with pytest.raises(InvalidInput, match="is in USD, the client in INR") as refused:
        floor.create(target_allocation={"EQ": "60", "GOLD": "40"})
    assert refused.value.field == "target_allocation.GOLD"


def test_the_answer_shows_the_drift_now(floor: Floor) -> None:
    drift = floor.create(target_allocation={"EQ": "50", "DEBT": "50"}).drift
    assert drift is not None
    assert (str(drift.max_drift), str(drift.portfolio_drift)) == ("10.0000", "10.0000")


def test_the_answer_shows_the_deposit_that_would_restore_the_targets(floor: Floor) -> None:
    """60,000 are half of 120,000: 20,000 of DEBT are missing."""
    assert str(floor.create(target_allocation={"EQ": "50", "DEBT": "50"}).deposit) == "20000.00"
    assert floor.create().deposit == 0


def instalments(floor: Floor, **changes: Any) -> None:
    floor.world.rule(**{"product": "EQ", "start_date": "2024-01-08"} | changes)


@pytest.mark.parametrize(("sips", "count"), [
    ([], None),
    ([{"amount": "10000"}], 2),
    ([{"amount": "9999.99"}], 3),
    ([{"amount": "20000"}], 1),
    ([{"amount": "1666.67"}], 12),
    ([{"amount": "1600"}], None),
    ([{"amount": "6000", "frequency": "Weekly", "day_of_month": ..., "start_date": "2024-01-09"}], 4),
    ([{"amount": "10000", "instalments": 1}], None),
    ([{"amount": "10000", "end_date": "2024-03-06"}], 2),
    ([{"amount": "10000", "end_date": "2024-03-04"}], None),
    ([{"amount": "10000", "max_total_amount": "19999"}], None),
    ([{"amount": "10000", "step_up": {"percent": "100", "every_months": 6}}], 2),
    ([{"amount": "2000", "step_up": {"percent": "100", "every_months": 6}}], 8),
    ([{"amount": "20000", "trigger_type": "Market Condition",
       "trigger_config": {"market": "Bull", "window_days": 30, "band_percent": "1"}}], None),
    ([{"amount": "5000"}, {"amount": "5000", "day_of_month": 20, "product": "DEBT"}], 4),
    ([{"amount": "20000", "plan": "SWP"}], None),
    ([{"amount": "20000", "frequency": "Yearly", "start_date": "2024-01-10", "day_of_month": 10}], 1),
])  # fmt: skip
def test_the_answer_says_how_many_coming_instalments_would_do_as_well(
    floor: Floor, sips: list[dict[str, Any]], count: int | None
) -> None:
    """20,000 are missing, and what falls due within a year counts, the earliest first."""
    for number, sip in enumerate(sips):
        instalments(floor, name=f"sip {number}", **sip)
    assert floor.create(target_allocation={"EQ": "50", "DEBT": "50"}).instalments == count


def test_on_target_no_instalment_is_needed(floor: Floor) -> None:
    assert floor.create().instalments == 0


def test_instalments_of_a_paused_rule_or_of_another_client_do_not_count(floor: Floor) -> None:
    instalments(floor, amount="10000")
    floor.world.connection.execute("update auto_invest_rules set status = 'Paused'")
    builders.add_client(floor.world.connection, "C2")
    instalments(floor, client="C2", amount="10000")
    assert floor.create(target_allocation={"EQ": "50", "DEBT": "50"}).instalments is None


def test_a_closed_product_is_warned_of(floor: Floor) -> None:
    floor.world.connection.execute("update products set open_for_subscription = false where id = 'DEBT'")
    assert floor.create().warnings == ["DEBT is closed: nothing of it will be bought"]


def test_that_it_will_ask_each_time_is_warned_of(floor: Floor) -> None:
    (warning,) = floor.create(**ASKS).warnings
    assert "waits for a confirmation" in warning


def test_a_rule_by_classes_may_be_made_before_anything_of_them_is_held(floor: Floor) -> None:
    builders.add_client(floor.world.connection, "C2")
    reply = floor.create(client="C2", target_allocation={"equity": "60", "debt": "40"})
    assert reply.drift is None
    assert reply.deposit == 0
    monthly = floor.create(client="C2", name="monthly", **MONTHLY | {"target_allocation": {"gold": "100"}})
    assert f"{monthly.next_occurrences[0].actual}" == "2024-01-10"
    floor.tick("2024-01-10 10:00")
    assert floor.row(reply.id)["last_look"]["reason"] == "nothing_held"
    assert floor.log(monthly.id) == [("2024-01-10 10:00", "Skipped", "nothing_held")]


def test_it_is_kept_as_it_was_asked_for(floor: Floor) -> None:
    row = floor.row(floor.create(**HYBRID, preferred_products=["DEBT"], cash_buffer="500", tax_aware=True).id)
    kept = {name: row[name] for name in ("strategy", "target_by", "target_allocation", "preferred_products",
                                         "tax_aware", "created_by", "status", "version")}  # fmt: skip
    assert kept == {
        "strategy": "Hybrid", "target_by": "product", "target_allocation": {"EQ": "60", "DEBT": "40"},
        "preferred_products": ["DEBT"], "tax_aware": True, "created_by": "test", "status": "Active", "version": 1,
    }  # fmt: skip
    assert str(row["cash_buffer"]) == "500.00"


@pytest.mark.parametrize(("targets", "kind"), [
    ({"EQ": "60", "DEBT": "40"}, "product"),
    ({"equity": "60", "debt": "40"}, "asset_class"),
    ({"equity": "60", "DEBT": "40"}, "mixed"),
    ({"equity": "60", "cash": "40"}, "asset_class"),
])  # fmt: skip
def test_what_its_targets_are_is_found_out(floor: Floor, targets: dict[str, str], kind: str) -> None:
    assert floor.row(floor.create(target_allocation=targets).id)["target_by"] == kind


def test_other_targets_trade_nothing_by_themselves(floor: Floor) -> None:
    rule = floor.add()
    reply = retarget(floor, rule, EQ="50", DEBT="50")
    assert reply.drift is not None
    assert str(reply.drift.max_drift) == "10.0000"
    assert (floor.executions(), floor.orders()) == ([], [])
    assert floor.row(rule)["version"] == 2


def test_after_other_targets_the_next_run_measures_against_them(floor: Floor) -> None:
    rule = floor.add()
    retarget(floor, rule, EQ="50", DEBT="50")
    floor.tick()
    assert floor.trades() == [("Switch", "EQ", "DEBT", "10000.00")]
    assert floor.execution()["rule_version"] == 2


def test_other_targets_within_the_band_trade_nothing_at_the_next_run_either(floor: Floor) -> None:
    rule = floor.add()
    retarget(floor, rule, EQ="57", DEBT="43")
    floor.tick()
    assert (floor.executions(), floor.last_look(rule)) == ([], "within_band")


def test_other_targets_end_the_cooldown(floor: Floor) -> None:
    rule = floor.add(cooldown_days=30)
    floor.price("125")
    floor.turn()
    floor.evening("2024-01-09", EQ="125")
    retarget(floor, rule, EQ="50", DEBT="50")
    floor.tick()
    assert floor.states() == ["Executed", "Executing"]


def test_the_first_execution_after_other_targets_starts_the_cooldown_again(floor: Floor) -> None:
    rule = floor.add(cooldown_days=30)
    retarget(floor, rule, EQ="50", DEBT="50")
    floor.tick()
    floor.turn()
    floor.evening("2024-01-08")
    floor.evening("2024-01-09", EQ="125")
    assert (floor.states(), floor.last_look(rule)) == (["Executed"], "cooldown")


@pytest.mark.parametrize("targets", [{"EQ": "60"}, {"EQ": "60", "NOTHING": "40"}, {"cash": "100"}])
def test_targets_that_are_wrong_change_nothing(floor: Floor, targets: dict[str, str]) -> None:
    rule = floor.add()
    with pytest.raises(InvalidInput) as refused:
        retarget(floor, rule, **targets)
    assert refused.value.field.startswith("target_allocation")
    assert floor.row(rule)["target_allocation"] == {"EQ": "60", "DEBT": "40"}


def test_rules_are_listed_by_client_and_status(floor: Floor) -> None:
    builders.add_client(floor.world.connection, "C2")
    first = floor.add()
    floor.world.later(seconds=1)
    second = floor.add(client="C2")
    rebalancing_rules.cancel(floor.world.runtime, second, "moved away", by="test")

    def listed(client: str | None, status: str | None) -> list[Any]:
        return [row["id"] for row in rebalancing_rules.listed(floor.world.runtime, client, status, 10)]

    assert listed(None, None) == [floor.key(first), floor.key(second)]
    assert listed("C2", None) == listed(None, "Cancelled") == [floor.key(second)]


@pytest.mark.parametrize("shown", ["REBAL-01HKKNBAA0F8VS3KE31X3MJH0Z", "AUTO-01HKKNBAA0F8VS3KE31X3MJH0Z", "nonsense"])
def test_an_id_that_is_none_is_not_found(floor: Floor, shown: str) -> None:
    with pytest.raises(NotFound):
        rebalancing_rules.view(floor.world.runtime, shown)
    with pytest.raises(NotFound):
        retarget(floor, shown, EQ="100")


def test_another_rule_of_the_client_is_said_to_rebalance_it_too(floor: Floor) -> None:
    first = floor.create(name="first").id
    over = floor.create(name="over").id
    rebalancing_rules.cancel(floor.world.runtime, over, "moved", by="test")
    builders.add_client(floor.world.connection, "C2")
    floor.create(client="C2")
    (said,) = floor.create(name="second").warnings
    assert said.startswith(f"{first} (first) rebalances the same client: ")

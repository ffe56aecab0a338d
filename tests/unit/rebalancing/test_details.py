"""The record of a decision: read back it is decided again, and is the same."""

from __future__ import annotations

import json
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from automation.rebalancing import details
from automation.rebalancing.decision import ACTS, GUARDS, decide
from tests.unit.rebalancing.examples import LIMITED, World, rule, worlds
from tests.unit.rebalancing.occasions import DRIFT, HAND, NOW, SCHEDULE, TODAY, decided, facts, held

quick = settings(derandomize=True, deadline=None, max_examples=150)
rules = {
    "strategy": st.sampled_from(["Threshold-Based", "Drift-Based", "Time-Based", "Hybrid"]),
    "threshold_percent": st.sampled_from([Decimal(1), Decimal("5.5")]),
    "relative_band_percent": st.none() | st.just(Decimal(25)),
    "min_drift_percent": st.none() | st.just(Decimal(2)),
    "mode": st.sampled_from(["full", "buy_only", "sell_only"]),
    "rebalance_to": st.sampled_from(["target", "band"]),
    "rebalance_amount": st.none() | st.just(Decimal("1234.56")),
    "paused_until": st.none() | st.just(NOW),
    "status": st.sampled_from(["Active", "Active", "Active", "Paused"]),
    "end_date": st.none() | st.just(TODAY - timedelta(1)) | st.just(TODAY),
}
occasions = st.fixed_dictionaries({
    "initiator": st.sampled_from(["drift", "schedule", "manual"]),
    "missed": st.sampled_from([False, False, True]),
    "stop": st.sampled_from([None, None, 'global: "drill" \\ ü']),
    "live": st.sampled_from([False, False, True]),
    "last_on": st.none() | st.just(TODAY),
    "unspent": st.sampled_from([Decimal(0), Decimal("55.55")]),
})  # fmt: skip


@quick
@given(worlds(LIMITED, **rules), occasions)
def test_a_record_is_read_back_and_decided_again_it_is_the_same(world: World, occasion: dict[str, Any]) -> None:
    known = facts(portfolio=world.portfolio, **occasion)
    decision = decide(world.rule, known)
    record = json.loads(details.write(world.rule, known, decision))
    again, facts_again = details.read(record)
    assert again == world.rule
    assert decide(again, facts_again) == decision
    assert json.loads(details.write(again, facts_again, decide(again, facts_again))) == record
    if decision.plan is not None:
        assert facts_again == known


@pytest.mark.parametrize("passed", range(len(GUARDS) + 1))
def test_the_guards_are_listed_up_to_the_one_that_stopped_it(passed: int) -> None:
    named = details.guards(decided(rule())._replace(guards=passed))
    assert [name for name, _ in named] == [name for name, _ in GUARDS[: passed + 1]]
    stopped = passed < len(GUARDS)
    assert [word for _, word in named] == ["pass"] * passed + ["stop"] * stopped


@pytest.mark.parametrize("missing", ["rule", "facts"])
def test_a_record_that_is_not_whole_is_refused(missing: str) -> None:
    record = json.loads(details.write(rule(), facts(), decided(rule())))
    del record[missing]
    with pytest.raises(KeyError):
        details.read(record)


def test_decimals_and_instants_are_strings_and_nulls_are_left_out() -> None:
    record = json.loads(details.write(rule(), facts(), decided(rule())))
    assert record["rule"]["threshold_percent"] == "5"
    assert "relative_band_percent" not in record["rule"]
    assert record["facts"]["now"] == "2024-06-03 15:30:00+00:00"
    assert record["facts"]["portfolio"]["positions"][0]["nav"] == "10"


def test_lots_are_recorded_where_a_plan_was_made_of_them() -> None:
    acting, resting = rule(), rule(threshold_percent=Decimal(50))
    lots = [json.loads(details.write(one, facts(), decided(one)))["facts"]["portfolio"]["positions"][0]["lots"]
            for one in (acting, resting)]  # fmt: skip
    assert [len(each) for each in lots] == [1, 0]


@pytest.mark.parametrize(("occasion", "moved"), [(DRIFT, "80.00"), (SCHEDULE, "80.00"), (HAND, "80.00")])
def test_the_money_that_it_moves_is_what_is_bought_or_sold(occasion: dict[str, str], moved: str) -> None:
    assert str(details.moved(decided(rule(), **occasion))) == moved


def test_one_that_does_not_act_moves_nothing() -> None:
    decision = decided(rule(), portfolio=held(60, 40))
    assert decision.status != ACTS
    assert details.moved(decision) == 0

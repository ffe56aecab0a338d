"""The record of a decision is read back as it was written, and decided again it is the same."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from automation.auto_invest import details
from automation.auto_invest.decision import decide
from automation.auto_invest.facts import Facts, Observation
from automation.auto_invest.rule import Rule
from automation.portfolio.product import Quote
from tests.unit.auto_invest.examples import conditional, facts, quote, rule

quick = settings(derandomize=True, deadline=None, max_examples=150)
money = st.decimals(Decimal("0.01"), 10_000_000, places=2)
percents = st.decimals(Decimal("0.0001"), 100, places=4)
days = st.dates(date(1995, 1, 1), date(2099, 12, 31))
instants = st.datetimes(datetime(1995, 1, 1), datetime(2099, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - hypothesis wants them naive
names = st.text(min_size=1, max_size=12)
CONDITIONS: list[dict[str, Any]] = [
    {"trigger_type": "Date", "trigger_config": {}},
    {"trigger_type": "Goal Progress", "trigger_config": {"percent": "50.5", "direction": "below"}},
    {"trigger_type": "Portfolio Drift", "trigger_config": {"percent": "5", "rebalancing_rule": "REBAL-1"}},
    {
        "trigger_type": "Market Condition",
        "trigger_config": {"nav_change_percent": "5", "direction": "fall", "lookback_days": 30},
    },
    {
        "trigger_type": "Market Condition",
        "trigger_config": {"market": "Bear", "window_days": 200, "band_percent": "0", "product": "Ünïcode \\ \" 'x'"},
    },
]
STEPS: list[dict[str, Any]] = [
    {},
    {"step_up_percent": Decimal("10.0000"), "step_up_every_months": 12},
    {"step_up_amount": Decimal("500.00"), "step_up_every_months": 6, "step_up_cap": Decimal("15000.00")},
]


@st.composite
def plans(draw: st.DrawFn) -> dict[str, Any]:
    plan = draw(st.sampled_from(["SIP", "STP", "SWP", "basket"]))
    if plan != "basket":
        return {"plan": plan, "product_id": "P0", "source_product_id": "P1" if plan == "STP" else None}
    cut = draw(st.integers(1, 999_999))
    shares = [str(Decimal(cut) / 10_000), str(100 - Decimal(cut) / 10_000)]
    allocations = [{"product": f"P{n}", "percent": share} for n, share in enumerate(shares)]
    return {"plan": "SIP", "product_id": None, "allocations": allocations}


@st.composite
def rules(draw: st.DrawFn) -> Rule:
    limits = {
        "instalments": st.none() | st.integers(1, 30),
        "max_total_amount": st.none() | money,
        "max_per_execution": st.none() | money,
        "min_balance_required": money,
        "end_date": st.none() | days,
        "paused_until": st.none() | instants,
        "status": st.sampled_from(["Active", "Active", "Paused"]),
        "cash_policy": st.sampled_from(["skip", "partial", "retry"]),
        "enabled": st.sampled_from([True, True, True, False]),
        "attempts": st.integers(0, 4),
        "last_reason": st.none() | st.sampled_from(["condition_not_met", "insufficient_cash"]),
        "execution_count": st.integers(0, 30),
        "total_invested": money,
        "client_id": names,
        "goal_id": st.none() | names,
        "at_time": st.times(),
        "amount": money,
        "first_occurrence": days,
    }
    free = {name: draw(strategy) for name, strategy in limits.items()}
    return rule(**free | draw(plans()) | draw(st.sampled_from(CONDITIONS)) | draw(st.sampled_from(STEPS)))


@st.composite
def quotes(draw: st.DrawFn, product: str) -> Quote:
    nav = draw(st.none() | st.decimals(Decimal("0.0001"), 9999, places=4))
    return quote(
        product_id=product,
        open=draw(st.booleans()),
        min_purchase=draw(money),
        multiple=draw(st.sampled_from([Decimal("0.01"), Decimal("100.00")])),
        nav=nav,
        nav_date=None if nav is None else draw(days),
        nav_age=None if nav is None else draw(st.integers(0, 5)),
    )


@st.composite
def situations(draw: st.DrawFn) -> tuple[Rule, Facts]:
    one = draw(rules())
    observation = draw(st.none() | st.builds(Observation, st.none() | percents, st.none() | percents, st.none() | days))
    known = facts(
        *[draw(quotes(product)) for product in one.products],
        now=draw(instants),
        due=draw(instants),
        period_end=draw(instants),
        cut_off=draw(instants),
        last=draw(st.booleans()),
        missed=draw(st.sampled_from([False, False, True])),
        skip_requested=draw(st.sampled_from([False, False, True])),
        business_day=draw(st.sampled_from([True, True, False])),
        stop=draw(st.none() | names),
        available=draw(st.decimals(-1000, 50_000_000, places=2)),
        observation=observation,
    )
    return one, known


@quick
@given(situations())
def test_the_record_is_read_back_and_decided_again_as_it_was(situation: tuple[Rule, Facts]) -> None:
    decision = decide(*situation)
    record = json.loads(details.write(*situation, decision))
    assert details.read(record) == (*situation, decision)
    assert decide(*details.read(record)[:2]) == decision


def test_every_field_of_a_rule_and_its_facts_survives_the_record() -> None:
    full = rule(
        end_date=date(2030, 1, 1),
        day_of_week=3,
        at_time=time(23, 59, 59),
        paused_until=datetime(2024, 1, 1, tzinfo=UTC),
        next_run_at=datetime(2024, 1, 5, 4, 30, 0, 123456, tzinfo=UTC),
        status_reason="why",
        instalments=7,
    )
    known = facts(observation=Observation(Decimal("1.5"), Decimal("2.5"), date(2024, 1, 4)), stop="client: drill")
    decision = decide(full, known)
    assert details.read(json.loads(details.write(full, known, decision))) == (full, known, decision)


@pytest.mark.parametrize(
    ("one", "known", "reason"),
    [
        (rule(), facts(stop="global: drill"), "kill_switch"),
        (rule(enabled=False), facts(), "rule_disabled"),
        (conditional(), facts(), "condition_unknown"),
    ],
)
def test_the_record_shows_the_reason_and_the_guards_up_to_the_one_that_stopped(
    one: Rule, known: Facts, reason: str
) -> None:
    record = json.loads(details.write(one, known, decide(one, known)))
    assert record["reason"] == reason
    answers = [answer for _, answer in record["guards"]]
    assert answers == ["pass"] * (len(answers) - 1) + ["stop"]


def test_the_record_holds_the_inputs_that_people_ask_for() -> None:
    record = json.loads(
        details.write(rule(version=4), facts(now=facts().now + timedelta(minutes=3)), decide(rule(), facts()))
    )
    text = json.dumps(record)
    assert record["rule"]["version"] == 4
    assert record["facts"]["quotes"][0]["nav"] == "10.0000"
    assert record["facts"]["quotes"][0]["nav_date"] == "2024-01-04"
    assert record["facts"]["available"] == "100000.00"
    assert "NaN" not in text
    assert "Decimal" not in text


def test_a_record_that_is_not_whole_is_refused() -> None:
    record = json.loads(details.write(rule(), facts(), decide(rule(), facts())))
    del record["facts"]["quotes"]
    with pytest.raises(KeyError):
        details.read(record)

"""What a simulation answers with: every occurrence once, the same every time, and days that add up."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from infra.local.postgres import Server
from infra.local.simulation import scenario as scenarios
from infra.local.simulation.amounts import short, tick
from infra.local.simulation.outcome import Outcome
from infra.local.simulation.simulate import simulate
from tests.e2e.conftest import Simulate
from tests.e2e.independent import DATA, Market, monthly, navs
from tests.e2e.scenarios import Body, client, scenario, sip

EQUITY, LIQUID, INCOME = "HDFC_EQUITY", "HDFC_LIQUID", "BIRLA_INCOME_PLUS"
MARKET = Market([EQUITY, INCOME], date(2008, 1, 1), date(2009, 6, 30))
# The two rules below are due together, and there is money for fifteen instalments.
POOR = client(
    "POOR",
    sip(MARKET, name="first", time="10:00"),
    sip(MARKET, name="second", time="10:30", product=INCOME, min_balance_required="3000"),
    cash="155000",
)


@pytest.fixture(scope="module")
def poor(simulated: Simulate) -> Outcome:
    return simulated(scenario(MARKET, POOR))


def test_every_due_occurrence_has_exactly_one_execution(poor: Outcome) -> None:
    due = [nominal for nominal, _ in MARKET.dated(monthly(MARKET, 5))]
    found = Counter((row.rule, row.occurrence.date()) for row in poor.clients["POOR"].executions)
    assert found == Counter((rule, day) for day in due for rule in ("first", "second"))


def test_instalments_without_money_are_skipped_and_say_so(poor: Outcome) -> None:
    found = poor.clients["POOR"]
    # 155,000: the first rule's 18 would take 180,000. The second keeps 3,000 and so stops one instalment sooner.
    assert Counter((row.rule, row.status, row.reason) for row in found.executions) == {
        ("first", "Success", None): 8,
        ("first", "Skipped", "insufficient_cash"): 10,
        ("second", "Success", None): 7,
        ("second", "Skipped", "insufficient_cash"): 11,
    }
    assert (found.invested, found.cash) == (Decimal(150_000), Decimal(5_000))


def test_the_same_scenario_gives_the_same_outcome(simulated: Simulate, poor: Outcome) -> None:
    assert replace(simulated(scenario(MARKET, POOR)), seconds=0).to_json() == replace(poor, seconds=0).to_json()


def test_the_outcome_has_what_is_promised(poor: Outcome) -> None:
    whole = poor.to_json()
    assert list(whole) == ["from", "to", "days", "seconds", "clients"]
    assert (whole["from"], whole["to"]) == ("2008-01-01", "2009-06-30")
    found = whole["clients"]["POOR"]
    assert {name: found[name] for name in ("valuation_date", "cash", "invested", "rebalances", "triggers")} == {
        "valuation_date": "2009-06-30",
        "cash": "5000.00",
        "invested": "150000.00",
        "rebalances": [],
        "triggers": [],
    }
    assert {"value", "xirr", "holdings", "executions", "orders"} <= set(found)
    assert found["executions"][0] == {
        "rule": "first",
        "nominal": "2008-01-05",
        "date": "2008-01-07",
        "status": "Success",
        "reason": None,
        "amount": "10000.00",
    }
    assert {name: found["orders"][1][name] for name in ("rule", "date", "type", "product", "amount", "status")} == {
        "rule": "second",
        "date": "2008-01-07",
        "type": "Purchase",
        "product": INCOME,
        "amount": "10000.00",
        "status": "Executed",
    }


def test_holdings_given_at_first_are_flows_but_no_cash(simulated: Simulate) -> None:
    given = {"product": EQUITY, "amount": "500000"}
    found = simulated(scenario(MARKET, client("C1", holdings=(given,), cash="7"))).clients["C1"]
    first, last = MARKET.days[0], MARKET.last_nav_date(EQUITY)
    growth = navs(EQUITY)[last] / navs(EQUITY)[first]
    assert (found.cash, found.invested, found.paid_in) == (Decimal(7), Decimal(0), Decimal(500_000))
    assert [tuple(flow) for flow in found.flows] == [(first, Decimal(-500_000))]
    assert float(found.value) == pytest.approx(500_000 * growth, rel=1e-6)
    assert found.xirr == pytest.approx(growth ** (365 / (last - first).days) - 1, abs=1e-5)


def test_a_client_who_does_nothing_has_no_rate_of_return(simulated: Simulate) -> None:
    found = simulated(scenario(MARKET, client("C1"))).to_json()["clients"]["C1"]
    assert (found["xirr"], found["value"], found["holdings"]) == (None, "0.00", {})


def test_a_condition_that_is_still_open_at_the_end_has_no_execution_after_it(simulated: Simulate) -> None:
    never = {"nav_change_percent": "99", "direction": "fall", "lookback_days": 30}
    waiting = sip(MARKET, trigger_type="Market Condition", trigger_config=never)
    found = simulated(scenario(MARKET, client("C1", waiting))).clients["C1"]
    assert found.executions
    assert {(row.status, row.reason) for row in found.executions} == {("Skipped", "condition_not_met")}
    assert max(row.on for row in found.executions) <= MARKET.end


def test_each_clients_last_day_is_its_own(simulated: Simulate) -> None:
    """When it is over in Kolkata it goes on in New York; neither client does anything on the day after."""
    market = Market([EQUITY], date(2008, 1, 1), date(2008, 1, 31))
    daily = sip(market, frequency="Daily", day_of_month=None)
    clients: list[Body] = [client(zone, daily) | {"time_zone": zone} for zone in ("Asia/Kolkata", "America/New_York")]
    found = simulated(scenario(market, *clients)).clients
    assert [[row.on for row in result.executions] for result in found.values()] == [market.days, market.days]


def test_the_days_value_what_was_held_on_each(server: Server) -> None:
    content = scenarios.parse(scenario(MARKET, client("C1", sip(MARKET))))
    found = simulate(content, DATA, server.url(), with_days=True).clients["C1"]
    bought = [day for _, day in MARKET.dated(monthly(MARKET, 5))]
    expected = [day for day in MARKET.days if day >= bought[0]]
    units = [sum(10_000 / navs(EQUITY)[on] for on in bought if on <= day) for day in expected]
    own = {day.on: day for day in found.days if day.on in expected}
    assert [float(own[day].value) for day in expected] == pytest.approx(
        [held * navs(EQUITY)[day] for held, day in zip(units, expected, strict=True)], rel=1e-5
    )
    assert [own[day].paid_in for day in expected] == [10_000 * sum(on <= day for on in bought) for day in expected]
    assert found.days[-1].value == found.value


@pytest.mark.parametrize(
    ("amount", "currency", "said"),
    [
        ("42011029.01", "INR", "₹4.20 crore"),
        ("2450000", "INR", "₹24.5 lakh"),
        ("99949", "INR", "₹99,949"),
        ("-99951", "INR", "-₹1.00 lakh"),
        ("9999999", "INR", "₹1.00 crore"),
        ("0", "INR", "₹0"),
        ("1250000", "USD", "USD 1.25 m"),
    ],
)
def test_amounts_are_said_as_people_say_them(amount: str, currency: str, said: str) -> None:
    assert short(Decimal(amount), currency) == said


def test_the_scale_of_a_chart_says_no_digit_too_many() -> None:
    assert [tick(amount, "INR") for amount in (0, 50_000, 250_000, 10_000_000, 25_000_000)] == [
        "₹0",
        "₹50,000",
        "₹2.5 lakh",
        "₹1 crore",
        "₹2.5 crore",
    ]

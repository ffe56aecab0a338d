"""Plans simulated over real NAVs give what an independent computation gives."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import Any

import pytest

from infra.local.simulation.outcome import Outcome
from tests.e2e.conftest import Simulate
from tests.e2e.independent import Book, Market, monthly, navs, tuesdays
from tests.e2e.scenarios import client, scenario, sip

EQUITY, LIQUID, INCOME = "HDFC_EQUITY", "HDFC_LIQUID", "BIRLA_INCOME_PLUS"
CLOSE = 1e-5
AMOUNT = 10_000.0

TWENTY_YEARS = Market([EQUITY], date(1996, 1, 1), date(2016, 5, 31))
THREE_YEARS = Market([EQUITY], date(2008, 1, 1), date(2010, 12, 31))
TEN_YEARS = Market([EQUITY], date(2006, 1, 1), date(2015, 12, 31))
HOUSE = Market([LIQUID, EQUITY], date(2001, 1, 1), date(2010, 12, 31))
BASKET = Market([EQUITY, INCOME], date(1998, 1, 1), date(2012, 12, 31))

Result = dict[str, Any]


def steady(market: Market, nominals: Iterator[date] | Sequence[date]) -> tuple[list[tuple[date, date]], Book]:
    """A SIP of the same amount at every occurrence."""
    dated, book = market.dated(nominals), Book()
    for _, day in dated:
        book.buy(market.schemes[0], day, AMOUNT)
    return dated, book


def stepped(market: Market) -> tuple[list[tuple[date, date]], Book]:
    """A monthly SIP that grows by a tenth at every anniversary of its first instalment."""
    dated, book = market.dated(monthly(market, 5)), Book()
    for month, (_, day) in enumerate(dated):
        book.buy(market.schemes[0], day, round(AMOUNT * 1.1 ** (month // 12), 2))
    return dated, book


@pytest.fixture(scope="module")
def over_twenty_years(simulated: Simulate) -> Outcome:
    rules = {
        "monthly": sip(TWENTY_YEARS),
        "step-up": sip(TWENTY_YEARS, step_up={"percent": "10", "every_months": 12}),
        "quarterly": sip(TWENTY_YEARS, frequency="Quarterly"),
        "the 31st": sip(TWENTY_YEARS, day_of_month=31),
    }
    return simulated(scenario(TWENTY_YEARS, *(client(name, rule) for name, rule in rules.items())))


def result(outcome: Outcome, code: str) -> Result:
    found: Result = outcome.to_json()["clients"][code]
    return found


def dates(executions: Sequence[Result]) -> list[tuple[date, date]]:
    return [(date.fromisoformat(row["nominal"]), date.fromisoformat(row["date"])) for row in executions]


def assert_same(found: Result, dated: list[tuple[date, date]], book: Book, market: Market) -> None:
    """Dates and their number exactly; units and value to 1e-5, XIRR to 1e-6; each occurrence once, all executed."""
    assert dates(found["executions"]) == dated
    assert {row["status"] for row in found["executions"]} == {"Success"}
    assert {row["status"] for row in found["orders"]} == {"Executed"}
    assert {scheme: float(held["units"]) for scheme, held in found["holdings"].items()} == pytest.approx(
        book.units, rel=CLOSE
    )
    assert float(found["value"]) == pytest.approx(book.value(market), rel=CLOSE)
    assert float(found["xirr"]) == pytest.approx(book.xirr(market), abs=1e-6)


def test_a_monthly_sip_of_twenty_years(over_twenty_years: Outcome) -> None:
    found = result(over_twenty_years, "monthly")
    dated, book = steady(TWENTY_YEARS, monthly(TWENTY_YEARS, 5))
    assert_same(found, dated, book, TWENTY_YEARS)
    assert float(found["invested"]) == AMOUNT * len(dated) == 100_000_000 - float(found["cash"])


def test_a_step_up_of_ten_percent_a_year(over_twenty_years: Outcome) -> None:
    assert_same(result(over_twenty_years, "step-up"), *stepped(TWENTY_YEARS), TWENTY_YEARS)


def test_a_quarterly_sip(over_twenty_years: Outcome) -> None:
    dated, book = steady(TWENTY_YEARS, monthly(TWENTY_YEARS, 5, every=3))
    assert_same(result(over_twenty_years, "quarterly"), dated, book, TWENTY_YEARS)


def test_a_sip_on_the_31st(over_twenty_years: Outcome) -> None:
    dated, book = steady(TWENTY_YEARS, monthly(TWENTY_YEARS, 31))
    assert_same(result(over_twenty_years, "the 31st"), dated, book, TWENTY_YEARS)


def test_the_days_of_a_simulation_are_those_with_a_nav(over_twenty_years: Outcome) -> None:
    assert over_twenty_years.days == len(TWENTY_YEARS.days)


def test_a_weekly_sip(simulated: Simulate) -> None:
    rule = sip(TEN_YEARS, frequency="Weekly", day_of_month=None, day_of_week=2)
    outcome = simulated(scenario(TEN_YEARS, client("C1", rule)))
    assert_same(result(outcome, "C1"), *steady(TEN_YEARS, tuesdays(TEN_YEARS)), TEN_YEARS)


def test_a_daily_sip(simulated: Simulate) -> None:
    rule = sip(THREE_YEARS, frequency="Daily", day_of_month=None)
    outcome = simulated(scenario(THREE_YEARS, client("C1", rule)))
    assert_same(result(outcome, "C1"), *steady(THREE_YEARS, THREE_YEARS.days), THREE_YEARS)


def test_an_stp_between_two_funds_of_one_house(simulated: Simulate) -> None:
    rule = sip(HOUSE, plan="STP", source_product=LIQUID, product=EQUITY)
    holding = {"product": LIQUID, "amount": "2000000"}
    outcome = simulated(scenario(HOUSE, client("C1", rule, holdings=(holding,), cash="0")))
    dated, book = HOUSE.dated(monthly(HOUSE, 5)), Book()
    book.buy(LIQUID, HOUSE.days[0], 2_000_000)
    for _, day in dated:
        book.take(LIQUID, day, AMOUNT)
        book.put(EQUITY, day, AMOUNT)
    assert_same(result(outcome, "C1"), dated, book, HOUSE)


def test_an_swp_from_a_first_holding(simulated: Simulate) -> None:
    rule = sip(TEN_YEARS, plan="SWP", day_of_month=1)
    units = 10_000
    outcome = simulated(scenario(TEN_YEARS, client("C1", rule, holdings=({"product": EQUITY, "units": str(units)},))))
    dated, book = TEN_YEARS.dated(monthly(TEN_YEARS, 1)), Book()
    first = TEN_YEARS.days[0]
    book.buy(EQUITY, first, units * navs(EQUITY)[first])
    for _, day in dated:
        book.sell(EQUITY, day, AMOUNT)
    assert_same(result(outcome, "C1"), dated, book, TEN_YEARS)


def test_a_basket_of_sixty_and_forty(simulated: Simulate) -> None:
    shares = {EQUITY: 60, INCOME: 40}
    parts = [{"product": scheme, "percent": str(share)} for scheme, share in shares.items()]
    outcome = simulated(scenario(BASKET, client("C1", sip(BASKET, product=None, allocations=parts))))
    dated, book = BASKET.dated(monthly(BASKET, 5)), Book()
    for _, day in dated:
        for scheme, share in shares.items():
            book.buy(scheme, day, AMOUNT * share / 100)
    assert_same(result(outcome, "C1"), dated, book, BASKET)


@pytest.mark.parametrize(("time", "later"), [("14:59", 0), ("16:00", 1)])
def test_after_the_cut_off_an_order_gets_the_next_business_days_nav(simulated: Simulate, time: str, later: int) -> None:
    market = Market([EQUITY], date(2008, 1, 1), date(2009, 12, 31))
    outcome = simulated(scenario(market, client("C1", sip(market, time=time)), fill="applicable"))
    found, days = result(outcome, "C1"), market.days
    expected = [days[days.index(day) + later] for _, day in market.dated(monthly(market, 5))]
    assert [date.fromisoformat(order["nav_date"]) for order in found["orders"]] == expected
    assert [float(order["nav"]) for order in found["orders"]] == [navs(EQUITY)[day] for day in expected]


@pytest.mark.parametrize(("fill", "today"), [("applicable", 0), ("observed", 1)])
def test_a_condition_sees_the_nav_of_the_day_only_where_that_counts_as_known(
    simulated: Simulate, fill: str, today: int
) -> None:
    market = Market([EQUITY], date(2008, 1, 1), date(2008, 12, 31))
    fall = {"nav_change_percent": "3", "direction": "fall", "lookback_days": 1}
    rule = sip(market, trigger_type="Market Condition", trigger_config=fall, day_of_month=1)
    found = result(simulated(scenario(market, client("C1", rule), fill=fill)), "C1")
    bought = [date.fromisoformat(row["date"]) for row in found["executions"] if row["status"] == "Success"]
    known = [max(day for day in market.days if day < on + timedelta(days=today)) for on in bought]
    assert bought
    assert [fell_by(day) >= 3 for day in known] == [True] * len(bought)


def fell_by(day: date) -> float:
    """By how many percent the NAV fell from the last one on or before the day before."""
    known = navs(EQUITY)
    before = next(known[day - timedelta(n)] for n in range(1, 8) if day - timedelta(n) in known)
    return (before - known[day]) / before * 100

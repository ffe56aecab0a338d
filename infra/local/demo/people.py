"""Who is in the demo, what they want and what they earn. The people are invented, the prices are not."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any, Final, NamedTuple

from automation.calendar.schedule import add_months, instant

START: Final = date(2006, 2, 22)
END: Final = date(2016, 2, 22)
_PAYDAY_HOUR: Final = time(9)


class Person(NamedTuple):
    """A client; every time of day is meant in its zone."""

    id: str
    name: str
    time_zone: str
    email: str
    phone: str


ASHA: Final = Person("ASHA", "Asha Kulkarni", "Asia/Kolkata", "asha@example.com", "+919800000001")
FARHAN: Final = Person("FARHAN", "Farhan Siddiqui", "Asia/Kolkata", "farhan@example.com", "+919800000002")
MEERA: Final = Person("MEERA", "Meera Iyer", "Europe/London", "meera@example.com", "+447700900003")
PEOPLE: Final = (ASHA, FARHAN, MEERA)


class FirstHolding(NamedTuple):
    """Money that a client had in a product before, at the NAV of the first date."""

    person: Person
    product: str
    amount: Decimal


HOLDINGS: Final = (FirstHolding(MEERA, "HDFC_LIQUID", Decimal(1_500_000)),)


class Salary(NamedTuple):
    """What a client puts aside on the first of every month; where it falls short, instalments are skipped."""

    person: Person
    amount: Decimal
    first: date
    last: date


_SALARIES: Final = (
    Salary(ASHA, Decimal(15_000), date(2006, 3, 1), date(2009, 12, 1)),
    Salary(ASHA, Decimal(21_000), date(2010, 1, 1), date(2016, 2, 1)),
    Salary(FARHAN, Decimal(12_000), date(2006, 3, 1), date(2008, 10, 1)),
    # Out of work for ten months.
    Salary(FARHAN, Decimal(14_000), date(2009, 9, 1), date(2016, 2, 1)),
)


class Deposit(NamedTuple):
    """Money that comes in at an instant."""

    at: datetime
    person: Person
    amount: Decimal


def deposits() -> list[Deposit]:
    """Every salary of the ten years, in order."""
    return sorted(deposit for salary in _SALARIES for deposit in _paid(salary))


def _paid(salary: Salary) -> Iterator[Deposit]:
    day = salary.first
    while day <= salary.last:
        yield Deposit(instant(day, _PAYDAY_HOUR, salary.person.time_zone), salary.person, salary.amount)
        day = add_months(day, 1, day.day)


# Rules of one client look at different times of day, so that it is certain which comes first to the money.
RULES: Final[tuple[dict[str, Any], ...]] = (
    {
        "client": ASHA.id,
        "name": "monthly, 10 % more a year",
        "product": "RELIANCE_GROWTH",
        "amount": "10000",
        "frequency": "Monthly",
        "day_of_month": 5,
        "start_date": "2006-02-22",
        "step_up": {"percent": "10", "every_months": 12, "cap": "20000"},
    },
    {
        "client": ASHA.id,
        "name": "tax saver on a dip",
        "product": "FRANKLIN_TAXSHIELD",
        "amount": "25000",
        "frequency": "Monthly",
        "day_of_month": 1,
        "time": "14:00",
        "start_date": "2006-02-22",
        "trigger_type": "Market Condition",
        "trigger_config": {"nav_change_percent": "8", "direction": "fall", "lookback_days": 30},
        "cash_policy": "partial",
    },
    {
        "client": FARHAN.id,
        "name": "basket 60/40 up to 6 lakh",
        "allocations": [
            {"product": "FRANKLIN_TAXSHIELD", "percent": "60"},
            {"product": "LT_TRIPLE_ACE_BOND", "percent": "40"},
        ],
        "amount": "10000",
        "frequency": "Monthly",
        "day_of_month": "last",
        "time": "11:00",
        "start_date": "2006-02-22",
        "max_total_amount": "600000",
    },
    {
        "client": FARHAN.id,
        "name": "a little every day",
        "product": "RELIANCE_GROWTH",
        "amount": "1500",
        "frequency": "Daily",
        "time": "14:00",
        "start_date": "2013-07-01",
        "min_balance_required": "5000",
    },
    {
        "client": MEERA.id,
        "name": "from liquid to equity",
        "plan": "STP",
        "source_product": "HDFC_LIQUID",
        "product": "HDFC_EQUITY",
        "amount": "4500",
        "frequency": "Weekly",
        "day_of_week": 2,
        "start_date": "2006-02-22",
    },
    {
        "client": MEERA.id,
        "name": "school fees",
        "plan": "SWP",
        "product": "HDFC_EQUITY",
        "amount": "40000",
        "frequency": "Quarterly",
        "day_of_month": 10,
        "time": "11:00",
        "start_date": "2010-01-01",
    },
)


# What is to happen once, when a price, a value or a day is reached.
TRIGGERS: Final[tuple[dict[str, Any], ...]] = (
    {
        "client": ASHA.id,
        "name": "tell me of a fall of 30 %",
        "trigger_type": "NAV",
        "trailing_percent": "30",
        "mode": "notify",
        "product": "RELIANCE_GROWTH",
    },
    {
        "client": ASHA.id,
        "name": "buy when it is cheap",
        "trigger_type": "NAV",
        "trigger_condition": "Crosses Below",
        "trigger_value": "100",
        "order_type": "Purchase",
        "product": "FRANKLIN_TAXSHIELD",
        "amount": "4000",
    },
    {
        "client": FARHAN.id,
        "name": "ten lakh reached",
        "trigger_type": "Portfolio Value",
        "trigger_condition": "Greater Than",
        "trigger_value": "1000000",
        "mode": "notify",
        "product": "RELIANCE_GROWTH",
    },
    {
        "client": MEERA.id,
        "name": "take profit at 300",
        "trigger_type": "NAV",
        "trigger_condition": "Greater Than",
        "trigger_value": "300",
        "order_type": "Redemption",
        "product": "HDFC_EQUITY",
        "amount": "500000",
        "oco_group": "equity exit",
    },
    {
        "client": MEERA.id,
        "name": "or stop at 80",
        "trigger_type": "NAV",
        "trigger_condition": "Less Than",
        "trigger_value": "80",
        "order_type": "Redemption",
        "product": "HDFC_EQUITY",
        "units": "all",
        "oco_group": "equity exit",
    },
)


# Portfolios that are kept near their targets.
REBALANCING: Final[tuple[dict[str, Any], ...]] = (
    {
        "client": FARHAN.id,
        "name": "60/40 within 7 points",
        "strategy": "Threshold-Based",
        "threshold_percent": "7",
        "target_allocation": {"equity": "60", "debt": "40"},
        "preferred_products": ["RELIANCE_GROWTH", "LT_TRIPLE_ACE_BOND"],
        "execute_automatically": True,
        "require_confirmation": False,
    },
)


# How they want to be told of things; of all others they are told as everybody is.
PREFERENCES: Final[tuple[dict[str, Any], ...]] = (
    {"client": ASHA.id, "event": "Order Submitted", "channels": ["In-App"], "enabled": False},
    {"client": ASHA.id, "event": "Auto-Invest Executed", "channels": ["In-App", "Email"], "min_amount": "20000"},
    {"client": FARHAN.id, "event": "Order Failed", "channels": ["In-App", "SMS"]},
    {"client": FARHAN.id, "event": "Auto-Invest Reminder", "channels": ["In-App", "Email"], "level": "silent"},
    {
        "client": MEERA.id,
        "event": "Auto-Invest Reminder",
        "channels": ["In-App", "Email"],
        "quiet_start": "22:00",
        "quiet_end": "08:00",
    },
)


class Wish(NamedTuple):
    """What a client does with a rule on a date: skips it from then to a day, or pauses it until one."""

    on: date
    rule: str
    what: str
    until: date


WISHES: Final = (
    Wish(date(2011, 4, 20), "monthly, 10 % more a year", "skip", date(2011, 6, 30)),
    Wish(date(2013, 8, 1), "a little every day", "pause", date(2013, 9, 16)),
)

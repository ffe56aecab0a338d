"""Lots for the tests of what is redeemed from them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

from hypothesis import strategies as st

from automation.portfolio.lots import Lot

TODAY = date(2024, 6, 3)


def lot(
    n: int,
    units: str,
    *,
    left: str | None = None,
    cost: str = "1000.00",
    age: int = 400,
    lock_days: int = 0,
    load_days: int | None = None,
    load_percent: str = "1",
) -> Lot:
    """Lot number n of client C and product P, bought `age` days before TODAY."""
    bought = TODAY - timedelta(days=age)
    until = None if load_days is None else bought + timedelta(days=load_days)
    return Lot(
        "C",
        "P",
        UUID(int=n),
        bought,
        Decimal(units),
        Decimal(left or units),
        Decimal(cost),
        bought + timedelta(days=lock_days),
        until,
        Decimal(load_percent),
    )


@st.composite
def holdings(draw: st.DrawFn) -> Sequence[Lot]:
    """One to five lots, oldest first, some locked, some with a load that is due or over."""
    ages = sorted(draw(st.lists(st.integers(0, 1500), min_size=1, max_size=5)), reverse=True)
    found = []
    for n, age in enumerate(ages):
        units = draw(st.decimals(Decimal("0.0001"), 5000, places=4))
        left = draw(st.decimals(Decimal("0.0001"), units, places=4))
        cost = draw(st.decimals(Decimal("0.01"), 500_000, places=2))
        lock, load = draw(st.sampled_from([0, 365, 1095])), draw(st.sampled_from([None, 30, 365]))
        percent = draw(st.decimals(0, 5, places=4))
        found.append(
            lot(n, str(units), left=str(left), cost=str(cost), age=age, lock_days=lock, load_days=load)._replace(
                load_percent=percent
            )
        )
    return found

"""A sound rebalancing rule, position and portfolio, to be changed by one test at a time, and random ones."""

from __future__ import annotations

from datetime import date, time, timedelta
from decimal import Decimal
from itertools import count
from random import Random
from typing import Any, NamedTuple
from uuid import UUID

from hypothesis import strategies as st

from automation.portfolio.lots import Lot
from automation.rebalancing.portfolio import Portfolio, Position
from automation.rebalancing.rule import Rule

TODAY = date(2024, 6, 3)
_keys = count(1)

_RULE: dict[str, Any] = {
    "id": UUID(int=1),
    "version": 1,
    "client_id": "C1",
    "strategy": "Threshold-Based",
    "target_allocation": {"EQ": "60", "DEBT": "40"},
    "threshold_percent": Decimal(5),
    "relative_band_percent": None,
    "min_drift_percent": None,
    "trigger_on_drift": True,
    "trigger_on_schedule": True,
    "frequency": None,
    "day_of_month": None,
    "day_of_week": None,
    "at_time": time(10),
    "roll": "following",
    "start_date": date(2024, 1, 1),
    "end_date": None,
    "rebalance_to": "target",
    "mode": "full",
    "rebalance_amount": None,
    "preferred_products": [],
    "do_not_trade": [],
    "cash_buffer": Decimal(0),
    "tax_aware": False,
    "cooldown_days": 0,
    "execute_automatically": True,
    "require_confirmation": False,
    "confirm_within_hours": 24,
    "enabled": True,
    "status": "Active",
    "paused_until": None,
    "next_occurrence": None,
    "next_run_at": None,
    "last_executed_at": None,
    "time_zone": "Asia/Kolkata",
    "client_status": "Active",
    "kyc_status": "Verified",
}


def rule(targets: str = "EQ 60 DEBT 40", **changes: Any) -> Rule:
    """60 percent in EQ and 40 in DEBT; targets are given as names and percents in turn."""
    words = targets.split()
    allocation = {"target_allocation": dict(zip(words[::2], words[1::2], strict=True))}
    return Rule(**_RULE | allocation | changes)


def lot(units: object, *, age: int = 400, lock: int = 0, load_days: int = 0, load: object = 1) -> Lot:
    """So many units bought `age` days ago, locked in and with a load for so many days from then on."""
    number, bought = Decimal(str(units)), TODAY - timedelta(days=age)
    until = bought + timedelta(days=load_days) if load_days else None
    locked = bought + timedelta(days=lock)
    return Lot("C1", "P", UUID(int=next(_keys)), bought, number, number, number * 10, locked, until, Decimal(str(load)))


def position(name: str, units: object = 0, *, lots: tuple[Lot, ...] | None = None, **changes: Any) -> Position:
    """An open product of its own house with a NAV of 10 and no minimums, all of it bought long ago."""
    kept = lots if lots is not None else (lot(units),) if Decimal(str(units)) else ()
    sound: dict[str, Any] = {
        "product_id": name,
        "asset_class": name.rstrip("0123456789"),
        "amc": name,
        "status": "Active",
        "open": True,
        "min_purchase": Decimal(0),
        "multiple": Decimal("0.01"),
        "min_redemption": Decimal(0),
        "nav": Decimal(10),
        "nav_date": TODAY,
        "nav_age": 0,
        "units": sum((each.units_left for each in kept), Decimal(0)),
        "coming": Decimal(0),
        "lots": kept,
    }
    return Position(**sound | changes)


def portfolio(*positions: Position, cash: object = 0, coming: object = 0) -> Portfolio:
    return Portfolio(TODAY, positions, Decimal(str(cash)), Decimal(str(coming)))


class World(NamedTuple):
    """A rule and a portfolio, with the days of lock-in and of load, and the load in percent, of what is bought."""

    rule: Rule
    portfolio: Portfolio
    terms: dict[str, tuple[int, int, Decimal]]


class Limits(NamedTuple):
    """What may keep a random portfolio from its targets."""

    minimums: bool = False
    locks: bool = False
    loads: bool = False
    closed: bool = False
    debt: bool = False


FREE = Limits()
LIMITED = Limits(minimums=True, locks=True, loads=True, closed=True, debt=True)


def worlds(limits: Limits = FREE, **changes: Any) -> st.SearchStrategy[World]:
    """Random worlds of up to ten products; a seed stands for all that shrinking would not make clearer."""
    return st.builds(world, st.integers(1, 10), st.integers(0, 2**32), st.just(limits), st.fixed_dictionaries({
        name: value if isinstance(value, st.SearchStrategy) else st.just(value) for name, value in changes.items()
    }))  # fmt: skip


def world(size: int, seed: int, limits: Limits, changes: dict[str, Any]) -> World:
    """One of the random worlds."""
    chance = Random(seed)
    names = [f"{chance.choice(['EQ', 'DEBT', 'GOLD', 'HYB'])}{n}" for n in range(size)]
    terms = {name: _terms(chance, limits) for name in names}
    held = [_position(chance, name, limits, terms[name]) for name in names]
    cash = Decimal(chance.choice([0, 0, chance.randint(1, 10**7)])) / 100
    if limits.debt and chance.random() < 0.2:
        cash = -round(cash / 20, 2)
    targets = _targets(chance, held)
    preferred = [name for name in names if chance.random() < 0.1]
    kept = [name for name in names if limits.closed and chance.random() < 0.1]
    plain = {
        "preferred_products": preferred,
        "do_not_trade": kept,
        "tax_aware": chance.random() < 0.5,
        "cash_buffer": Decimal(chance.choice([0, 0, 1000])),
    }
    return World(rule(targets, **plain | changes), portfolio(*held, cash=cash), terms)


def _terms(chance: Random, limits: Limits) -> tuple[int, int, Decimal]:
    lock = 1095 if limits.locks and chance.random() < 0.2 else 0
    load_days = chance.choice([30, 365, 365]) if limits.loads and chance.random() < 0.5 else 0
    return lock, load_days, Decimal(chance.choice(["1", "0.5", "2.25"]))


def _position(chance: Random, name: str, limits: Limits, terms: tuple[int, int, Decimal]) -> Position:
    lock, load_days, load = terms
    nav = Decimal(chance.choice([100_000, chance.randint(10_000, 100_000_000), chance.randint(1_000_000, 10_000_000)]))
    nav /= 10_000
    worth = chance.choice([0, 1, 1, 1]) * 10 ** chance.uniform(2, 6.5)
    lots = []
    for age in sorted(chance.sample(range(1, 1500), chance.randint(1, 4)), reverse=True):
        units = round(Decimal(worth * chance.random()) / nav, 4)
        if units > 0:
            lots.append(lot(units, age=age, lock=lock, load_days=load_days, load=load))
    shut = limits.closed and chance.random() < 0.15
    minimums: dict[str, Any] = {}
    if limits.minimums:
        minimums = {
            "min_purchase": Decimal(chance.choice([0, 100, 500, 5000])),
            "multiple": Decimal(chance.choice(["0.01", "0.01", "1", "100"])),
            "min_redemption": Decimal(chance.choice([0, 100, 500, 1000])),
        }
    return position(
        name,
        lots=tuple(lots),
        amc=chance.choice("XYZ"),
        nav=nav,
        open=not shut,
        status="Suspended" if shut and chance.random() < 0.3 else "Active",
        **minimums,
    )


def _targets(chance: Random, held: list[Position]) -> str:
    """Classes, single products and perhaps cash, with percents that sum to 100 and may be 0."""
    names = sorted({each.product_id if chance.random() < 0.4 else each.asset_class for each in held})
    names = [name for name in names if chance.random() < 0.95] or names[:1]
    if chance.random() < 0.3:
        names.append("cash")
    parts = [chance.choice([0, 1, 1, 1]) * chance.randint(1, 10_000) for _ in names]
    if not any(parts):
        parts[0] = 1
    percents = [Decimal(part * 10_000 * 100 // sum(parts)) / 10_000 for part in parts]
    percents[parts.index(max(parts))] += 100 - sum(percents)
    return " ".join(f"{name} {percent}" for name, percent in zip(names, percents, strict=True))

"""What came of a simulation, for people and as JSON."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from automation import money
from automation.database import Connection
from automation.portfolio.returns import xirr
from infra.local.simulation import ledger, occasions
from infra.local.simulation.ledger import Day, Execution, Flow, Holding, Order
from infra.local.simulation.occasions import Fired, Rebalanced

_NO_MONEY = money.ZERO.quantize(money.PAISA)


@dataclass(frozen=True)
class Result:
    """A client at the end; money in the client's currency.

    `invested` is what was paid from cash, `flows` are dated by NAV dates and hold the first holdings too.
    """

    name: str
    currency: str
    valued_on: date
    cash: Decimal
    invested: Decimal
    holdings: Sequence[Holding]
    flows: Sequence[Flow]
    executions: Sequence[Execution]
    orders: Sequence[Order]
    rebalances: Sequence[Rebalanced]
    triggers: Sequence[Fired]
    days: Sequence[Day]

    @property
    def value(self) -> Decimal:
        return sum((holding.value for holding in self.holdings), _NO_MONEY)

    @property
    def paid_in(self) -> Decimal:
        """What went in by purchases and as first holdings."""
        return -sum((flow.amount for flow in self.flows if flow.amount < 0), money.ZERO)

    @property
    def taken_out(self) -> Decimal:
        """What was paid out by redemptions."""
        return sum((flow.amount for flow in self.flows if flow.amount > 0), money.ZERO)

    @property
    def gain(self) -> Decimal:
        """What the holdings are worth and what came out of them, less what went in."""
        return self.value + self.taken_out - self.paid_in

    def by_status(self) -> Counter[str]:
        """How many executions ended in each state."""
        return Counter(execution.status for execution in self.executions)

    @property
    def xirr(self) -> float | None:
        """The annual effective rate of the flows and the value at the end, ACT/365; None where it is undefined."""
        return xirr([*self.flows, (self.valued_on, self.value)])


@dataclass(frozen=True)
class Outcome:
    """A whole simulation: `days` are the dates with a NAV of any product, `seconds` its own duration."""

    start: date
    end: date
    days: int
    seconds: float
    clients: Mapping[str, Result]

    def to_json(self) -> dict[str, Any]:
        """The outcome as it is written to a file: money and units are strings, lists are ordered by date."""
        return {
            "from": self.start.isoformat(),
            "to": self.end.isoformat(),
            "days": self.days,
            "seconds": round(self.seconds, 1),
            "clients": {code: _client(result) for code, result in self.clients.items()},
        }


def read(
    connection: Connection, client: str, end: date, *, rules: Sequence[UUID] = (), with_days: bool = False
) -> Result:
    """One client's result; `rules` are in the order in which what falls on one instant is told."""
    place = {key: number for number, key in enumerate(rules)}
    held = ledger.holdings(connection, client, end)
    dated = [holding.nav_date for holding in held if holding.units and holding.nav_date]
    terms = ledger.client(connection, client)
    return Result(
        terms.name,
        terms.currency,
        max(dated, default=None) or ledger.last_nav_date(connection, end) or end,
        terms.cash,
        ledger.invested(connection, client),
        held,
        ledger.flows(connection, client),
        sorted(
            ledger.executions(connection, client, end),
            key=lambda row: (row.at, place.get(row.rule_id, 0), row.occurrence),
        ),
        sorted(ledger.orders(connection, client), key=lambda row: (row.on, row.at, place.get(row.rule_id, 0), row.leg)),
        occasions.rebalanced(connection, client),
        occasions.fired(connection, client),
        ledger.days(connection, client, end) if with_days else (),
    )


def _client(result: Result) -> dict[str, Any]:
    rate = result.xirr
    return {
        "valuation_date": result.valued_on.isoformat(),
        "value": str(result.value),
        "cash": str(result.cash),
        "invested": str(result.invested),
        "xirr": None if rate is None else f"{rate:.8f}",
        "holdings": {holding.product: _holding(holding) for holding in result.holdings},
        "executions": [_execution(execution) for execution in result.executions],
        "orders": [_order(order) for order in result.orders],
        "rebalances": [_rebalanced(each) for each in result.rebalances],
        "triggers": [_fired(fired) for fired in result.triggers],
    }


def _holding(holding: Holding) -> dict[str, str | None]:
    return {"units": str(holding.units), "nav": _nav(holding.nav), "value": str(holding.value)}


def _execution(execution: Execution) -> dict[str, str | None]:
    return {
        "rule": execution.rule,
        "nominal": execution.occurrence.date().isoformat(),
        "date": execution.on.isoformat(),
        "status": execution.status,
        "reason": execution.reason,
        "amount": _text(execution.amount),
    }


def _order(order: Order) -> dict[str, str | None]:
    """An order; settling is no state of its own here, it follows every execution."""
    written = {
        "rule": order.rule,
        "date": order.on.isoformat(),
        "type": order.kind,
        "product": order.product,
        "amount": _text(order.amount),
        "units": _text(order.units),
        "nav": _nav(order.nav),
        "nav_date": _text(order.nav_date),
        "status": "Executed" if order.status == "Settled" else order.status,
        "reason": order.reason,
    }
    if order.target is None:
        return written
    other_side = {"target_units": _text(order.target_units), "target_nav": _nav(order.target_nav)}
    return written | {"target_product": order.target} | other_side


def _rebalanced(each: Rebalanced) -> dict[str, str]:
    return {
        "rule": each.rule,
        "date": each.on.isoformat(),
        "max_drift": f"{each.max_drift:.2f}",
        "portfolio_drift": f"{each.portfolio_drift:.2f}",
        "turnover": str(each.turnover),
    }


def _fired(fired: Fired) -> dict[str, str | None]:
    return {
        "rule": fired.rule,
        "date": fired.on.isoformat(),
        "observed": _nav(fired.observed),
        "status": fired.status,
        "reason": fired.reason,
    }


def shown_nav(nav: Decimal) -> Decimal:
    """A NAV with as many of its four decimals as it needs, and two at least."""
    return nav.quantize(money.PAISA) if nav == nav.quantize(money.PAISA) else nav.normalize()


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _nav(nav: Decimal | None) -> str | None:
    return None if nav is None else str(shown_nav(nav))

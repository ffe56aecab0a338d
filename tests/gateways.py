"""An order gateway with odd manners and a ledger of its own, for what the paper gateway never does."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from automation import money
from automation.orders.order import ABSENT, EXECUTED, FAILED, SUBMITTED, UNKNOWN, Fill, Order, Reply

NAV = Decimal("10.0000")


@dataclass
class FakeGateway:
    """Answers as `on_submit` and `on_look_up` say; each placed order is counted in the ledger.

    on_submit: accept, execute, refuse; lose (the call never arrives, the answer is Unknown); hang (placed, the
    answer is Unknown); crash (placed, then an error); drop (never arrives, an error); mute (placed, no answer).
    on_look_up: ledger (what it knows), execute, refuse, unknown, blind (Absent whatever it knows).
    A call with an order of the amount `poison` breaks before anything of it is placed.
    """

    on_submit: str = "accept"
    on_look_up: str = "ledger"
    ledger: Counter[UUID] = field(default_factory=Counter)
    orders: dict[UUID, Order] = field(default_factory=dict)
    calls: list[tuple[str, list[UUID]]] = field(default_factory=list)
    meanwhile: Callable[[], object] = lambda: None
    poison: Decimal | None = None

    def submit(self, orders: Sequence[Order], now: datetime) -> list[Reply]:
        self.calls.append(("submit", [order.id for order in orders]))
        if self.poison is not None and any(order.amount == self.poison for order in orders):
            raise ConnectionError("the line broke")
        if self.on_submit in ("accept", "execute", "hang", "crash", "mute"):
            self._place(orders)
        self.meanwhile()
        if self.on_submit in ("crash", "drop"):
            raise ConnectionError("the line broke")
        return [] if self.on_submit == "mute" else [self._placed(order) for order in orders]

    def look_up(self, order_ids: Sequence[UUID], now: datetime) -> list[Reply]:
        self.calls.append(("look_up", list(order_ids)))
        self.meanwhile()
        return [self._known(order_id) for order_id in order_ids]

    def _place(self, orders: Sequence[Order]) -> None:
        for order in orders:
            if order.id not in self.orders:
                self.ledger[order.id] += 1
            self.orders[order.id] = order

    def _placed(self, order: Order) -> Reply:
        answers = {"accept": SUBMITTED, "execute": EXECUTED, "refuse": FAILED}
        return self._reply(order.id, answers.get(self.on_submit, UNKNOWN), order)

    def _known(self, order_id: UUID) -> Reply:
        order = self.orders.get(order_id)
        if self.on_look_up == "unknown":
            return Reply(order_id, UNKNOWN)
        if order is None or self.on_look_up == "blind":
            return Reply(order_id, ABSENT)
        answers = {"ledger": SUBMITTED, "execute": EXECUTED, "refuse": FAILED}
        return self._reply(order_id, answers[self.on_look_up], order)

    def _reply(self, order_id: UUID, status: str, order: Order) -> Reply:
        if status == FAILED:
            return Reply(order_id, FAILED, "refused_by_house")
        return Reply(order_id, status, fill=_fill(order) if status == EXECUTED else None)


def _fill(order: Order) -> Fill:
    amount = order.amount or money.ZERO
    return Fill(NAV, order.trade_date, money.bought(amount, NAV), amount)

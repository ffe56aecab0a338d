"""What messages are about, loaded for a whole batch: one statement a kind of thing."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import chain
from typing import Any, Final, NamedTuple
from uuid import UUID

from automation import identifiers
from automation.database import Connection
from automation.notifications.told import Told
from automation.store import subjects as store

Row = tuple[UUID, str, UUID, Mapping[str, Any]]


class Subject(NamedTuple):
    """What is known of a thing: facts by the names that templates use, its money, its products."""

    facts: dict[str, Any]
    amount: Decimal | None = None
    products: frozenset[str] = frozenset()


_NOTHING: Final = Subject({})
Found = dict[Any, Subject]


def load(connection: Connection, rows: Sequence[Row]) -> dict[UUID, Told]:
    """What messages (key, event, source, payload) tell, by their keys; what is not found is told from its payload."""
    sources = [list(_sources(row)) for row in rows]
    wanted: dict[str, set[Any]] = {}
    for kind, key in chain.from_iterable(sources):
        wanted.setdefault(kind, set()).add(key)
    found = {kind: _LOADERS[kind](connection, list(keys)) for kind, keys in wanted.items()}
    return {
        row[0]: _told(row, [found[kind].get(key, _NOTHING) for kind, key in where])
        for row, where in zip(rows, sources, strict=True)
    }


_BY_EVENT: Final[dict[str, tuple[str, ...]]] = {
    "Order Submitted": ("order",),
    "Order Executed": ("order",),
    "Order Settled": ("order",),
    "Order Failed": ("order", "trigger", "rebalancing"),
    "Auto-Invest Executed": ("instalment",),
    "Auto-Invest Failed": ("instalment",),
    "Rebalancing Triggered": ("rebalancing",),
    "Rebalancing Executed": ("rebalancing",),
    "Trigger Order Activated": ("trigger",),
    "Portfolio Alert": ("order", "rebalancing"),
}
# What a payload names, by its prefix or name.
_NAMED: Final = (
    ("rule", "coming", identifiers.AUTO_INVEST),
    ("trigger", "trigger", identifiers.TRIGGER),
    ("execution", "rebalancing", identifiers.REBALANCING_EXECUTION),
)


def _sources(row: Row) -> Iterator[tuple[str, Any]]:
    """Where to look for what a message is about: by its source, and by what its payload names."""
    _, event, source, payload = row
    for kind in _BY_EVENT.get(event, ()):
        yield kind, source
    if payload:
        for name, kind, prefix in _NAMED:
            if name in payload:
                try:
                    yield kind, identifiers.read(prefix, str(payload[name]))
                except ValueError:
                    continue
        for name in ("goal", "product"):
            if name in payload:
                yield name, str(payload[name])


def _told(row: Row, subjects: Sequence[Subject]) -> Told:
    _, event, source, payload = row
    facts: dict[str, Any] = {**payload} if payload else {}
    amount, products = None, frozenset[str]()
    for each in subjects:
        facts.update(each.facts)
        amount = each.amount if amount is None else amount
        products |= each.products
    if amount is None and "amount" in facts:
        amount = Decimal(facts["amount"])
    if payload:
        facts.update(_of_payload(event, payload, facts))
    return Told(event, source, facts, amount, products)


def _of_payload(event: str, payload: Mapping[str, Any], facts: Mapping[str, Any]) -> dict[str, Any]:
    """What the payload knows better than the thing itself, as it was when it happened."""
    own = {name: payload[name] for name in ("reason", "mode", "failures", "pauses_at", "paused") if name in payload}
    if event == "Portfolio Alert" and "what" not in payload:
        own["what"] = "held" if payload.get("order") == "Held" else "expired"
    if event == "Trigger Order Activated" and payload.get("status") == "Failed":
        own["status"] = "Failed"
    if event == "Rebalancing Triggered":
        own["proposed"] = payload.get("status") == "Pending"
    if "occurrence" in payload and "next_run_at" in facts:
        own["runs_at"] = facts["next_run_at"]
    if "rule" in payload and "occurrence" in payload:
        own["skip"] = f"{payload['rule']} {payload['occurrence']}"
    return own


def _facts(**values: Any) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


def _orders(connection: Connection, ids: list[UUID]) -> Found:
    found: Found = {}
    for each in store.orders(connection, ids):
        facts = _facts(
            order=identifiers.show(identifiers.ORDER, each.id),
            **{name: value for name, value in each._asdict().items() if name not in _KEYS},
        )
        found[each.id] = Subject(facts, each.amount, _products(each.product_id, each.target_product_id))
    return found


_KEYS: Final = frozenset({"id", "found_by", "rule_id", "product_id", "target_product_id", "product_ids"})


def _instalments(connection: Connection, ids: list[UUID]) -> Found:
    found: Found = {}
    for each in store.instalments(connection, ids):
        following = each.next_occurrence
        facts = _facts(
            rule=identifiers.show(identifiers.AUTO_INVEST, each.rule_id),
            name=each.name,
            plan=each.plan,
            products=tuple(each.products),
            amount=each.amount,
            occurrence=each.occurrence.date(),
            status=each.status,
            reason=each.reason,
            next_on=following.date() if following is not None else None,
            completed=each.completed,
        )
        found[each.id] = Subject(facts, each.amount, frozenset(each.product_ids))
    return found


def _triggers(connection: Connection, ids: list[UUID]) -> Found:
    found: Found = {}
    for each in store.triggers(connection, ids):
        facts = _facts(
            trigger=identifiers.show(identifiers.TRIGGER, each.id),
            **{name: value for name, value in each._asdict().items() if name not in _KEYS},
        )
        found[each.found_by] = Subject(facts, each.amount, _products(each.product_id, each.target_product_id))
    return found


def _rebalancings(connection: Connection, ids: list[UUID]) -> Found:
    found: Found = {}
    for each in store.rebalancings(connection, ids):
        facts = _facts(
            execution=identifiers.show(identifiers.REBALANCING_EXECUTION, each.id),
            **{name: value for name, value in each._asdict().items() if name not in _KEYS},
        )
        found[each.id] = Subject(facts, each.moved, frozenset(each.product_ids))
    return found


def _coming(connection: Connection, ids: list[UUID]) -> Found:
    found: Found = {}
    for each in store.coming(connection, ids):
        facts = _facts(
            rule=identifiers.show(identifiers.AUTO_INVEST, each.id),
            name=each.name,
            plan=each.plan,
            products=tuple(each.products),
            rule_status=each.status,
            next_occurrence=each.next_occurrence,
            next_run_at=each.next_run_at,
            skipped=each.skipped,
            cash=each.cash,
        )
        found[each.id] = Subject(facts, None, frozenset(each.product_ids))
    return found


def _goals(connection: Connection, ids: list[str]) -> Found:
    return {
        each.id: Subject(
            _facts(goal=each.id, name=each.name, target=each.target, target_date=each.target_date),
            None,
            frozenset(each.product_ids),
        )
        for each in store.goals(connection, ids)
    }


def _product_facts(connection: Connection, ids: list[str]) -> Found:
    found = store.products(connection, ids)
    return {each.id: Subject({"product": each.name}, None, frozenset(each.product_ids)) for each in found}


def _products(*ids: str | None) -> frozenset[str]:
    return frozenset(each for each in ids if each is not None)


_LOADERS: Final[dict[str, Callable[[Connection, list[Any]], Found]]] = {
    "order": _orders,
    "instalment": _instalments,
    "trigger": _triggers,
    "rebalancing": _rebalancings,
    "coming": _coming,
    "goal": _goals,
    "product": _product_facts,
}

"""What messages are about, loaded for a whole batch: one statement a kind of thing."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import chain
from typing import Any, Final, NamedTuple
from uuid import UUID

from automation import identifiers
from automation.database import Connection
from automation.notifications.told import Told
from automation.store import subjects as store

# A message's key, its event, its source and its payload, which is JSON text.
Row = tuple[UUID, str, UUID, str]


class Subject(NamedTuple):
    """What is known of a thing: facts by the names that templates use, its money, its products."""

    facts: dict[str, Any]
    amount: Decimal | None = None
    products: frozenset[str] = frozenset()


_NOTHING: Final = Subject({})
Found = dict[Any, Subject]


def load(connection: Connection, rows: Sequence[Row]) -> dict[UUID, Told]:
    """What messages tell, by their keys; what is not found is told from its payload."""
    payloads = [{} if row[3] == "{}" else json.loads(row[3]) for row in rows]
    sources = [list(_sources(row, payload)) for row, payload in zip(rows, payloads, strict=True)]
    wanted: dict[str, set[Any]] = {}
    for kind, key in chain.from_iterable(sources):
        wanted.setdefault(kind, set()).add(key)
    found = {kind: _LOADERS[kind](connection, list(keys)) for kind, keys in wanted.items()}
    return {
        row[0]: _told(row, payload, [found[kind].get(key, _NOTHING) for kind, key in where])
        for row, payload, where in zip(rows, payloads, sources, strict=True)
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


def _sources(row: Row, payload: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Where to look for what a message is about: by its source, and by what its payload names."""
    _, event, source, _ = row
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


def _told(row: Row, payload: Mapping[str, Any], subjects: Sequence[Subject]) -> Told:
    _, event, source, _ = row
    facts: dict[str, Any] = {**payload}
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


# Keys of rows, which are no facts: people are told ids and names.
_KEYS: Final = frozenset({"id", "found_by", "rule_id", "product_id", "target_product_id", "product_ids"})


def _facts(row: Any, **own: Any) -> dict[str, Any]:
    """What a row says, and what is said in its place or besides; what is unknown is left out."""
    return {name: value for name, value in (row._asdict() | own).items() if value is not None and name not in _KEYS}


def _traded(row: Any) -> frozenset[str]:
    return frozenset(each for each in (row.product_id, row.target_product_id) if each is not None)


def _orders(connection: Connection, ids: list[UUID]) -> Found:
    return {
        each.id: Subject(_facts(each, order=identifiers.show(identifiers.ORDER, each.id)), each.amount, _traded(each))
        for each in store.orders(connection, ids)
    }


def _instalments(connection: Connection, ids: list[UUID]) -> Found:
    found: Found = {}
    for each in store.instalments(connection, ids):
        following = each.next_occurrence
        facts = _facts(
            each,
            rule=identifiers.show(identifiers.AUTO_INVEST, each.rule_id),
            products=tuple(each.products),
            occurrence=each.occurrence.date(),
            next_on=following.date() if following is not None else None,
            next_occurrence=None,
        )
        found[each.id] = Subject(facts, each.amount, frozenset(each.product_ids))
    return found


def _triggers(connection: Connection, ids: list[UUID]) -> Found:
    return {
        each.found_by: Subject(
            _facts(each, trigger=identifiers.show(identifiers.TRIGGER, each.id)), each.amount, _traded(each)
        )
        for each in store.triggers(connection, ids)
    }


def _rebalancings(connection: Connection, ids: list[UUID]) -> Found:
    found: Found = {}
    for each in store.rebalancings(connection, ids):
        facts = _facts(each, execution=identifiers.show(identifiers.REBALANCING_EXECUTION, each.id))
        found[each.id] = Subject(facts, each.moved, frozenset(each.product_ids))
    return found


def _coming(connection: Connection, ids: list[UUID]) -> Found:
    found: Found = {}
    for each in store.coming(connection, ids):
        rule = identifiers.show(identifiers.AUTO_INVEST, each.id)
        facts = _facts(each, rule=rule, products=tuple(each.products), rule_status=each.status, status=None)
        found[each.id] = Subject(facts, None, frozenset(each.product_ids))
    return found


def _goals(connection: Connection, ids: list[str]) -> Found:
    found = store.goals(connection, ids)
    return {each.id: Subject(_facts(each, goal=each.id), None, frozenset(each.product_ids)) for each in found}


def _product_facts(connection: Connection, ids: list[str]) -> Found:
    found = store.products(connection, ids)
    return {each.id: Subject({"product": each.name}, None, frozenset(each.product_ids)) for each in found}


_LOADERS: Final[dict[str, Callable[[Connection, list[Any]], Found]]] = {
    "order": _orders,
    "instalment": _instalments,
    "trigger": _triggers,
    "rebalancing": _rebalancings,
    "coming": _coming,
    "goal": _goals,
    "product": _product_facts,
}

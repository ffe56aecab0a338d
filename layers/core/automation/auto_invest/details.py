"""The record of a decision as compact JSON, and the way back: from the record alone it can be decided again."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from automation.auto_invest.amount import Part
from automation.auto_invest.decision import GUARDS, Decision
from automation.auto_invest.facts import Facts, Observation, Quote
from automation.auto_invest.rule import Rule

_GUARD_NAMES: Final = [name for name, _ in GUARDS]
_PASSED: Final = [[[name, "pass"] for name in _GUARD_NAMES[:count]] for count in range(len(GUARDS) + 1)]


def write(rule: Rule, facts: Facts, decision: Decision) -> str:
    """`{"rule", "facts", "guards", "decision"}`: what is null is left out, decimals and instants are strings."""
    guards = _PASSED[decision.guards]
    if decision.guards < len(GUARDS):
        guards = [*guards, [_GUARD_NAMES[decision.guards], "stop"]]
    record = {
        "rule": _known(rule),
        "facts": _known(facts)
        | {"quotes": [_known(quote) for quote in facts.quotes]}
        | ({"observation": _known(facts.observation)} if facts.observation else {}),
        "guards": guards,
        "decision": _known(decision) | {"parts": [_known(part) for part in decision.parts]},
    }
    if decision.reason is not None:
        record["reason"] = decision.reason
    return json.dumps(record, default=str, separators=(",", ":"))


def write_error(message: str) -> str:
    """The record of a rule that could not be decided."""
    return json.dumps({"error": message})


def read(record: dict[str, Any]) -> tuple[Rule, Facts, Decision]:
    """The rule, facts and decision that `write` recorded; KeyError or ValueError where they are not whole."""
    facts = dict(record["facts"])
    facts["quotes"] = tuple(_read(Quote, quote) for quote in facts["quotes"])
    facts["observation"] = _read(Observation, facts["observation"]) if "observation" in facts else None
    decision = dict(record["decision"])
    decision["parts"] = tuple(_read(Part, part) for part in decision["parts"])
    return _read(Rule, record["rule"]), _read(Facts, facts), _read(Decision, decision)


def _known(row: Any) -> dict[str, Any]:
    return {name: value for name, value in zip(row._fields, row, strict=True) if value is not None}


def _read(kind: Any, values: dict[str, Any]) -> Any:
    return kind(**{name: _value(kind.__annotations__[name], values.get(name)) for name in kind._fields})


def _value(annotation: str, value: Any) -> Any:
    convert = _FROM_TEXT.get(annotation.removesuffix(" | None"))
    return convert(value) if convert is not None and value is not None else value


_FROM_TEXT: Final[dict[str, Callable[[str], Any]]] = {
    "UUID": UUID,
    "Decimal": Decimal,
    "date": date.fromisoformat,
    "datetime": datetime.fromisoformat,
    "time": time.fromisoformat,
}

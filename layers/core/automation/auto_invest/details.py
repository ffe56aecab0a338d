"""The record of a decision as compact JSON, and the way back: from the record alone it can be decided again."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, datetime, time
from decimal import Decimal
from functools import cache, lru_cache
from typing import Any, Final, TypeVar, get_args, get_type_hints
from uuid import UUID

from automation.auto_invest.amount import Part
from automation.auto_invest.decision import GUARDS, Decision
from automation.auto_invest.facts import Facts, Observation, Quote
from automation.auto_invest.rule import Rule

Row = TypeVar("Row", bound=tuple[Any, ...])

_GUARD_NAMES: Final = [name for name, _ in GUARDS]
_PASSED: Final = [[name, "pass"] for name in _GUARD_NAMES]
_GUARDS: Final = [*([*_PASSED[:count], [name, "stop"]] for count, name in enumerate(_GUARD_NAMES)), _PASSED]


def write(rule: Rule, facts: Facts, decision: Decision) -> str:
    """`{"rule", "facts", "guards", "decision"}`: what is null is left out, decimals and instants are strings."""
    known = _known(facts)
    known["quotes"] = [_known(quote) for quote in facts.quotes]
    if facts.observation:
        known["observation"] = _known(facts.observation)
    decided = _known(decision)
    decided["parts"] = [_known(part) for part in decision.parts]
    record: dict[str, Any] = {"rule": _known(rule), "facts": known, "decision": decided}
    if decision.reason is not None:
        record["reason"] = decision.reason
    return f'{_encode(record)[:-1]},"guards":{_GUARD_TEXTS[decision.guards]}}}'


def guards(decision: Decision) -> list[list[str]]:
    """The guards that the decision came to, in order, each with pass or stop."""
    return _GUARDS[decision.guards]


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


def _text(value: object) -> str:
    return _instant_text(value) if type(value) is datetime else str(value)


# A batch writes few instants many times, and their text is the dearest of all; of guards there are few lists only.
_instant_text: Final = lru_cache(maxsize=4096)(str)
_encode: Final = json.JSONEncoder(default=_text, separators=(",", ":"), check_circular=False).encode
_GUARD_TEXTS: Final = [_encode(guards) for guards in _GUARDS]


def _known(row: Any) -> dict[str, Any]:
    return {name: value for name, value in zip(row._fields, row, strict=True) if value is not None}


def _read(kind: type[Row], values: dict[str, Any]) -> Row:
    converters = _converters(kind)
    return kind(**{name: _converted(convert, values.get(name)) for name, convert in converters.items()})


def _converted(convert: Callable[[str], Any] | None, value: Any) -> Any:
    return value if convert is None or value is None else convert(value)


@cache
def _converters(kind: type) -> dict[str, Callable[[str], Any] | None]:
    """How each field of a row comes back from text, None for those that JSON keeps as they are."""
    return {
        name: next(filter(None, (_FROM_TEXT.get(each) for each in (hint, *get_args(hint)))), None)
        for name, hint in get_type_hints(kind).items()
    }


_FROM_TEXT: Final[dict[object, Callable[[str], Any]]] = {
    UUID: UUID,
    Decimal: Decimal,
    date: date.fromisoformat,
    datetime: datetime.fromisoformat,
    time: time.fromisoformat,
}

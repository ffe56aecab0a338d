"""The record of a decision as compact JSON, and the way back: from the record alone it can be decided again."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, datetime, time
from decimal import Decimal
from functools import cache, lru_cache
from json.encoder import encode_basestring_ascii
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
    reason = "" if decision.reason is None else f',"reason":{_text(decision.reason)}'
    guarded = f'"guards":{_GUARD_TEXTS[decision.guards]},"decision":{_text(decision)}{reason}'
    return f'{{"rule":{_text(rule)},"facts":{_text(facts)},{guarded}}}'


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


# Written out by hand: a batch spends its time here, and the encoder of the standard library takes a quarter longer.
def _text(value: object) -> str:
    return _TEXTS[type(value)](value)


def _row(row: Any) -> str:
    known = [
        name + _TEXTS[type(value)](value)
        for name, value in zip(_NAMES[type(row)], row, strict=True)
        if value is not None
    ]
    return "{" + ",".join(known) + "}"


def _list(values: Any) -> str:
    return "[" + ",".join(map(_text, values)) + "]"


def _quoted(value: object) -> str:
    return '"' + str(value) + '"'


_ROWS: Final = (Rule, Facts, Quote, Observation, Decision, Part)
_NAMES: Final = {kind: [f'"{name}":' for name in kind._fields] for kind in _ROWS}
_json: Final = json.JSONEncoder(separators=(",", ":")).encode
_TEXTS: Final[dict[type, Callable[[Any], str]]] = {
    **dict.fromkeys(_ROWS, _row),
    **dict.fromkeys((UUID, Decimal, date, time), _quoted),
    datetime: lru_cache(maxsize=4096)(_quoted),  # few instants, many times
    str: encode_basestring_ascii,
    int: str,
    bool: {True: "true", False: "false"}.__getitem__,
    tuple: _list,
    list: _json,
    dict: _json,
}
_GUARD_TEXTS: Final = [_json(guards) for guards in _GUARDS]


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

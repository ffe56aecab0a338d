"""Rows of a decision as JSON text, and back: what was known and decided, so that it can be decided again. No I/O.

Null fields are left out; decimals, dates, instants and keys are strings.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from functools import cache, lru_cache
from json.encoder import encode_basestring_ascii
from typing import Any, Final, TypeVar, get_args, get_type_hints
from uuid import UUID

Row = TypeVar("Row", bound=tuple[Any, ...])
Texts = dict[type, Callable[[Any], str]]


def writer(*kinds: Any, shared: Sequence[Any] = ()) -> Callable[[object], str]:
    """A function that writes rows of these NamedTuples, each value by its type.

    Written out by hand: a batch spends its time here, and the encoder of the standard library takes a quarter longer.
    Of the kinds that are `shared` the same row is in many others: its text is remembered.
    """
    texts: Texts = dict(_PLAIN)

    def text(value: object) -> str:
        return texts[type(value)](value)

    def list_text(values: Iterable[object]) -> str:
        return "[" + ",".join(map(text, values)) + "]"

    def dict_text(values: Mapping[str, object]) -> str:
        pairs = [f"{encode_basestring_ascii(name)}:{text(value)}" for name, value in values.items()]
        return "{" + ",".join(pairs) + "}"

    texts |= {tuple: list_text, list: list_text, dict: dict_text}
    for kind in (*kinds, *shared):
        text_of = _row_writer([f'"{name}":' for name in kind._fields], texts)
        texts[kind] = lru_cache(maxsize=4096)(text_of) if kind in shared else text_of
    return text


def passed_and_stopped(guards: Sequence[str]) -> list[list[list[str]]]:
    """By how many guards were passed: those that were come to, in order, each with pass or stop."""
    passed = [[name, "pass"] for name in guards]
    return [*([*passed[:count], [name, "stop"]] for count, name in enumerate(guards)), passed]


def _row_writer(names: list[str], texts: Texts) -> Callable[[Any], str]:
    def row_text(row: Any) -> str:
        pairs = zip(names, row, strict=True)
        return "{" + ",".join([name + texts[type(value)](value) for name, value in pairs if value is not None]) + "}"

    return row_text


def _quoted(value: object) -> str:
    return '"' + str(value) + '"'


_PLAIN: Final[Texts] = {
    **dict.fromkeys((UUID, Decimal, date, time), _quoted),
    datetime: lru_cache(maxsize=4096)(_quoted),  # few instants, many times
    str: encode_basestring_ascii,
    int: str,
    float: repr,
    bool: {True: "true", False: "false"}.__getitem__,
    type(None): lambda _: "null",
}

# Whatever JSON has, and the same plain values; in a dict what is null is written.
json_text: Final = writer()


def read(kind: type[Row], values: Mapping[str, Any]) -> Row:
    """The row that was written; KeyError, TypeError or ValueError where it is not whole. Rows within it stay data."""
    converters = _converters(kind)
    return kind(**{name: _converted(convert, values.get(name)) for name, convert in converters.items()})


def _converted(convert: Callable[[str], Any] | None, value: Any) -> Any:
    return value if convert is None or value is None else convert(value)


@cache
def _converters(kind: Hashable) -> dict[str, Callable[[str], Any] | None]:
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

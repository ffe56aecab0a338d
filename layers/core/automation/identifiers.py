"""Identifiers: UUIDv7 keys inside, a prefix and Crockford base 32 for people and the API.

A key is either new (made once, random tail) or derived: its time is the occurrence's and its tail a hash of
what it stands for, so the same intent always has the same key and can't be recorded twice.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from hashlib import blake2b
from typing import Final
from uuid import UUID

AUTO_INVEST: Final = "AUTO"
REBALANCING: Final = "REBAL"
REBALANCING_EXECUTION: Final = "REBALX"
TRIGGER: Final = "TRIG"
EXECUTION: Final = "LOG"
ORDER: Final = "ORD"
RUN: Final = "RUN"
NOTIFICATION: Final = "NOTE"
PREFERENCE: Final = "PREF"
GOAL: Final = "GOAL"

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND: Final = timedelta(milliseconds=1)
_ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_VALUE: Final = {letter: value for value, letter in enumerate(_ALPHABET)} | {"O": 0, "I": 1, "L": 1}
_VERSION_AND_VARIANT: Final = (7 << 76) | (2 << 62)
_TAIL_MASK: Final = ~((0xF << 76) | (3 << 62)) & ((1 << 80) - 1)


def new(at: datetime) -> UUID:
    """A fresh UUIDv7 whose time is `at` (aware)."""
    return _uuid7(at, secrets.token_bytes(10))


def once() -> Callable[[datetime], UUID]:
    """A new key that stays the same from the first call on: for a transaction that may have to run again."""
    made: list[UUID] = []

    def key(at: datetime) -> UUID:
        if not made:
            made.append(new(at))
        return made[0]

    return key


def derived(at: datetime, *parts: object) -> UUID:
    """The UUIDv7 that stands for these parts at this instant: always the same for the same arguments."""
    name = "\x1f".join(map(str, parts)).encode()
    return _uuid7(at, blake2b(name, digest_size=10).digest())


def beside(key: UUID, part: object) -> UUID:
    """The key of what is made together with `key`: of the same time, and always the same for the same arguments."""
    return UUID(int=key.int ^ _difference(str(part)))


def numbered(key: UUID, number: int) -> UUID:
    """As `beside`, of things that sort by their number: each is a millisecond later than the one before."""
    return UUID(int=beside(key, number).int + (number << 80))


def earliest(at: datetime) -> UUID:
    """Not a key but a bound: every key of `at` (aware) or later is at or above it."""
    return UUID(int=_milliseconds(at) << 80)


def show(prefix: str, key: UUID) -> str:
    """`AUTO-` and 26 letters, in the order of the keys themselves."""
    number = key.int
    letters = [_ALPHABET[(number >> shift) & 31] for shift in range(125, -1, -5)]
    return f"{prefix}-{''.join(letters)}"


def read(prefix: str, text: str) -> UUID:
    """The key behind a shown identifier; ValueError says what is wrong with it."""
    head, _, letters = text.strip().upper().partition("-")
    if head != prefix or len(letters) != 26:
        raise ValueError(f"{text!r} is not an identifier of the form {prefix}- and 26 letters or digits")
    number = 0
    for letter in letters:
        if letter not in _VALUE:
            raise ValueError(f"{text!r} holds {letter!r}, which no identifier has")
        number = number << 5 | _VALUE[letter]
    if number >> 128:
        raise ValueError(f"{text!r} is too large for an identifier")
    return UUID(int=number)


def _uuid7(at: datetime, tail: bytes) -> UUID:
    rest = int.from_bytes(tail, "big") & _TAIL_MASK | _VERSION_AND_VARIANT
    return UUID(int=_milliseconds(at) << 80 | rest)


@lru_cache(maxsize=256)
def _difference(name: str) -> int:
    """A number of 74 bits that lie where keys are random."""
    return int.from_bytes(blake2b(name.encode(), digest_size=10).digest(), "big") & _TAIL_MASK


def _milliseconds(at: datetime) -> int:
    return (at - _EPOCH) // _MILLISECOND & ((1 << 48) - 1)

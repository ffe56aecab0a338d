"""The length of an SMS: in septets where its alphabet has all letters, else in code units of UTF-16."""

from __future__ import annotations

from typing import Final

from automation.wording.plain import cut

PARTS: Final = 3
# The alphabet of GSM 03.38, and the letters that take two places in it.
_ALPHABET: Final = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
_DOUBLE: Final = frozenset("^{}\\[~]|€")
_EVERY: Final = _ALPHABET | _DOUBLE
_SEPTETS: Final = (160, 153)
_UNITS: Final = (70, 67)


def parts(text: str) -> int:
    """In how many messages a text is sent."""
    septets = _EVERY.issuperset(text)
    one, more = _SEPTETS if septets else _UNITS
    places = _places(text, septets=septets)
    return 1 if places <= one else -(-places // more)


def fitting(text: str, most: int = PARTS) -> str:
    """The text, or as much of its beginning as fits into so many messages."""
    if parts(text) <= most:
        return text
    septets = _EVERY.issuperset(text)
    mark = "..." if septets else "…"
    longest = min(len(text) - 1, most * (_SEPTETS if septets else _UNITS)[1])
    shorter = cut(text, longest, mark)
    while parts(shorter) > most:
        longest -= 1
        shorter = cut(text, longest, mark)
    return shorter


def _places(text: str, *, septets: bool) -> int:
    if septets:
        return len(text) + sum(letter in _DOUBLE for letter in text)
    return len(text.encode("utf-16-le")) // 2

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
_ONE_UNIT: Final = 0xFFFF


def parts(text: str) -> int:
    """In how many messages a text is sent; a letter of two places is not divided between two of them."""
    septets = _EVERY.issuperset(text)
    one, more = _SEPTETS if septets else _UNITS
    if 2 * len(text) <= one:
        return 1
    if _DOUBLE.isdisjoint(text) if septets else ord(max(text)) <= _ONE_UNIT:
        return 1 if len(text) <= one else -(-len(text) // more)
    places = [2 if (letter in _DOUBLE if septets else ord(letter) > _ONE_UNIT) else 1 for letter in text]
    return 1 if sum(places) <= one else _packed(places, more)


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


def _packed(places: list[int], room: int) -> int:
    full, used = 1, 0
    for each in places:
        if used + each > room:
            full, used = full + 1, 0
        used += each
    return full

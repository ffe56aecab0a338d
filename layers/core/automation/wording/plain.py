"""Text that is safe to be shown: one line, nothing invisible, cut where a reader would cut it."""

from __future__ import annotations

import unicodedata
from typing import Final

LONGEST: Final = 300
_JOINER: Final = "\u200d"
_SELECTORS: Final = range(0xFE00, 0xFE10)
_SKIN_TONES: Final = range(0x1F3FB, 0x1F400)
_FLAGS: Final = range(0x1F1E6, 0x1F200)
# Letters that nobody sees, which name the region of a flag.
_TAGS: Final = range(0xE0020, 0xE0080)
# The sign that makes two letters of an Indian script one has this class of combining characters.
_VIRAMA: Final = 9
# What ends a line is a space; what turns the order of what follows around, hides a place, or is half a character is
# left out. What joins letters (U+200C, U+200D) stays: scripts and emoji need it.
_ENDS: Final = (*range(0x20), *range(0x7F, 0xA0), 0x2028, 0x2029)
_UNSEEN: Final = (
    *range(0x200E, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x2070), *range(0xFFF9, 0xFFFC),
    *range(0xD800, 0xE000), 0x061C, 0x180E, 0x200B, 0xFEFF, 0x00AD,
)  # fmt: skip
_SHOWN: Final = {**dict.fromkeys(_ENDS, " "), **dict.fromkeys(_UNSEEN)}


def clean(text: str, longest: int = LONGEST) -> str:
    """A value in one line of at most so many characters, without control characters."""
    if len(text) <= longest and text.isascii() and text.isprintable():
        return " ".join(text.split())
    return cut(" ".join(text.translate(_SHOWN).split()), longest)


def cut(text: str, longest: int, mark: str = "…") -> str:
    """The text itself, or its beginning with a mark, never through the middle of what is seen as one character."""
    if len(text) <= longest:
        return text
    end = max(longest - len(mark), 0)
    while end and _belongs_together(text, end):
        end -= 1
    return text[:end].rstrip() + mark


def _belongs_together(text: str, at: int) -> bool:
    """Whether the characters before and at a place are seen as one."""
    before, after = text[at - 1], text[at]
    if unicodedata.category(after).startswith("M") or _JOINER in (before, after):
        return True
    if unicodedata.combining(before) == _VIRAMA:
        return unicodedata.category(after).startswith("L")
    code = ord(after)
    return code in _SELECTORS or code in _SKIN_TONES or code in _TAGS or (code in _FLAGS and _halves(text, at) % 2 == 1)


def _halves(text: str, at: int) -> int:
    """How many halves of flags stand right before a place; two make a flag."""
    begin = at
    while begin and ord(text[begin - 1]) in _FLAGS:
        begin -= 1
    return at - begin

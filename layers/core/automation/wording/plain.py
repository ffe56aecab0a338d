"""Text that is safe to be shown: one line, nothing invisible, cut where a reader would cut it."""

from __future__ import annotations

import unicodedata
from typing import Final

LONGEST: Final = 300
_JOINER: Final = "\u200d"
_SELECTORS: Final = range(0xFE00, 0xFE10)
_SKIN_TONES: Final = range(0x1F3FB, 0x1F400)
_FLAGS: Final = range(0x1F1E6, 0x1F200)
# What breaks a line, or turns the order of what follows around: line and paragraph ends, marks and overrides.
_UNSEEN: Final = {
    *range(0x200E, 0x2010), *range(0x2028, 0x202F), *range(0x2066, 0x206A), 0x061C, 0x200B, 0x2060, 0xFEFF, 0x00AD,
}  # fmt: skip


def clean(text: str, longest: int = LONGEST) -> str:
    """A value in one line of at most so many characters, without control characters."""
    if len(text) <= longest and text.isascii() and text.isprintable():
        return text
    # Of what is far too long no more is looked at than can be shown.
    seen = "".join(_kept(letter) for letter in text[: longest * 4])
    return cut(" ".join(seen.split()), longest)


def _kept(letter: str) -> str:
    if ord(letter) in _UNSEEN or 0xD800 <= ord(letter) < 0xE000:
        return ""
    return " " if unicodedata.category(letter) in ("Cc", "Zl", "Zp") else letter


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
    after = ord(text[at])
    if unicodedata.combining(text[at]) or unicodedata.category(text[at]).startswith("M"):
        return True
    if text[at] == _JOINER or text[at - 1] == _JOINER or after in _SELECTORS or after in _SKIN_TONES:
        return True
    before = len(text[:at]) - len(text[:at].rstrip("".join(map(chr, _FLAGS))))
    return after in _FLAGS and before % 2 == 1

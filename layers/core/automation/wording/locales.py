"""Which locales there are to write in."""

from __future__ import annotations

from babel import Locale, UnknownLocaleError


def is_known(name: str) -> bool:
    """Whether money and dates can be written as in the locale of exactly this name, such as en_IN."""
    try:
        return str(Locale.parse(name)) == name
    except (UnknownLocaleError, ValueError):
        return False

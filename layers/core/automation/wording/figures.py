"""Money, units and dates as their reader writes them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any, Final
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_time
from babel.numbers import format_currency, format_decimal

from automation.notifications.quiet import known_zone
from automation.wording.plain import clean

DEFAULT_LOCALE: Final = "en_IN"
DEFAULT_CURRENCY: Final = "INR"
_REMEMBERED: Final = 65_536


@lru_cache(maxsize=256)
def locale_of(name: str) -> Locale:
    """The locale of a name such as en_IN; the default one where there is none of that name."""
    try:
        return Locale.parse(name.replace("-", "_"))
    except (UnknownLocaleError, ValueError, TypeError):
        return Locale.parse(DEFAULT_LOCALE)


@lru_cache(maxsize=_REMEMBERED)
def money(value: Decimal, currency: str, locale: str) -> str:
    """An amount with its currency, as in ₹1,00,000.00."""
    return format_currency(value, clean(currency) or DEFAULT_CURRENCY, locale=locale_of(locale))


@lru_cache(maxsize=_REMEMBERED)
def number(value: Decimal, decimals: str, locale: str) -> str:
    """A number, such as units or a NAV, with decimals by a pattern such as .00##."""
    return format_decimal(value, format=_whole(locale) + decimals, locale=locale_of(locale))


@lru_cache(maxsize=256)
def _whole(locale: str) -> str:
    """The pattern of what stands before the point, as in #,##,##0: not every language groups by thousands."""
    return str(locale_of(locale).decimal_formats[None].pattern).partition(";")[0].partition(".")[0]


@lru_cache(maxsize=_REMEMBERED)
def day(value: date, locale: str) -> str:
    """A date with its month in words."""
    return format_date(value, "d MMMM y", locale=locale_of(locale))


@lru_cache(maxsize=_REMEMBERED)
def moment(value: datetime, zone: str, locale: str) -> str:
    """An instant as the clocks of a zone show it."""
    local = value.astimezone(zone_of(zone)) if value.tzinfo else value
    return f"{day(local.date(), locale)}, {format_time(local, 'HH:mm', locale=locale_of(locale))}"


@lru_cache(maxsize=1024)
def zone_of(name: str) -> ZoneInfo:
    """The zone itself, or the default one where there is none of that name."""
    return ZoneInfo(known_zone(name))


_MONEY: Final = ("amount", "needed", "available", "value", "target", "moved", "exit_load")
_DECIMALS: Final = {
    **dict.fromkeys(("units", "target_units"), ".####"),
    **dict.fromkeys(("nav", "target_nav"), ".00##"),
    **dict.fromkeys(("percent", "progress", "max_drift"), ".##"),
    **dict.fromkeys(("level", "observed"), ".00##"),
}
_FIGURES: Final = frozenset(_MONEY) | frozenset(_DECIMALS)
# Of these none is nothing to speak of.
_UNLESS_NONE: Final = frozenset({"exit_load", "moved", "target_units"})
# No figure of an investment has more digits before its point; what has is no figure.
_DIGITS: Final = 30


def shown(name: str, value: Any, currency: str, zone: str, locale: str) -> Any:
    """A fact as its reader is shown it; what is neither figure nor text, such as a flag, is left to the template."""
    if name in _FIGURES and (figure := _figure(value)) is not None:
        if not figure and name in _UNLESS_NONE:
            return None
        if name in _MONEY:
            return money(figure, currency, locale)
        return number(figure, _DECIMALS[name], locale)
    make = _BY_KIND.get(type(value))
    return clean(str(value)) if make is None else make(value, currency, zone, locale)


def _figure(value: Any) -> Decimal | None:
    try:
        figure = value if isinstance(value, Decimal) else Decimal(str(value))
    except InvalidOperation:
        return None
    return figure if figure.is_finite() and figure.adjusted() < _DIGITS else None


def _plain(value: Decimal, locale: str) -> str:
    figure = _figure(value)
    return clean(str(value)) if figure is None else number(figure, ".####", locale)


_BY_KIND: Final[dict[type, Callable[[Any, str, str, str], Any]]] = {
    bool: lambda value, currency, zone, locale: value,
    int: lambda value, currency, zone, locale: value,
    type(None): lambda value, currency, zone, locale: None,
    str: lambda value, currency, zone, locale: clean(value),
    Decimal: lambda value, currency, zone, locale: _plain(value, locale),
    date: lambda value, currency, zone, locale: day(value, locale),
    datetime: lambda value, currency, zone, locale: moment(value, zone, locale),
    tuple: lambda value, currency, zone, locale: ", ".join(clean(str(each)) for each in value),
    list: lambda value, currency, zone, locale: ", ".join(clean(str(each)) for each in value),
}

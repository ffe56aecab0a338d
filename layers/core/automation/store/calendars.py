"""Business calendars from `market_holidays`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date

from automation.calendar.business_days import BusinessCalendar, combined, interned
from automation.database import Connection


class Calendars:
    """The calendars that one runtime has loaded; a new runtime sees what an operator has corrected."""

    def __init__(self) -> None:
        self._single: dict[str, BusinessCalendar] = {}
        self._combined: dict[frozenset[str], BusinessCalendar] = {}

    def load(self, connection: Connection, names: Iterable[str]) -> None:
        """Make sure that these calendars are here; a name without exceptions is Monday to Friday."""
        absent = sorted(set(names) - self._single.keys())
        if absent:
            self._single.update(_load(connection, absent))

    def of(self, names: Iterable[str]) -> BusinessCalendar:
        """The calendar of days that are business days in all of these."""
        key = frozenset(names)
        if key not in self._combined:
            self._combined[key] = combined([self._single[name] for name in key])
        return self._combined[key]


def _load(connection: Connection, names: list[str]) -> dict[str, BusinessCalendar]:
    days: dict[tuple[str, str], set[date]] = defaultdict(set)
    for name, day, kind in connection.execute(
        "select calendar, date, kind from market_holidays where calendar = any(%s)", (names,)
    ):
        days[name, kind].add(day)
    return {name: interned(name, frozenset(days[name, "closed"]), frozenset(days[name, "session"])) for name in names}

"""Business calendars as they are loaded."""

from __future__ import annotations

from automation.calendar.business_days import BusinessCalendar
from automation.database import Connection
from automation.store.calendars import Calendars
from tests import builders


def loaded(connection: Connection) -> BusinessCalendar:
    """The calendar as a new invocation finds it."""
    calendars = Calendars()
    calendars.load(connection, ["XBOM"])
    return calendars.of(["XBOM"])


def test_one_that_is_loaded_again_is_the_same_and_so_is_what_is_cached_by_it(connection: Connection) -> None:
    builders.add_holidays(connection, "2024-01-26")
    assert loaded(connection) is loaded(connection)


def test_one_that_was_corrected_meanwhile_is_another(connection: Connection) -> None:
    before = loaded(connection)
    builders.add_holidays(connection, "2024-01-26")
    assert loaded(connection) is not before

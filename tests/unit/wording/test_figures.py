"""Money, dates and instants as their reader writes them."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from automation.wording import Reader, figures
from tests.unit.wording.letters import ASHA, COMING, ORDER, letter, text

LAKH = Decimal(100_000)


@pytest.mark.parametrize(
    ("locale", "currency", "said"),
    [
        ("en_IN", "INR", "₹1,00,000.00"),
        ("en-IN", "INR", "₹1,00,000.00"),
        ("hi_IN", "INR", "₹1,00,000.00"),
        ("en_US", "USD", "$100,000.00"),
        ("de_DE", "EUR", "100.000,00\xa0€"),
        ("ja_JP", "JPY", "￥100,000"),
        ("xx_YY", "INR", "₹1,00,000.00"),
        ("../../etc", "INR", "₹1,00,000.00"),
        ("", "", "₹1,00,000.00"),
    ],
)
def test_money_is_written_as_its_reader_writes_it(locale: str, currency: str, said: str) -> None:
    assert figures.money(LAKH, currency, locale) == said


@pytest.mark.parametrize(
    ("amount", "said"),
    [("0.00", "₹0.00"), ("-1234567.5", "-₹12,34,567.50"), ("12345678901234.56", "₹1,23,45,67,89,01,234.56")],
)
def test_money_of_any_size_has_its_paise(amount: str, said: str) -> None:
    assert figures.money(Decimal(amount), "INR", "en_IN") == said


@pytest.mark.parametrize(
    ("locale", "said"), [("en_IN", "5 January 2026"), ("de_DE", "5 Januar 2026"), ("hi_IN", "5 जनवरी 2026")]
)
def test_a_month_is_a_word(locale: str, said: str) -> None:
    assert figures.day(date(2026, 1, 5), locale) == said


@pytest.mark.parametrize(
    ("zone", "said"),
    [
        ("Asia/Kolkata", "1 February 2026, 01:30"),
        ("America/New_York", "31 January 2026, 15:00"),
        ("Asia/Kathmandu", "1 February 2026, 01:45"),
        ("UTC", "31 January 2026, 20:00"),
        ("Nowhere/At_All", "1 February 2026, 01:30"),
        ("../../etc/passwd", "1 February 2026, 01:30"),
        ("", "1 February 2026, 01:30"),
    ],
)
def test_an_instant_is_in_the_readers_zone(zone: str, said: str) -> None:
    assert figures.moment(datetime(2026, 1, 31, 20, tzinfo=UTC), zone, "en_IN") == said


def test_a_letter_is_written_for_its_reader_whole() -> None:
    berlin = Reader("Jörg", "de_DE", "Europe/Berlin", "EUR")
    assert "5.000,00 €" in text("Auto-Invest Reminder", COMING, berlin)
    assert letter("Auto-Invest Reminder", COMING, berlin).title.endswith("5 Januar 2026, 05:30")


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("nav", Decimal("12.30"), "12.30"),
        ("nav", "12.3456", "12.3456"),
        ("units", Decimal("1234567.5000"), "12,34,567.5"),
        ("max_drift", "5.12345", "5.12"),
        ("percent", 50, "50"),
        ("amount", "5000", "₹5,000.00"),
        ("amount", 5000, "₹5,000.00"),
        ("amount", "all of it", "all of it"),
        ("amount", "NaN", "NaN"),
        ("amount", "1e999999", "1e999999"),
        ("moved", Decimal("0.00"), None),
        ("available", Decimal("0.00"), "₹0.00"),
        ("other", Decimal("1.50000"), "1.5"),
        ("trades", 3, 3),
        ("paused", False, False),
        ("product", " Axis\r\nBluechip ", "Axis Bluechip"),
        ("products", ("A\nB", "C"), "A B, C"),
    ],
)
def test_a_fact_is_shown_by_its_name_and_kind(name: str, value: object, said: object) -> None:
    assert figures.shown(name, value, "INR", "Asia/Kolkata", "en_IN") == said


def test_a_currency_is_a_word_of_one_line() -> None:
    odd = ASHA._replace(currency="A\r\nB")
    assert "\r" not in text("Order Executed", ORDER, odd)
    assert "\n" not in letter("Order Executed", ORDER, odd).short

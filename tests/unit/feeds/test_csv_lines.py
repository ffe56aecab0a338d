"""A CSV file that can't be read is refused by the line that is to blame, however it is broken."""

from __future__ import annotations

from pathlib import Path

import pytest

from automation.errors import InvalidInput
from automation.feeds import csv, holidays

GOOD = b"FUND,2024-01-05,10.5\n"
HEADER = b"scheme,date,nav\n"


def refused(path: Path, content: bytes) -> str:
    with pytest.raises(InvalidInput) as error:
        csv.parse(path, content)
    assert "load the file again" in error.value.hint
    return error.value.message


def rows(count: int) -> bytes:
    return b"".join(b"F%d,2024-01-05,10.5\n" % number for number in range(count))


def test_a_byte_that_is_no_utf8_is_named_by_its_line() -> None:
    message = refused(Path("bad.csv"), HEADER + rows(40_310) + b"\xff" + GOOD)
    assert message == "bad.csv line 40,312: holds the byte 0xFF, which is no UTF-8"


def test_a_quote_that_swallows_more_than_a_field_holds_is_named_by_the_line_that_it_is_on() -> None:
    message = refused(Path("bad.csv"), HEADER + rows(7) + b'"' + rows(20_000))
    assert message == "bad.csv line 9: is no CSV: field larger than field limit (131072)"


def test_what_a_quote_has_swallowed_is_not_quoted_in_full() -> None:
    message = refused(Path("bad.csv"), HEADER + b'FUND,2024-01-05,"' + rows(1_000))
    assert message.startswith("bad.csv line 2: ")
    assert len(message) < 400


def test_a_byte_order_mark_and_empty_lines_do_not_count_as_content() -> None:
    found = csv.parse(Path("good.csv"), b"\xef\xbb\xbf" + HEADER + b"\n" + GOOD)
    assert [(row.line, row.product_id) for row in found] == [(3, "FUND")]


@pytest.mark.parametrize("text", ["20240105", "2024-W01-5", "0001-01-01", "2200-01-01", "2024-02-30", "2024-1-5"])
def test_a_date_is_written_in_one_way_and_of_an_age_that_can_be(text: str) -> None:
    message = refused(Path("bad.csv"), HEADER + f"FUND,{text},10.5\n".encode())
    assert message.startswith(f"bad.csv line 2: {text!r} is not a date of the calendar from 1900 to 2199")


def test_tables_that_people_keep_name_the_line_too(tmp_path: Path) -> None:
    path = tmp_path / "calendar.csv"
    path.write_bytes(b"exchange,date,kind\nXBOM,2026-01-26,closed_weekday\nXBOM\xff,2026-01-27,closed_weekday\n")
    with pytest.raises(InvalidInput, match=r"calendar\.csv line 3: holds the byte 0xFF"):
        holidays.read(path)


def test_a_week_date_is_no_date_of_a_calendar(tmp_path: Path) -> None:
    path = tmp_path / "calendar.csv"
    path.write_text("exchange,date,kind\nXBOM,2010-W20-1,closed_weekday\n")
    with pytest.raises(InvalidInput, match=r"calendar\.csv line 2 date: '2010-W20-1' is not a date"):
        holidays.read(path)

"""AMFI's listing: what a line means, and which files can't be taken for whole."""

from __future__ import annotations

from contextlib import suppress
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from automation.errors import InvalidInput
from automation.feeds.amfi import Listing, SchemeRow, asset_class, parse
from tests.navs import EIGHT, HOUSE, SAMPLE, SIX, listing, scheme

FILE = Path("NAVAll.txt")
LATEST = date(2024, 1, 6)


def read(text: str | bytes) -> Listing:
    return parse(FILE, text.encode() if isinstance(text, str) else text, LATEST)


def refused(text: str) -> str:
    with pytest.raises(InvalidInput) as error:
        read(text)
    assert error.value.hint
    return error.value.message


def only(line: str) -> SchemeRow:
    """The row of one line beside a sound one."""
    found = read(listing([scheme(1), line]))
    assert found.skipped == []
    return found.schemes[1]


def why(line: str) -> str:
    """Why a line beside a sound one is left out."""
    ((number, reason),) = read(listing([scheme(1), line])).skipped
    assert number == 7
    return reason


def test_a_line_of_six_columns_is_a_scheme_below_its_category_and_house() -> None:
    found = read(listing(["119551;INF209KA12Z1;INF209KA13Z9;A  Fund - IDCW;103.1234;05-Jan-2024"]))
    assert found.schemes == [
        SchemeRow(
            line=6,
            code="119551",
            isin="INF209KA12Z1",
            isin_reinvest="INF209KA13Z9",
            name="A Fund - IDCW",
            amc="Quiet Mutual Fund",
            category="Equity Scheme - Flexi Cap Fund",
            nav=Decimal("103.1234"),
            date=date(2024, 1, 5),
        )
    ]


def test_of_eight_columns_the_prices_beside_the_nav_are_not_taken_for_it() -> None:
    found = read(listing(["1;-;-;One;10.5;10.1;10.9;05-Jan-2024"], header=EIGHT))
    assert [(row.nav, row.date) for row in found.schemes] == [(Decimal("10.5000"), date(2024, 1, 5))]


@pytest.mark.parametrize(
    "text",
    [
        listing([scheme(1)]).replace("\r\n", "\n"),
        "\ufeff" + listing([scheme(1)]),
        listing([scheme(1)]).removesuffix("\r\n"),
        listing([scheme(1)], header=SIX.upper().replace("/", " ").replace(";ISIN", "; Isin")),
        "\n\n" + listing([scheme(1), "", "   "]),
    ],
    ids=["LF", "a byte order mark", "no last line break", "another spelling of the header", "blank lines"],
)
def test_what_does_not_matter_does_not_matter(text: str) -> None:
    assert [row.code for row in read(text).schemes] == ["1"]
    assert read(text).skipped == []


def test_each_category_and_each_house_holds_until_the_next() -> None:
    text = listing([scheme(1)]) + listing(
        [scheme(2), "IL&FS Mutual Fund (IDF)", scheme(3), "Close Ended Schemes(Income)", "B Mutual Fund", scheme(4)],
        header="",
    )
    assert [(row.category, row.amc) for row in read(text).schemes[1:]] == [
        ("Equity Scheme - Flexi Cap Fund", "Quiet Mutual Fund"),
        ("Equity Scheme - Flexi Cap Fund", "IL&FS Mutual Fund (IDF)"),
        ("Income", "B Mutual Fund"),
    ]


@pytest.mark.parametrize("isin", ["-", "", " ", "INF209KA12Z", "N.A."])
def test_what_is_no_isin_is_none(isin: str) -> None:
    row = only(scheme(2, isins=f"{isin};{isin}"))
    assert (row.isin, row.isin_reinvest) == (None, None)


@pytest.mark.parametrize("nav", ["N.A.", "NA", "n.a.", "N/A", "-", "", "0", "0.0000", "-1.5", "0.00004", "B.C."])
def test_a_scheme_without_a_nav_is_listed_and_is_no_bad_line(nav: str) -> None:
    row = only(scheme(2, nav))
    assert (row.nav, row.date) == (None, None)


@pytest.mark.parametrize(
    ("text", "nav"),
    [
        ("10", "10.0000"),
        ("10.12345", "10.1235"),
        ("10.12344", "10.1234"),
        ("0.00005", "0.0001"),
        ("1979043.4256", "1979043.4256"),
        ("10.123456789012", "10.1235"),
    ],
)
def test_a_nav_has_four_decimals_rounded_half_up(text: str, nav: str) -> None:
    assert str(only(scheme(2, text)).nav) == nav


def test_months_are_english_whatever_their_case() -> None:
    names = ["Jan", "Feb", "Mar", "Apr", "May", "JUN", "jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
    lines = [scheme(number, day=f"{number:02}-{name}-2023") for number, name in enumerate(names, 1)]
    assert [row.date for row in read(listing(lines)).schemes] == [date(2023, month, month) for month in range(1, 13)]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("2;-;-;Two;10.0000", "has 5 fields where the header has 6"),
        ("2;-;-;Two;One;10.0000;05-Jan-2024", "has 7 fields where the header has 6"),
        ("ABC;-;-;Two;10.0000;05-Jan-2024", "scheme code 'ABC' is not a number"),
        (";-;-;Two;10.0000;05-Jan-2024", "scheme code '' is not a number"),
        ("2;-;-;;10.0000;05-Jan-2024", "has no scheme name that can be read"),
        ("2;-;-;T\0;10.0000;05-Jan-2024", "has no scheme name that can be read"),
        (scheme(2, "1e2"), "NAV '1e2' is not a number"),
        (scheme(2, "NaN"), "NAV 'NaN' is not a number"),
        (scheme(2, "1,234.5"), "NAV '1,234.5' is not a number"),
        (scheme(2, "9" * 15), f"NAV {'9' * 15} is too large"),
        (scheme(2, day="2024-01-05"), "date '2024-01-05' is not written as 21-Aug-2026"),
        (scheme(2, day="05-01-2024"), "date '05-01-2024' is not written as 21-Aug-2026"),
        (scheme(2, day="05-Jan-24"), "date '05-Jan-24' is not written as 21-Aug-2026"),
        (scheme(2, day="31-Feb-2023"), "date '31-Feb-2023' does not exist"),
        (scheme(2, day=""), "date '' is not written as 21-Aug-2026"),
        (scheme(2, day="07-Jan-2024"), "2024-01-07 is still to come"),
        (scheme(1, "11.0000"), "gives scheme 1 another NAV than line 6"),
        (scheme(1, day="04-Jan-2024"), "gives scheme 1 another NAV than line 6"),
        ("whatever this is", "'whatever this is' is neither a scheme nor a category nor a fund house"),
    ],
)
def test_a_bad_line_is_left_out_with_the_reason(line: str, reason: str) -> None:
    assert why(line) == reason


def test_a_line_that_is_no_utf_8_is_left_out_and_the_others_are_not() -> None:
    found = read(listing([scheme(1), scheme(2)]).encode().replace(b"Scheme 2", b"Scheme \x92"))
    assert [row.code for row in found.schemes] == ["1"]
    assert [skipped.line for skipped in found.skipped] == [7]


def test_the_same_line_twice_is_one_scheme() -> None:
    found = read(listing([scheme(1), scheme(1)]))
    assert (len(found.schemes), found.skipped) == (1, [])


@pytest.mark.parametrize(
    ("header", "said"),
    [
        (
            SIX.replace("Scheme Name;Net Asset Value", "Net Asset Value;Scheme Name"),
            "has 'Net Asset Value' as column 4 where 'Scheme Name' is due",
        ),
        (
            EIGHT.replace("Repurchase Price;Sale Price", "Sale Price;Repurchase Price"),
            "has 'Sale Price' as column 6 where 'Repurchase Price' is due",
        ),
        (SIX.replace("Date", "Day"), "has 'Day' as column 6 where 'Date' is due"),
        (SIX + ";Plan", "has 7 columns, not 6 or 8"),
        (SIX.replace(";Date", ""), "has 5 columns, not 6 or 8"),
    ],
)
def test_other_columns_or_another_order_of_them_are_refused(header: str, said: str) -> None:
    assert refused(listing([scheme(1)], header=header)) == f"NAVAll.txt line 1: {said}"


@pytest.mark.parametrize("cut", [1, 3, 9, 15, 25, len(scheme(2)) - 1])
def test_a_file_that_ends_in_the_middle_of_a_line_is_refused(cut: int) -> None:
    text = listing([scheme(1)]) + scheme(2)[:cut]
    assert refused(text) == "NAVAll.txt line 7: ends in the middle of a line: the file is truncated"


def test_a_file_that_ends_in_a_heading_is_truncated() -> None:
    assert "truncated" in refused(listing([scheme(1), ""]) + "Other Mutual Fund")


def test_ten_bad_lines_are_left_out_and_one_in_a_hundred_is() -> None:
    bad = [scheme(number, "x") for number in range(1000, 1010)]
    assert len(read(listing([scheme(1), *bad])).skipped) == 10
    many = [scheme(number) for number in range(1, 1090)]
    assert len(read(listing([*many, *bad, scheme(2000, "x")])).skipped) == 11


def test_more_bad_lines_are_too_many_and_the_first_are_named() -> None:
    bad = [scheme(number, "x") for number in range(1000, 1011)]
    said = refused(listing([*map(scheme, range(1, 1080)), *bad]))
    assert said.startswith("NAVAll.txt: 11 of 1,090 lines are bad: line 1,085: NAV 'x' is not a number; line 1,086: ")


def test_a_file_without_any_nav_is_refused() -> None:
    assert refused(listing([scheme(1, "N.A.")])) == "NAVAll.txt: holds no NAV"
    assert refused(f"{SIX}\r\n{HOUSE}") == "NAVAll.txt: holds no NAV"


@pytest.mark.parametrize(
    ("category", "found"),
    [
        ("Debt Scheme - Liquid Fund", "liquid"),
        ("Debt Scheme - Overnight Fund", "liquid"),
        ("Debt Scheme - Banking and PSU Fund", "debt"),
        ("Income", "debt"),
        ("Equity Scheme - ELSS", "equity"),
        ("ELSS", "equity"),
        ("Hybrid Scheme - Equity Savings", "hybrid"),
        ("Other Scheme - Gold ETF", "gold"),
        ("Other Scheme - Index Funds", "other"),
        ("", "other"),
    ],
)
def test_a_category_belongs_to_a_class(category: str, found: str) -> None:
    assert asset_class(category) == found


PIECES = st.sampled_from(
    [";", "-", "1", "INF209KA12Z1", "N.A.", "10.5", "05-Jan-2024", "Fund", "Schemes(", ")", " ", "\n", "\r\n"]
)


@given(
    st.one_of(st.lists(PIECES | st.text(max_size=3)).map("".join), st.binary().map(lambda data: data.decode("latin-1")))
)
def test_whatever_follows_the_header_is_read_or_refused(text: str) -> None:
    with suppress(InvalidInput):
        assert read(f"{SIX}\n{scheme(1)}\n{text}").schemes[0].code == "1"


def test_the_real_file_is_read_to_the_last_scheme() -> None:
    found = parse(FILE, SAMPLE.read_bytes(), None)
    assert (len(found.schemes), found.skipped) == (223, [])
    assert sum(row.nav is None for row in found.schemes) == 8
    assert {row.amc for row in found.schemes if "Quantum" in row.name} == {"Quantum Mutual Fund"}

"""Which format a file is in is told by its content."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from automation.errors import InvalidInput
from automation.feeds import price_file
from automation.feeds.amfi import Listing
from automation.feeds.csv import NavRow
from tests.navs import listing, scheme

LIMIT = 10_000
CSV = "scheme,date,nav\nA,2024-01-05,10.5\n"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "prices"


def read(path: Path, content: str | bytes) -> Listing | list[NavRow]:
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return price_file.read(path, LIMIT, None)


def refused(path: Path, content: str | bytes) -> str:
    with pytest.raises(InvalidInput) as error:
        read(path, content)
    assert error.value.hint
    return error.value.message


def test_semicolons_in_the_header_make_a_listing_and_commas_a_csv_file(path: Path) -> None:
    assert isinstance(read(path, listing([scheme(1)])), Listing)
    assert isinstance(read(path, CSV), list)


def test_both_may_be_zipped(path: Path) -> None:
    assert isinstance(read(path, gzip.compress(listing([scheme(1)]).encode())), Listing)
    assert isinstance(read(path, gzip.compress(CSV.encode())), list)


def test_prices_of_instruments_are_rows_as_navs_of_schemes_are(path: Path) -> None:
    assert read(path, CSV.replace("scheme", "instrument").replace("nav", "price")) == read(path, CSV)


@pytest.mark.parametrize("header", ["instrument,date,nav", "scheme,date,price", "code,date,nav"])
def test_names_of_columns_are_not_mixed(path: Path, header: str) -> None:
    assert "prices line 1: has no column" in refused(path, f"{header}\nA,2024-01-05,10.5\n")


@pytest.mark.parametrize("page", ["<!DOCTYPE html>\n<html>;,", "\ufeff \r\n <html><body>Sorry; try later, please"])
def test_a_page_is_no_data(path: Path, page: str) -> None:
    assert refused(path, page) == "prices: is an HTML page, not data"


@pytest.mark.parametrize("content", ["", "\r\n \r\n", b"\xef\xbb\xbf"])
def test_an_empty_file_is_refused(path: Path, content: str | bytes) -> None:
    assert refused(path, content) == "prices line 1: is empty"


def test_neither_is_refused(path: Path) -> None:
    assert refused(path, "scheme date nav\n") == "prices line 1: has a header that is not known"
    assert refused(path, "scheme,date,nav\n") == "prices: holds no NAV"


def test_a_file_above_the_limit_is_refused_without_being_read(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(200 * 1024 * 1024)
    with pytest.raises(InvalidInput, match="holds more than 10,000 bytes"):
        price_file.read(path, LIMIT, None)


def test_so_is_one_that_is_small_only_while_it_is_zipped(path: Path) -> None:
    assert "holds more than 10,000 bytes" in refused(path, gzip.compress(CSV.encode() + b"\n" * LIMIT))

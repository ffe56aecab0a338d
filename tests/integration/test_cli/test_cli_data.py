"""Products, calendars, NAVs and clients from the command line: whole or not at all."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from automation.database import Connection, scalar
from infra.local.stack import ROOT
from tests.integration.test_cli.conftest import Cli

DATA = ROOT / "infra" / "local" / "data"
HEADER = (
    "id,name,amc,asset_class,min_purchase,purchase_multiple,min_redemption,exit_load_percent,exit_load_days,"
    "lock_in_days,cut_off_time,calendar,settlement_days"
)
FUND = "FUND,Fund,AMC,equity,500.00,1.00,500.00,1,365,0,15:00,XBOM,2"
PRODUCTS = f"{HEADER}\n{FUND}\n"
CALENDAR = "exchange,date,kind\nXBOM,2026-01-26,closed_weekday\nXBOM,2026-02-01,open_weekend\n"


def test_the_bundled_files_load_twice_and_change_nothing_the_second_time(cli: Cli) -> None:
    for command, what, name in (
        ("calendar", "exceptions", "market_calendar_exceptions.csv"),
        ("products", "products", "schemes.csv"),
    ):
        rows = len((DATA / name).read_text().splitlines()) - 1
        assert cli(command, "load", DATA / name).out == f"{rows} {what} read, {rows} new or changed\n"
        assert cli(command, "load", DATA / name).out == f"{rows} {what} read, 0 new or changed\n"


def test_a_product_has_the_terms_of_its_line(cli: Cli, connection: Connection, tmp_path: Path) -> None:
    path = tmp_path / "products.csv"
    path.write_text(PRODUCTS)
    assert cli("products", "load", path).code == 0
    row = connection.execute(
        "select name, min_purchase, exit_load_percent, exit_load_days, cut_off_time::text, settlement_days"
        " from products"
    ).fetchone()
    assert row == ("Fund", Decimal("500.00"), Decimal("1.0000"), 365, "15:00:00", 2)


def test_a_product_of_a_calendar_that_nothing_is_known_of_is_loaded_with_a_warning(
    furnished: Cli, connection: Connection, tmp_path: Path
) -> None:
    path = tmp_path / "products.csv"
    path.write_text(PRODUCTS.replace("XBOM", "XBMO"))
    result = furnished("products", "load", path)
    assert result.code == 0
    assert "\nwarning: nothing is known of the calendar XBMO: " in result.out
    assert scalar(connection, "select calendar from products") == "XBMO"


def test_loading_again_gives_new_terms_and_leaves_the_rest(
    furnished: Cli, connection: Connection, tmp_path: Path
) -> None:
    connection.execute("update products set open_for_subscription = false")
    path = tmp_path / "new.csv"
    path.write_text(PRODUCTS.replace("500.00,1.00", "100.00,1.00"))
    assert furnished("products", "load", path).out == "1 products read, 1 new or changed\n"
    row = connection.execute("select min_purchase, open_for_subscription from products").fetchone()
    assert row == (Decimal("100.00"), False)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (PRODUCTS.replace("id,name", "id,title"), "bad.csv line 1: has no column 'name'"),
        (PRODUCTS.replace("amc,", "amc,colour,").replace("AMC,", "AMC,red,"), "has a column 'colour', which is not"),
        (f"{HEADER}\n{FUND},1\n", "bad.csv line 2: has 14 fields where the header has 13"),
        (PRODUCTS + FUND.replace("500.00", "-5", 1).replace("FUND", "B"), "bad.csv line 3 min_purchase: -5 is not"),
        (PRODUCTS.replace("500.00", "1e3", 1), "bad.csv line 2 min_purchase: '1e3' is not a plain decimal"),
        (PRODUCTS.replace("500.00", "NaN", 1), "bad.csv line 2 min_purchase: 'NaN'"),
        (PRODUCTS.replace("500.00", "0.001", 1), "bad.csv line 2 min_purchase: 0.001 is not"),
        (PRODUCTS.replace("1,365", "100,365"), "bad.csv line 2 exit_load_percent: 100"),
        (PRODUCTS.replace("365", "-1"), "bad.csv line 2 exit_load_days: '-1'"),
        (PRODUCTS.replace("15:00", "25:00"), "bad.csv line 2 cut_off_time:"),
        (PRODUCTS.replace("FUND", "").replace("Fund", "x"), "bad.csv line 2 id: is empty"),
        (PRODUCTS.replace("equity", "Cash"), "bad.csv line 2 asset_class: 'Cash' is what targets call"),
        (PRODUCTS + FUND, "bad.csv line 3: repeats FUND of line 2"),
        ("", "bad.csv line 1: has no column 'id'"),
    ],
)
def test_a_wrong_product_file_is_refused_by_line_and_field(
    text: str, said: str, cli: Cli, connection: Connection, tmp_path: Path
) -> None:
    path = tmp_path / "bad.csv"
    path.write_text(text)
    result = cli("products", "load", path)
    assert result.code == 2
    assert said in result.err
    assert scalar(connection, "select count(*) from products") == 0


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (CALENDAR + "XBOM,2026-13-01,closed_weekday\n", "bad.csv line 4 date:"),
        (CALENDAR + "XBOM,2026-01-27,holiday\n", "bad.csv line 4 kind: 'holiday' is none of"),
        (CALENDAR + "XBOM,2026-01-31,closed_weekday\n", "line 4 kind: 2026-01-31 is a Saturday: only open_weekend"),
        (CALENDAR + "XBOM,2026-01-27,open_weekend\n", "line 4 kind: 2026-01-27 is a Tuesday: only closed_weekday"),
        (CALENDAR + "XBOM,2026-01-26,closed_weekday\n", "line 4: repeats XBOM 2026-01-26 of line 2"),
        (CALENDAR + ",2026-01-27,closed_weekday\n", "bad.csv line 4 exchange: is empty"),
    ],
)
def test_a_wrong_calendar_file_is_refused_by_line_and_field(
    text: str, said: str, cli: Cli, connection: Connection, tmp_path: Path
) -> None:
    path = tmp_path / "bad.csv"
    path.write_text(text)
    result = cli("calendar", "load", path)
    assert result.code == 2
    assert said in result.err
    assert scalar(connection, "select count(*) from market_holidays") == 0


def test_navs_go_through_the_function_and_are_a_run(furnished: Cli, connection: Connection, tmp_path: Path) -> None:
    path = tmp_path / "navs.csv"
    path.write_text("scheme,date,nav\nFUND,2026-01-02,10\nFUND,2026-01-05,10.5\n")
    assert furnished("navs", "load", path, "--known-at", "21:00").out == "2 NAVs read, 2 new or corrected\n"
    assert furnished("navs", "load", path).out == "2 NAVs read, 0 new or corrected\n"
    assert scalar(connection, "select count(*) from automation_runs where job = 'navs'") == 2


def test_navs_of_an_unknown_scheme_are_refused_by_line(furnished: Cli, connection: Connection, tmp_path: Path) -> None:
    path = tmp_path / "navs.csv"
    path.write_text("scheme,date,nav\nFUND,2026-01-02,10\nOTHER,2026-01-02,10\n")
    result = furnished("navs", "load", path)
    assert result.code == 2
    assert result.err.startswith("error: navs.csv line 3: scheme 'OTHER' is not a product\n")
    assert scalar(connection, "select count(*) from navs") == 0


def test_a_client_starts_with_a_deposit(cli: Cli, connection: Connection) -> None:
    added = cli("clients", "add", "--id", "C1", "--name", "Asha Rao", "--cash", "250000")
    assert added.out == "added: client C1 (Asha Rao), cash 250,000 INR, times in Asia/Kolkata\n"
    row = connection.execute("select name, cash_balance, kyc_status, time_zone from clients").fetchone()
    assert row == ("Asha Rao", Decimal("250000.00"), "Verified", "Asia/Kolkata")
    assert connection.execute("select amount, kind from cash_journal").fetchall() == [(Decimal("250000.00"), "Deposit")]


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["--id", "C1", "--name", "Other"], 1, "there is a client 'C1' already"),
        (["--id", " ", "--name", "A"], 2, "id: ' ' is not a printable text"),
        (["--id", "C2", "--name", "A\x1b[31m"], 2, "name: "),
        (["--id", "C2", "--name", "A", "--time-zone", "Asia/Atlantis"], 2, "time_zone: 'Asia/Atlantis' is not known"),
        (["--id", "C2", "--name", "A", "--cash=-5"], 2, "cash: -5 is not from zero"),
        (["--id", "C2", "--name", "A", "--cash", "1e9"], 2, "--cash: '1e9' is not a plain decimal"),
        (["--id", "C2", "--name", "A", "--currency", "rupees"], 2, "currency: 'rupees' is no ISO 4217 code"),
        (["--id", "C2", "--name", "A", "--kyc", "Done"], 2, "kyc_status: 'Done' is not known"),
    ],
)
def test_a_wrong_client_is_refused(
    words: list[str], code: int, said: str, furnished: Cli, connection: Connection
) -> None:
    result = furnished("clients", "add", *words)
    assert result.code == code
    assert said in result.err
    assert scalar(connection, "select count(*) from clients") == 1

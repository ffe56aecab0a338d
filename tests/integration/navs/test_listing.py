"""AMFI's listing in the database: products fed and made, NAVs written, all of it once."""

from __future__ import annotations

import gzip
from decimal import Decimal

from tests.builders import add_product
from tests.navs import HOUSE, SAMPLE, Desk, listing, scheme

KNOWN = "2024-01-05 15:30:00"


def test_a_scheme_that_feeds_no_product_becomes_one_with_its_own_terms(desk: Desk) -> None:
    desk.counts(listing([scheme(119551, "103.25", isins="INF209KA12Z1;INF209KA13Z9")]))
    (row,) = desk.world.rows(
        "select name, isin, amc, category, asset_class, status, min_purchase from products where id = '119551'"
    )
    assert list(row.values()) == [
        "Scheme 119551",
        "INF209KA12Z1",
        "Quiet Mutual Fund",
        "Equity Scheme - Flexi Cap Fund",
        "equity",
        "Active",
        Decimal("0.01"),
    ]
    assert desk.navs("119551") == [("2024-01-05", "103.25", False, None)]


def test_a_nav_is_known_from_when_it_was_read_and_says_from_what(desk: Desk) -> None:
    desk.counts(listing([scheme(1)]))
    (row,) = desk.world.rows(
        "select (observed_at at time zone 'UTC')::text as known, source from navs where source <> 'test'"
    )
    assert row == {"known": KNOWN, "source": "NAVAll.txt"}


def test_a_run_counts_what_the_file_held(desk: Desk) -> None:
    counts = desk.counts(listing([scheme(1), scheme(2, "N.A."), scheme(3, "0"), scheme(4, "x"), scheme(5)]))
    assert counts == {"navs": 2, "changed": 2, "orders": 0, "new_products": 2, "without_nav": 2, "skipped": 1}
    assert desk.world.value("select counts from automation_runs") == counts


def test_the_answer_names_the_lines_that_were_left_out(desk: Desk) -> None:
    answer = desk.load(listing([scheme(1), *(scheme(number, "x") for number in range(2, 12))]))
    assert answer["skipped"] == [f"line {line}: NAV 'x' is not a number" for line in range(7, 17)]


def test_the_same_file_again_changes_nothing(desk: Desk) -> None:
    text = SAMPLE.read_bytes()
    desk.world.later(days=961)
    assert desk.counts(text)["changed"] == 215
    before = state(desk)
    assert desk.counts() == {"navs": 215, "changed": 0, "orders": 0, "without_nav": 8}
    assert state(desk) == before


def state(desk: Desk) -> list[object]:
    """All that a NAV file writes, but when it was read."""
    return [*desk.tables(), desk.world.rows("select source, rows, newest from nav_feeds")]


def test_the_real_file_may_come_zipped(desk: Desk) -> None:
    desk.world.later(days=961)
    counts = desk.counts(gzip.compress(SAMPLE.read_bytes()))
    assert (counts["navs"], counts["new_products"]) == (215, 215)


def test_a_platforms_product_is_fed_by_its_isin_and_keeps_all_that_it_has(desk: Desk) -> None:
    add_product(desk.world.connection, "GROWTH", isin="INF209KA12Z1")
    add_product(desk.world.connection, "PAYOUT", isin="INF209KA13Z9")
    before = desk.world.rows("select * from products order by id")
    counts = desk.counts(listing([scheme(119551, "103.25", isins="INF209KA12Z1;INF209KA13Z9")]))
    assert counts == {"navs": 2, "changed": 2, "orders": 0}
    assert desk.navs("GROWTH") == desk.navs("PAYOUT") == [("2024-01-05", "103.25", False, None)]
    assert desk.world.rows("select * from products order by id") == before


def test_a_product_whose_id_is_the_code_is_fed_by_it_rather_than_by_its_isin(desk: Desk) -> None:
    add_product(desk.world.connection, "1", isin="INF209KA12Z1")
    desk.counts(listing([scheme(2, "20", isins="INF209KA12Z1;-"), scheme(1, "10")]))
    assert desk.navs("1") == [("2024-01-05", "10", False, None)]
    assert desk.world.value("select name from products where id = '1'") == "1"


def test_the_feeds_own_products_follow_its_names_and_keep_their_terms(desk: Desk) -> None:
    desk.counts(listing([scheme(1)]))
    desk.world.connection.execute("update products set min_purchase = 500, asset_class = 'hybrid' where id = '1'")
    other = HOUSE.replace("Flexi Cap", "Large Cap").replace("Quiet", "Loud")
    desk.counts(listing(["1;INF209KA12Z1;-;New name;11;08-Jan-2024"], heading=other).replace("08-Jan", "06-Jan"))
    (row,) = desk.world.rows("select name, isin, amc, category, asset_class, min_purchase from products where id = '1'")
    assert list(row.values()) == [
        "New name",
        "INF209KA12Z1",
        "Loud Mutual Fund",
        "Equity Scheme - Large Cap Fund",
        "hybrid",
        Decimal("500.00"),
    ]


def test_a_listing_of_history_is_known_on_its_own_dates_and_closes_nothing(desk: Desk) -> None:
    text = listing([scheme(1, day="01-Nov-2023"), scheme(2, day="05-Jan-2023")])
    assert "closed" not in desk.counts(text, known_at="21:00")
    known = desk.world.value("select (observed_at at time zone 'UTC')::text from navs where product_id = '2'")
    assert known == "2023-01-05 15:30:00"


def test_prices_of_an_instrument_come_as_csv(desk: Desk) -> None:
    add_product(desk.world.connection, "GOLD-10G", asset_class="gold")
    assert desk.counts("instrument,date,price\nGOLD-10G,2024-01-05,63250.00\n")["navs"] == 1
    assert desk.navs("GOLD-10G") == [("2024-01-05", "63250", False, None)]


def test_an_order_that_waits_is_woken_by_the_listing(desk: Desk) -> None:
    desk.world.connection.execute("update products set isin = 'INF209KA12Z1' where id = 'FUND'")
    desk.submitted()
    desk.world.later(hours=1)
    assert desk.counts(listing([scheme(9, "10", isins="INF209KA12Z1;-")]))["orders"] == 1
    assert [job for job, _ in desk.world.pokes[-2:]] == ["triggers", "orders"]

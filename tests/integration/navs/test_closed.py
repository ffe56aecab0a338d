"""Schemes whose NAVs cease are closed, those whose NAVs are back are reopened, and people's word stands."""

from __future__ import annotations

import pytest

from automation.engine import product_status
from automation.errors import Conflict, InvalidInput, NotFound
from tests.builders import add_navs, add_product
from tests.navs import Desk, listing, scheme

TODAY = "05-Jan-2024"


def status(desk: Desk, product: str) -> tuple[str, str | None]:
    (row,) = desk.world.rows("select status, status_reason from products where id = %s", product)
    return row["status"], row["status_reason"]


def test_a_last_nav_of_more_than_30_days_before_the_newest_closes_a_scheme(desk: Desk) -> None:
    counts = desk.counts(listing([scheme(1), scheme(2, day="06-Dec-2023"), scheme(3, day="05-Dec-2023")]))
    assert counts["closed"] == 1
    assert status(desk, "3") == ("Closed", "no NAV since 2023-12-05")
    assert status(desk, "2") == ("Active", None)


def test_a_scheme_without_a_nav_is_closed_30_days_after_its_last(desk: Desk) -> None:
    desk.counts(listing([scheme(1), scheme(2)]))
    desk.world.later(days=31)
    assert desk.counts(listing([scheme(1, day="04-Feb-2024"), scheme(2, "N.A.", "04-Feb-2024")])).get("closed") is None
    desk.world.later(days=1)
    assert desk.counts(listing([scheme(1, day="05-Feb-2024"), scheme(2, "N.A.", "05-Feb-2024")]))["closed"] == 1


def test_so_is_one_of_the_feeds_own_that_the_listing_does_not_have_any_more(desk: Desk) -> None:
    desk.counts(listing([scheme(number) for number in range(1, 6)]))
    desk.world.later(days=32)
    assert desk.counts(listing([scheme(number, day="06-Feb-2024") for number in range(1, 5)]))["closed"] == 1
    assert status(desk, "5") == ("Closed", "no NAV since 2024-01-05")


def test_a_platforms_product_that_the_listing_does_not_have_is_left_alone(desk: Desk) -> None:
    add_product(desk.world.connection, "OLD")
    add_navs(desk.world.connection, "OLD", "2023-06-01", "2023-06-30", "10")
    assert "closed" not in desk.counts(listing([scheme(1)]))


def test_one_that_the_listing_has_is_closed_with_its_scheme(desk: Desk) -> None:
    add_product(desk.world.connection, "OLD", isin="INF209KA12Z1")
    desk.counts(listing([scheme(1), scheme(2, day="01-Nov-2023", isins="INF209KA12Z1;-")]))
    assert status(desk, "OLD") == ("Closed", "no NAV since 2023-11-01")


def test_a_closed_scheme_whose_nav_is_fresh_again_is_active(desk: Desk) -> None:
    desk.counts(listing([scheme(1), scheme(2, day="05-Dec-2023")]))
    desk.world.later(days=1)
    assert desk.counts(listing([scheme(1), scheme(2, day="06-Jan-2024")]))["reopened"] == 1
    assert status(desk, "2") == ("Active", None)


def test_what_people_have_closed_or_merged_the_feed_leaves_alone(desk: Desk) -> None:
    desk.counts(listing([scheme(1), scheme(2), scheme(3, day="05-Dec-2023")]))
    runtime = desk.world.runtime
    product_status.close(runtime, "2", "no NAV since we say so", "asha")
    product_status.close(runtime, "3", "wound up", "asha")
    desk.world.later(days=1)
    assert "reopened" not in desk.counts(listing([scheme(number, day="06-Jan-2024") for number in (1, 2, 3)]))
    assert status(desk, "2") == ("Closed", "closed by asha: no NAV since we say so")
    assert status(desk, "3") == ("Closed", "closed by asha: wound up")


def test_a_merger_names_the_product_that_it_went_into(desk: Desk) -> None:
    add_product(desk.world.connection, "NEW")
    product_status.merge(desk.world.runtime, "FUND", "NEW", "asha")
    assert status(desk, "FUND") == ("Merged", "merged by asha")
    assert desk.world.value("select merged_into from products where id = 'FUND'") == "NEW"


def test_what_was_closed_or_merged_may_be_reopened(desk: Desk) -> None:
    add_product(desk.world.connection, "NEW")
    product_status.merge(desk.world.runtime, "FUND", "NEW", "asha")
    product_status.reopen(desk.world.runtime, "FUND", "asha")
    assert status(desk, "FUND") == ("Active", "reopened by asha")
    assert desk.world.value("select merged_into from products where id = 'FUND'") is None


def test_a_person_changes_only_what_can_be_changed(desk: Desk) -> None:
    runtime = desk.world.runtime
    add_product(desk.world.connection, "GONE", status="Merged", merged_into="FUND", status_reason="merged by asha")
    with pytest.raises(NotFound, match="there is no product 'NONE'"):
        product_status.close(runtime, "NONE", "why", "asha")
    with pytest.raises(NotFound, match="there is no product 'NONE'"):
        product_status.merge(runtime, "FUND", "NONE", "asha")
    with pytest.raises(InvalidInput, match="is the product itself"):
        product_status.merge(runtime, "FUND", "FUND", "asha")
    with pytest.raises(Conflict, match=r"GONE is Merged \(merged by asha\)"):
        product_status.merge(runtime, "FUND", "GONE", "asha")
    with pytest.raises(Conflict, match="GONE is Merged"):
        product_status.close(runtime, "GONE", "why", "asha")
    with pytest.raises(Conflict, match="FUND is Active"):
        product_status.reopen(runtime, "FUND", "asha")
    with pytest.raises(InvalidInput, match="reason: ' ' is not a printable text"):
        product_status.close(runtime, "FUND", " ", "asha")

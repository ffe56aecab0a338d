"""A NAV that is published again with another value: the new one counts, the old ones are kept in order."""

from __future__ import annotations

from tests.navs import Desk, listing, scheme


def kept(desk: Desk) -> list[tuple[object, ...]]:
    rows = desk.world.rows(
        "select product_id, version, trim_scale(nav)::text as nav, source from nav_corrections order by 1, 2"
    )
    return [tuple(row.values()) for row in rows]


def test_the_old_value_is_kept_with_its_version_and_source(desk: Desk) -> None:
    desk.counts("scheme,date,nav\nFUND,2024-01-05,10.5\n")
    assert desk.counts("scheme,date,nav\nFUND,2024-01-05,10.6\n")["corrected"] == 1
    assert desk.counts("scheme,date,nav\nFUND,2024-01-05,10.4\n")["corrected"] == 1
    assert kept(desk) == [("FUND", 1, "10.5", "NAVAll.txt"), ("FUND", 2, "10.6", "NAVAll.txt")]
    assert desk.navs() == [("2024-01-05", "10.4", False, None)]


def test_what_is_new_or_the_same_is_no_correction(desk: Desk) -> None:
    desk.counts("scheme,date,nav\nFUND,2024-01-04,10.5\n")
    counts = desk.counts("scheme,date,nav\nFUND,2024-01-04,10.50\nFUND,2024-01-05,10.6\n")
    assert (counts["changed"], counts.get("corrected")) == (1, None)
    assert kept(desk) == []


def test_a_corrected_nav_is_known_from_its_correction_on(desk: Desk) -> None:
    desk.counts(listing([scheme(1)]))
    desk.world.later(hours=1)
    desk.counts(listing([scheme(1, "10.1")]))
    known, corrected = desk.world.rows(
        "select (select observed_at from navs where product_id = '1') as at"
        " union all select corrected_at from nav_corrections"
    )
    assert known == corrected == {"at": desk.world.clock.instant}
    assert desk.due("1") == desk.world.clock.instant.replace(hour=15)

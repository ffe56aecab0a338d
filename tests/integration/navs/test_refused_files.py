"""A file that can't be taken for whole changes nothing, its run says why, and the next one recovers."""

from __future__ import annotations

import pytest

from automation.errors import InvalidInput
from automation.settings import Fetching
from tests.navs import EIGHT, SIX, Desk, listing, scheme

SOUND = listing([scheme(number, "11") for number in range(1, 101)])
NEXT = listing([scheme(number, "12", "06-Jan-2024") for number in range(1, 101)])
BAD: dict[str, tuple[str | bytes, str]] = {
    "cut in a line": (NEXT[:-9], "is truncated"),
    "cut in a name": (NEXT[:-25], "is truncated"),
    "cut at a line": ("\n".join(NEXT.split("\n")[:80]) + "\n", "has 75 rows where the last reading of"),
    "swapped columns": (
        NEXT.replace(SIX, SIX.replace("Scheme Name;Net Asset Value", "Net Asset Value;Scheme Name")),
        "line 1",
    ),
    "another layout": (
        NEXT.replace(SIX, EIGHT),
        "100 of 100 lines are bad: line 6: has 6 fields where the header has 8",
    ),
    "a page": (b"<html><body>Service; unavailable</body></html>", "is an HTML page"),
    "empty": (b"", "is empty"),
    "too large": (NEXT + "\n" * 70_000, "holds more than 65,536 bytes"),
    "half a gzip": (b"\x1f\x8b\x08\x00", "can't be read"),
}


@pytest.mark.parametrize("name", BAD)
def test_nothing_changes_the_run_says_why_and_the_next_one_recovers(desk: Desk, name: str) -> None:
    desk.with_settings(fetching=Fetching(limit=65_536))
    desk.counts(SOUND)
    before = [*desk.tables(), desk.world.rows("select * from nav_feeds")]
    content, why = BAD[name]
    desk.world.later(hours=1)
    with pytest.raises(InvalidInput, match=why) as error:
        desk.load(content)
    assert error.value.hint
    assert [*desk.tables(), desk.world.rows("select * from nav_feeds")] == before
    status, said = desk.last_run()
    assert status == "Failed"
    assert why in (said or "")
    desk.world.later(days=1)
    assert desk.counts(NEXT)["changed"] == 100
    assert desk.last_run() == ("Succeeded", None)


def test_a_file_that_has_become_short_is_accepted_when_asked_to_be(desk: Desk) -> None:
    desk.counts(SOUND)
    short = listing([scheme(number, "12") for number in range(1, 80)])
    with pytest.raises(InvalidInput, match="has 79 rows") as error:
        desk.load(short)
    assert "--accept-short" in error.value.hint
    assert desk.counts(short, accept_short=True)["changed"] == 79
    assert desk.counts(short)["changed"] == 0


def test_four_fifths_of_the_rows_are_enough(desk: Desk) -> None:
    desk.counts(SOUND)
    assert desk.counts(listing([scheme(number, "12") for number in range(1, 81)]))["changed"] == 80


@pytest.mark.parametrize(("field", "value"), [("accept_short", "yes"), ("known_at", 21), ("file", 7), ("files", "x")])
def test_an_event_with_a_wrong_field_is_refused_by_its_name(desk: Desk, field: str, value: object) -> None:
    with pytest.raises(InvalidInput) as error:
        desk.load(SOUND, **{field: value})
    assert error.value.field == field

"""A feed read over HTTP: conditional, bounded, tried again; what fails changes nothing and the next run recovers."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from datetime import timedelta

import pytest

from automation.adapters.http import Version, fetched, shown
from automation.errors import AutomationError, FeedUnavailable, InvalidInput
from automation.settings import Fetching
from tests.integration.navs.server import Answer, Site, serving
from tests.navs import Desk, listing, scheme

TEXT = listing([scheme(number) for number in range(1, 101)]).encode()
NEXT = listing([scheme(number, "10.1", "06-Jan-2024") for number in range(1, 101)]).encode()
VERSION = {"ETag": '"v1"', "Last-Modified": "Fri, 05 Jan 2024 15:00:00 GMT"}
SECOND = timedelta(seconds=1)
HASTY = Fetching(connect=SECOND, read=SECOND / 5, total=2 * SECOND, pause=SECOND / 1000, limit=1024 * 1024)


@pytest.fixture
def site() -> Iterator[Site]:
    with serving() as site:
        yield site


@pytest.fixture
def online(desk: Desk, site: Site) -> Desk:
    """The desk whose file is at the site, and which is not patient."""
    desk.with_settings(fetching=HASTY, nav_file=f"{site.url}/spages/NAVAll.txt?key=secret")
    return desk


def load(desk: Desk, site: Site, *answers: Answer) -> dict[str, int]:
    site.answers[:] = answers
    desk.world.later(minutes=1)
    return desk.counts(file=desk.world.runtime.settings.nav_file)


def test_a_file_is_read_from_its_address(online: Desk, site: Site) -> None:
    assert load(online, site, Answer(body=TEXT))["navs"] == 100
    assert online.world.value("select source from navs where product_id = '1'") == "NAVAll.txt"


def test_it_may_come_compressed(online: Desk, site: Site) -> None:
    zipped = Answer(body=gzip.compress(TEXT), headers={"Content-Encoding": "gzip"})
    assert load(online, site, zipped)["navs"] == 100
    assert site.asked[0][1]["accept-encoding"] == "gzip"


def test_what_was_read_is_asked_for_again_only_if_it_has_changed(online: Desk, site: Site) -> None:
    load(online, site, Answer(body=TEXT, headers=VERSION))
    assert load(online, site, Answer(304)) == {"not_modified": 1}
    assert load(online, site, Answer(body=NEXT, headers={"ETag": '"v2"'}))["changed"] == 100
    load(online, site, Answer(304))
    asked = [(headers.get("if-none-match"), headers.get("if-modified-since")) for _, headers in site.asked]
    assert asked == [
        (None, None),
        ('"v1"', VERSION["Last-Modified"]),
        ('"v1"', VERSION["Last-Modified"]),
        ('"v2"', None),
    ]


def test_a_version_that_was_refused_is_asked_for_again(online: Desk, site: Site) -> None:
    with pytest.raises(InvalidInput):
        load(online, site, Answer(body=TEXT[:-9], headers=VERSION))
    assert online.world.rows("select * from nav_feeds") == []
    assert load(online, site, Answer(body=TEXT, headers=VERSION))["navs"] == 100
    assert "if-none-match" not in site.asked[1][1]


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_a_server_that_falters_twice_is_asked_three_times(online: Desk, site: Site, status: int) -> None:
    assert load(online, site, Answer(status), Answer(status), Answer(body=TEXT))["navs"] == 100
    assert len(site.asked) == 3


def test_the_wait_that_a_server_asks_for_is_kept(online: Desk, site: Site) -> None:
    assert load(online, site, Answer(429, headers={"Retry-After": "1"}), Answer(body=TEXT))["navs"] == 100


def test_a_body_that_broke_off_is_fetched_again(online: Desk, site: Site) -> None:
    assert load(online, site, Answer(body=TEXT[:50], announced=len(TEXT)), Answer(body=TEXT))["navs"] == 100


def test_three_redirects_are_followed(online: Desk, site: Site) -> None:
    hops = [Answer(301, headers={"Location": "/a"}), Answer(302, headers={"Location": f"{site.url}/b"})]
    assert load(online, site, *hops, Answer(307, headers={"Location": "c"}), Answer(body=TEXT))["navs"] == 100
    assert [path for path, _ in site.asked[1:]] == ["/a", "/b", "/c"]


FAULTS = {
    "errors without end": (Answer(500), "answered 500 Internal Server Error; given up after 3 tries", 3),
    "not found": (Answer(404), "answered 404 Not Found", 1),
    "not allowed": (Answer(403), "answered 403 Forbidden", 1),
    "no content": (Answer(204), "answered 204 No Content", 1),
    "unchanged, which nobody asked": (Answer(304), "answered 304 Not Modified", 1),
    "busy for longer than there is time": (Answer(503, headers={"Retry-After": "99"}), "given up after 1 try", 1),
    "truncated": (Answer(body=TEXT[:900], announced=len(TEXT)), "was truncated: IncompleteRead", 3),
    "silent": (Answer(hang=0.6), "did not answer in time", 3),
    "slow": (Answer(body=TEXT, drip=0.1), "did not give the whole file in time", 1),
    "headers that never end": (Answer(head=b"HTTP/1.0 200 OK\r\nX: " + b"x" * 60, drip=0.1), "given up after 1 try", 1),
    "a page": (Answer(body=b"<html>;,</html>"), "is an HTML page", 1),
    "too large, as it says": (Answer(announced=200 * 1024**2), "holds more than 1,048,576 bytes", 1),
    "too large, as it comes": (Answer(body=b" " * (1024**2 + 1)), "holds more than 1,048,576 bytes", 1),
    "redirects without end": (Answer(302, headers={"Location": "/again"}), "redirects more than 3 times", 4),
    "a redirect to nowhere": (Answer(302, headers={"Location": "http://["}), "redirects to what is no address", 1),
    "an answer that asks for a wait until the year 99999": (
        Answer(503, headers={"Retry-After": "Fri, 31 Dec 99999 23:59:59 GMT"}),
        "answered 503 Service Unavailable; given up after 3 tries",
        3,
    ),
    "a redirect elsewhere": (Answer(302, headers={"Location": "file:///etc/passwd"}), "is no http or https address", 1),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_nothing_changes_the_run_says_why_and_the_next_one_recovers(online: Desk, site: Site, fault: str) -> None:
    answer, why, times = FAULTS[fault]
    before = online.tables()
    with pytest.raises(AutomationError, match=why) as error:
        load(online, site, answer)
    assert error.value.hint
    assert "secret" not in error.value.message
    assert len(site.asked) == times
    assert online.tables() == before
    status, said = online.last_run()
    assert (status, why in (said or "")) == ("Failed", True)
    assert load(online, site, Answer(body=TEXT))["changed"] == 100
    assert online.last_run() == ("Succeeded", None)


def test_a_server_that_is_not_there_is_unavailable(online: Desk) -> None:
    with serving() as gone:
        url = gone.url
    with pytest.raises(FeedUnavailable, match="can't be reached"):
        online.load(file=f"{url}/NAVAll.txt")


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("http://user:secret@127.0.0.1/NAVAll.txt", "holds a user or password"),
        ("http:///NAVAll.txt", "is no http or https address"),
        ("http://[", "is no address"),
    ],
)
def test_an_address_that_is_no_good_is_refused(url: str, why: str) -> None:
    with pytest.raises(InvalidInput, match=why) as error, fetched(url, Version(), HASTY):
        pass
    assert "secret" not in error.value.message


def test_an_address_is_shown_without_what_may_be_secret() -> None:
    assert shown("https://u:p@a.in:8443/navs?key=1#top") == "https://a.in:8443/navs"

"""NAVs from the command line: loaded, fetched, listed where suspect, confirmed; products closed and merged."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from automation.database import Connection, scalar
from tests.integration.navs.server import Answer, Site, serving
from tests.integration.test_cli.conftest import Cli
from tests.navs import SAMPLE, listing, scheme


@pytest.fixture
def site() -> Iterator[Site]:
    with serving() as site:
        yield site


def test_the_listing_tells_what_it_did(furnished: Cli, tmp_path: Path) -> None:
    path = tmp_path / "NAVAll.txt"
    bad = [scheme(number, "x") for number in range(10, 22)]
    many = [scheme(number) for number in range(100, 1400)]
    path.write_text(listing([scheme(1), scheme(2, "N.A."), scheme(3, day="01-Nov-2023"), *bad, *many]))
    assert furnished("navs", "load", path).out.splitlines() == [
        "1,302 NAVs read, 1,302 new or corrected",
        "new products: 1,302",
        "schemes without a NAV: 1",
        "products closed, as their NAVs have ceased: 1",
        "lines skipped: 12",
        *(f"  line {line}: NAV 'x' is not a number" for line in range(9, 19)),
        "  …",
    ]


def test_a_listing_that_has_become_short_is_loaded_when_asked_to_be(furnished: Cli, tmp_path: Path) -> None:
    path = tmp_path / "NAVAll.txt"
    path.write_text(listing([scheme(1), scheme(2)]))
    furnished("navs", "load", path)
    path.write_text(listing([scheme(1, "10.1", "06-Jan-2024")]))
    refused = furnished("navs", "load", path)
    assert refused.code == 2
    assert "--accept-short" in refused.err
    assert furnished("navs", "load", path, "--accept-short").out == "1 NAVs read, 1 new or corrected\n"


def test_an_address_is_fetched_and_not_again_while_it_is_as_it_was(furnished: Cli, site: Site) -> None:
    site.answers[:] = [Answer(body=SAMPLE.read_bytes(), headers={"ETag": '"v1"'}), Answer(304)]
    assert furnished("navs", "fetch", f"{site.url}/NAVAll.txt").out.startswith("215 NAVs read, 215 new or corrected\n")
    again = furnished("navs", "fetch", f"{site.url}/NAVAll.txt")
    assert again.out == "not modified since it was read last: nothing to do\n"


def test_without_an_address_the_one_that_is_set_is_fetched(
    furnished: Cli, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.answers[:] = [Answer(body=SAMPLE.read_bytes())]
    monkeypatch.setenv("AUTOMATION_NAV_FILE", f"{site.url}/set.txt")
    assert furnished("navs", "fetch").code == 0
    assert site.asked[0][0] == "/set.txt"


def test_a_server_that_does_not_answer_is_a_failure_and_a_path_is_a_mistake(furnished: Cli, site: Site) -> None:
    site.answers[:] = [Answer(404)]
    missing = furnished("navs", "fetch", f"{site.url}/none")
    assert missing.err.startswith(f"error: {site.url}/none: answered 404 Not Found\nnext: ")
    path = furnished("navs", "fetch", "navs.csv")
    assert (path.code, "load a file: automation navs load FILE" in path.err) == (2, True)


@pytest.fixture
def jumped(furnished: Cli, tmp_path: Path) -> str:
    """The day on which FUND's NAV doubled, which is yesterday."""
    day = date.today() - timedelta(days=1)  # noqa: DTZ011 - the command line runs by the machine's clock
    path = tmp_path / "navs.csv"
    path.write_text(f"scheme,date,nav\nFUND,{day - timedelta(days=1)},10\nFUND,{day},20\n")
    assert "suspect (automation navs suspect): 1" in furnished("navs", "load", path).out
    return str(day)


def test_suspects_are_listed_and_confirmed(furnished: Cli, jumped: str, connection: Connection) -> None:
    listed = furnished("navs", "suspect").out
    assert all(word in listed for word in ("FUND", jumped, "20.0000", "10.0000", "100.00", "open"))
    assert furnished("navs", "confirm", "FUND", jumped).out.startswith(f"confirmed: FUND of {jumped}, by ")
    assert furnished("navs", "suspect").out == "no NAV is suspect\n"
    assert scalar(connection, "select count(*) from navs where confirmed_by is not null") == 1


def test_the_status_shows_what_a_suspect_holds_back(furnished: Cli, jumped: str) -> None:
    shown = furnished("status").out
    assert "amber: 1 NAV suspect" in shown
    assert f"NAV 20.0000 of {jumped} is suspect: the last good one is 10.0000" in shown


def test_what_is_not_suspect_is_not_confirmed(furnished: Cli) -> None:
    assert furnished("navs", "confirm", "FUND", "2026-01-05").code == 1
    assert furnished("navs", "confirm", "FUND", "soon").code == 2


def test_products_are_closed_merged_and_reopened(furnished: Cli, connection: Connection) -> None:
    connection.execute("insert into products (id, name, amc, asset_class) values ('NEW', 'New', 'AMC', 'equity')")
    assert furnished("products", "close", "FUND", "--reason", "wound up").out == "closed: FUND\n"
    assert furnished("products", "merge", "FUND", "--into", "NEW").code == 1
    assert furnished("products", "reopen", "FUND").out == "reopened: FUND\n"
    assert furnished("products", "merge", "FUND", "--into", "NEW").out == "merged: FUND into NEW\n"
    assert scalar(connection, "select status from products where id = 'FUND'") == "Merged"


@pytest.mark.parametrize(
    "words",
    [("close", "NONE", "--reason", "why"), ("merge", "NONE", "--into", "FUND"), ("reopen", "NONE")],
)
def test_a_product_that_is_not_there_is_named(furnished: Cli, words: tuple[str, ...]) -> None:
    result = furnished("products", *words)
    assert (result.code, "there is no product 'NONE'" in result.err) == (1, True)

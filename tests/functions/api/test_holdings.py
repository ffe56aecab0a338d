"""Holdings over HTTP, to be read."""

from __future__ import annotations

import pytest

from automation.database import Connection
from tests.builders import add, add_lot
from tests.functions.api.conftest import Api, As

HOLDINGS = "/api/automation/holdings"
pytestmark = pytest.mark.usefixtures("people", "funds")


@pytest.fixture
def asha(acting: As) -> Api:
    return acting("asha", "client")


@pytest.mark.usefixtures("held")
def test_holdings_are_shown_with_their_worth_and_its_date(asha: Api, acting: As) -> None:
    assert asha("GET", HOLDINGS).body["items"] == [
        {
            "client": "C1",
            "product": "FUND",
            "name": "FUND",
            "asset_class": "equity",
            "currency": "INR",
            "units": "500.0000",
            "cost": "4000.00",
            "nav": "10.0000",
            "nav_date": "2026-01-02",
            "value": "5000.00",
            "suspect": False,
        }
    ]
    assert [each["client"] for each in acting("sita", "rm")("GET", HOLDINGS).body["items"]] == ["C2"]
    assert asha("GET", f"{HOLDINGS}?client_id=C2").body == {"items": [], "next_cursor": None}
    assert asha("POST", HOLDINGS, {}).status == 405


@pytest.mark.usefixtures("held")
def test_holdings_come_in_pages(acting: As, connection: Connection) -> None:
    add_lot(connection, "BOND", "1.5", "15.00", "2025-06-01")
    add(connection, "holdings", client_id="C2", product_id="FUND", units=0, cost=0)
    sue, query = acting("sue", "supervisor"), "limit=1"
    found: list[tuple[str, str]] = []
    while query:
        page = sue("GET", f"{HOLDINGS}?{query}").body
        found += [(each["client"], each["product"]) for each in page["items"]]
        query = f"limit=1&cursor={page['next_cursor']}" if page["next_cursor"] else ""
    assert found == [("C1", "BOND"), ("C1", "FUND"), ("C2", "BOND")]


@pytest.mark.parametrize("cursor", ["x", "====", "WyJDMSJd", "WyJDMSIsIFxuIl0=", "WzEsMl0=", "%00"])
def test_a_cursor_that_is_none_is_refused(cursor: str, asha: Api) -> None:
    answer = asha("GET", f"{HOLDINGS}?cursor={cursor}")
    assert (answer.status, answer.body["errors"][0]["parameter"]) == (400, "cursor")

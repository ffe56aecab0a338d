"""Scenarios for tests, as they would be read from a file."""

from __future__ import annotations

from typing import Any

from tests.e2e.independent import FILE, Market

Body = dict[str, Any]


def sip(market: Market, **changes: Any) -> Body:
    """A monthly SIP of 10,000 on the 5th into the market's first scheme, unless changed."""
    body = {
        "name": "plan",
        "product": market.schemes[0],
        "amount": "10000",
        "frequency": "Monthly",
        "day_of_month": 5,
        "start_date": market.start.isoformat(),
    }
    return body | changes


def client(code: str, *rules: Body, holdings: tuple[Body, ...] = (), cash: str = "100000000") -> Body:
    return {"code": code, "cash": cash, "holdings": list(holdings), "auto_invest": list(rules)}


def scenario(market: Market, *clients: Body, **changes: Any) -> Body:
    """Every scheme of the market with the calendar of its NAVs, and NAVs that count on their own date."""
    content = {
        "from": market.start.isoformat(),
        "to": market.end.isoformat(),
        "fill": "observed",
        "navs": [FILE],
        "products": [
            {"code": scheme, "amc": scheme.split("_")[0], "asset_class": "equity", "calendar": "navs"}
            for scheme in market.schemes
        ],
        "clients": list(clients),
    }
    return content | changes

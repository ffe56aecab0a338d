"""Holdings over HTTP, to be read: only orders change them."""

from __future__ import annotations

import base64
import json
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from api.pages import NamedPageQuery, Page, page
from api.services import ReadsClients
from automation.engine import holdings
from automation.errors import InvalidInput
from automation.fields import Name
from automation.store.holdings import Held

router = APIRouter(prefix="/api/automation/holdings", tags=["holdings"])
_PLACE: Final = TypeAdapter(tuple[Name, Name])
_EXAMPLE: Final[dict[str, Any]] = {
    "client": "C1",
    "product": "NIFTY",
    "name": "Nifty 50 Index",
    "asset_class": "equity",
    "currency": "INR",
    "units": "100.0000",
    "cost": "12000.00",
    "nav": "152.3000",
    "nav_date": "2026-01-02",
    "value": "15230.00",
    "suspect": False,
}


class HoldingQuery(NamedPageQuery):
    """Whose holdings."""

    cursor: Annotated[str, Field(max_length=3_000)] | None = None
    client_id: Name | None = None

    def after(self) -> tuple[str, str] | None:
        """The client and product that the cursor stands for."""
        if self.cursor is None:
            return None
        try:
            return _PLACE.validate_json(base64.urlsafe_b64decode(self.cursor))
        except ValueError as error:
            raise InvalidInput("cursor", "is none of ours", hint="take next_cursor of the page before") from error


class HoldingView(BaseModel):
    """What a client holds of a product, and its `value` at `nav`, the last good one: null where there is none.

    `suspect` says that a newer NAV waits to be confirmed.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    client: str
    product: str
    name: str
    asset_class: str
    currency: str
    units: Decimal
    cost: Decimal
    nav: Decimal | None
    nav_date: date | None
    value: Decimal | None
    suspect: bool


def cursor_of(row: Held) -> str:
    """What a page that ends with this one goes on with."""
    return base64.urlsafe_b64encode(json.dumps([row.client, row.product]).encode()).decode()


@router.get("")
def list_holdings(access: ReadsClients, query: Annotated[HoldingQuery, Query()]) -> Page[HoldingView]:
    """Holdings by client and product."""
    rows = holdings.listed(access.runtime, access.scope, query.limit + 1, query.client_id, query.after())
    return page(rows, query, lambda row: HoldingView.model_validate(row._asdict()), cursor_of)

"""Products (schemes) over HTTP: read by all, their terms and whether they trade changed by operations."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from api.bodies import Document
from api.openapi import CHANGES, CONFLICT, NOT_FOUND, body_of
from api.pages import NamedPageQuery, Page, page
from api.preconditions import Seen, tag
from api.rules import answered
from api.services import Access, ReadsProducts, WritesProducts
from api.values import Instant
from automation.engine import product_status, products
from automation.fields import Body, Name, validated
from automation.portfolio.requests import ProductRequest
from automation.store.product_list import Wanted

router = APIRouter(prefix="/api/automation/products", tags=["products"])
Status = Literal["Active", "Closed", "Merged"]
_EXAMPLE: Final[dict[str, Any]] = {
    "id": "NIFTY",
    "name": "Nifty 50 Index",
    "isin": "INF109K01Z48",
    "amc": "UTI",
    "asset_class": "equity",
    "category": None,
    "currency": "INR",
    "min_purchase": "500.00",
    "purchase_multiple": "1.00",
    "min_redemption": "500.00",
    "open_for_subscription": True,
    "exit_load_percent": "1.0000",
    "exit_load_days": 365,
    "lock_in_days": 0,
    "cut_off_time": "15:00",
    "time_zone": "Asia/Kolkata",
    "calendar": "XBOM",
    "settlement_days": 2,
    "status": "Active",
    "status_reason": None,
    "merged_into": None,
    "nav": "152.3000",
    "nav_date": "2026-01-02",
    "nav_age": 1,
    "stale": False,
    "suspect": False,
    "created_at": "2026-01-05T04:30:00Z",
}


class ProductQuery(NamedPageQuery):
    """Which products; `q` is a part of the id, the name or the ISIN."""

    status: Status | None = None
    asset_class: Name | None = None
    amc: Name | None = None
    q: Name | None = None


class ProductView(BaseModel):
    """A product: its terms, whether it trades, and its last good NAV with its age in business days.

    `stale`: the NAV is missing, or too old to be traded at. `suspect`: a newer one waits to be confirmed.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    id: str
    name: str
    isin: str | None
    amc: str
    asset_class: str
    category: str | None
    currency: str
    min_purchase: Decimal
    purchase_multiple: Decimal
    min_redemption: Decimal
    open_for_subscription: bool
    exit_load_percent: Decimal
    exit_load_days: int
    lock_in_days: int
    cut_off_time: str
    time_zone: str
    calendar: str
    settlement_days: int
    status: Status
    status_reason: str | None
    merged_into: str | None
    nav: Decimal | None
    nav_date: date | None
    nav_age: int | None
    stale: bool
    suspect: bool
    created_at: Instant


class CloseBody(Body):
    """Why it is closed: kept with it."""

    reason: Name = Field(examples=["wound up"])


class MergeBody(Body):
    """The product that it has become."""

    into: Name = Field(examples=["NIFTY"])


def product_view(row: Mapping[str, Any]) -> ProductView:
    """A product's row as it is shown."""
    return ProductView.model_validate({**row, "cut_off_time": f"{row['cut_off_time']:%H:%M}"}, extra="ignore")


@router.get("")
def list_products(access: ReadsProducts, query: Annotated[ProductQuery, Query()]) -> Page[ProductView]:
    """Products by id."""
    wanted = Wanted(query.limit + 1, query.status, query.asset_class, query.amc, query.q, query.cursor)
    return page(products.listed(access.runtime, wanted), query, product_view)


@router.post("", status_code=201, openapi_extra=body_of(ProductRequest), responses=CONFLICT)
def create_product(access: WritesProducts, body: Document, response: Response) -> ProductView:
    """Add a product."""
    row = products.create(access.runtime, body, access.caller.signature)
    answered(response, router.prefix, row["id"], row["version"])
    return product_view(row)


@router.get("/{id}", responses=NOT_FOUND)
def get_product(access: ReadsProducts, id: str, response: Response) -> ProductView:
    """One product with its last good NAV."""
    return _shown(access, id, response)


@router.patch(
    "/{id}", openapi_extra=body_of(ProductRequest, partly=True, example={"min_purchase": "1000"}), responses=CHANGES
)
def edit_product(access: WritesProducts, id: str, body: Document, seen: Seen, response: Response) -> ProductView:
    """Change the terms that are named; null takes one back to what it is when it is left out."""
    return _tagged(products.edit(access.runtime, id, body, access.caller.signature, seen), response)


@router.post("/{id}/close", openapi_extra=body_of(CloseBody), responses=CONFLICT | NOT_FOUND)
def close_product(access: WritesProducts, id: str, document: Document, response: Response) -> ProductView:
    """Close a product: nothing is bought, switched or redeemed any more."""
    body = validated(CloseBody, document)
    products.view(access.runtime, id)
    product_status.close(access.runtime, id, body.reason, access.caller.signature)
    return _shown(access, id, response)


@router.post("/{id}/merge", openapi_extra=body_of(MergeBody), responses=CONFLICT | NOT_FOUND)
def merge_product(access: WritesProducts, id: str, document: Document, response: Response) -> ProductView:
    """Mark a product as merged into another, Active one."""
    body = validated(MergeBody, document)
    products.view(access.runtime, id)
    product_status.merge(access.runtime, id, body.into, access.caller.signature)
    return _shown(access, id, response)


@router.post("/{id}/reopen", responses=CONFLICT | NOT_FOUND)
def reopen_product(access: WritesProducts, id: str, response: Response) -> ProductView:
    """Make a closed or merged product Active again."""
    products.view(access.runtime, id)
    product_status.reopen(access.runtime, id, access.caller.signature)
    return _shown(access, id, response)


def _shown(access: Access, product: str, response: Response) -> ProductView:
    return _tagged(products.view(access.runtime, product), response)


def _tagged(row: Mapping[str, Any], response: Response) -> ProductView:
    tag(response, row["version"])
    return product_view(row)

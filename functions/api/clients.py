"""Clients over HTTP: read within the caller's scope, administered by operations."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, ConfigDict

from api.bodies import Document
from api.openapi import CHANGES, CONFLICT, NOT_FOUND, body_of
from api.pages import NamedPageQuery, Page, page
from api.preconditions import Seen, tag
from api.rules import answered
from api.services import ReadsClients, WritesClients
from api.values import Instant
from automation.engine import clients
from automation.portfolio.requests import ClientRequest, Kyc, NewClientRequest, Standing

router = APIRouter(prefix="/api/automation/clients", tags=["clients"])
_EXAMPLE: Final[dict[str, Any]] = {
    "id": "C1",
    "name": "Asha Rao",
    "user": "asha",
    "manager": "ravi",
    "email": "asha@example.com",
    "phone": "+919876543210",
    "push_endpoint": None,
    "time_zone": "Asia/Kolkata",
    "currency": "INR",
    "cash_balance": "250000.00",
    "kyc_status": "Verified",
    "status": "Active",
    "created_at": "2026-01-05T04:30:00Z",
}


class ClientView(BaseModel):
    """A client; `cash_balance` is the sum of its journal."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    id: str
    name: str
    user: str | None
    manager: str | None
    email: str | None
    phone: str | None
    push_endpoint: str | None
    time_zone: str
    currency: str
    cash_balance: Decimal
    kyc_status: Kyc
    status: Standing
    created_at: Instant


def client_view(row: Mapping[str, Any]) -> ClientView:
    """A client's row as it is shown."""
    return ClientView.model_validate(row, extra="ignore")


@router.get("")
def list_clients(access: ReadsClients, query: Annotated[NamedPageQuery, Query()]) -> Page[ClientView]:
    """Clients by id: a client itself, a manager's own, or all."""
    return page(clients.listed(access.runtime, access.scope, query.limit + 1, query.cursor), query, client_view)


@router.post("", status_code=201, openapi_extra=body_of(NewClientRequest), responses=CONFLICT)
def create_client(access: WritesClients, body: Document, response: Response) -> ClientView:
    """Add a client; money comes in as a deposit of its journal."""
    row = clients.create(access.runtime, body, access.caller.signature)
    answered(response, router.prefix, row["id"], row["version"])
    return client_view(row)


@router.get("/{id}", responses=NOT_FOUND)
def get_client(access: ReadsClients, id: str, response: Response) -> ClientView:
    """One client."""
    return _shown(clients.view(access.runtime, id, access.scope), response)


@router.patch(
    "/{id}", openapi_extra=body_of(ClientRequest, partly=True, example={"kyc_status": "Verified"}), responses=CHANGES
)
def edit_client(access: WritesClients, id: str, body: Document, seen: Seen, response: Response) -> ClientView:
    """Change the fields that are named; null takes one back to what it is when it is left out."""
    row = clients.edit(access.runtime, id, body, access.scope, access.caller.signature, seen)
    return _shown(row, response)


def _shown(row: Mapping[str, Any], response: Response) -> ClientView:
    tag(response, row["version"])
    return client_view(row)

"""Clients, products and goals as people send them: the terms that everything else rests on."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field

from automation.errors import InvalidInput
from automation.fields import Body, Day, Flag, Floor, Key, Money, Name, Percent, Time, changed, decimal, validated
from automation.money import HUNDRED

_EMAIL: Final = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")
_PHONE: Final = re.compile(r"\+[1-9][0-9]{6,14}")
_CASH: Final = "cash"


def _email(value: str) -> str:
    if not _EMAIL.fullmatch(value):
        raise ValueError(f"{value!r} is no e-mail address")
    return value


def _phone(value: str) -> str:
    if not _PHONE.fullmatch(value):
        raise ValueError(f"{value!r} is no phone number, written as +919876543210")
    return value


def _not_cash(value: str) -> str:
    if value.lower() == _CASH:
        raise ValueError(f"{value!r} is what targets call the client's balance: name it otherwise, as liquid")
    return value


Email = Annotated[str, Field(max_length=254, examples=["asha@example.com"]), AfterValidator(_email)]
Phone = Annotated[str, Field(examples=["+919876543210"]), AfterValidator(_phone)]
Currency = Annotated[str, Field(pattern="^[A-Z]{3}$", examples=["INR"])]
Isin = Annotated[str, Field(pattern="^[A-Z]{2}[A-Z0-9]{9}[0-9]$", examples=["INF109K01Z48"])]
Load = Annotated[Decimal, BeforeValidator(decimal), Field(ge=0, lt=HUNDRED, decimal_places=4)]
Days = Annotated[int, Field(strict=True, ge=0, le=36_500)]
NotCash = Annotated[Name, AfterValidator(_not_cash)]
Kyc = Literal["Pending", "Verified", "Rejected", "Expired"]
Standing = Literal["Active", "Suspended", "Closed"]


class ClientRequest(Body):
    """A client: who it is, whose user logs in for it and whose manages it. Money is no term of it, but its journal's.

    Every schedule of its rules is local to `time_zone`.
    """

    id: Key
    name: Name
    user: Name | None = None
    manager: Name | None = None
    email: Email | None = None
    phone: Phone | None = None
    push_endpoint: Name | None = None
    time_zone: Name = Field("Asia/Kolkata", examples=["Asia/Kolkata"])
    currency: Currency = "INR"
    kyc_status: Kyc = "Pending"
    status: Standing = "Active"


class NewClientRequest(ClientRequest):
    """A client that is added; `first_deposit` is the first entry of its journal."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"id": "C1", "name": "Asha Rao", "user": "asha"}]})

    first_deposit: Floor = Decimal(0)


class ProductRequest(Body):
    """A product with the terms that orders need: money in its currency, the load in percent, times in its zone."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"id": "NIFTY", "name": "Nifty 50 Index", "amc": "UTI", "asset_class": "equity"}]
        }
    )

    id: Annotated[Key, AfterValidator(_not_cash)]
    name: Name
    isin: Isin | None = None
    amc: Name
    asset_class: NotCash
    currency: Currency = "INR"
    min_purchase: Money = Decimal("0.01")
    purchase_multiple: Money = Decimal("0.01")
    min_redemption: Money = Decimal("0.01")
    open_for_subscription: Flag = True
    exit_load_percent: Load = Decimal(0)
    exit_load_days: Days = 0
    lock_in_days: Days = 0
    cut_off_time: Time = Field("15:00", validate_default=True)
    time_zone: Name = Field("Asia/Kolkata", examples=["Asia/Kolkata"])
    calendar: Name = Field("XBOM", examples=["XBOM"])
    settlement_days: Annotated[int, Field(strict=True, ge=0, le=30)] = 2


class ShareRequest(Body):
    """A product that counts toward a goal, and which share of what the client holds of it."""

    product: Name
    share_percent: Percent = HUNDRED


class GoalRequest(Body):
    """What a client saves for: how much, by when, and what counts toward it."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "client": "C1",
                    "name": "house",
                    "target_amount": "5000000",
                    "target_date": "2035-04-01",
                    "products": [{"product": "NIFTY", "share_percent": "50"}],
                }
            ]
        }
    )

    client: Name
    name: Name
    target_amount: Money
    target_date: Day | None = None
    products: Annotated[tuple[ShareRequest, ...], Field(max_length=100)] = ()


def goal(body: dict[str, Any]) -> GoalRequest:
    """A body as a goal; InvalidInput names the field that is wrong."""
    return _distinct(validated(GoalRequest, body))


def edited_goal(before: Mapping[str, Any], changes: Mapping[str, Any]) -> GoalRequest:
    """A goal with some of its fields changed; it stays its client's."""
    return _distinct(changed(GoalRequest, before, changes, ("client",)))


def _distinct(request: GoalRequest) -> GoalRequest:
    named = [each.product for each in request.products]
    for place, product in enumerate(named):
        if product in named[:place]:
            raise InvalidInput(f"products[{place}].product", f"names {product!r} again", hint="name each once")
    return request

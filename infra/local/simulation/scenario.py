"""A scenario: the file that says what is simulated, checked field by field before anything runs."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Container, Iterator, Sequence
from contextlib import contextmanager
from datetime import time
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Final, Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from automation import money
from automation.auto_invest import request
from automation.errors import InvalidInput
from automation.fields import Day, Floor, Money, Name, Time, decimal, distinct
from automation.rebalancing import request as rebalancing_request
from automation.triggers import request as trigger_request

# The calendar that is made of a product's own NAV dates.
NAV_DATES: Final = "navs"
OBSERVED: Final = "observed"
_HINT: Final = "correct the scenario and simulate again"


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError(f"{name!r} is no time zone, written as Asia/Kolkata") from error
    return name


Zone = Annotated[str, AfterValidator(_zone)]
Currency = Annotated[str, Field(pattern="^[A-Z]{3}$")]
Units = Annotated[Decimal, BeforeValidator(decimal), Field(gt=0, decimal_places=4, lt=Decimal(10) ** 16)]
LoadPercent = Annotated[Decimal, BeforeValidator(decimal), Field(ge=0, lt=100, decimal_places=4)]
Days = Annotated[int, Field(strict=True, ge=0, le=36_500)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Product(_Part):
    """A product and its terms; what is left out has the defaults of the products table."""

    code: Name
    name: Name | None = None
    amc: Name | None = None
    asset_class: Name = "other"
    currency: Currency = "INR"
    min_purchase: Money = money.PAISA
    purchase_multiple: Money = money.PAISA
    min_redemption: Money = money.PAISA
    open_for_subscription: Annotated[bool, Field(strict=True)] = True
    exit_load_percent: LoadPercent = money.ZERO
    exit_load_days: Days = 0
    lock_in_days: Days = 0
    cut_off_time: Time = time(15)
    time_zone: Zone = "Asia/Kolkata"
    calendar: Name = "XBOM"
    settlement_days: Annotated[int, Field(strict=True, ge=0, le=30)] = 2


class Holding(_Part):
    """What a client holds from the start, by amount or by units."""

    product: Name
    amount: Money | None = None
    units: Units | None = None

    @model_validator(mode="after")
    def _one_size(self) -> Self:
        if (self.amount is None) == (self.units is None):
            raise ValueError("give either amount or units")
        return self


class Client(_Part):
    """A client with cash, holdings and the bodies of rules as a create call takes them."""

    code: Name
    name: Name | None = None
    time_zone: Zone = "Asia/Kolkata"
    currency: Currency = "INR"
    cash: Floor = money.ZERO
    holdings: tuple[Holding, ...] = ()
    auto_invest: tuple[dict[str, Any], ...] = ()
    rebalancing: tuple[dict[str, Any], ...] = ()
    trigger_orders: tuple[dict[str, Any], ...] = ()


class Scenario(_Part):
    """What to simulate: `start` and `end` (`from` and `to` in the file) are local dates of each client, included."""

    start: Day = Field(alias="from")
    end: Day = Field(alias="to")
    fill: Literal["applicable", "observed"] = "applicable"
    navs: Annotated[tuple[Name, ...], Field(min_length=1)]
    products: Annotated[tuple[Product, ...], Field(min_length=1)]
    clients: Annotated[tuple[Client, ...], Field(min_length=1)]

    @property
    def observed(self) -> bool:
        """Whether a NAV counts as known on its whole date."""
        return self.fill == OBSERVED


def read(path: Path) -> Scenario:
    """The scenario of a JSON file; InvalidInput names the file, or the field by its path."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"), object_pairs_hook=distinct)
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInput(str(path), f"can't be read: {error}", hint="name a scenario file") from error
    except json.JSONDecodeError as error:
        raise InvalidInput(
            f"{path.name} line {error.lineno}", f"is not JSON: {error.msg}", hint="correct that line"
        ) from error
    return parse(content)


def parse(content: object) -> Scenario:
    """Check a scenario; InvalidInput names the first field that is wrong by its path, as `clients[0].cash`."""
    try:
        scenario = Scenario.model_validate(content)
    except ValidationError as error:
        raise _translated(error) from error
    _check_together(scenario)
    for number, client in enumerate(scenario.clients):
        _check_client(client, f"clients[{number}]", {product.code for product in scenario.products})
    return scenario


def _translated(error: ValidationError) -> InvalidInput:
    first, *others = error.errors(include_url=False)
    field = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in first["loc"]).lstrip(".")
    unknown = first["type"] == "extra_forbidden"
    message = "is not a field of a scenario" if unknown else first["msg"].removeprefix("Value error, ")
    also = f" (and {len(others)} more)" if others else ""
    return InvalidInput(field or "scenario", message + also, hint=_HINT)


def _check_together(scenario: Scenario) -> None:
    if scenario.end < scenario.start:
        raise InvalidInput("to", f"{scenario.end} is before from {scenario.start}", hint=_HINT)
    _once("products", [product.code for product in scenario.products])
    _once("clients", [client.code for client in scenario.clients])


def _once(field: str, codes: Sequence[str]) -> None:
    twice = [code for code, count in Counter(codes).items() if count > 1]
    if twice:
        raise InvalidInput(field, f"{twice[0]!r} is there twice", hint=_HINT)


def _check_client(client: Client, path: str, products: Container[str]) -> None:
    for number, holding in enumerate(client.holdings):
        if holding.product not in products:
            raise InvalidInput(f"{path}.holdings[{number}].product", f"there is no {holding.product!r}", hint=_HINT)
    _once(f"{path}.holdings", [holding.product for holding in client.holdings])
    for number, body in enumerate(client.auto_invest):
        with within(f"{path}.auto_invest[{number}]"):
            request.parse(_checked_body(client, body))
    for number, body in enumerate(client.rebalancing):
        with within(f"{path}.rebalancing[{number}]"):
            rebalancing_request.parse(_checked_body(client, body))
    for number, body in enumerate(client.trigger_orders):
        with within(f"{path}.trigger_orders[{number}]"):
            trigger_request.parse(_checked_body(client, body))
    _check_names([body["name"] for body in (*client.auto_invest, *client.trigger_orders)], path)


def _check_names(names: Sequence[str], path: str) -> None:
    """The outcome tells a client's rules by their names alone."""
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:
        raise InvalidInput(path, f"has two rules named {twice[0]!r}, which nobody could tell apart", hint=_HINT)


def _checked_body(client: Client, body: dict[str, Any]) -> dict[str, Any]:
    whole = body_of(client, body)
    if whole["client"] != client.code:
        raise InvalidInput("client", f"is {whole['client']!r}, not {client.code!r}", hint=_HINT)
    return whole


def body_of(client: Client, body: dict[str, Any]) -> dict[str, Any]:
    """The body of a create call: the rule's with its client's code, which the rule need not repeat."""
    return {"client": client.code} | body


@contextmanager
def within(path: str) -> Iterator[None]:
    """Errors about what lies below a path name the whole of it."""
    try:
        yield
    except InvalidInput as error:
        message = error.message.removeprefix(f"{error.field}: ")
        raise InvalidInput(f"{path}.{error.field}", message, hint=_HINT) from error

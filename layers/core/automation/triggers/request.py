"""The body that creates a trigger order: checked field by field before anything is looked up or written."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Final, Literal

from pydantic import BeforeValidator, Field, ValidationError

from automation import money
from automation.errors import InvalidInput
from automation.fields import Body, Exact, Money, Name, Positive, Written, decimal, translated
from automation.triggers.condition import DATE, GOAL_PROGRESS, PORTFOLIO_VALUE, PRICES
from automation.triggers.trigger import CUSTOM

_INSTANT: Final = re.compile(r"(19|20|21)[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9:.]{5,15}(Z|[+-][0-9]{2}:[0-9]{2})?")
_DEEPEST: Final = 6
_MOST_LEAVES: Final = 20
_HINT: Final = "correct the field and send it again"


def _moment(value: object) -> date | datetime:
    """A date, a local time, or an instant with its offset; what it is in the client's zone is told later."""
    if isinstance(value, str) and _INSTANT.fullmatch(value):
        try:
            return datetime.fromisoformat(value)
        except ValueError:
            pass
    elif isinstance(value, str) and re.fullmatch(r"(19|20|21)[0-9]{2}-[0-9]{2}-[0-9]{2}", value):
        try:
            return date.fromisoformat(value)
        except ValueError:
            pass
    raise ValueError(f"{value!r} is not a date or instant, written as 2026-01-31 or 2026-01-31T10:00")


def _how_many(value: object) -> Decimal | str:
    if value == "all":
        return "all"
    units = decimal(value)
    if units <= 0 or units != units.quantize(money.UNIT) or units >= Decimal(10) ** 16:
        raise ValueError(f"{value!r} is neither `all` nor above zero with at most 4 decimals")
    return units


_WrittenMoment = Annotated[
    str,
    Field(
        pattern=r"^(19|20|21)[0-9]{2}-[0-9]{2}-[0-9]{2}(T[0-9:.]{5,15}(Z|[+-][0-9]{2}:[0-9]{2})?)?$",
        examples=["2026-01-31", "2026-01-31T10:00"],
    ),
]
Moment = Annotated[Any, BeforeValidator(_moment, json_schema_input_type=_WrittenMoment)]
Units = Annotated[Any, BeforeValidator(_how_many, json_schema_input_type=Literal["all"] | Written)]
Level = Annotated[Positive, Field(decimal_places=4, lt=Decimal(10) ** 14)]
Tolerance = Annotated[Exact, Field(ge=0, decimal_places=4, lt=Decimal(10) ** 14)]
Comparison = Literal["Greater Than", "Less Than", "Equals", "Crosses Above", "Crosses Below"]


class LeafRequest(Body):
    """One condition of a Custom tree; `product` is the order's where it is left out."""

    trigger_type: Literal["Price", "NAV", "Portfolio Value", "Goal Progress", "Date"]
    trigger_condition: Comparison | None = None
    trigger_value: Level | None = None
    tolerance: Tolerance | None = None
    trigger_at: Moment | None = None
    product: Name | None = None
    goal: Name | None = None


class TriggerRequest(Body):
    """What a client wants; a date alone is its first moment in the client's zone, of `valid_until` its last."""

    client: Name
    name: Name
    trigger_type: Literal["Price", "NAV", "Portfolio Value", "Goal Progress", "Date", "Custom"]
    trigger_condition: Comparison | None = None
    trigger_value: Level | None = None
    tolerance: Tolerance | None = None
    trailing_percent: Annotated[Positive, Field(decimal_places=4, lt=100)] | None = None
    trigger_at: Moment | None = None
    goal: Name | None = None
    condition_tree: dict[str, Any] | None = None
    mode: Literal["execute", "confirm", "notify"] = "execute"
    order_type: Literal["Purchase", "Redemption", "Switch"] | None = None
    product: Name
    target_product: Name | None = None
    amount: Money | None = None
    units: Units | None = None
    on_shortfall: Literal["reduce", "reject"] = "reduce"
    oco_group: Name | None = None
    valid_from: Moment | None = None
    valid_until: Moment | None = None
    max_data_age: Annotated[int, Field(strict=True, ge=0, le=366)] = 3
    enabled: Annotated[bool, Field(strict=True)] = True

    @property
    def notifies(self) -> bool:
        """Whether it only tells; then it need not say what it would order."""
        return self.mode == "notify"

    @property
    def bought(self) -> list[str]:
        return [self.product] if self.order_type == "Purchase" else [self.target_product] if self.target_product else []

    @property
    def sold(self) -> list[str]:
        return [] if self.order_type == "Purchase" else [self.product]


def parse(body: dict[str, Any]) -> TriggerRequest:
    """Check a body; InvalidInput names the first field that is wrong and counts the others."""
    try:
        request = TriggerRequest.model_validate(body)
    except ValidationError as error:
        raise translated(error) from error
    for wrong, field, problem in (*_about_condition(request), *_about_order(request)):
        if wrong:
            raise InvalidInput(field, problem, hint=_HINT)
    if request.condition_tree is not None:
        leaves = [leaf for leaf, _ in leaves_of(request.condition_tree)]
        if len(leaves) > _MOST_LEAVES:
            raise InvalidInput("condition_tree", f"has {len(leaves)} conditions, at most {_MOST_LEAVES}", hint=_HINT)
    return request


Problems = list[tuple[bool, str, str]]


def _about_condition(request: TriggerRequest) -> Problems:
    kind, trails = request.trigger_type, request.trailing_percent is not None
    compared = kind not in (DATE, CUSTOM) and not trails
    return [
        (trails and kind not in PRICES, "trailing_percent", "is for Price and NAV"),
        *_about_leaf(request, compared),
        ((kind == CUSTOM) != (request.condition_tree is not None), "condition_tree", "is what Custom, alone, requires"),
    ]


def _about_leaf(leaf: TriggerRequest | LeafRequest, compared: bool) -> Problems:
    kind, value = leaf.trigger_type, leaf.trigger_value
    too_fine = kind == PORTFOLIO_VALUE and value is not None and value != value.quantize(money.PAISA)
    return [
        (not compared and leaf.trigger_condition is not None, "trigger_condition", f"does not go with {kind}"),
        (not compared and value is not None, "trigger_value", f"does not go with {kind}"),
        (leaf.tolerance is not None and leaf.trigger_condition != "Equals", "tolerance", "is for Equals"),
        (compared and leaf.trigger_condition is None, "trigger_condition", f"is required by {kind}"),
        (compared and value is None, "trigger_value", f"is required by {kind}"),
        (too_fine, "trigger_value", "is money, with at most 2 decimals"),
        ((kind == DATE) != (leaf.trigger_at is not None), "trigger_at", "is what Date, alone, requires"),
        ((kind == GOAL_PROGRESS) != (leaf.goal is not None), "goal", "is what Goal Progress, alone, requires"),
    ]


def _about_order(request: TriggerRequest) -> Problems:
    switches, sizes = request.order_type == "Switch", (request.amount is not None) + (request.units is not None)
    buys, told = request.order_type == "Purchase", request.notifies
    sized = request.amount is not None or request.units not in (None, "all")
    return [
        (request.order_type is None and sized, "order_type", "is required by an amount or units"),
        (request.order_type is None and not told, "order_type", f"is required by mode {request.mode}"),
        (switches and request.target_product is None, "target_product", "is required by a Switch"),
        (not switches and request.target_product is not None, "target_product", "is for a Switch only"),
        (request.target_product == request.product, "target_product", "is the product itself"),
        (buys and request.amount is None and not told, "amount", "is required by a Purchase"),
        (buys and request.units is not None, "units", "are for what sells; a Purchase has an amount"),
        (not buys and (sizes > 1 or (sizes < 1 and not told)), "amount", "give either amount or units"),
    ]


def leaves_of(tree: object, path: str = "condition_tree", depth: int = 1) -> Iterator[tuple[LeafRequest, str]]:
    """The conditions of a tree with their paths, checked; InvalidInput names the place that is wrong."""
    if not isinstance(tree, dict):
        raise InvalidInput(
            path, "is not an object", hint='write {"all": […]}, {"any": […]}, {"not": {…}} or a condition'
        )
    if depth > _DEEPEST:
        raise InvalidInput(path, f"is nested deeper than {_DEEPEST}", hint=_HINT)
    operators = tree.keys() & {"all", "any", "not"}
    if not operators:
        yield _leaf(tree, path), path
        return
    if len(tree) > 1:
        raise InvalidInput(path, "has more than one of all, any, not", hint="nest them")
    (operator,) = operators
    parts = [tree[operator]] if operator == "not" else tree[operator]
    if not isinstance(parts, list) or not parts:
        raise InvalidInput(f"{path}.{operator}", "is not a list of conditions", hint=_HINT)
    for number, part in enumerate(parts):
        place = f"{path}.{operator}" if operator == "not" else f"{path}.{operator}[{number}]"
        yield from leaves_of(part, place, depth + 1)


def _leaf(record: dict[str, Any], path: str) -> LeafRequest:
    try:
        leaf = LeafRequest.model_validate(record)
    except ValidationError as error:
        raise translated(error, f"{path}.") from error
    wrong_place = leaf.product is not None and leaf.trigger_type not in PRICES
    for wrong, field, problem in (
        *_about_leaf(leaf, leaf.trigger_type != DATE),
        (wrong_place, "product", "is for Price and NAV"),
    ):
        if wrong:
            raise InvalidInput(f"{path}.{field}", problem, hint=_HINT)
    return leaf

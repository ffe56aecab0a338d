"""The kinds of field that bodies are made of, each with what it accepts, and how a refusal reads. No I/O."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from typing import Annotated, Any, Final, Literal, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    ValidationError,
    WithJsonSchema,
)

from automation import money
from automation.errors import InvalidInput

# Python reads more ways to write a date and a time than one: weeks, zones, no separators.
_DATE: Final = re.compile(r"(19|20|21)[0-9]{2}-[0-9]{2}-[0-9]{2}")
_CLOCK: Final = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]")


def decimal(value: object) -> Decimal:
    """A decimal written as a string, or a whole number."""
    if isinstance(value, bool) or not isinstance(value, (str, int)):
        raise ValueError('write it as a decimal string such as "1500.50"')
    return money.parse(str(value))


def day(value: object) -> date:
    """A date of the calendar from 1900 to 2199, written as 2026-01-31; ValueError for anything else."""
    problem = f"{value!r} is not a date of the calendar from 1900 to 2199, written as 2026-01-31"
    if not isinstance(value, str) or not _DATE.fullmatch(value):
        raise ValueError(problem)
    try:
        return date.fromisoformat(value)
    except ValueError as error:
        raise ValueError(problem) from error


def _time(value: object) -> time:
    if not isinstance(value, str) or not _CLOCK.fullmatch(value):
        raise ValueError(f"{value!r} is not a time, written as HH:MM")
    return time.fromisoformat(value)


def _printable(value: str) -> str:
    if not value.isprintable():
        raise ValueError("holds a character that can't be printed")
    return value


# What is written: for the document of the API, which says it where the validators decide it.
Written = Annotated[str, Field(pattern=r"^(0|[1-9][0-9]{0,17})(\.[0-9]{1,8})?$", examples=["1500.50"])] | int
_WRITTEN_DAY: Final = {"type": "string", "format": "date", "pattern": f"^{_DATE.pattern}$", "examples": ["2026-01-31"]}
_WRITTEN_TIME: Final = {"type": "string", "pattern": f"^{_CLOCK.pattern}$", "examples": ["10:00"]}
_NO_CONTROLS: Final = {"pattern": r"^[^\u0000-\u001f\u007f-\u00a0\u00ad]+$"}

Exact = Annotated[Decimal, BeforeValidator(decimal, json_schema_input_type=Written)]
Positive = Annotated[Exact, Field(gt=0)]
Money = Annotated[Positive, Field(decimal_places=2, lt=Decimal(10) ** 16)]
Floor = Annotated[Exact, Field(ge=0, decimal_places=2, lt=Decimal(10) ** 16)]
Percent = Annotated[Positive, Field(decimal_places=4, le=100)]
Day = Annotated[date, BeforeValidator(day), WithJsonSchema(_WRITTEN_DAY)]
Time = Annotated[
    time,
    BeforeValidator(_time),
    PlainSerializer(lambda value: f"{value:%H:%M}", return_type=str, when_used="json"),
    WithJsonSchema(_WRITTEN_TIME),
]
Whole = Annotated[int, Field(strict=True, ge=1, le=100_000)]
Flag = Annotated[bool, Field(strict=True)]
Name = Annotated[str, Field(min_length=1, max_length=200, json_schema_extra=_NO_CONTROLS), AfterValidator(_printable)]
# The key of something that keeps one of the platform's own, fit for an address.
Key = Annotated[str, Field(max_length=100, pattern=r"^[A-Za-z0-9][A-Za-z0-9._:-]*$", examples=["C1"])]
DayOfMonth = Annotated[
    int,
    BeforeValidator(
        lambda value: 31 if value == "last" else value,
        json_schema_input_type=Literal["last"] | Annotated[int, Field(ge=1, le=31)],
    ),
    Field(strict=True, ge=1, le=31),
]


class Body(BaseModel):
    """What people send: fields that are not known are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


Sent = TypeVar("Sent", bound=Body)


def distinct(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    """A JSON object's pairs as a dict; InvalidInput for a key that is there twice: Python would keep the last alone."""
    twice = [key for key, count in Counter(key for key, _ in pairs).items() if count > 1]
    if twice:
        raise InvalidInput(twice[0], "is there twice in one object", hint="write it once")
    return dict(pairs)


def validated(model: type[Sent], body: dict[str, Any]) -> Sent:
    """A body as a model; InvalidInput names the first field that is wrong."""
    try:
        return model.model_validate(body)
    except ValidationError as error:
        raise translated(error) from error


def changed(model: type[Sent], before: Mapping[str, Any], changes: Mapping[str, Any], fixed: Collection[str]) -> Sent:
    """What has these columns, by the model's names, with some fields changed, as in `overlaid`; or a field is wrong."""
    return validated(model, overlaid({name: as_sent(before[name]) for name in model.model_fields}, changes, fixed))


def overlaid(body: Mapping[str, Any], changes: Mapping[str, Any], fixed: Collection[str]) -> dict[str, Any]:
    """A whole body with some fields changed; null is as when a field is left out.

    InvalidInput where none is named, or one of those that are `fixed`.
    """
    for field in changes:
        if field in fixed:
            raise InvalidInput(field, "can't be changed", hint="make another, and end this one")
    if not changes:
        raise InvalidInput("body", "names no field", hint="name the fields to change")
    return said({**body, **changes})


def said(body: Mapping[str, Any]) -> dict[str, Any]:
    """A body without what is null: that is as when it is left out."""
    return {name: value for name, value in body.items() if value is not None}


def says(body: Mapping[str, Any], request: Sent, parse: Callable[[dict[str, Any]], Sent]) -> bool:
    """Whether a body is this request; what could not be made any more is none."""
    try:
        same: bool = parse(said(body)) == request
    except InvalidInput:
        return False
    return same


def as_sent(value: Any) -> Any:
    """A column's value as a body has it."""
    if isinstance(value, time):
        return f"{value:%H:%M}"
    if isinstance(value, datetime):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal | date) else value


def translated(error: ValidationError, prefix: str = "") -> InvalidInput:
    """The first field that is wrong, with the others counted."""
    first, *others = error.errors(include_url=False)
    field = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in first["loc"]).lstrip(".")
    message = first["msg"].removeprefix("Value error, ")
    if first["type"] == "extra_forbidden":
        message = "is not a field"
    also = f" (and {len(others)} more)" if others else ""
    return InvalidInput(f"{prefix}{field or 'body'}", message + also, hint="correct the field and send it again")

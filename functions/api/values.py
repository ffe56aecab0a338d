"""The kinds of value that bodies and answers are made of: instants in UTC, lengths of time in seconds, occurrences."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Any, Final

from pydantic import AfterValidator, AwareDatetime, BaseModel, PlainSerializer, PlainValidator, WithJsonSchema

from automation.calendar.occurrences import Occurrence

_INSTANT: Final = re.compile(
    r"(19|20|21)[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?(Z|[+-][0-9]{2}:[0-9]{2})"
)


def _utc(value: datetime) -> datetime:
    return value.astimezone(UTC)


Instant = Annotated[AwareDatetime, AfterValidator(_utc)]
# A date and time in the client's own zone; a `date-time` of JSON Schema would have an offset.
_LOCAL: Final = {"type": "string", "pattern": r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}$"}
Local = Annotated[datetime, WithJsonSchema(_LOCAL | {"examples": ["2026-01-26T10:00:00"]})]
Seconds = Annotated[timedelta, PlainSerializer(lambda value: value.total_seconds(), return_type=float)]


def _moment(value: object) -> datetime:
    if not isinstance(value, str) or not _INSTANT.fullmatch(value):
        raise ValueError(f"{value!r} is not an instant with a zone, written as 2026-01-05T10:00:00+05:30")
    return datetime.fromisoformat(value).astimezone(UTC)


# An instant that somebody sends.
Moment = Annotated[
    datetime,
    PlainValidator(_moment, json_schema_input_type=AwareDatetime),
    WithJsonSchema({"type": "string", "format": "date-time", "examples": ["2026-02-01T10:00:00+05:30"]}),
]


class OccurrenceView(BaseModel):
    """An occurrence: planned in the client's own time, and when it really runs, with the reason where that differs."""

    planned: Local
    actual: date
    due: Instant
    note: str | None
    skipped: bool


def occurrence_view(occurrence: Occurrence) -> OccurrenceView:
    """An occurrence as it is shown."""
    given = occurrence._asdict()
    return OccurrenceView(planned=given.pop("nominal"), **given)


class WhyView(BaseModel):
    """Why it did or did not act at its last look: in one sentence, and as data."""

    sentence: str
    data: dict[str, Any]

"""How one client is told, whatever the event: its language, and whether e-mails that can wait come as one."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import time
from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, Field

from automation.fields import Body, Time, changed

_FIXED: Final = ("client", "updated_at")
_LOCALE: Final = re.compile(r"[a-z]{2,3}(_[A-Z][a-z]{3})?(_([A-Z]{2}|[0-9]{3}))?")


def _written(value: str) -> str:
    if not _LOCALE.fullmatch(value):
        raise ValueError(f"{value!r} is not a language and a country, written as en_IN")
    return value


Digest = Literal["off", "daily", "weekly"]
Locale = Annotated[
    str,
    Field(json_schema_extra={"pattern": f"^{_LOCALE.pattern}$", "examples": ["hi_IN"]}),
    AfterValidator(_written),
]
Weekday = Annotated[int, Field(strict=True, ge=0, le=6)]


class SettingsRequest(Body):
    """In which language, and whether e-mails that can wait come as one: `daily` or `weekly`, at a local time.

    `digest_day` counts for a weekly digest alone; 0 is Sunday.
    """

    locale: Locale = "en_IN"
    digest: Digest = "off"
    digest_at: Time = time(8)
    digest_day: Weekday = 1


def edited(before: Mapping[str, Any], changes: Mapping[str, Any]) -> SettingsRequest:
    """Settings with some of their fields changed; InvalidInput names one that is wrong, or can't be changed."""
    return changed(SettingsRequest, before, changes, _FIXED)

"""Everything that can be configured, read from the environment once per invocation and passed on."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Self

from automation.errors import ConfigurationError


@dataclass(frozen=True, slots=True)
class Fetching:
    """Bounds of fetching a file over HTTP.

    `connect` and `read` are how long a server may keep one connection and one answer waiting, `total` is for all
    tries together; `pause` is the first wait between two tries, which doubles; `limit` is in bytes.
    """

    connect: timedelta = timedelta(seconds=5)
    read: timedelta = timedelta(seconds=30)
    total: timedelta = timedelta(seconds=120)
    pause: timedelta = timedelta(seconds=1)
    limit: int = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Settings:
    """One invocation's configuration.

    `batch_size` is rules or orders per transaction; `reserve` is the time kept back for finishing when a
    function's limit comes near; `look_interval` is how long a rule whose condition is unmet, an order that
    waits for its NAV, or an instalment that waits for money rests between two looks; `lease` is how long an
    order may be Submitting before its outcome counts as unknown; `quiet_window` lies between two look-ups of
    an unknown order; `max_nav_age` is in business days of the product; `nav_file` is read by a navs tick that
    names no file; a NAV that moves by more than `nav_jump_percent` is suspect.
    """

    database_url: str = ""
    database_secret_arn: str = ""
    database_iam_auth: bool = False
    function_prefix: str = ""
    batch_size: int = 1000
    reserve: timedelta = timedelta(seconds=20)
    look_interval: timedelta = timedelta(minutes=5)
    lease: timedelta = timedelta(minutes=2)
    quiet_window: timedelta = timedelta(minutes=2)
    max_nav_age: int = 3
    paper_fill: str = "applicable"
    migrations_directory: str = ""
    nav_file: str = ""
    nav_jump_percent: Decimal = Decimal(25)
    fetching: Fetching = Fetching()

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> Self:
        """Settings of this process; ConfigurationError names the variable that can't be used."""
        values = os.environ if environment is None else environment
        return cls(
            database_url=values.get("DATABASE_URL", ""),
            database_secret_arn=values.get("DATABASE_SECRET_ARN", ""),
            database_iam_auth=_flag(values, "DATABASE_IAM_AUTH"),
            function_prefix=values.get("AUTOMATION_FUNCTION_PREFIX", ""),
            batch_size=_whole(values, "AUTOMATION_BATCH_SIZE", 1000),
            reserve=timedelta(seconds=_whole(values, "AUTOMATION_RESERVE_SECONDS", 20)),
            look_interval=timedelta(seconds=_whole(values, "AUTOMATION_LOOK_INTERVAL_SECONDS", 300)),
            max_nav_age=_whole(values, "AUTOMATION_MAX_NAV_AGE", 3),
            paper_fill=_choice(values, "AUTOMATION_PAPER_FILL", ("applicable", "observed")),
            migrations_directory=values.get("MIGRATIONS_DIR", "infra/migrations"),
            nav_file=values.get("AUTOMATION_NAV_FILE", ""),
            nav_jump_percent=Decimal(_whole(values, "AUTOMATION_NAV_JUMP_PERCENT", 25)),
            fetching=Fetching(
                total=timedelta(seconds=_whole(values, "AUTOMATION_FETCH_SECONDS", 120)),
                limit=_whole(values, "AUTOMATION_FETCH_MEBIBYTES", 64) * 1024 * 1024,
            ),
        )


def _whole(values: Mapping[str, str], name: str, default: int) -> int:
    text = values.get(name, str(default))
    if not text.isdecimal() or int(text) == 0:
        raise ConfigurationError(
            f"{name} is {text!r}, not a whole number above zero", hint=f"unset {name} to have {default}"
        )
    return int(text)


def _flag(values: Mapping[str, str], name: str) -> bool:
    return _choice(values, name, ("false", "true")) == "true"


def _choice(values: Mapping[str, str], name: str, allowed: tuple[str, ...]) -> str:
    text = values.get(name, allowed[0])
    if text not in allowed:
        raise ConfigurationError(f"{name} is {text!r}", hint=f"use one of: {', '.join(allowed)}")
    return text

"""Everything that can be configured, read from the environment once per invocation and passed on."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
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
class Trust:
    """Whose tokens are believed, and which of their claims say who the caller is.

    `issuer` is the exact `iss` and the root of the issuer's discovery document; `audience` holds every `aud` (or
    `client_id`, where a token has no `aud`) that is meant for us; `roles_claim` lists the caller's roles, `user_claim`
    is the key of a user of the platform.
    """

    issuer: str = ""
    audience: tuple[str, ...] = ()
    roles_claim: str = "cognito:groups"
    user_claim: str = "sub"


@dataclass(frozen=True, slots=True)
class Allowance:
    """How often one caller may start work by hand: `burst` at once, then `per_minute`, and never more than `daily`."""

    burst: int = 10
    per_minute: int = 10
    daily: int = 500


@dataclass(frozen=True, slots=True)
class Delivery:
    """By which channels people are told besides the app, and how fast each may be used, in messages a second.

    E-mail is there with a sender, `email_from`; SMS and Push where they are switched on.
    """

    email_from: str = ""
    sms: bool = False
    sms_sender: str = ""
    push: bool = False
    email_rate: int = 14
    sms_rate: int = 20
    push_rate: int = 100

    @property
    def rates(self) -> Mapping[str, int]:
        """Messages a second, by channel."""
        return {"Email": self.email_rate, "SMS": self.sms_rate, "Push": self.push_rate}


@dataclass(frozen=True, slots=True)
class Settings:
    """One invocation's configuration.

    `batch_size` is rules or orders per transaction; `reserve` is the time kept back for finishing when a
    function's limit comes near; `look_interval` is how long a rule whose condition is unmet, an order that
    waits for its NAV, or an instalment that waits for money rests between two looks; `lease` is how long an
    order may be Submitting before its outcome counts as unknown; `quiet_window` lies between two look-ups of
    an unknown order; `max_nav_age` is in business days of the product; `nav_file` is read by a navs tick that
    names no file; a NAV that moves by more than `nav_jump_percent` is suspect. `trust` is what the API needs to know
    of tokens, `schedules` when each job is to run (`rate(5 minutes)`, or a cron expression and its zone) where
    `schedules_enabled`, `confirmed_by` the roles that may confirm what would trade,
    `executions` how often a caller may start work by hand, and `delivery` how people are told of things.
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
    trust: Trust = Trust()
    schedules: Mapping[str, str] = field(default_factory=dict)
    schedules_enabled: bool = True
    confirmed_by: frozenset[str] = frozenset({"client", "supervisor"})
    executions: Allowance = Allowance()
    delivery: Delivery = Delivery()

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
            trust=_trust(values),
            schedules=_schedules(values),
            schedules_enabled=_choice(values, "AUTOMATION_SCHEDULE_STATE", ("ENABLED", "DISABLED")) == "ENABLED",
            confirmed_by=_confirmers(values),
            executions=Allowance(
                burst=_whole(values, "AUTOMATION_EXECUTE_BURST", 10),
                per_minute=_whole(values, "AUTOMATION_EXECUTE_PER_MINUTE", 10),
                daily=_whole(values, "AUTOMATION_EXECUTE_DAILY", 500),
            ),
            delivery=_delivery(values),
        )


def _trust(values: Mapping[str, str]) -> Trust:
    return Trust(
        issuer=values.get("AUTOMATION_ISSUER", ""),
        audience=_listed(values.get("AUTOMATION_AUDIENCE", "")),
        roles_claim=values.get("AUTOMATION_ROLES_CLAIM", Trust().roles_claim),
        user_claim=values.get("AUTOMATION_USER_CLAIM", Trust().user_claim),
    )


def _listed(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


def _confirmers(values: Mapping[str, str]) -> frozenset[str]:
    named = frozenset(_listed(values.get("AUTOMATION_CONFIRMED_BY", "client,supervisor")))
    if not named or named - {"client", "rm", "supervisor"}:
        raise ConfigurationError(
            f"AUTOMATION_CONFIRMED_BY is {values.get('AUTOMATION_CONFIRMED_BY')!r}",
            hint="list one or more of: client, rm, supervisor",
        )
    return named


def _delivery(values: Mapping[str, str]) -> Delivery:
    return Delivery(
        email_from=values.get("AUTOMATION_EMAIL_FROM", ""),
        sms=_flag(values, "AUTOMATION_SMS"),
        sms_sender=values.get("AUTOMATION_SMS_SENDER", ""),
        push=_flag(values, "AUTOMATION_PUSH"),
        email_rate=_whole(values, "AUTOMATION_EMAIL_PER_SECOND", 14),
        sms_rate=_whole(values, "AUTOMATION_SMS_PER_SECOND", 20),
        push_rate=_whole(values, "AUTOMATION_PUSH_PER_SECOND", 100),
    )


def _schedules(values: Mapping[str, str]) -> dict[str, str]:
    """Job → expression, from a JSON object; empty where the variable is not set."""
    text = values.get("AUTOMATION_SCHEDULES", "") or "{}"
    try:
        found = json.loads(text)
    except json.JSONDecodeError:
        found = None
    if not isinstance(found, dict) or not all(isinstance(value, str) for value in found.values()):
        raise ConfigurationError(
            f"AUTOMATION_SCHEDULES is {text!r}", hint='write it as {"orders": "rate(5 minutes)"}, or unset it'
        )
    return found


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

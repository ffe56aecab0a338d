"""Which channels tell somebody of something, when, and why not."""

from __future__ import annotations

from datetime import UTC, datetime, time
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from automation.notifications.event import CRITICAL
from automation.notifications.quiet import Digest
from automation.notifications.routing import DIGEST, PENDING, QUIET, SUPPRESSED, Person, Route, Wish, route, routes
from automation.notifications.told import Told

NOON = datetime(2026, 1, 5, 6, 30, tzinfo=UTC)  # 12:00 in Kolkata
NIGHT = datetime(2026, 1, 5, 18, 30, tzinfo=UTC)  # midnight there
MORNING = datetime(2026, 1, 6, 2, 30, tzinfo=UTC)  # 08:00
ALL = ("In-App", "Email", "SMS", "Push")
ADDRESSES = {"In-App": "C1", "Email": "a@b.in", "SMS": "+910000000000", "Push": "arn"}
ASHA = Person(ADDRESSES, "Asia/Kolkata")
QUIET_AT_NIGHT: dict[str, Any] = {"quiet_start": time(22), "quiet_end": time(8)}


def told(event: str = "Order Executed", amount: str | None = "5000", products: str = "FUND") -> Told:
    about = frozenset(products.split())
    return Told(event, UUID(int=1), {}, None if amount is None else Decimal(amount), about)


def by_channel(wish: Wish, now: datetime = NOON, person: Person = ASHA, what: Told | None = None) -> dict[str, Route]:
    return {each.channel: each for each in routes(what or told(), wish, person, now)}


def reasons(**terms: Any) -> dict[str, str | None]:
    return {channel: each.reason for channel, each in by_channel(Wish(ALL, **terms)).items()}


def test_what_is_wanted_goes_at_once_by_every_channel() -> None:
    assert set(by_channel(Wish(ALL)).values()) == {Route(channel, PENDING, NOON) for channel in ALL}


@pytest.mark.parametrize("terms", [{"enabled": False}, {"level": "off"}])
def test_what_is_off_is_told_nowhere(terms: dict[str, Any]) -> None:
    assert reasons(**terms) == dict.fromkeys(ALL, "off")


def test_what_is_silent_is_in_the_app_alone() -> None:
    assert reasons(level="silent") == {"In-App": None} | dict.fromkeys(ALL[1:], "silent")


@pytest.mark.parametrize(("least", "reason"), [("5000.01", "below_min_amount"), ("5000.00", None), ("0", None)])
def test_what_is_below_the_least_amount_is_not_told(least: str, reason: str | None) -> None:
    assert reasons(min_amount=Decimal(least)) == dict.fromkeys(ALL, reason)


def test_what_is_about_no_money_is_told_whatever_the_least_amount() -> None:
    assert by_channel(Wish(ALL, min_amount=Decimal(10)), what=told(amount=None))["Email"].reason is None


@pytest.mark.parametrize(("schemes", "reason"), [(["OTHER"], "other_scheme"), (["OTHER", "FUND"], None), (None, None)])
def test_what_is_about_other_schemes_is_not_told(schemes: list[str] | None, reason: str | None) -> None:
    assert reasons(schemes=schemes) == dict.fromkeys(ALL, reason)


def test_what_is_about_no_product_is_told_whatever_the_schemes() -> None:
    assert by_channel(Wish(ALL, schemes=["X"]), what=told(products=""))["Push"].reason is None


def test_a_channel_without_an_address_or_that_is_not_set_up_says_so() -> None:
    person = Person({"In-App": "C1", "Email": None, "SMS": ""}, "Asia/Kolkata")
    found = {channel: each.reason for channel, each in by_channel(Wish(ALL), person=person).items()}
    assert found == {"In-App": None, "Email": "no_address", "SMS": "no_address", "Push": "channel_off"}


def test_the_app_says_why_nothing_is_told_there() -> None:
    assert by_channel(Wish(("Email",)))["In-App"] == Route("In-App", SUPPRESSED, NOON, "not_chosen")


def test_quiet_hours_hold_back_all_but_the_app() -> None:
    found = by_channel(Wish(ALL, **QUIET_AT_NIGHT), NIGHT)
    assert found["In-App"] == Route("In-App", PENDING, NIGHT)
    assert {found[channel] for channel in ALL[1:]} == {Route(channel, PENDING, MORNING, QUIET) for channel in ALL[1:]}


@pytest.mark.parametrize("event", sorted(CRITICAL))
def test_what_is_critical_is_told_in_the_app_whatever_is_wanted(event: str) -> None:
    wish = Wish(("Email",), enabled=False, level="off", min_amount=Decimal(10**9), schemes=["X"])
    assert by_channel(wish, what=told(event))["In-App"] == Route("In-App", PENDING, NOON)
    assert by_channel(wish, what=told(event))["Email"].status == SUPPRESSED


def test_a_digest_holds_back_e_mails_alone_and_nothing_that_is_critical() -> None:
    person = Person(ADDRESSES, "Asia/Kolkata", Digest("daily"))
    found = by_channel(Wish(ALL), person=person)
    assert found["Email"] == Route("Email", PENDING, MORNING, DIGEST)
    assert found["SMS"].deliver_at == NOON
    assert by_channel(Wish(ALL), person=person, what=told("Order Failed"))["Email"].deliver_at == NOON


def test_a_digest_that_falls_into_quiet_hours_waits_for_their_end() -> None:
    person = Person(ADDRESSES, "Asia/Kolkata", Digest("daily", time(6)))
    assert by_channel(Wish(ALL, **QUIET_AT_NIGHT), person=person)["Email"] == Route("Email", PENDING, MORNING, DIGEST)


def test_what_has_waited_for_its_digest_does_not_wait_for_the_next_one() -> None:
    person = Person(ADDRESSES, "Asia/Kolkata", Digest("daily"))
    assert route("Email", told(), Wish(ALL), person, MORNING, waited=DIGEST) == Route("Email", PENDING, MORNING, DIGEST)


def test_a_digest_that_is_looked_at_in_quiet_hours_goes_out_at_their_end_and_not_with_the_next_one() -> None:
    person = Person(ADDRESSES, "Asia/Kolkata", Digest("daily"))
    wish = Wish(ALL, **QUIET_AT_NIGHT)
    assert route("Email", told(), wish, person, NIGHT, waited=DIGEST) == Route("Email", PENDING, MORNING, DIGEST)


def test_what_has_waited_is_asked_again() -> None:
    later = Wish(ALL, quiet_start=time(7), quiet_end=time(9))
    assert route("SMS", told(), later, ASHA, MORNING, waited=QUIET).deliver_at > MORNING
    assert route("SMS", told(), Wish(("Email",)), ASHA, MORNING, waited=QUIET).reason == "not_chosen"

"""Identifiers: UUIDv7 keys that sort by time, read back as they are shown; derived keys stand for their parts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from automation import identifiers

quick = settings(derandomize=True, deadline=None, max_examples=200)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MILLISECOND = timedelta(milliseconds=1)
NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)
instants = st.datetimes(datetime(1990, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - hypothesis wants them naive
parts = st.lists(st.one_of(st.integers(), st.uuids(), st.text("abc/:-", max_size=5)), max_size=4)


def milliseconds(key: UUID) -> int:
    return key.int >> 80


@quick
@given(instants)
def test_a_key_has_the_bits_of_a_uuid_7_and_the_millisecond_of_its_instant(at: datetime) -> None:
    for key in (identifiers.new(at), identifiers.derived(at, "rule", 1)):
        assert key.version == 7
        assert key.variant == "specified in RFC 4122"
        assert milliseconds(key) == (at - EPOCH) // MILLISECOND


@pytest.mark.parametrize("year", [2004, 2026, 2038])
def test_every_millisecond_is_told_from_its_neighbours(year: int) -> None:
    times = [datetime(year, 6, 22, 23, 29, 55, tzinfo=UTC) + n * MILLISECOND for n in range(1000)]
    assert [milliseconds(identifiers.derived(at)) for at in times] == [(at - EPOCH) // MILLISECOND for at in times]


def test_the_zone_in_which_an_instant_is_written_does_not_matter() -> None:
    elsewhere = NOON.astimezone(timezone(timedelta(hours=5, minutes=30)))
    assert identifiers.derived(NOON, "a") == identifiers.derived(elsewhere, "a")


@quick
@given(instants, instants)
def test_keys_sort_by_time_and_are_shown_in_the_same_order(one: datetime, other: datetime) -> None:
    early, late = sorted((one, other))
    if late - early < MILLISECOND:
        return
    keys = identifiers.new(early), identifiers.new(late)
    shown = [identifiers.show(identifiers.ORDER, key) for key in keys]
    assert keys[0] < keys[1]
    assert shown == sorted(shown)


def test_new_keys_of_one_instant_differ() -> None:
    assert len({identifiers.new(NOON) for _ in range(1000)}) == 1000


@quick
@given(instants, parts)
def test_a_derived_key_is_always_the_same(at: datetime, words: list[object]) -> None:
    assert identifiers.derived(at, *words) == identifiers.derived(at, *words)


def test_derived_keys_of_different_intents_differ() -> None:
    rules = [UUID(int=n) for n in range(20)]
    days = [NOON + timedelta(days=n) for n in range(20)]
    keys = {identifiers.derived(day, rule, day, leg) for rule in rules for day in days for leg in range(5)}
    assert len(keys) == 20 * 20 * 5


@quick
@given(instants)
def test_numbered_keys_are_always_the_same_and_sort_by_their_number(at: datetime) -> None:
    key = identifiers.derived(at, "execution")
    keys = [identifiers.numbered(key, number) for number in range(20)]
    assert keys == sorted(identifiers.numbered(key, number) for number in range(20))
    assert (keys[0].version, keys[19].variant, len({key, *keys})) == (7, "specified in RFC 4122", 21)


def test_derived_keys_are_stable_across_releases() -> None:
    # Orders under way carry such keys: they may never change.
    key = identifiers.derived(NOON, UUID(int=1), NOON.replace(tzinfo=None), 0)
    assert str(key) == "019b8e07-4600-7dd4-b78c-260ddfe74d7a"


@quick
@given(st.uuids(), st.sampled_from(["AUTO", "LOG", "ORD", "RUN"]))
def test_what_is_shown_is_read_back(key: UUID, prefix: str) -> None:
    shown = identifiers.show(prefix, key)
    letters = shown.removeprefix(f"{prefix}-")
    assert len(letters) == 26
    assert not set(letters) & set("ILOU")
    assert identifiers.read(prefix, shown) == key
    assert identifiers.read(prefix, f"  {shown.lower()} ") == key


def test_letters_that_people_confuse_with_digits_are_read_as_those() -> None:
    shown = identifiers.show("ORD", UUID(int=0b00001_00000_00001))
    assert shown.endswith("101")
    for mistaken in ("IOL", "lo1", "1oi"):
        assert identifiers.read("ORD", shown[:-3] + mistaken) == UUID(int=0b00001_00000_00001)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ORD",
        "ORD-",
        "ORD-123",
        "AUTO-00000000000000000000000000",
        "00000000000000000000000000",
        "ORD-000000000000000000000000000",
        "ORD-0000000000000000000000000U",
        "ORD-000000000000000000000000 0",
        "ORD-80000000000000000000000000",
        "ORD--0000000000000000000000000",
        "019b8e0c-4c00-7000-8000-000000000000",
    ],
)
def test_what_is_no_identifier_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="identifier"):
        identifiers.read("ORD", text)

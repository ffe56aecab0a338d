"""The audit chain: what a hash is taken over, and which entries do not fit."""

from __future__ import annotations

import hashlib
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from automation.chain import BEGINNING, NONE_BEFORE, Entry, Link, canonical, digest, misfit, plain

NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)


def entry(number: int = 1, previous: str = NONE_BEFORE, **changes: Any) -> Entry:
    """A sound entry, its hash taken after the changes."""
    made = Entry(number, NOON, "rm:u17", "auto_invest.pause", "auto_invest", "AUTO-1", "C1", {}, previous)
    made = made._replace(**changes)
    return made._replace(hash=digest(made))


def test_the_canonical_form_is_what_is_written_down() -> None:
    made = entry(details={"reason": 'é "x"\n', "a": [None, True, 5]})
    said = (
        '{"action":"auto_invest.pause","at":"2026-01-05T12:00:00Z","by":"rm:u17","client_id":"C1",'
        '"details":{"a":[null,true,5],"reason":"é \\"x\\"\\n"},"number":1,"object_id":"AUTO-1",'
        f'"object_kind":"auto_invest","previous_hash":"{NONE_BEFORE}"}}'
    )
    assert canonical(made) == said
    assert made.hash == hashlib.sha256(said.encode()).hexdigest()


def test_an_instant_is_the_same_in_every_zone() -> None:
    zone = timezone(timedelta(hours=5, minutes=30))
    assert entry(at=NOON.astimezone(zone)).hash == entry().hash
    assert '"at":"2026-01-05T12:00:00.000007Z"' in canonical(entry(at=NOON + timedelta(microseconds=7)))


def test_details_are_kept_as_json_keeps_them_for_good() -> None:
    given = {"a": Decimal("1.50"), "b": 1e3, "c": date(2026, 1, 5), "d": (1, None), "e": UUID(int=1), "f": True}
    kept = {"a": "1.50", "b": "1000.0", "c": "2026-01-05", "d": [1, None], "e": str(UUID(int=1)), "f": True}
    assert plain(given) == kept


def test_an_entry_that_continues_the_last_one_fits() -> None:
    first = entry()
    assert misfit(BEGINNING, first) is None
    assert misfit(Link(1, first.hash), entry(2, first.hash)) is None


OTHER: dict[str, Any] = {
    "at": NOON + timedelta(microseconds=1),
    "by": "rm:u18",
    "action": "auto_invest.resume",
    "object_kind": "rebalancing",
    "object_id": "AUTO-2",
    "client_id": None,
    "details": {"until": None},
    "previous_hash": "f" * 64,
    "hash": "e" * 64,
}


@pytest.mark.parametrize("field", [name for name in Entry._fields if name != "number"])
def test_an_entry_with_any_other_field_is_changed(field: str) -> None:
    found = misfit(BEGINNING, entry()._replace(**{field: OTHER[field]}))
    assert found is not None
    assert (found.number, found.how) == (1, "changed")


def test_a_number_that_is_left_out_is_missing() -> None:
    found = misfit(Link(4, "a" * 64), entry(7))
    assert found is not None
    assert (found.number, found.how) == (5, "missing")


@pytest.mark.parametrize("forged", [entry(2, "b" * 64), entry(2), entry(0), entry(-3)])
def test_an_entry_with_a_hash_of_its_own_that_continues_another_is_inserted(forged: Entry) -> None:
    last = BEGINNING if forged.number < 1 else Link(1, "a" * 64)
    found = misfit(last, forged)
    assert found is not None
    assert (found.number, found.how) == (forged.number, "inserted")


def test_an_entry_that_was_moved_up_tells_that_one_was_inserted_before_it() -> None:
    first, second = entry(), entry(2, entry().hash)
    forged = entry(2, first.hash, by="nobody")
    found = misfit(Link(2, forged.hash), second._replace(number=3))
    assert found is not None
    assert (found.number, found.how) == (3, "inserted")

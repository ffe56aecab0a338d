"""The audit chain: what the hash of an entry is taken over, and what does not fit in a row of entries. No I/O."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, Final, NamedTuple

# What the first entry has in the place of the hash of the one before it.
NONE_BEFORE: Final = "0" * 64


class Entry(NamedTuple):
    """One act of a person, as it is kept; `details` holds no fractions but as text."""

    number: int
    at: datetime
    by: str
    action: str
    object_kind: str
    object_id: str
    client_id: str | None
    details: Mapping[str, Any]
    previous_hash: str
    hash: str = ""


class Link(NamedTuple):
    """What the next entry continues: the number and the hash of the last one."""

    number: int
    hash: str


BEGINNING: Final = Link(0, NONE_BEFORE)


class Misfit(NamedTuple):
    """The first entry that does not fit: changed, missing or inserted, and how one knows."""

    number: int
    how: str
    reason: str


def canonical(entry: Entry) -> str:
    """The entry as it is shown as data, without its hash: keys in their order, no spaces, the instant in UTC with Z."""
    fields = entry._asdict() | {"at": entry.at.astimezone(UTC).isoformat().replace("+00:00", "Z")}
    del fields["hash"]
    return json.dumps(fields, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def digest(entry: Entry) -> str:
    """The hash that an entry is to have: SHA-256 of its canonical form in UTF-8, in hexadecimal digits."""
    return sha256(canonical(entry).encode()).hexdigest()


def plain(details: Mapping[str, Any]) -> dict[str, Any]:
    """Details as JSON keeps them for good: whatever is no text, whole number or yes and no becomes text."""
    kept: dict[str, Any] = json.loads(json.dumps(dict(details), default=str), parse_float=str)
    return kept


def misfit(last: Link, entry: Entry) -> Misfit | None:
    """How an entry does not continue the last one, None where it does."""
    if entry.number > last.number + 1:
        return Misfit(last.number + 1, "missing", f"{last.number} is followed by {entry.number}")
    if entry.number <= last.number:
        return Misfit(entry.number, "inserted", "it comes before the first entry")
    if digest(entry) != entry.hash:
        if was := _number_before(entry):
            return Misfit(entry.number, "inserted", f"it was number {was}: an entry was put in before it")
        return Misfit(entry.number, "changed", "what it says is not what its hash was taken over")
    if entry.previous_hash != last.hash:
        reason = f"it does not continue entry {last.number}: it was put in, or that one was written anew"
        return Misfit(entry.number, "inserted", reason)
    return None


def _number_before(entry: Entry) -> int | None:
    """The lower number under which an entry's hash was taken, if there is one: then it was moved."""
    lower = range(entry.number - 1, 0, -1)
    return next((number for number in lower if digest(entry._replace(number=number)) == entry.hash), None)

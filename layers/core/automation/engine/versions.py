"""Changes to what somebody has read: they are made to what was read, or not at all."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from hashlib import blake2b
from typing import Any

from automation.errors import Changed


def refuse_unseen(row: Mapping[str, Any], versions: Collection[int] | None, shown_id: str) -> None:
    """Changed where a row is of another version than any of those that its caller has seen; None is any."""
    if versions is not None and row["version"] not in versions:
        raise Changed(f"{shown_id} has been changed since you read it", hint="read it again, then change it")


def fingerprint(row: Mapping[str, Any], fields: Collection[str]) -> int:
    """The version of what keeps none: a number that its editable fields make, whoever has changed them."""
    told = repr([(name, row[name]) for name in sorted(fields)])
    return int.from_bytes(blake2b(told.encode(), digest_size=7).digest(), "big")

"""What must hold of the audit trail: the chain is whole. Its hashes are taken again here, without the product."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator

from psycopg.rows import dict_row

from automation.database import Connection

_ENTRIES = """
    select number, to_char(at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US') as at, by, action, object_kind,
           object_id, client_id, details, previous_hash, hash
    from automation_audit order by number"""


def violations(connection: Connection) -> Iterator[str]:
    """Every entry that does not continue the one before it, in words."""
    previous = "0" * 64
    with connection.cursor(row_factory=dict_row) as cursor:
        for number, entry in enumerate(cursor.execute(_ENTRIES), start=1):
            kept = entry.pop("hash")
            entry["at"] = entry["at"].removesuffix(".000000") + "Z"
            said = json.dumps(entry, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
            if entry["number"] != number or entry["previous_hash"] != previous:
                yield f"entry {entry['number']} of the audit trail does not continue the one before it"
            if hashlib.sha256(said.encode()).hexdigest() != kept:
                yield f"entry {entry['number']} of the audit trail has not its own hash"
            previous = kept

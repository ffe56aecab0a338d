"""Whether products trade, and why not."""

from __future__ import annotations

from typing import NamedTuple

from psycopg.rows import args_row

from automation.database import Connection


class Status(NamedTuple):
    """Active, Closed or Merged, who said so and why, and the product that it has been merged into."""

    status: str
    reason: str | None
    merged_into: str | None


def lock(connection: Connection, product: str) -> Status | None:
    """A product's status, which nobody else changes until the transaction ends; None for an unknown product."""
    with connection.cursor(row_factory=args_row(Status)) as cursor:
        return cursor.execute(
            "select status, status_reason, merged_into from products where id = %s for no key update", (product,)
        ).fetchone()


def put(connection: Connection, product: str, status: Status) -> None:
    """Give a product another status."""
    connection.execute(
        "update products set status = %s, status_reason = %s, merged_into = %s where id = %s", (*status, product)
    )

"""What rules refer to, put there by people: clients, products, business calendars."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from automation import identifiers, money
from automation.database import Connection
from automation.engine import audit
from automation.errors import Conflict, InvalidInput
from automation.feeds import holidays, products
from automation.runtime import Runtime
from automation.store import clients, portfolio
from automation.store import reference as store
from automation.store.clients import ClientRow

KYC: Final = ("Verified", "Pending", "Rejected", "Expired")
_LARGEST: Final = Decimal(10) ** 16


class Loaded(NamedTuple):
    """How many rows a file had, how many of them were new or changed something, and what a person should know."""

    rows: int
    changed: int
    warnings: Sequence[str] = ()


def load_products(runtime: Runtime, path: Path, by: str) -> Loaded:
    """Add the products of a CSV file, or give them its terms; InvalidInput, and nothing of the file is kept."""
    rows = products.read(path)

    def work(connection: Connection) -> Loaded:
        changed = store.upsert_products(connection, rows)
        bare = store.calendars_without_exceptions(connection, [row.calendar for row in rows])
        _record(connection, runtime, by, "product.load", path, len(rows), changed)
        return Loaded(len(rows), changed, [_bare(name) for name in bare])

    return runtime.database.transaction(work)


def _bare(calendar: str) -> str:
    return f"nothing is known of the calendar {calendar}: Monday to Friday count as business days until it is loaded"


def load_calendar(runtime: Runtime, path: Path, by: str) -> Loaded:
    """Add the exceptions of a CSV file to business calendars; InvalidInput, and nothing of the file is kept."""
    rows = holidays.read(path)

    def work(connection: Connection) -> Loaded:
        changed = store.upsert_holidays(connection, rows)
        _record(connection, runtime, by, "calendar.load", path, len(rows), changed)
        return Loaded(len(rows), changed)

    return runtime.database.transaction(work)


def _record(
    connection: Connection, runtime: Runtime, by: str, action: str, path: Path, rows: int, changed: int
) -> None:
    if changed:
        now = runtime.clock.now(connection)
        audit.record(connection, now, by, action, path.name, None, {"rows": rows, "changed": changed})


def add_client(runtime: Runtime, client: ClientRow, cash: Decimal, by: str) -> None:
    """Add a client with a first deposit; InvalidInput names the field, Conflict an id that is taken."""
    check_client(client, cash)

    def work(connection: Connection) -> None:
        if not insert_client(connection, client, cash, runtime.clock.now(connection), by):
            raise Conflict(f"there is a client {client.id!r} already", hint="choose another id")

    runtime.database.transaction(work)


def insert_client(connection: Connection, client: ClientRow, cash: Decimal, now: datetime, by: str) -> bool:
    """Add a client whose cash comes in one deposit; False where the id is taken."""
    if not clients.insert(connection, client, now):
        return False
    if cash:
        portfolio.move_cash(connection, [(identifiers.new(now), client.id, cash, "Deposit", None)], now)
    audit.record(connection, now, by, "client.create", client.id, client.id, {"cash": cash})
    return True


def check_client(client: ClientRow, cash: Decimal) -> None:
    """InvalidInput names the field that is wrong."""
    for field in ("id", "name"):
        text = getattr(client, field)
        if not text.strip() or len(text) > 200 or not text.isprintable():
            raise InvalidInput(field, f"{text!r} is not a printable text of 1 to 200 characters", hint="shorten it")
    check_zone(client.time_zone)
    if len(client.currency) != 3 or not client.currency.isascii() or not client.currency.isupper():
        raise InvalidInput("currency", f"{client.currency!r} is no ISO 4217 code", hint="write it as INR")
    if client.kyc_status not in KYC:
        raise InvalidInput("kyc_status", f"{client.kyc_status!r} is not known", hint=f"use one of: {', '.join(KYC)}")
    if not 0 <= cash < _LARGEST or cash != cash.quantize(money.PAISA):
        raise InvalidInput("cash", f"{cash} is not from zero with at most 2 decimals", hint="write it as 250000.00")


def check_zone(name: str) -> None:
    """InvalidInput where there is no such time zone."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise InvalidInput(
            "time_zone", f"{name!r} is not known", hint="use an IANA name such as Asia/Kolkata"
        ) from error

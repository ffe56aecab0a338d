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


def load_products(runtime: Runtime, path: Path) -> Loaded:
    """Add the products of a CSV file, or give them its terms; InvalidInput, and nothing of the file is kept."""
    rows = products.read(path)

    def work(connection: Connection) -> Loaded:
        changed = store.upsert_products(connection, rows)
        bare = store.calendars_without_exceptions(connection, [row.calendar for row in rows])
        return Loaded(len(rows), changed, [_bare(name) for name in bare])

    return runtime.database.transaction(work)


def _bare(calendar: str) -> str:
    return f"nothing is known of the calendar {calendar}: Monday to Friday count as business days until it is loaded"


def load_calendar(runtime: Runtime, path: Path) -> Loaded:
    """Add the exceptions of a CSV file to business calendars; InvalidInput, and nothing of the file is kept."""
    rows = holidays.read(path)
    return Loaded(len(rows), runtime.database.transaction(lambda c: store.upsert_holidays(c, rows)))


def add_client(runtime: Runtime, client: ClientRow, cash: Decimal) -> None:
    """Add a client with a first deposit; InvalidInput names the field, Conflict an id that is taken."""
    check_client(client, cash)

    def work(connection: Connection) -> None:
        if not insert_client(connection, client, cash, runtime.clock.now(connection)):
            raise Conflict(f"there is a client {client.id!r} already", hint="choose another id")

    runtime.database.transaction(work)


def insert_client(connection: Connection, client: ClientRow, cash: Decimal, now: datetime) -> bool:
    """Add a client whose cash comes in one deposit; False where the id is taken."""
    added = clients.insert(connection, client, now)
    if added and cash:
        portfolio.move_cash(connection, [(identifiers.new(now), client.id, cash, "Deposit", None)], now)
    return added


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

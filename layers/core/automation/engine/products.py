"""Products read and administered by people: their terms; whether they trade is changed by its own verbs."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any, Final

from automation.calendar.schedule import local_date
from automation.database import Connection
from automation.engine import audit, reference
from automation.engine.versions import fingerprint, refuse_unseen
from automation.errors import Conflict, InvalidInput, NotFound
from automation.fields import changed, validated
from automation.portfolio.requests import ProductRequest
from automation.runtime import Runtime
from automation.store import navs, product_status
from automation.store import product_list as store
from automation.store.product_list import Wanted

_FIXED: Final = ("id", "currency", "time_zone")
_EDITABLE: Final = frozenset(ProductRequest.model_fields) - set(_FIXED)
# What a feed writes anew every evening to the products that it has made.
_OF_THE_FEED: Final = ("name", "isin", "amc")


def create(runtime: Runtime, body: dict[str, Any], by: str) -> dict[str, Any]:
    """Add a product, which is answered; InvalidInput names the field, Conflict an id that is taken."""
    request = validated(ProductRequest, body)
    reference.check_zone(request.time_zone)

    # When this call has tried before: its commit may have got through, and the answer been lost.
    tried: set[datetime] = set()

    def work(connection: Connection) -> dict[str, Any]:
        now = runtime.clock.now(connection)
        added = store.insert(connection, request, now)
        found = _one(connection, runtime, request.id, now)
        if not added and found["created_at"] not in tried:
            raise Conflict(f"there is a product {request.id!r} already", hint="choose another id, or edit that one")
        if added:
            audit.record(connection, now, by, "product.create", request.id, None, audit.terms(request))
        tried.add(now)
        return found

    return runtime.database.transaction(work)


def edit(
    runtime: Runtime, product: str, changes: dict[str, Any], by: str, versions: Collection[int] | None
) -> dict[str, Any]:
    """Change some terms of a product, which is answered; InvalidInput, and nothing is changed.

    Changed where it is of none of the `versions` any more that the caller has seen. Portfolios that hold it are
    measured anew where it is of another class.
    """

    def work(connection: Connection) -> dict[str, Any]:
        now = runtime.clock.now(connection)
        if product.isprintable():
            product_status.lock(connection, product)
        before = _one(connection, runtime, product, now)
        refuse_unseen(before, versions, f"product {product}")
        _refuse_what_feeds_write(before, changes)
        request = changed(ProductRequest, before, changes, _FIXED)
        store.update(connection, request)
        if request.asset_class != before["asset_class"]:
            navs.wake_triggers_now(connection, [product], now)
        after = _one(connection, runtime, product, now)
        if told := audit.difference(before, {field: after[field] for field in _EDITABLE}):
            audit.record(connection, now, by, "product.edit", product, None, told)
        return after

    return runtime.database.transaction(work)


def listed(runtime: Runtime, wanted: Wanted) -> list[dict[str, Any]]:
    """Products by id, each with its last good NAV."""

    def work(connection: Connection) -> list[dict[str, Any]]:
        now = runtime.clock.now(connection)
        return _aged(connection, runtime, store.listed(connection, wanted, now), now)

    return runtime.database.transaction(work)


def view(runtime: Runtime, product: str) -> dict[str, Any]:
    """One product with its last good NAV and its version; NotFound where there is none."""
    return runtime.database.transaction(lambda c: _one(c, runtime, product, runtime.clock.now(c)))


def _one(connection: Connection, runtime: Runtime, product: str, now: datetime) -> dict[str, Any]:
    found = store.listed(connection, Wanted(1), now, product) if product.isprintable() else []
    if not found:
        raise NotFound(f"there is no product {product}", hint="list them to see their ids")
    (row,) = _aged(connection, runtime, found, now)
    return row | {"version": fingerprint(row, _EDITABLE)}


def _aged(connection: Connection, runtime: Runtime, rows: list[dict[str, Any]], now: datetime) -> list[dict[str, Any]]:
    """The rows with the age of their NAVs in business days of their calendars, and whether that is too old to buy."""
    calendars, oldest = runtime.calendars, runtime.settings.max_nav_age
    calendars.load(connection, {row["calendar"] for row in rows})

    def age(row: Mapping[str, Any]) -> int | None:
        if row["nav_date"] is None:
            return None
        return calendars.of([row["calendar"]]).count(row["nav_date"], local_date(now, row["time_zone"]))

    aged = [(row, age(row)) for row in rows]
    return [row | {"nav_age": days, "stale": days is None or days > oldest} for row, days in aged]


def _refuse_what_feeds_write(before: Mapping[str, Any], changes: Mapping[str, Any]) -> None:
    for field in _OF_THE_FEED:
        if before["category"] is not None and field in changes and changes[field] != before[field]:
            raise InvalidInput(field, "follows the feed, which has made this product", hint="leave it out")

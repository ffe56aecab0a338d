"""Products closed, merged and reopened by people. The feed leaves alone what they have closed or merged."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final

from automation import identifiers
from automation.database import Connection
from automation.engine import audit
from automation.errors import Conflict, InvalidInput, NotFound
from automation.runtime import Runtime
from automation.store import notifications
from automation.store import product_status as store
from automation.store.notifications import Message
from automation.store.product_status import Status
from automation.store.schemes import REOPENED, STALE

_LONGEST: Final = 300


def close(runtime: Runtime, product: str, reason: str, by: str) -> None:
    """Close an Active product, or make a closing by the feed one of a person's own.

    NotFound for an unknown product, Conflict for one that a person has closed or merged, InvalidInput for no reason.
    """
    said = f"closed by {_said('by', by)}: {_said('reason', reason)}"

    def work(connection: Connection) -> None:
        _trading_or_stale(connection, product)
        store.put(connection, product, Status("Closed", said, None))
        now = runtime.clock.now(connection)
        tell(connection, [product], "closed", now)
        audit.record(connection, now, by, "product.close", product, None, {"reason": reason})

    runtime.database.transaction(work)


def merge(runtime: Runtime, product: str, into: str, by: str) -> None:
    """Mark a product as merged into another, Active one.

    NotFound for unknown products, Conflict for one that a person has closed or merged, or for a target that is not
    Active, InvalidInput where both are the same.
    """
    said = f"merged by {_said('by', by)}"
    if product == into:
        raise InvalidInput("into", f"{into!r} is the product itself", hint="name the product that it has become")

    def work(connection: Connection) -> None:
        _trading_or_stale(connection, product)
        _require(connection, into, lambda status: status.status == "Active", "merge it into one that is Active")
        store.put(connection, product, Status("Merged", said, into))
        now = runtime.clock.now(connection)
        tell(connection, [product], "merged", now)
        audit.record(connection, now, by, "product.merge", product, None, {"into": into})

    runtime.database.transaction(work)


def reopen(runtime: Runtime, product: str, by: str) -> None:
    """Make a product Active again, whatever the feed thinks of it.

    NotFound for an unknown one, Conflict for one that is Active.
    """

    def work(connection: Connection) -> None:
        _require(connection, product, lambda status: status.status != "Active", "nothing is left to do")
        store.put(connection, product, Status("Active", f"{REOPENED}{by}", None))
        audit.record(connection, runtime.clock.now(connection), by, "product.reopen", product)

    runtime.database.transaction(work)


def tell(connection: Connection, products: Sequence[str], what: str, now: datetime) -> None:
    """Tell those whom it concerns that products were closed or merged."""
    told = [
        Message(
            "Market Update",
            identifiers.derived(now, product, what, client),
            client,
            json.dumps({"product": product, "what": what} | ({"rules": rules} if rules else {})),
        )
        for product, client, rules in store.concerned(connection, products)
    ]
    notifications.insert(connection, told, now)


def _trading_or_stale(connection: Connection, product: str) -> None:
    def is_so(status: Status) -> bool:
        return status.status == "Active" or (status.reason or "").startswith(STALE)

    _require(connection, product, is_so, f"reopen it first: automation products reopen {product}")


def _require(connection: Connection, product: str, holds: Callable[[Status], bool], hint: str) -> None:
    """Lock the product's row; NotFound or Conflict where it is not as it must be."""
    status = store.lock(connection, product)
    if status is None:
        raise NotFound(f"there is no product {product!r}", hint="look at the ids of your products")
    if not holds(status):
        reason = f" ({status.reason})" if status.reason else ""
        raise Conflict(f"product {product} is {status.status}{reason}", hint=hint)


def _said(field: str, text: str) -> str:
    said = text.strip()
    if not said or len(said) > _LONGEST or not said.isprintable():
        raise InvalidInput(
            field, f"{text!r} is not a printable text of 1 to {_LONGEST} characters", hint="say it short"
        )
    return said

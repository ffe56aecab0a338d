"""The answer to a COMMIT is lost: the whole transaction runs again, and what it has made is there once."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest

from automation.database import Connection, Database, scalar
from tests.functions.api.conftest import As
from tests.functions.api.test_clients import CLIENT
from tests.functions.api.test_goals import GOAL
from tests.functions.api.test_notification_preferences import PREFERENCE
from tests.functions.api.test_notifications import add_log
from tests.functions.api.test_products import PRODUCT

BASE = "/api/automation"
pytestmark = pytest.mark.usefixtures("people", "funds")


@pytest.fixture
def lossy(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The works whose first commit was done and not answered."""
    real, lost = Database._in_transaction, list[Any]()

    def in_transaction(database: Database, connection: Connection, work: Any, end: Any) -> Any:
        result = real(database, connection, work, end)
        if work not in lost:
            lost.append(work)
            raise psycopg.OperationalError("the connection was closed")
        return result

    monkeypatch.setattr(Database, "_in_transaction", in_transaction)
    return lost


@pytest.mark.parametrize(
    ("user", "path", "table", "body"),
    [
        (("asha", "client"), "notification-preferences", "notification_preferences", PREFERENCE),
        (("asha", "client"), "goals", "goals", GOAL),
        (("olga", "operations"), "clients", "clients", CLIENT | {"first_deposit": "500"}),
        (("olga", "operations"), "products", "products", PRODUCT),
    ],
)
def test_what_is_made_is_made_once_and_answered(
    user: tuple[str, str], path: str, table: str, body: Any, acting: As, connection: Connection, lossy: list[Any]
) -> None:
    before = scalar(connection, f"select count(*) from {table}")  # noqa: S608
    made = acting(*user)("POST", f"{BASE}/{path}", body)
    assert made.status == 201
    assert lossy
    assert scalar(connection, f"select count(*) from {table}") == before + 1  # noqa: S608
    assert acting(*user)("GET", f"{BASE}/{path}/{made.body['id']}").body == made.body
    assert scalar(connection, "select coalesce(sum(amount), 0) from cash_journal") == (500 if path == "clients" else 0)


def test_a_message_is_set_to_be_tried_anew_once(acting: As, connection: Connection, lossy: list[Any]) -> None:
    failed = add_log(connection, 1, status="Failed", reason="throttled", attempts=8)
    answer = acting("olga", "operations")("POST", f"{BASE}/notification-logs/{failed}/retry")
    assert (answer.status, answer.body["status"]) == (200, "Pending")
    assert lossy
    assert scalar(connection, "select count(*) from automation_audit") == 1

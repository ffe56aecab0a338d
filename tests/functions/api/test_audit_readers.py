"""Who may read the audit trail over HTTP, and what may be asked of it."""

from __future__ import annotations

import pytest

from tests.functions.api.conftest import As

BASE = "/api/automation"
pytestmark = pytest.mark.usefixtures("people")


@pytest.mark.parametrize("query", ["cursor=x", "cursor=0", "cursor=-1", "day=today", "colour=red", "limit=0"])
def test_a_wrong_question_is_refused(query: str, acting: As) -> None:
    answer = acting("sue", "supervisor")("GET", f"{BASE}/audit?{query}")
    assert (answer.status, answer.body["code"]) == (400, "invalid_input")


@pytest.mark.parametrize(
    ("role", "status"), [("client", 403), ("rm", 403), ("supervisor", 200), ("operations", 200), ("admin", 200)]
)
def test_only_those_who_work_for_all_read_the_trail(role: str, status: int, acting: As) -> None:
    assert acting("u1", role)("GET", f"{BASE}/audit").status == status

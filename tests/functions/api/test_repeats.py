"""Requests that are sent again, one after another or all at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from automation.database import Connection, scalar
from tests.estates import RULE
from tests.functions.api.conftest import Api, As

BASE = "/api/automation/auto-invest"
pytestmark = pytest.mark.usefixtures("people", "funds")


@pytest.fixture
def asha(acting: As) -> Api:
    return acting("asha", "client")


def test_the_same_request_is_done_once_and_answered_the_same(asha: Api, connection: Connection) -> None:
    first = asha("POST", BASE, RULE, idempotency_key="k1")
    again = asha("POST", BASE, RULE, idempotency_key="k1")
    assert (again.status, again.body) == (first.status, first.body) == (201, first.body)
    assert [first.headers.get("idempotency-replayed"), again.headers["idempotency-replayed"]] == [None, "true"]
    assert again.headers["location"] == first.headers["location"]
    assert scalar(connection, "select count(*) from auto_invest_rules") == 1


def test_twenty_at_once_have_one_effect_and_equal_answers(asha: Api, connection: Connection) -> None:
    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda _: asha("POST", BASE, RULE, idempotency_key="k2"), range(20)))
    assert {answer.status for answer in answers} == {201}
    assert len({answer.body["id"] for answer in answers}) == 1
    assert scalar(connection, "select count(*) from auto_invest_rules") == 1


def test_a_key_is_not_for_another_request(asha: Api) -> None:
    asha("POST", BASE, RULE, idempotency_key="k3")
    other = asha("POST", BASE, RULE | {"name": "other"}, idempotency_key="k3")
    assert (other.status, other.body["code"]) == (422, "idempotency_key_reused")


def test_a_key_is_its_callers_own(asha: Api, acting: As, connection: Connection) -> None:
    asha("POST", BASE, RULE, idempotency_key="k4")
    assert acting("bela", "client")("POST", BASE, RULE | {"client": "C2"}, idempotency_key="k4").status == 201
    assert scalar(connection, "select count(*) from auto_invest_rules") == 2


def test_a_refusal_is_answered_again_but_one_for_lack_of_a_role_is_not_kept(asha: Api, acting: As) -> None:
    assert [asha("POST", BASE, {}, idempotency_key="k5").status for _ in range(2)] == [400, 400]
    rule = asha("POST", BASE, RULE).body["id"]
    assert acting("sue", "supervisor")("POST", f"{BASE}/{rule}/pause", idempotency_key="k6").status == 403
    assert acting("sue", "operations")("POST", f"{BASE}/{rule}/pause", idempotency_key="k6").status == 200


def test_one_whose_process_died_stays_in_flight(
    asha: Api, connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.repeats._PATIENCE", 1)
    asha("POST", BASE, RULE, idempotency_key="k7")
    connection.execute("update automation_requests set status = null, headers = null, body = null")
    answer = asha("POST", BASE, RULE, idempotency_key="k7")
    assert (answer.status, answer.body["code"]) == (409, "in_flight")
    assert scalar(connection, "select count(*) from auto_invest_rules") == 1


def test_a_key_that_is_none_and_a_caller_who_is_nobody(asha: Api, acting: As) -> None:
    assert asha("POST", BASE, RULE, idempotency_key="a b").status == 400
    assert acting()("POST", BASE, RULE, idempotency_key="k8").status == 401


def test_old_answers_are_forgotten(asha: Api, connection: Connection) -> None:
    asha("POST", BASE, RULE, idempotency_key="k9")
    connection.execute("update automation_requests set created_at = created_at - interval '3 days'")
    asha("POST", BASE, RULE, idempotency_key="k10")
    assert scalar(connection, "select array_agg(key) from automation_requests") == ["k10"]

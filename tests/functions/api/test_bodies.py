"""Bodies of every route are read alike: strictly, and never more than is needed."""

from __future__ import annotations

import json
from typing import Any

import pytest

from api.bodies import LONGEST
from tests.estates import REBALANCING, RULE, TRIGGER
from tests.functions.api.conftest import Api, As

BASE = "/api/automation"
pytestmark = pytest.mark.usefixtures("people", "funds")


@pytest.fixture
def asha(acting: As) -> Api:
    return acting("asha", "client")


@pytest.fixture
def made(asha: Api) -> dict[str, str]:
    """The path of one of each kind of the first client's."""
    bodies: dict[str, Any] = {"auto-invest": RULE, "trigger-orders": TRIGGER, "rebalancing": REBALANCING}
    return {
        kind: f"{BASE}/{kind}/{asha('POST', f'{BASE}/{kind}', body | {'client': 'C1'}).body['id']}"
        for kind, body in bodies.items()
    }


REFUSED = {
    b'{"reason": "one", "reason": "two"}': "is there twice",
    b'{"reason": NaN}': "NaN is no JSON",
    b'{"reason": "\xff"}': "is no JSON that can be read",
    b'{"reason": "\\ud800"}': "is no JSON that can be read",
    b'{"reason": "a\\u0000b"}': "can't be printed",
    b'{"reason": ' + b"9" * 5000 + b"}": "is no JSON that can be read",
    b'{"reason": ' + b"[" * 20_000 + b"]" * 20_000 + b"}": "is no JSON that can be read",
    b'["reason"]': "is no JSON object",
    json.dumps({"reason": "x" * LONGEST}).encode(): "is longer than",
}


@pytest.mark.parametrize("verb", ["cancel", "pause"])
@pytest.mark.parametrize("kind", ["auto-invest", "rebalancing"])
def test_a_verb_refuses_what_is_no_plain_json_object(kind: str, verb: str, asha: Api, made: dict[str, str]) -> None:
    for body, problem in REFUSED.items():
        answer = asha("POST", f"{made[kind]}/{verb}", body)
        assert (answer.status, answer.body["code"]) == (400, "invalid_input"), body[:40]
        assert problem in answer.body["detail"], body[:40]
    assert asha("GET", made[kind]).body["status"] == "Active"


@pytest.mark.parametrize(("kind", "field"), [("trigger-orders", "valid_until"), ("rebalancing", "target_allocation")])
def test_a_change_refuses_it_too(kind: str, field: str, asha: Api, made: dict[str, str]) -> None:
    twice = f'{{"{field}": "2026-12-31", "{field}": "2026-12-30"}}'.encode()
    answer = asha("PATCH", made[kind], twice, if_match="*")
    assert (answer.status, answer.body["errors"][0]["pointer"]) == (400, f"#/{field}")


def test_a_body_of_another_kind_is_not_read(asha: Api, made: dict[str, str]) -> None:
    answer = asha(
        "POST", f"{made['auto-invest']}/pause", b"reason=tax", content_type="application/x-www-form-urlencoded"
    )
    assert (answer.status, answer.body["errors"][0]["pointer"]) == (400, "#")


def test_what_need_not_be_said_may_be_left_out(asha: Api, made: dict[str, str]) -> None:
    assert asha("POST", f"{made['auto-invest']}/pause").body["status_reason"] == "paused by hand"
    assert asha("POST", f"{made['rebalancing']}/pause", {}).body["status_reason"] == "paused by hand"
    assert asha("POST", f"{made['trigger-orders']}/cancel").status == 400

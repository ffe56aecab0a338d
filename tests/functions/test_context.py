"""What a handler is told about its invocation, and how an invocation answers."""

from __future__ import annotations

import pytest

from automation.errors import InvalidInput
from infra.local.invoke import Answer, context_of
from infra.local.template import function, functions


@pytest.mark.parametrize("folder", functions())
def test_a_context_has_the_limits_of_the_template(folder: str) -> None:
    context = context_of(function(folder))
    assert context.function_name == f"local-{folder.replace('_', '-')}"
    assert context.memory_limit_in_mb == "512"
    limit = {"migrations": 900, "api": 60}.get(folder, 300)
    assert (limit - 1) * 1000 < context.get_remaining_time_in_millis() <= limit * 1000


def test_every_invocation_has_an_id_of_its_own() -> None:
    one, other = context_of(function("orders")), context_of(function("orders"))
    assert one.aws_request_id != other.aws_request_id
    assert one.invoked_function_arn.endswith(":local-orders")


def test_once_it_is_to_stop_no_time_is_left() -> None:
    assert context_of(function("orders"), lambda: True).get_remaining_time_in_millis() == 0


@pytest.mark.parametrize("name", ["auto_invest", "auto-invest", "AutoInvestFunction"])
def test_a_function_is_found_by_folder_and_by_logical_id(name: str) -> None:
    assert function(name).handler == "auto_invest.handler.handler"


def test_an_unknown_function_is_refused_with_the_known_ones() -> None:
    with pytest.raises(InvalidInput) as refused:
        function("nothing")
    assert "auto_invest, orders, triggers, rebalancing, notifications, navs, api, migrations" in refused.value.hint


def test_an_error_is_answered_in_lambdas_form_with_the_next_step() -> None:
    refused = InvalidInput("file", "names no file", hint="name one")
    assert Answer(None, refused, 0.1).payload == {
        "errorType": "InvalidInput",
        "errorMessage": "file: names no file (next: name one)",
    }
    assert Answer(None, ValueError("odd"), 0.1).payload == {"errorType": "ValueError", "errorMessage": "odd"}


def test_a_result_is_answered_as_it_is() -> None:
    assert Answer({"ok": True}, None, 0.1).payload == {"ok": True}

"""The body that creates a trigger order: everything that is wrong is refused with its field named."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest

from automation.errors import InvalidInput
from automation.triggers.request import TriggerRequest, parse

SOUND: dict[str, Any] = {
    "client": "C1",
    "name": "dip",
    "trigger_type": "NAV",
    "trigger_condition": "Less Than",
    "trigger_value": "95",
    "order_type": "Purchase",
    "product": "FUND",
    "amount": "10000",
}
SELLS: dict[str, Any] = {"order_type": "Redemption", "amount": ..., "units": "all"}
SWITCHES: dict[str, Any] = SELLS | {"order_type": "Switch", "target_product": "OTHER"}
TRAILS: dict[str, Any] = {"trigger_condition": ..., "trigger_value": ..., "trailing_percent": "10"}
ON_DATE: dict[str, Any] = {
    "trigger_type": "Date", "trigger_condition": ..., "trigger_value": ..., "trigger_at": "2024-03-01",
}  # fmt: skip
GOAL: dict[str, Any] = {"trigger_type": "Goal Progress", "goal": "G"}
VALUE: dict[str, Any] = {"trigger_type": "Portfolio Value"}
LEAF: dict[str, Any] = {"trigger_type": "NAV", "trigger_condition": "Less Than", "trigger_value": "95"}
CUSTOM: dict[str, Any] = {
    "trigger_type": "Custom", "trigger_condition": ..., "trigger_value": ..., "condition_tree": {"all": [LEAF]},
}  # fmt: skip


def sent(**changes: Any) -> TriggerRequest:
    """The sound body with changes; a field that is changed to ... is left out."""
    return parse({name: value for name, value in (SOUND | changes).items() if value is not ...})


def refused(**changes: Any) -> str:
    """The field that is named when the body is refused."""
    with pytest.raises(InvalidInput) as error:
        sent(**changes)
    assert error.value.message.startswith(f"{error.value.field}: ")
    assert error.value.hint
    return error.value.field


def test_a_sound_body_is_read_as_it_stands_and_what_is_left_out_has_its_default() -> None:
    request = sent()
    assert (request.trigger_value, request.amount) == (Decimal(95), Decimal(10_000))
    assert (request.mode, request.on_shortfall, request.max_data_age, request.enabled) == ("execute", "reduce", 3, True)
    assert (request.valid_from, request.valid_until, request.oco_group) == (None, None, None)


@pytest.mark.parametrize("field", ["client", "name", "trigger_type", "order_type", "product"])
def test_a_required_field_that_is_missing_or_null_is_named(field: str) -> None:
    assert refused(**{field: ...}) == field
    assert refused(**{field: None}) == field


NOT_POSITIVE = ["-1", "0", "-0", "NaN", "1e2", "Infinity", " 1", "+1", "1,000", "", "ten", 1.5, True, [], {}]
TOO_FINE_OR_LARGE = ["1.00001", "100000000000000", "1000000000000000000"]


@pytest.mark.parametrize("value", [*NOT_POSITIVE, *TOO_FINE_OR_LARGE])
def test_a_level_is_a_plain_decimal_of_four_places(value: object) -> None:
    assert refused(trigger_value=value) == "trigger_value"


@pytest.mark.parametrize("value", ["0.0001", "99999999999999.9999", "100.0000", 95])
def test_the_smallest_and_the_largest_level_are_taken(value: object) -> None:
    assert sent(trigger_value=value).trigger_value == Decimal(str(value))


@pytest.mark.parametrize("value", [*NOT_POSITIVE, "1.001", "10000000000000000"])
def test_an_amount_is_money(value: object) -> None:
    assert refused(amount=value) == "amount"


@pytest.mark.parametrize("value", [*NOT_POSITIVE, "1.00001", "10000000000000000", "ALL", "every"])
def test_units_are_a_plain_decimal_of_four_places_or_all(value: object) -> None:
    assert refused(**SELLS | {"units": value}) == "units"


def test_units_may_be_all_or_a_number() -> None:
    assert sent(**SELLS).units == "all"
    assert sent(**SELLS | {"units": "0.0001"}).units == Decimal("0.0001")


@pytest.mark.parametrize("value", ["0", "-1", "100", "150", "0.00001", "ten", 1.5])
def test_a_trailing_percent_lies_between_0_and_100(value: object) -> None:
    assert refused(**TRAILS | {"trailing_percent": value}) == "trailing_percent"


@pytest.mark.parametrize("value", ["-0.1", "1e2", "0.00001", 0.5, True])
def test_a_tolerance_is_no_less_than_zero(value: object) -> None:
    assert refused(trigger_condition="Equals", tolerance=value) == "tolerance"
    assert sent(trigger_condition="Equals", tolerance="0").tolerance == 0


@pytest.mark.parametrize(("changes", "field"), [
    ({"trigger_type": "Price Level"}, "trigger_type"),
    ({"trigger_condition": "Above"}, "trigger_condition"),
    ({"trigger_condition": "greater than"}, "trigger_condition"),
    ({"order_type": "Buy"}, "order_type"),
    ({"mode": "ask"}, "mode"),
    ({"on_shortfall": "skip"}, "on_shortfall"),
    ({"max_data_age": -1}, "max_data_age"),
    ({"max_data_age": "3"}, "max_data_age"),
    ({"max_data_age": 367}, "max_data_age"),
    ({"enabled": "yes"}, "enabled"),
    ({"name": ""}, "name"),
    ({"name": "a\nb"}, "name"),
    ({"oco_group": ""}, "oco_group"),
    ({"colour": "red"}, "colour"),
    ({"status": "Executed"}, "status"),
    ({"best_value": "1"}, "best_value"),
])  # fmt: skip
def test_what_is_not_one_of_the_words_is_refused(changes: dict[str, Any], field: str) -> None:
    assert refused(**changes) == field


@pytest.mark.parametrize(("changes", "field"), [
    ({"trigger_condition": ...}, "trigger_condition"),
    ({"trigger_value": ...}, "trigger_value"),
    ({"trigger_at": "2024-03-01"}, "trigger_at"),
    ({"goal": "G"}, "goal"),
    ({"tolerance": "1"}, "tolerance"),
    ({"condition_tree": {"all": [LEAF]}}, "condition_tree"),
    (GOAL | {"goal": ...}, "goal"),
    (GOAL | {"trigger_value": ...}, "trigger_value"),
    (VALUE | {"trigger_value": "100.001"}, "trigger_value"),
    (VALUE | {"trigger_condition": ...}, "trigger_condition"),
    (ON_DATE | {"trigger_at": ...}, "trigger_at"),
    (ON_DATE | {"trigger_condition": "Less Than"}, "trigger_condition"),
    (ON_DATE | {"trigger_value": "95"}, "trigger_value"),
    (ON_DATE | {"trailing_percent": "10"}, "trailing_percent"),
    (ON_DATE | {"tolerance": "1"}, "tolerance"),
    (TRAILS | {"trigger_value": "95"}, "trigger_value"),
    (TRAILS | {"trigger_condition": "Less Than"}, "trigger_condition"),
    (TRAILS | VALUE, "trailing_percent"),
    (TRAILS | GOAL, "trailing_percent"),
    (CUSTOM | {"condition_tree": ...}, "condition_tree"),
    (CUSTOM | {"trigger_value": "95"}, "trigger_value"),
    (CUSTOM | {"trigger_condition": "Less Than"}, "trigger_condition"),
    (CUSTOM | {"goal": "G"}, "goal"),
    (CUSTOM | {"trailing_percent": "10"}, "trailing_percent"),
])  # fmt: skip
def test_what_a_type_needs_and_what_does_not_go_with_it(changes: dict[str, Any], field: str) -> None:
    assert refused(**changes) == field


@pytest.mark.parametrize(("changes", "field"), [
    ({"amount": ...}, "amount"),
    ({"amount": ..., "units": "10"}, "amount"),
    ({"units": "10"}, "units"),
    ({"target_product": "OTHER"}, "target_product"),
    (SELLS | {"units": ...}, "amount"),
    (SELLS | {"amount": "100"}, "amount"),
    (SELLS | {"target_product": "OTHER"}, "target_product"),
    (SWITCHES | {"target_product": ...}, "target_product"),
    (SWITCHES | {"target_product": "FUND"}, "target_product"),
])  # fmt: skip
def test_what_an_order_needs_and_what_does_not_go_with_it(changes: dict[str, Any], field: str) -> None:
    assert refused(**changes) == field


@pytest.mark.parametrize("changes", [SELLS, SWITCHES, TRAILS, TRAILS | SELLS, ON_DATE, GOAL, VALUE, CUSTOM])
def test_every_kind_of_trigger_and_order_has_a_sound_body(changes: dict[str, Any]) -> None:
    assert isinstance(sent(**changes), TriggerRequest)


@pytest.mark.parametrize(("text", "expected"), [
    ("2024-02-29", date(2024, 2, 29)),
    ("2024-02-29T10:00", datetime(2024, 2, 29, 10)),  # noqa: DTZ001 - local to the client
    ("2024-02-29T10:00:30Z", datetime(2024, 2, 29, 10, 0, 30, tzinfo=UTC)),
    ("2024-02-29T10:00+05:30", datetime(2024, 2, 29, 10, tzinfo=timezone(timedelta(hours=5, minutes=30)))),
])  # fmt: skip
@pytest.mark.parametrize("field", ["valid_from", "valid_until"])
def test_a_moment_is_a_date_a_local_time_or_an_instant(field: str, text: str, expected: date) -> None:
    assert getattr(sent(**{field: text}), field) == expected


@pytest.mark.parametrize("text", [
    "2023-02-29", "2024-13-01", "24-01-01", "01-02-2024", "20240101", "2024-W01-1", "1899-01-01", "2200-01-01", "now",
    "2024-01-01 10:00", "2024-01-01T25:00", "2024-01-01T10", "2024-01-01T10:00+99:00", "", 20240101, True,
])  # fmt: skip
@pytest.mark.parametrize("field", ["valid_from", "valid_until", "trigger_at"])
def test_what_is_no_moment_is_refused(field: str, text: object) -> None:
    changes = ON_DATE if field == "trigger_at" else {}
    assert refused(**changes | {field: text}) == field

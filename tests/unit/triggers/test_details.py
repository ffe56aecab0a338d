"""The record of a decision is read back as it was written, and decided again it is the same."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from automation.portfolio.product import Quote
from automation.triggers import details
from automation.triggers.condition import Observation
from automation.triggers.decision import GUARD_NAMES, decide
from automation.triggers.facts import Facts
from automation.triggers.trigger import Trigger
from tests.unit.triggers.examples import NOW, facts, quote, seen, trigger

quick = settings(derandomize=True, deadline=None, max_examples=200)
money = st.decimals(Decimal("0.01"), 10_000_000, places=2)
prices = st.decimals(Decimal("0.0001"), 9999, places=4)
instants = st.datetimes(datetime(1995, 1, 1), datetime(2099, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - hypothesis wants them naive
names = st.text(min_size=1, max_size=12)
COMPARED = ["Greater Than", "Less Than", "Equals", "Crosses Above", "Crosses Below"]
NONE: dict[str, Any] = {"trigger_condition": None, "trigger_value": None}
TREE = {
    "any": [
        {"all": [{"trigger_type": "NAV", "product": "Ünï \\ \"'", "trigger_condition": "Less Than",
                  "trigger_value": "9"}]},
        {"not": {"trigger_type": "Date", "trigger_at": "2024-01-31T10:00:00+05:30"}},
        {"trigger_type": "Goal Progress", "goal": "G", "trigger_condition": "Equals", "trigger_value": "50",
         "tolerance": "0.5"},
    ]
}  # fmt: skip


@st.composite
def conditions(draw: st.DrawFn) -> dict[str, Any]:
    kind = draw(st.sampled_from(["level", "trailing", "Date", "Custom"]))
    if kind == "Date":
        return NONE | {"trigger_type": "Date", "trigger_at": draw(instants)}
    if kind == "Custom":
        return NONE | {"trigger_type": "Custom", "condition_tree": TREE}
    if kind == "trailing":
        percent = draw(st.decimals(Decimal("0.0001"), Decimal("99.9999"), places=4))
        return NONE | {"trailing_percent": percent, "best_value": draw(st.none() | prices)}
    return {
        "trigger_type": draw(st.sampled_from(["NAV", "Price", "Portfolio Value", "Goal Progress"])),
        "trigger_condition": draw(st.sampled_from(COMPARED)),
        "trigger_value": draw(prices),
        "tolerance": draw(st.none() | prices),
    }


@st.composite
def orders(draw: st.DrawFn) -> dict[str, Any]:
    kind = draw(st.sampled_from(["Purchase", "Redemption", "Switch"]))
    target = "OTHER" if kind == "Switch" else None
    size = "amount" if kind == "Purchase" else draw(st.sampled_from(["amount", "units", "all"]))
    return {
        "order_type": kind,
        "target_product_id": target,
        "amount": draw(money) if size == "amount" else None,
        "units": draw(prices) if size == "units" else None,
        "all_units": size == "all",
        "on_shortfall": draw(st.sampled_from(["reduce", "reject"])),
    }


@st.composite
def triggers(draw: st.DrawFn) -> Trigger:
    free: dict[str, st.SearchStrategy[Any]] = {
        "mode": st.sampled_from(["execute", "confirm", "notify"]),
        "client_id": names,
        "goal_id": st.none() | names,
        "oco_group": st.none() | names,
        "enabled": st.sampled_from([True, True, True, False]),
        "valid_from": st.just(NOW - timedelta(1)) | instants,
        "valid_until": st.none() | instants,
        "max_data_age": st.integers(0, 5),
        "kyc_status": st.sampled_from(["Verified", "Verified", "Pending"]),
    }
    values = {name: draw(strategy) for name, strategy in free.items()}
    return trigger(**values | draw(conditions()) | draw(orders()))


observations = st.builds(
    Observation,
    st.none() | prices,
    st.none() | st.dates(),
    st.none() | st.integers(0, 4),
    st.none() | prices,
    st.none() | st.dates(),
    st.none() | st.integers(0, 4),
    st.none() | st.just("suspect_price"),
)


@st.composite
def quotes(draw: st.DrawFn, product: str) -> Quote:
    nav = draw(st.none() | prices)
    dated = {} if nav is not None else {"nav_date": None, "nav_age": None}
    return quote(product_id=product, nav=nav, open=draw(st.booleans()), multiple=draw(money), **dated)


@st.composite
def situations(draw: st.DrawFn) -> tuple[Trigger, Facts]:
    one = draw(triggers())
    known = facts(
        *[draw(observations) for _ in one.leaves],
        quotes=tuple(draw(quotes(product)) for product in one.products),
        now=draw(st.just(NOW) | instants),
        stop=draw(st.none() | names),
        suspect=draw(st.booleans()),
        cash=draw(money) - 1000,
        units=draw(prices),
        claimed=draw(money) - Decimal("0.01"),
    )
    return one, known


@quick
@given(situations())
def test_a_record_is_read_back_and_decided_again_it_is_the_same(situation: tuple[Trigger, Facts]) -> None:
    one, known = situation
    decision = decide(one, known)
    again, facts_again, recorded = details.read(json.loads(details.write(one, known, decision)))
    assert (again, facts_again, recorded) == (one, known, decision)
    assert decide(again, facts_again) == decision


def test_what_the_last_look_was_is_no_part_of_the_record() -> None:
    one = trigger(last_look={"at": "2024-01-04", "seen": [["99", "2024-01-04"]]})
    record = json.loads(details.write(one, facts(), decide(one, facts())))
    assert "last_look" not in record["rule"]


@pytest.mark.parametrize("passed", range(len(GUARD_NAMES) + 1))
def test_the_guards_are_listed_up_to_the_one_that_stopped_it(passed: int) -> None:
    decision = decide(trigger(), facts())._replace(guards=passed)
    named = details.guards(decision)
    assert [name for name, _ in named] == list(GUARD_NAMES[: passed + 1])
    stopped = passed < len(GUARD_NAMES)
    assert [word for _, word in named] == ["pass"] * passed + ["stop"] * stopped


@pytest.mark.parametrize("missing", ["rule", "facts", "decision"])
def test_a_record_that_is_not_whole_is_refused(missing: str) -> None:
    record = json.loads(details.write(trigger(), facts(), decide(trigger(), facts())))
    del record[missing]
    with pytest.raises(KeyError):
        details.read(record)


def test_decimals_are_strings_and_nulls_are_left_out() -> None:
    record = json.loads(details.write(trigger(), facts(seen("101.0000")), decide(trigger(), facts())))
    assert record["rule"]["trigger_value"] == "100.0000"
    assert record["facts"]["observations"] == [{"value": "101.0000", "as_of": "2024-01-05", "age": 0}]
    assert "units" not in record["rule"]

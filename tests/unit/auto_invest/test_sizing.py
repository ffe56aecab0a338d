"""What is left of an amount after totals, caps, multiples, minimum and cash, computed a second time in paise."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from automation.auto_invest.decision import decide
from tests.unit.auto_invest.examples import basket, facts, quote, rule

quick = settings(derandomize=True, deadline=None, max_examples=500)


@dataclass(frozen=True)
class Terms:
    """Whole paise."""

    amount: int
    left: int | None
    cap: int | None
    multiple: int
    minimum: int
    cash: int
    floor: int
    policy: str


def small(low: int = 1) -> st.SearchStrategy[int]:
    return st.integers(low, 2000)


terms = st.builds(
    Terms,
    small(),
    st.none() | small(0),
    st.none() | small(),
    st.sampled_from([1, 7, 100, 500]),
    st.sampled_from([1, 100, 500, 700]),
    small(0),
    st.sampled_from([0, 0, 100, 900]),
    st.sampled_from(["skip", "partial"]),
)


def expected(t: Terms) -> tuple[str | None, int | None]:
    """The reason or the amount."""
    if t.left is not None and t.left <= 0:
        return "max_total_reached", None
    trimmed = t.left is not None and t.left < t.amount
    if trimmed and not orderable(t, t.left or 0):
        return "max_total_reached", None
    wanted = min(t.amount, *(each for each in (t.left, t.cap) if each is not None), t.amount)
    sized = orderable(t, wanted)
    if not sized:
        return "below_minimum", None
    free = t.cash - t.floor
    if sized > free:
        sized = orderable(t, free) if t.policy == "partial" else 0
    return (None, sized) if sized else ("insufficient_cash", None)


def orderable(t: Terms, amount: int) -> int:
    """The amount in whole multiples, or 0 where that is below the minimum."""
    sized = max(amount, 0) // t.multiple * t.multiple
    return sized if sized >= t.minimum else 0


def decimal(paise: int) -> Decimal:
    return Decimal(paise) / 100


@quick
@given(terms)
def test_an_instalment_is_sized_as_the_domain_says(t: Terms) -> None:
    invested = 0 if t.left is None else 3000
    limits = {
        "max_total_amount": None if t.left is None else decimal(invested + t.left),
        "max_per_execution": None if t.cap is None else decimal(t.cap),
    }
    one = rule(
        amount=decimal(t.amount),
        total_invested=decimal(invested),
        min_balance_required=decimal(t.floor),
        cash_policy=t.policy,
        **limits,
    )
    found = decide(
        one, facts(quote(min_purchase=decimal(t.minimum), multiple=decimal(t.multiple)), available=decimal(t.cash))
    )
    reason, amount = expected(t)
    assert (found.reason, found.amount) == (reason, None if amount is None else decimal(amount))
    used_up = amount is not None and t.left is not None and amount >= t.left
    assert found.completes == ("max_total_reached" if used_up or reason == "max_total_reached" else None)


def sized(of_rule: dict[str, Any], **of_quote: Any) -> tuple[str | None, str | None, str | None]:
    found = decide(rule(**of_rule), facts(quote(**of_quote)))
    return found.reason, None if found.amount is None else f"{found.amount:.2f}", found.completes


def total(limit: str, invested: str) -> dict[str, Any]:
    return {"max_total_amount": Decimal(limit), "total_invested": Decimal(invested)}


def test_the_last_instalment_is_trimmed_to_what_is_left_and_completes_the_rule() -> None:
    assert sized(total("25000", "20000")) == (None, "5000.00", "max_total_reached")


def test_what_is_left_below_the_minimum_completes_the_rule_without_an_order() -> None:
    assert sized(total("20499.99", "20000")) == ("max_total_reached", None, "max_total_reached")


def test_what_is_left_is_rounded_down_to_the_multiple_and_the_rest_completes_the_rule_next_time() -> None:
    assert sized(total("20950", "20000"), multiple=Decimal(500)) == (None, "500.00", None)
    assert sized(total("20950", "20500"), multiple=Decimal(500)) == ("max_total_reached", None, "max_total_reached")


def test_a_total_that_is_met_exactly_completes_the_rule() -> None:
    assert sized(total("30000", "20000")) == (None, "10000.00", "max_total_reached")


def test_a_cap_lowers_the_instalment_and_does_not_complete_the_rule() -> None:
    assert sized({"max_per_execution": Decimal("750.50")}) == (None, "750.50", None)
    assert sized(total("25000", "20000") | {"max_per_execution": Decimal(750)}) == (None, "750.00", None)


def test_a_stepped_up_amount_is_capped_and_rounded_to_the_multiple() -> None:
    grown = {
        "step_up_percent": Decimal(10),
        "step_up_every_months": 12,
        "first_occurrence": rule().start_date.replace(year=2019),
    }
    assert sized(grown, multiple=Decimal(1000)) == (None, "16000.00", None)
    assert sized(grown | {"max_per_execution": Decimal(15500)}, multiple=Decimal(1000)) == (None, "15000.00", None)


def parts(amount: str, *percents: str, **of_quotes: Any) -> list[tuple[str, str, str | None]]:
    one = rule(amount=Decimal(amount), product_id=None, allocations=basket(*percents))
    quotes = [quote(product_id=f"P{n}", **of_quotes) for n in range(len(percents))]
    return [(part.product_id, f"{part.amount:.2f}", part.left_out) for part in decide(one, facts(*quotes)).parts]


def test_the_parts_of_a_basket_sum_to_the_amount() -> None:
    assert parts("10000.00", "33.3333", "33.3333", "33.3334") == [
        ("P0", "3333.33", None),
        ("P1", "3333.33", None),
        ("P2", "3333.34", None),
    ]


def test_each_part_is_rounded_down_to_its_products_multiple() -> None:
    assert parts("10000.00", "60", "40", multiple=Decimal(1000)) == [("P0", "6000.00", None), ("P1", "4000.00", None)]
    assert parts("9999.00", "60", "40", multiple=Decimal(1000)) == [("P0", "5000.00", None), ("P1", "3000.00", None)]


def test_a_part_below_its_minimum_is_left_out_and_the_rest_runs() -> None:
    assert parts("10000.00", "96", "4") == [("P0", "9600.00", None), ("P1", "0.00", "below_minimum")]


def test_a_trimmed_basket_waits_for_a_part_that_is_closed_for_now() -> None:
    left = total("22000", "20000") | {"product_id": None, "allocations": basket("90", "10")}
    closed = quote(product_id="P0", open=False)
    found = decide(rule(**left), facts(closed, quote(product_id="P1")))
    assert (found.status, found.reason, found.completes) == ("Skipped", "product_closed", None)


@pytest.mark.parametrize(
    ("plan", "source", "amount", "reason"),
    [
        ("SWP", None, "99.99", "below_minimum"),
        ("SWP", None, "100.00", None),
        ("STP", "S", "499.99", "below_minimum"),
        ("STP", "S", "500.00", None),
    ],
)
def test_a_redemption_meets_the_least_redemption_and_a_switch_both_minimums(
    plan: str, source: str | None, amount: str, reason: str | None
) -> None:
    quotes = [quote(product_id="S"), quote()] if source else [quote()]
    one = rule(plan=plan, source_product_id=source, amount=Decimal(amount))
    assert decide(one, facts(*quotes)).reason == reason


def test_a_redemption_is_no_multiple_of_what_purchases_come_in() -> None:
    found = decide(rule(plan="SWP", amount=Decimal("1234.56")), facts(quote(multiple=Decimal(500))))
    assert found.amount == Decimal("1234.56")

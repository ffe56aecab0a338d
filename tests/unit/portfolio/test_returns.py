"""The money-weighted return, against another library and against figures done by hand."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
import pyxirr
from hypothesis import given, settings
from hypothesis import strategies as st

from automation.portfolio.returns import xirr

quick = settings(derandomize=True, deadline=None, max_examples=150)
START = date(2004, 1, 5)
Flow = tuple[date, Decimal]


def flows(*given: tuple[int, str]) -> list[Flow]:
    """Flows by days after START."""
    return [(START + timedelta(days=days), Decimal(amount)) for days, amount in given]


@st.composite
def savings(draw: st.DrawFn) -> list[Flow]:
    """Money paid in over years in up to 40 instalments, and what it is worth at the end."""
    days = sorted(draw(st.lists(st.integers(0, 5000), min_size=1, max_size=40, unique=True)))
    paid = [(day, draw(st.decimals(Decimal("0.01"), 100_000, places=2))) for day in days]
    total = sum(amount for _, amount in paid)
    growth = draw(st.decimals(Decimal("0.2"), 20, places=4))
    end = days[-1] + draw(st.integers(365, 4000))
    money_in = [(START + timedelta(days=day), -amount) for day, amount in paid]
    return [*money_in, (START + timedelta(days=end), total * growth)]


@quick
@given(savings())
def test_it_is_what_another_library_finds(given_flows: list[Flow]) -> None:
    ours = xirr(given_flows)
    theirs = pyxirr.xirr([day for day, _ in given_flows], [float(amount) for _, amount in given_flows])
    assert ours == pytest.approx(theirs, rel=1e-7, abs=1e-8)


@pytest.mark.parametrize(
    ("given_flows", "rate"),
    [
        (flows((0, "-100"), (365, "110")), 0.10),
        (flows((0, "-100"), (365, "100")), 0.0),
        (flows((0, "-100"), (365, "50")), -0.5),
        (flows((0, "-100"), (730, "121")), 0.10),
        (flows((0, "-100"), (365, "300")), 2.0),
        (flows((0, "-100"), (365, "60"), (730, "60")), 0.1306623862918),
    ],
)
def test_it_is_what_can_be_done_by_hand(given_flows: list[Flow], rate: float) -> None:
    assert xirr(given_flows) == pytest.approx(rate, abs=1e-9)


@pytest.mark.parametrize(
    "given_flows", [[], flows((0, "-100")), flows((0, "-100"), (9, "-1")), flows((0, "1")), flows((0, "0"))]
)
def test_flows_of_one_sign_have_no_return(given_flows: list[Flow]) -> None:
    assert xirr(given_flows) is None


def test_a_return_out_of_all_bounds_is_none() -> None:
    assert xirr(flows((0, "-1"), (1, "1000000"))) is None


@quick
@given(savings(), st.randoms(use_true_random=False))
def test_the_order_of_the_flows_does_not_matter(given_flows: list[Flow], random: object) -> None:
    assert xirr(given_flows[::-1]) == pytest.approx(xirr(given_flows), nan_ok=False)

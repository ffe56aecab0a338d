"""What must hold of every plan, over random portfolios, targets, minimums, locks, loads and prices."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from automation.portfolio.lots import redeem
from automation.rebalancing.drift import fires
from automation.rebalancing.plan import plan, restoring_deposit
from automation.rebalancing.portfolio import Portfolio, Position, bucket_of, values
from automation.rebalancing.trade import Plan
from tests.unit.rebalancing.examples import FREE, LIMITED, Limits, World, worlds
from tests.unit.rebalancing.executor import after

PAISA = Decimal("0.01")
quick = settings(derandomize=True, deadline=None, max_examples=300)
modes = st.sampled_from(["full", "full", "buy_only", "sell_only"])
goals = st.sampled_from(["target", "band"])
strategies = st.sampled_from(["Threshold-Based", "Drift-Based", "Time-Based"])
bands = st.sampled_from([None, Decimal(25)])
choices = {"mode": modes, "rebalance_to": goals, "strategy": strategies, "relative_band_percent": bands}
anything = worlds(LIMITED, **choices, rebalance_amount=st.sampled_from([None, None, Decimal(1000)]))
unlimited = worlds(FREE, cash_buffer=Decimal(0))


def rounding(portfolio: Portfolio) -> Decimal:
    """One rounding step of a portfolio: six times a paisa and a unit's last digit of every product, and its cash."""
    products = sum((PAISA + (each.nav or Decimal(0)) / 10_000 for each in portfolio.positions), Decimal(0))
    return 6 * (products + PAISA * (1 + len(portfolio.positions)))


def gaps(world: World, portfolio: Portfolio) -> dict[str, Decimal]:
    """Money missing to each target."""
    worth = values(portfolio, world.rule.targets)
    whole = sum(worth.values())
    return {name: percent * whole / 100 - worth[name] for name, percent in world.rule.targets.items()}


def bought(made: Plan) -> Decimal:
    return sum((each.worth - each.load for each in made.trades if each.order_type != "Redemption"), Decimal(0))


def sold(made: Plan) -> Decimal:
    return sum((each.worth for each in made.trades if each.order_type != "Purchase"), Decimal(0))


def named(world: World, made: Plan) -> Iterator[tuple[Position, Decimal, str]]:
    """Every side of every trade: the product, the money and what is done."""
    held = {each.product_id: each for each in world.portfolio.positions}
    for trade in made.trades:
        if trade.order_type == "Purchase":
            yield held[trade.product_id], trade.worth, "buy"
        else:
            yield held[trade.product_id], trade.worth, "sell all" if trade.all_units else "sell"
        if trade.target_product_id is not None:
            yield held[trade.target_product_id], trade.worth - trade.load, "switch in"


@quick
@given(anything)
def test_trades_add_up_to_the_paisa_and_can_be_carried_out_in_their_order(world: World) -> None:
    made = plan(world.rule, world.portfolio)
    left = after(world, made.trades)
    assert world.portfolio.cash - left.cash == made.cash_used
    spends = world.rule.mode == "buy_only" or "cash" in world.rule.targets
    assert made.cash_used <= (max(world.portfolio.cash - world.rule.cash_buffer, Decimal(0)) if spends else 0)
    assert all(amount == amount.quantize(PAISA) > 0 for _, amount, _ in named(world, made))


@quick
@given(anything)
def test_nothing_is_sold_that_is_not_held_and_unlocked(world: World) -> None:
    made = plan(world.rule, world.portfolio)
    for each in world.portfolio.positions:
        out = redeem(each.lots, each.nav or Decimal(1), world.portfolio.day)
        taken = sum(trade.worth for trade in made.trades if trade.product_id == each.product_id and trade.worth)
        if any(trade.order_type != "Purchase" and trade.product_id == each.product_id for trade in made.trades):
            assert out is not None
            assert taken <= out.gross


@quick
@given(anything)
def test_no_trade_is_below_a_minimum_or_of_a_product_that_may_not_be_traded(world: World) -> None:
    for each, amount, done in named(world, plan(world.rule, world.portfolio)):
        assert each.product_id not in world.rule.do_not_trade
        assert each.status == "Active"
        assert done.startswith("sell") or (each.open and amount >= each.min_purchase)
        assert done != "buy" or amount % each.multiple == 0
        assert done != "sell" or amount >= each.min_redemption


@quick
@given(unlimited)
def test_after_a_full_plan_every_target_is_met_to_a_rounding_step(world: World) -> None:
    made = plan(world.rule, world.portfolio)
    assume(all(skipped.code != "no_product" for skipped in made.skipped))
    left = after(world, made.trades)
    assert all(abs(gap) <= rounding(left) for gap in gaps(world, left).values())


@quick
@given(worlds(LIMITED, **choices))
def test_a_second_plan_right_after_is_empty(world: World) -> None:
    assume(world.rule.mode != "sell_only" or "cash" in world.rule.targets)
    left = after(world, plan(world.rule, world.portfolio).trades)
    assert plan(world.rule, left).trades == ()


@quick
@given(worlds(Limits(loads=True), mode=modes, rebalance_to=goals))
def test_neither_is_one_after_loads_were_paid(world: World) -> None:
    assume(world.rule.mode != "sell_only" or "cash" in world.rule.targets)
    left = after(world, plan(world.rule, world.portfolio).trades)
    assert plan(world.rule, left).trades == ()


@quick
@given(worlds(LIMITED, mode="buy_only"), worlds(LIMITED, mode="sell_only"))
def test_buy_only_never_sells_and_sell_only_never_buys(buyer: World, seller: World) -> None:
    assert {each.order_type for each in plan(buyer.rule, buyer.portfolio).trades} <= {"Purchase"}
    assert {each.order_type for each in plan(seller.rule, seller.portfolio).trades} <= {"Redemption"}


@quick
@given(worlds(LIMITED, **choices, rebalance_amount=st.decimals(Decimal("0.01"), 100_000, places=2)))
def test_a_cap_is_never_exceeded(world: World) -> None:
    made = plan(world.rule, world.portfolio)
    assert world.rule.rebalance_amount is not None
    assert (sold if world.rule.mode == "sell_only" else bought)(made) <= world.rule.rebalance_amount


@quick
@given(worlds(FREE, **choices | {"mode": "full", "rebalance_to": "band"}, cash_buffer=Decimal(0)))
def test_a_plan_to_the_band_ends_strictly_inside_and_moves_no_more_than_one_to_the_target(world: World) -> None:
    made = plan(world.rule, world.portfolio)
    assume(all(skipped.code != "no_product" for skipped in made.skipped))
    left = after(world, made.trades)
    always = world.rule._replace(
        strategy="Threshold-Based" if world.rule.strategy == "Time-Based" else world.rule.strategy
    )
    worth = values(left, world.rule.targets)
    wide = rounding(left) * 100 < sum(worth.values())
    assert not wide or not fires(always, worth, scheduled=False)
    whole_way = plan(world.rule._replace(rebalance_to="target"), world.portfolio)
    assert sold(made) <= sold(whole_way) + rounding(left)


@quick
@given(worlds(LIMITED, mode=st.sampled_from(["full", "buy_only"]), rebalance_to=goals))
def test_a_plan_is_no_larger_than_one_that_brings_every_product_to_its_share(world: World) -> None:
    made = plan(world.rule, world.portfolio)
    over = -sum((gap for gap in gaps(world, world.portfolio).values() if gap < 0), Decimal(0))
    debt = max(-world.portfolio.cash, Decimal(0))
    loads = sum((each.load for each in made.trades), Decimal(0))
    assert sold(made) <= over + debt + loads + PAISA * len(made.trades)


@quick
@given(worlds(Limits(minimums=True, loads=True)))
def test_what_a_target_of_zero_covers_is_sold_to_the_last_unit(world: World) -> None:
    emptied = [name for name, percent in world.rule.targets.items() if percent == 0]
    made = plan(world.rule, world.portfolio)
    names = {each.product_id for each in world.portfolio.positions if bucket_of(each, world.rule.targets) in emptied}
    assume(not made.skipped)
    left = after(world, made.trades)
    kept = [each for each in left.positions if each.product_id in names and each.units]
    traded = {trade.product_id for trade in made.trades}
    assert [each for each in kept if each.product_id in traded] == []


@quick
@given(unlimited)
def test_what_stays_in_one_house_is_switched(world: World) -> None:
    houses: dict[str, set[str]] = {}
    for trade in plan(world.rule, world.portfolio).trades:
        house = next(each.amc for each in world.portfolio.positions if each.product_id == trade.product_id)
        houses.setdefault(house, set()).add(trade.order_type)
    assert all(not {"Redemption", "Purchase"} <= kinds for kinds in houses.values())


@quick
@given(worlds(FREE, mode="buy_only", cash_buffer=Decimal(0)))
def test_the_restoring_deposit_is_enough_and_no_more(world: World) -> None:
    zero = [
        each
        for each in world.portfolio.positions
        if world.rule.targets.get(str(bucket_of(each, world.rule.targets))) == 0
    ]
    assume("cash" not in world.rule.targets and not any(each.units for each in zero))
    needed = restoring_deposit(world.rule, world.portfolio)
    paid_in = world._replace(portfolio=world.portfolio._replace(cash=needed))
    made = plan(world.rule, paid_in.portfolio)
    assume(all(skipped.code != "no_product" for skipped in made.skipped))
    left = after(paid_in, made.trades)
    assert all(abs(gap) <= rounding(left) for gap in gaps(world, left).values())
    assert left.cash <= rounding(left)

"""Whether what was observed fulfils a condition: levels, crossings, equality, trees. Unknown is neither.

A level (Greater Than, Less Than) holds as long as the value is beyond it. A crossing holds for the one observation that
is beyond while the one before was not. Equals holds within a tolerance, or where the value was passed between two
observations. A trailing level holds at or beyond it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final, NamedTuple

PRICE: Final = "Price"
NAV: Final = "NAV"
PORTFOLIO_VALUE: Final = "Portfolio Value"
GOAL_PROGRESS: Final = "Goal Progress"
DATE: Final = "Date"
PRICES: Final = (PRICE, NAV)

GREATER_THAN: Final = "Greater Than"
LESS_THAN: Final = "Less Than"
EQUALS: Final = "Equals"
CROSSES_ABOVE: Final = "Crosses Above"
CROSSES_BELOW: Final = "Crosses Below"
TRAILING: Final = "Trailing"
CROSSINGS: Final = (CROSSES_ABOVE, CROSSES_BELOW)

# Half of the last decimal in which each is quoted: prices and percents have four, money has two.
_TOLERANCES: Final = {PORTFOLIO_VALUE: Decimal("0.005")}
_TOLERANCE: Final = Decimal("0.00005")


class Leaf(NamedTuple):
    """One condition: `subject` is a product (Price, NAV) or a goal; `at` is for Date alone, an aware instant.

    `buys` tells the side of a trailing level: what buys waits for a rise from the lowest price.
    """

    kind: str
    subject: str | None
    condition: str | None = None
    value: Decimal | None = None
    tolerance: Decimal | None = None
    at: datetime | None = None
    buys: bool = False

    @property
    def margin(self) -> Decimal:
        """How far off still equals."""
        return self.tolerance if self.tolerance is not None else _TOLERANCES.get(self.kind, _TOLERANCE)


class Branch(NamedTuple):
    """`all`, `any` or `not` (of one) of other conditions."""

    operator: str
    parts: tuple[Leaf | Branch, ...]


Node = Leaf | Branch


class Observation(NamedTuple):
    """What a leaf sees: the value and the one seen before it, with their dates; None where there is none.

    `age` is that of the oldest price in the value, and `gap` lies between the two dates, both in business days.
    """

    value: Decimal | None
    as_of: date | None = None
    age: int | None = None
    previous: Decimal | None = None
    previous_as_of: date | None = None
    gap: int | None = None
    problem: str | None = None


def read_tree(record: dict[str, Any], product: str) -> Node:
    """The tree that a body's JSON stands for, once it was checked; `product` is watched where a leaf names none."""
    for operator in ("all", "any"):
        if operator in record:
            return Branch(operator, tuple(read_tree(part, product) for part in record[operator]))
    if "not" in record:
        return Branch("not", (read_tree(record["not"], product),))
    kind = record["trigger_type"]
    subject = (
        record.get("goal") if kind == GOAL_PROGRESS else record.get("product", product) if kind in PRICES else None
    )
    value, tolerance, at = record.get("trigger_value"), record.get("tolerance"), record.get("trigger_at")
    return Leaf(
        kind,
        subject,
        record.get("trigger_condition"),
        None if value is None else Decimal(value),
        None if tolerance is None else Decimal(tolerance),
        None if at is None else datetime.fromisoformat(at),
    )


def leaves_of(node: Node) -> list[Leaf]:
    """The leaves from left to right."""
    if isinstance(node, Leaf):
        return [node]
    return [leaf for part in node.parts for leaf in leaves_of(part)]


def holds(
    node: Node, observations: Sequence[Observation], now: datetime, max_age: int, *, lasting: bool = False
) -> bool | None:
    """Whether a condition holds, None where that can't be told; `observations` are those of the leaves, in order.

    `all` is false with one false part, `any` true with one true part, whatever else is unknown. `lasting` asks what
    will still hold at another look: the age of prices does not matter, and a crossing, which is over, does not count.
    """
    seen = iter(observations)
    return _holds(node, lambda leaf: _leaf_holds(leaf, next(seen), now, max_age, lasting))


def _holds(node: Node, look: Callable[[Leaf], bool | None]) -> bool | None:
    if isinstance(node, Leaf):
        return look(node)
    parts = [_holds(part, look) for part in node.parts]
    if node.operator == "not":
        return None if parts[0] is None else not parts[0]
    decisive = node.operator == "any"
    if decisive in parts:
        return decisive
    return None if None in parts else not decisive


def _leaf_holds(leaf: Leaf, seen: Observation, now: datetime, max_age: int, lasting: bool) -> bool | None:
    if leaf.at is not None:
        return now >= leaf.at
    if seen.value is None or leaf.value is None:
        return None
    if lasting:
        return leaf.condition not in CROSSINGS and _CONDITIONS[leaf.condition or ""](leaf, seen.value, None)
    if trouble(seen, max_age):
        return None
    previous = seen.previous if seen.gap is not None and seen.gap <= widest_gap(max_age) else None
    return _CONDITIONS[leaf.condition or ""](leaf, seen.value, previous)


def widest_gap(max_age: int) -> int:
    """Business days from one observation to the next that are no gap: one day's price follows the other in any case."""
    return max(max_age, 1)


def trouble(seen: Observation, max_age: int) -> str | None:
    """Why an observation must not be acted on, or None."""
    if seen.problem:
        return seen.problem
    if seen.value is None or seen.age is None:
        return "no_price"
    return "stale_price" if seen.age > max_age else None


def _above(leaf: Leaf, value: Decimal, _: Decimal | None) -> bool:
    return value > _level(leaf)


def _below(leaf: Leaf, value: Decimal, _: Decimal | None) -> bool:
    return value < _level(leaf)


def _equals(leaf: Leaf, value: Decimal, previous: Decimal | None) -> bool:
    level = _level(leaf)
    if abs(value - level) <= leaf.margin:
        return True
    return previous is not None and min(previous, value) <= level <= max(previous, value)


def _crosses_above(leaf: Leaf, value: Decimal, previous: Decimal | None) -> bool:
    return previous is not None and previous <= _level(leaf) < value


def _crosses_below(leaf: Leaf, value: Decimal, previous: Decimal | None) -> bool:
    return previous is not None and previous >= _level(leaf) > value


def _trails(leaf: Leaf, value: Decimal, _: Decimal | None) -> bool:
    return value >= _level(leaf) if leaf.buys else value <= _level(leaf)


def _level(leaf: Leaf) -> Decimal:
    if leaf.value is None:
        raise ValueError(f"a condition {leaf.condition} has no value")
    return leaf.value


_CONDITIONS: Final[dict[str, Callable[[Leaf, Decimal, Decimal | None], bool]]] = {
    GREATER_THAN: _above,
    LESS_THAN: _below,
    EQUALS: _equals,
    CROSSES_ABOVE: _crosses_above,
    CROSSES_BELOW: _crosses_below,
    TRAILING: _trails,
}


def resting_levels(leaf: Leaf) -> tuple[Decimal | None, Decimal | None]:
    """(above, below): the prices at or beyond which a condition on a price must be looked at again."""
    if leaf.value is None:
        return None, None
    if leaf.condition == EQUALS:
        return leaf.value - leaf.margin, leaf.value + leaf.margin
    rises = leaf.buys if leaf.condition == TRAILING else leaf.condition in (GREATER_THAN, CROSSES_ABOVE)
    return (leaf.value, None) if rises else (None, leaf.value)

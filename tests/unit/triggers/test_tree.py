"""Trees of conditions: all, any and not of what is true, false or unknown."""

from __future__ import annotations

import itertools
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from automation.triggers.condition import DATE, Branch, Leaf, Node, Observation, holds, leaves_of, read_tree
from tests.unit.triggers.examples import MAX_AGE, NOW, leaf, seen

quick = settings(derandomize=True, deadline=None, max_examples=300)
TRUTHS: list[bool | None] = [True, False, None]
SIGHTS: dict[bool | None, Observation] = {True: seen(101), False: seen(99), None: seen(101, age=99)}
ABOVE = leaf("Greater Than", 100)


def judged(operator: str, *parts: bool | None) -> bool | None:
    """A branch over leaves that are what is given."""
    node = Branch(operator, (ABOVE,) * len(parts))
    return holds(node, [SIGHTS[part] for part in parts], NOW, MAX_AGE)


@pytest.mark.parametrize("parts", list(itertools.product(TRUTHS, repeat=3)))
def test_all_is_false_with_one_that_is_false_and_else_unknown_with_one_that_is(parts: tuple[bool | None, ...]) -> None:
    expected = False if False in parts else None if None in parts else True
    assert judged("all", *parts) is expected


@pytest.mark.parametrize("parts", list(itertools.product(TRUTHS, repeat=3)))
def test_any_is_true_with_one_that_is_true_and_else_unknown_with_one_that_is(parts: tuple[bool | None, ...]) -> None:
    expected = True if True in parts else None if None in parts else False
    assert judged("any", *parts) is expected


@pytest.mark.parametrize(("part", "expected"), [(True, False), (False, True), (None, None)])
def test_not_turns_true_and_false_and_leaves_unknown(part: bool | None, expected: bool | None) -> None:
    assert judged("not", part) is expected


nodes = st.recursive(
    st.just(ABOVE),
    lambda inner: (
        st.builds(
            lambda operator, parts: Branch(operator, tuple(parts)),
            st.sampled_from(["all", "any"]),
            st.lists(inner, min_size=1, max_size=3),
        )
        | inner.map(lambda part: Branch("not", (part,)))
    ),
    max_leaves=8,
)


def negated(node: Node) -> Node:
    """De Morgan's: the same as `not`, pushed down to the leaves."""
    if isinstance(node, Leaf):
        return Branch("not", (node,))
    if node.operator == "not":
        return node.parts[0]
    return Branch("any" if node.operator == "all" else "all", tuple(negated(part) for part in node.parts))


@quick
@given(st.data(), nodes)
def test_not_of_a_tree_is_de_morgans_tree_also_where_something_is_unknown(data: st.DataObject, node: Node) -> None:
    sights = [SIGHTS[data.draw(st.sampled_from(TRUTHS))] for _ in leaves_of(node)]
    assert holds(Branch("not", (node,)), sights, NOW, MAX_AGE) is holds(negated(node), sights, NOW, MAX_AGE)


@quick
@given(st.data(), nodes)
def test_learning_what_was_unknown_never_turns_what_was_told(data: st.DataObject, node: Node) -> None:
    known = [data.draw(st.sampled_from(TRUTHS)) for _ in leaves_of(node)]
    learnt = [data.draw(st.booleans()) if part is None else part for part in known]
    before = holds(node, [SIGHTS[part] for part in known], NOW, MAX_AGE)
    after = holds(node, [SIGHTS[part] for part in learnt], NOW, MAX_AGE)
    assert before is None or before is after
    assert after is not None


@pytest.mark.parametrize(("seconds", "expected"), [(-1, True), (0, True), (1, False)])
def test_an_instant_holds_from_itself_on(seconds: int, expected: bool) -> None:
    node = Leaf(DATE, None, at=NOW + timedelta(seconds=seconds))
    assert holds(node, [Observation(None)], NOW, MAX_AGE) is expected


def test_each_leaf_sees_its_own_observation() -> None:
    node = Branch("all", (leaf("Greater Than", 100), Branch("any", (leaf("Less Than", 50), leaf("Equals", 7)))))
    assert holds(node, [seen(101), seen(60), seen(7)], NOW, MAX_AGE) is True
    assert holds(node, [seen(7), seen(60), seen(101)], NOW, MAX_AGE) is False


def test_a_written_tree_watches_the_orders_product_where_a_leaf_names_none() -> None:
    own = {"trigger_type": "NAV", "trigger_condition": "Less Than", "trigger_value": "95"}
    tree = {"any": [own, {"not": own | {"product": "OTHER"}}, {"trigger_type": "Date", "trigger_at": NOW.isoformat()}]}
    first, second, third = leaves_of(read_tree(tree, "FUND"))
    assert (first.subject, second.subject, third.subject) == ("FUND", "OTHER", None)
    assert third.at == NOW

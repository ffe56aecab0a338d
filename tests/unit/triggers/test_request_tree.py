"""The tree of a Custom trigger: every wrong place is named by its path."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.triggers.test_request import CUSTOM, LEAF, refused, sent

ON_DATE: dict[str, Any] = {"trigger_type": "Date", "trigger_at": "2024-03-01"}
GOAL: dict[str, Any] = LEAF | {"trigger_type": "Goal Progress", "goal": "G"}
VALUE: dict[str, Any] = LEAF | {"trigger_type": "Portfolio Value"}


def wrong(tree: object) -> str:
    """The path that is named."""
    return refused(**CUSTOM | {"condition_tree": tree})


def nested(depth: int) -> dict[str, Any]:
    return LEAF if depth == 1 else {"all": [nested(depth - 1)]}


def without(leaf: dict[str, Any], *fields: str) -> dict[str, Any]:
    return {name: value for name, value in leaf.items() if name not in fields}


@pytest.mark.parametrize(("tree", "path"), [
    ({}, "condition_tree.trigger_type"),
    ({"all": []}, "condition_tree.all"),
    ({"all": LEAF}, "condition_tree.all"),
    ({"all": [LEAF], "any": [LEAF]}, "condition_tree"),
    ({"not": [LEAF]}, "condition_tree.not"),
    ({"not": None}, "condition_tree.not"),
    ({"any": [LEAF, 7]}, "condition_tree.any[1]"),
    ({"any": [LEAF, {"all": [LEAF, {"not": {"trigger_type": "NAV"}}]}]},
     "condition_tree.any[1].all[1].not.trigger_condition"),
    ({"xor": [LEAF]}, "condition_tree.trigger_type"),
])  # fmt: skip
def test_a_tree_of_a_wrong_form_is_refused_at_its_place(tree: object, path: str) -> None:
    assert wrong(tree) == path


@pytest.mark.parametrize(("leaf", "field"), [
    (LEAF | {"trigger_type": "Custom"}, "trigger_type"),
    (LEAF | {"trigger_value": "-1"}, "trigger_value"),
    (LEAF | {"trigger_condition": "Below"}, "trigger_condition"),
    (LEAF | {"amount": "1"}, "amount"),
    (LEAF | {"goal": "G"}, "goal"),
    (LEAF | {"trigger_at": "2024-03-01"}, "trigger_at"),
    (LEAF | {"tolerance": "1"}, "tolerance"),
    (without(LEAF, "trigger_condition"), "trigger_condition"),
    (without(LEAF, "trigger_value"), "trigger_value"),
    (without(GOAL, "goal"), "goal"),
    (GOAL | {"product": "FUND"}, "product"),
    (VALUE | {"product": "FUND"}, "product"),
    (VALUE | {"trigger_value": "1.001"}, "trigger_value"),
    (without(ON_DATE, "trigger_at"), "trigger_at"),
    (ON_DATE | {"trigger_at": "31.01.2024"}, "trigger_at"),
    (ON_DATE | {"product": "FUND"}, "product"),
    (ON_DATE | {"trigger_value": "1"}, "trigger_value"),
    (ON_DATE | {"trigger_condition": "Less Than"}, "trigger_condition"),
    (ON_DATE | {"tolerance": "1"}, "tolerance"),
])  # fmt: skip
def test_a_condition_in_a_tree_is_checked_as_one_by_itself(leaf: dict[str, Any], field: str) -> None:
    assert wrong({"any": [LEAF, leaf]}) == f"condition_tree.any[1].{field}"


@pytest.mark.parametrize("tree", [LEAF, {"not": LEAF}, {"any": [LEAF, ON_DATE, GOAL, VALUE]}, nested(6)])
def test_a_sound_tree_is_taken(tree: dict[str, Any]) -> None:
    assert sent(**CUSTOM | {"condition_tree": tree}).condition_tree == tree


def test_a_tree_is_six_deep_at_most() -> None:
    assert wrong(nested(7)) == "condition_tree" + ".all[0]" * 6


def test_a_tree_has_twenty_conditions_at_most() -> None:
    assert sent(**CUSTOM | {"condition_tree": {"any": [LEAF] * 20}}).trigger_type == "Custom"
    assert wrong({"any": [LEAF] * 21}) == "condition_tree"


@pytest.mark.parametrize("tree", [7, "all", [LEAF], None])
def test_what_is_no_object_is_no_tree(tree: object) -> None:
    assert wrong(tree).startswith("condition_tree")

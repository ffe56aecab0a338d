"""Every reason that the engine gives has its sentence, which goes on after a colon."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterable, Iterator

import pytest

from automation.auto_invest import decision as auto_invest
from automation.auto_invest import explanation as auto_invest_explanation
from automation.rebalancing import explanation as rebalancing_explanation
from automation.triggers import explanation as trigger_explanation
from automation.wording import library
from tests.unit.sources import ROOT, python_files, tree

CORE = "layers/core/automation"
SENTENCES: dict[str, str] = json.loads((library.FOLDER / "en" / "reasons.json").read_text(encoding="utf-8"))
# Where a reason is what a function of `-> str | None` answers.
DECIDING = ("auto_invest", "rebalancing", "triggers", "orders", "portfolio")
# What becomes of messages themselves is told to operators, not to clients.
OF_MESSAGES = ("store/delivery.py", "store/fan_out.py", "store/channels.py", "engine/delivery.py")
CODE = re.compile(r"[a-z]+(_[a-z]+)*")
IN_SQL = re.compile(r"\breason = '([a-z_]+)'|status_reason = '([a-z_]+)'")
CHOSEN_IN_SQL = re.compile(r"\bcase [^,]*?then '([a-z_]+)' else '([a-z_]+)' end(?= as reason|,? updated|\s)")


def tables() -> set[str]:
    modules = (auto_invest_explanation, rebalancing_explanation, trigger_explanation)
    return {code for module in modules for code in module._REASONS}


def files() -> list[str]:
    return [name for name in python_files("layers") if not name.endswith(OF_MESSAGES)]


def answered() -> Iterator[str]:
    """Codes that guards and checks answer."""
    for name in files():
        if name.removeprefix(f"{CORE}/").split("/")[0] in DECIDING:
            for node in ast.walk(tree(name)):
                if isinstance(node, ast.FunctionDef) and node.returns and ast.unparse(node.returns) == "str | None":
                    yield from codes(each.value for each in ast.walk(node) if isinstance(each, ast.Return))


def written() -> Iterator[str]:
    """Codes that are handed on as reasons: by keyword, under that name, or last in a reply or what is left out."""
    for name in files():
        for node in ast.walk(tree(name)):
            if isinstance(node, ast.keyword) and node.arg in ("reason", "status_reason"):
                yield from codes([node.value])
            elif isinstance(node, ast.Dict):
                pairs = zip(node.keys, node.values, strict=True)
                yield from codes(
                    value for key, value in pairs if isinstance(key, ast.Constant) and key.value == "reason"
                )
            elif isinstance(node, ast.Call) and ast.unparse(node.func) in ("Reply", "Skipped", "Size"):
                yield from codes(node.args[2:])


def of_statements() -> Iterator[str]:
    """Codes that statements write."""
    for name in files():
        if name.startswith(f"{CORE}/store/"):
            source = (ROOT / name).read_text(encoding="utf-8")
            for found in (*IN_SQL.findall(source), *CHOSEN_IN_SQL.findall(source)):
                yield from filter(None, found)


def codes(values: Iterable[ast.expr | None]) -> Iterator[str]:
    """The reason codes among these expressions; both sides of a choice are."""
    for value in values:
        if isinstance(value, ast.IfExp):
            yield from codes([value.body, value.orelse])
        elif isinstance(value, ast.BoolOp):
            yield from codes(value.values)
        elif isinstance(value, ast.Constant) and isinstance(value.value, str) and CODE.fullmatch(value.value):
            yield value.value


def test_the_code_is_searched_where_reasons_are() -> None:
    """Should the search lose its way, the test below would hold of nothing."""
    assert {"rule_stopped", "insufficient_units", "kyc_not_verified", "do_not_trade", "trigger_paused"} <= {*answered()}
    assert {"nothing_to_redeem", "worth_no_unit", "no_price", "cap", "below_minimum", "order_held"} <= {*written()}
    assert {"internal_error", "not_confirmed", "oco", "repeated_failures"} <= {*of_statements()}
    assert {"cooldown", "baseline", "nav_stale"} <= tables()


def test_every_reason_that_the_engine_writes_has_a_sentence() -> None:
    given = tables() | {*answered()} | {*written()} | {*of_statements()} | auto_invest._COMPLETING | auto_invest.SHORT
    assert sorted(given - set(SENTENCES)) == []


@pytest.mark.parametrize("code", sorted(SENTENCES))
def test_a_sentence_goes_on_after_a_colon_and_its_end_is_the_templates(code: str) -> None:
    sentence = SENTENCES[code]
    assert re.fullmatch(r"[a-z][^_\n]*[a-z)]", sentence)
    assert len(sentence) <= 80
    assert not sentence.startswith(("of ", "because "))


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("some_new_code", "some new code"),
        ("The folio is frozen.", "The folio is frozen"),
        ("product closed: no price for 30 days", "product closed: no price for 30 days"),
        ("", "no reason was given"),
        ("\n...", "no reason was given"),
    ],
)
def test_a_reason_that_nobody_wrote_down_is_read_as_it_stands(code: str, words: str) -> None:
    assert library.reason(code, "en") == words

"""The record of a decision as compact JSON, and the way back: from the record alone it can be decided again."""

from __future__ import annotations

import json
from typing import Any, Final

from automation import records
from automation.auto_invest.amount import Part
from automation.auto_invest.decision import GUARDS, Decision
from automation.auto_invest.facts import Facts, Observation
from automation.auto_invest.rule import Rule
from automation.portfolio.product import Quote

_GUARDS: Final = records.passed_and_stopped([name for name, _ in GUARDS])


def write(rule: Rule, facts: Facts, decision: Decision) -> str:
    """`{"rule", "facts", "guards", "decision"}`: what is null is left out, decimals and instants are strings."""
    reason = "" if decision.reason is None else f',"reason":{_text(decision.reason)}'
    guarded = f'"guards":{_GUARD_TEXTS[decision.guards]},"decision":{_text(decision)}{reason}'
    return f'{{"rule":{_text(rule)},"facts":{_text(facts)},{guarded}}}'


def guards(decision: Decision) -> list[list[str]]:
    """The guards that the decision came to, in order, each with pass or stop."""
    return _GUARDS[decision.guards]


def write_error(message: str) -> str:
    """The record of a rule that could not be decided."""
    return json.dumps({"error": message})


def read(record: dict[str, Any]) -> tuple[Rule, Facts, Decision]:
    """The rule, facts and decision that `write` recorded; KeyError or ValueError where they are not whole."""
    facts = dict(record["facts"])
    facts["quotes"] = tuple(records.read(Quote, quote) for quote in facts["quotes"])
    facts["observation"] = records.read(Observation, facts["observation"]) if "observation" in facts else None
    decision = dict(record["decision"])
    decision["parts"] = tuple(records.read(Part, part) for part in decision["parts"])
    return records.read(Rule, record["rule"]), records.read(Facts, facts), records.read(Decision, decision)


_text: Final = records.writer(Rule, Facts, Quote, Observation, Decision, Part)
_GUARD_TEXTS: Final = [records.json_text(guards) for guards in _GUARDS]

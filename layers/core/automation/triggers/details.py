"""The record of a look as compact JSON, and the way back: from the record alone it can be decided again."""

from __future__ import annotations

from typing import Any, Final

from automation import records
from automation.portfolio.product import Quote
from automation.triggers.condition import Observation
from automation.triggers.decision import GUARD_NAMES, Decision
from automation.triggers.facts import Facts
from automation.triggers.size import Size
from automation.triggers.trigger import Trigger

_GUARDS: Final = records.passed_and_stopped(GUARD_NAMES)
_GUARD_TEXTS: Final = [records.json_text(guards) for guards in _GUARDS]

_text: Final = records.writer(Trigger, Facts, Decision, Size, shared=(Quote, Observation))


def write(trigger: Trigger, facts: Facts, decision: Decision) -> str:
    """`{"rule", "facts", "guards", "decision"}`: what is null is left out, decimals and instants are strings."""
    rule = _text(trigger if trigger.last_look is None else trigger._replace(last_look=None))
    guarded = f'"guards":{_GUARD_TEXTS[decision.guards]},"decision":{_text(decision)}'
    return f'{{"rule":{rule},"facts":{_text(facts)},{guarded}}}'


def guards(decision: Decision) -> list[list[str]]:
    """The guards that the decision came to, in order, each with pass or stop."""
    return _GUARDS[decision.guards]


def read(record: dict[str, Any]) -> tuple[Trigger, Facts, Decision]:
    """The trigger, facts and decision that `write` recorded; KeyError or ValueError where they are not whole."""
    facts, decision = dict(record["facts"]), dict(record["decision"])
    facts["observations"] = tuple(records.read(Observation, seen) for seen in facts["observations"])
    facts["quotes"] = tuple(records.read(Quote, quote) for quote in facts["quotes"])
    decision["size"] = records.read(Size, decision["size"]) if "size" in decision else None
    return records.read(Trigger, record["rule"]), records.read(Facts, facts), records.read(Decision, decision)

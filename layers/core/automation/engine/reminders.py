"""What is told before anything happens, or because nothing does: steps of the notifications job."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final
from uuid import UUID

from automation import identifiers, money, records
from automation.auto_invest.amount import limited
from automation.auto_invest.rule import SIP, Rule
from automation.database import Connection
from automation.engine import auto_invest_facts
from automation.engine.auto_invest import JOB
from automation.engine.auto_invest_outcome import execution_key
from automation.engine.run import LAST, Run
from automation.store import notifications
from automation.store import reminders as store
from automation.store.notifications import Message
from automation.store.reminders import GoalProgress

# So early that at least a day is left when a night's quiet hours have passed.
AHEAD: Final = timedelta(hours=36)
MILESTONES: Final = (25, 50, 75, 100)
_A_DAY: Final = timedelta(days=1)


def remind(run: Run) -> Counter[str]:
    """Announce one batch of coming instalments, and warn of those that will lack money or units."""
    return run.runtime.database.transaction(lambda connection: _remind(connection, run))


def _remind(connection: Connection, run: Run) -> Counter[str]:
    now, limit = run.runtime.clock.now(connection), run.runtime.settings.batch_size
    rules = store.claim(connection, now, now + AHEAD, limit)
    if not rules:
        return Counter()
    told = [_reminder(rule) for rule in rules]
    short = _shorts(connection, run, {rule.id for rule in rules}, sorted({rule.client_id for rule in rules}), now)
    notifications.insert(connection, told + short, now)
    store.mark(connection, [(rule.id, rule.next_occurrence) for rule in rules])
    return +Counter({"reminded": len(told), "short": len(short), LAST: int(len(rules) < limit)})


def _reminder(rule: Rule) -> Message:
    return _coming("Auto-Invest Reminder", rule, amount=_amount(rule))


def _coming(event: str, rule: Rule, **said: object) -> Message:
    """A message about an instalment, which is named by the key that its execution will have."""
    payload = {
        "rule": identifiers.show(identifiers.AUTO_INVEST, rule.id),
        "occurrence": rule.next_occurrence.isoformat(timespec="minutes"),
    }
    key = execution_key(rule, rule.next_occurrence)
    return Message(event, key, rule.client_id, records.json_text(payload | said))


def _amount(rule: Rule) -> Decimal:
    return max(limited(rule, rule.next_occurrence.date()), money.ZERO)


def _shorts(connection: Connection, run: Run, asked: set[UUID], clients: Sequence[str], now: datetime) -> list[Message]:
    """Warnings about those of the rules that are asked about, when all that run before them have taken theirs.

    `required` is the cash with which it would have sufficed for all of them.
    """
    rules = store.running(connection, clients, now, now + AHEAD)
    known = auto_invest_facts.load(connection, run.runtime, JOB.name, rules, now)
    found = []
    for rule in rules:
        needed, available = _amount(rule), known.available(rule)
        known.spend(rule, needed)
        usable = available - (rule.min_balance_required if rule.plan == SIP else money.ZERO)
        if rule.id in asked and usable < needed:
            said = {"needed": needed, "available": max(usable, money.ZERO)}
            if rule.plan == SIP:
                said["required"] = known.cash[rule.client_id] - usable + needed
            what = "cash_short" if rule.plan == SIP else "units_short"
            found.append(_coming("Portfolio Alert", rule, what=what, **said))
    return found


def chase(run: Run) -> Counter[str]:
    """Say once more that a proposal waits, when half of its time has passed."""
    return run.runtime.database.transaction(lambda connection: _chase(connection, run))


def _chase(connection: Connection, run: Run) -> Counter[str]:
    now, limit = run.runtime.clock.now(connection), run.runtime.settings.batch_size
    waiting = store.chase(connection, now, limit)
    told = [_waits(key, client) for key, client in waiting]
    notifications.insert(connection, told, now)
    return +Counter({"chased": len(told), LAST: int(len(told) < limit)})


def _waits(key: UUID, client: str) -> Message:
    """Of a source of its own: what becomes of the proposal in the end is another alert."""
    shown = identifiers.show(identifiers.REBALANCING_EXECUTION, key)
    said = records.json_text({"what": "unconfirmed", "execution": shown})
    return Message("Portfolio Alert", identifiers.beside(key, "unconfirmed"), client, said)


def milestones(run: Run) -> Counter[str]:
    """Look at one batch of goals, each once a day; a milestone that is new is told, the highest of several."""
    return run.runtime.database.transaction(lambda connection: _milestones(connection, run))


def _milestones(connection: Connection, run: Run) -> Counter[str]:
    now, limit = run.runtime.clock.now(connection), run.runtime.settings.batch_size
    goals = store.look_at_goals(connection, now, now - _A_DAY, limit)
    new = store.reach(connection, [(goal.id, percent) for goal in goals for percent in _reached(goal)], now)
    told = list(_celebrated(goals, new))
    notifications.insert(connection, told, now)
    return +Counter({"milestones": len(told), LAST: int(len(goals) < limit)})


def _reached(goal: GoalProgress) -> list[int]:
    return [percent for percent in MILESTONES if goal.progress is not None and goal.progress >= percent]


def _celebrated(goals: Sequence[GoalProgress], new: set[tuple[str, int]]) -> Iterator[Message]:
    """What a goal had reached before it was first looked at is no news."""
    for goal in goals:
        reached = [percent for percent in _reached(goal) if (goal.id, percent) in new]
        if reached and not goal.first:
            said = {"goal": goal.id, "percent": reached[-1], "progress": goal.progress, "value": goal.value}
            key = identifiers.derived(goal.created_at, goal.id, reached[-1])
            yield Message("Goal Milestone Reached", key, goal.client_id, records.json_text(said))

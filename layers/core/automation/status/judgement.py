"""Facts judged: the worst finding decides; what never ran or is overdue is not green."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum
from typing import Final, NamedTuple

from automation.status.facts import GRACE, Facts, LastRun, Plan

LONGEST_RUN: Final = timedelta(minutes=15)
PATIENCE_WITH_UNKNOWN: Final = timedelta(hours=1)
PATIENCE_WITH_PENDING: Final = timedelta(minutes=15)
PATIENCE_WITH_SUBMITTED: Final = timedelta(days=7)


class Level(IntEnum):
    """The worst finding decides; what never ran or is overdue is not green."""

    GREEN = 0
    AMBER = 1
    RED = 2


class Finding(NamedTuple):
    """One reason why the level is what it is."""

    level: Level
    text: str


class JobStatus(NamedTuple):
    """A job at a glance; `outcome` is `never ran`, Running, Succeeded or Failed."""

    plan: Plan
    last: LastRun | None
    outcome: str
    duration: timedelta | None
    next: datetime | None


@dataclass(frozen=True)
class Status:
    """The judgement, the findings that led to it, worst first, and the facts that they are about."""

    level: Level
    findings: Sequence[Finding]
    jobs: Sequence[JobStatus]
    facts: Facts


# What becomes of things that a person should look at, by their kind.
_SET_ASIDE: Final = {
    "rule": "paused after failures",
    "trigger": "set aside with an error of our own",
    "rebalancing": "stuck: held for a person, or under way for long",
}


def judge(facts: Facts) -> Status:
    """Judge the facts; no finding at all is green."""
    findings = sorted(_findings(facts), key=lambda finding: -finding.level)
    level = findings[0].level if findings else Level.GREEN
    return Status(level, findings, [_job(plan, facts) for plan in facts.plans], facts)


def tolerance(plans: Iterable[Plan], job: str) -> timedelta:
    """How long what a job serves may wait before it is overdue: a missed tick, and a little."""
    period = next((plan.period for plan in plans if plan.job == job and plan.period), timedelta())
    return period + max(period, GRACE)


def _job(plan: Plan, facts: Facts) -> JobStatus:
    last = facts.runs.get(plan.job)
    if last is None:
        return JobStatus(plan, None, "never ran", None, plan.next)
    coming = max(last.started_at + plan.period, facts.now) if plan.period else plan.next
    duration = last.finished_at - last.started_at if last.finished_at else None
    return JobStatus(plan, last, last.status, duration, coming)


def _findings(facts: Facts) -> Iterator[Finding]:
    for plan in facts.plans:
        yield from _of_job(plan, facts.runs.get(plan.job), facts.now)
        yield from _of_unended(plan.job, facts)
    yield from _of_rules(facts)
    yield from _of_orders(facts)
    yield from _of_prices(facts)
    yield from _of_messages(facts)
    for switch in facts.switches:
        whose = f"{switch.scope} {switch.scope_id}" if switch.scope_id else switch.scope
        yield Finding(Level.AMBER, f"kill switch {switch.mode} stands for {whose}: {switch.reason}")


def _of_job(plan: Plan, last: LastRun | None, now: datetime) -> Iterator[Finding]:
    if not plan.enabled:
        yield Finding(Level.AMBER, f"the schedule of {plan.job} is switched off")
    if last is None:
        yield Finding(Level.AMBER, f"{plan.job} never ran ({plan.words})")
        return
    kept = plan.previous if plan.period is None else now - tolerance([plan], plan.job)
    expected = kept if plan.enabled else None
    if last.status == "Failed":
        yield Finding(Level.RED, f"{plan.job} failed at its last run: {last.error}")
    if last.status == "Running" and now - last.started_at > LONGEST_RUN:
        yield Finding(Level.RED, f"{plan.job} has not ended the run that it began {age(now - last.started_at)} ago")
    if expected is not None and last.started_at < expected:
        yield Finding(Level.RED, f"{plan.job} is overdue: it last ran {age(now - last.started_at)} ago ({plan.words})")


def _of_unended(job: str, facts: Facts) -> Iterator[Finding]:
    """Runs before the last one whose process died: what they were at is done, but somebody should know."""
    last = facts.runs.get(job)
    told = last is not None and last.status == "Running" and facts.now - last.started_at > LONGEST_RUN
    if (count := facts.unended.get(job, 0) - told) > 0:
        many = _many(count, "run")
        yield Finding(Level.AMBER, f"{many} of {job} in the last day never ended: killed, or out of time")


def _of_rules(facts: Facts) -> Iterator[Finding]:
    if facts.overdue.rules and facts.overdue.oldest:
        late = age(facts.now - facts.overdue.oldest)
        yield Finding(Level.RED, f"{_many(facts.overdue.rules, 'rule')} overdue, the oldest by {late}")
    for job, looks in facts.late.items():
        if looks.rules and looks.oldest:
            many = _many(looks.rules, "look")
            yield Finding(Level.RED, f"{many} of {job} overdue, the oldest by {age(facts.now - looks.oldest)}")
    kinds = Counter(item.kind for item in facts.items)
    for kind, what in _SET_ASIDE.items():
        if kinds[kind]:
            yield Finding(Level.AMBER, f"{_many(kinds[kind], kind)} {what}")


def _of_orders(facts: Facts) -> Iterator[Finding]:
    for order in facts.orders:
        waited = facts.now - order.oldest
        if order.status == "Held":
            yield Finding(Level.RED, f"{_many(order.orders, 'order')} held for a person, the oldest for {age(waited)}")
        elif order.status == "Unknown":
            level = Level.RED if waited > PATIENCE_WITH_UNKNOWN else Level.AMBER
            yield Finding(
                level, f"{_many(order.orders, 'order')} with an unknown outcome, the oldest for {age(waited)}"
            )
        elif order.status == "Pending" and waited > PATIENCE_WITH_PENDING:
            yield Finding(Level.RED, f"{_many(order.orders, 'order')} not submitted yet, the oldest for {age(waited)}")
        elif order.status == "Submitted" and waited > PATIENCE_WITH_SUBMITTED:
            yield Finding(Level.AMBER, f"an order is submitted for {age(waited)} and not executed yet")


def _of_prices(facts: Facts) -> Iterator[Finding]:
    # Without a fresh price nothing trades: that is red as soon as somebody counts on it.
    level = Level.RED if facts.rules.get("Active") else Level.AMBER
    if facts.prices is None:
        yield Finding(level, "there is no NAV at all")
    elif facts.prices.age > facts.max_nav_age:
        yield Finding(
            level, f"the newest NAV is of {facts.prices.newest}, {_many(facts.prices.age, 'business day')} old"
        )
    if facts.suspects:
        yield Finding(Level.AMBER, f"{_many(facts.suspects, 'NAV')} suspect: unseen by conditions until confirmed")


def _of_messages(facts: Facts) -> Iterator[Finding]:
    waiting = facts.waiting.get("notifications")
    if waiting and waiting.oldest and facts.now - waiting.oldest > tolerance(facts.plans, "notifications"):
        late = age(facts.now - waiting.oldest)
        yield Finding(Level.AMBER, f"{_many(waiting.rules, 'message')} not sent yet, the oldest due for {late}")
    for channel in facts.channels:
        rest, failures = age(channel.until - facts.now), _many(channel.failures, "failure")
        why = f"{failures} in a row ({channel.reason})"
        yield Finding(Level.AMBER, f"{channel.channel} is left alone for {rest}: {why}")
    for status, what in (("Failed", "failed"), ("Unknown", "may or may not have arrived")):
        if count := facts.messages.get(status):
            yield Finding(Level.AMBER, f"{_many(count, 'message')} of the last day {what}")


def age(passed: timedelta) -> str:
    """A length of time as people say it: `40 s`, `12 min`, `5 h`, `3 days`."""
    seconds = max(int(passed.total_seconds()), 0)
    for size, unit in ((86_400, "days"), (3_600, "h"), (60, "min")):
        if seconds >= 2 * size:
            return f"{seconds // size:,} {unit}"
    return f"{seconds} s"


def _many(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"

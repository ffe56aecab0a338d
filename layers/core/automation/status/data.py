"""A status as plain data; instants, dates and lengths of time are still objects."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from automation import identifiers
from automation.status.facts import COUNTED, Facts, History, Plan, Switch
from automation.status.judgement import JobStatus, Status


def as_data(status: Status) -> dict[str, Any]:
    """The status as plain data; instants, dates and lengths of time are still objects."""
    facts = status.facts
    prices = facts.prices and {"newest": facts.prices.newest, "age_in_business_days": facts.prices.age}
    return {
        "level": status.level.name.lower(),
        "at": facts.now,
        "findings": [{"level": finding.level.name.lower(), "text": finding.text} for finding in status.findings],
        "jobs": [_job_as_data(job, facts) for job in status.jobs],
        "rules": {
            "by_status": dict(facts.rules),
            "counted_up_to": COUNTED,
            "due": facts.due._asdict(),
            "overdue": facts.overdue._asdict(),
        },
        "looks_overdue": {job: late._asdict() for job, late in facts.late.items()},
        "live_rebalancings": dict(facts.rebalancings),
        "executions_of_the_last_day": [
            {"status": outcome, "reason": reason, "executions": number}
            for (outcome, reason), number in facts.executions.items()
        ],
        "orders": {"live": [order._asdict() for order in facts.orders], "ended_in_the_last_day": dict(facts.ended)},
        "navs": prices,
        "suspect_navs": facts.suspects,
        "kill_switches": [switch._asdict() for switch in facts.switches],
        "troubled_messages_of_the_last_day": dict(facts.messages),
        "channels_left_alone": [channel._asdict() for channel in facts.channels],
        "attention": [item._asdict() for item in facts.items],
    }


def _job_as_data(job: JobStatus, facts: Facts) -> dict[str, Any]:
    last, history = job.last, facts.histories.get(job.plan.job)
    return {
        "job": job.plan.job,
        "schedule": job.plan.words,
        "expression": job.plan.expression,
        **_enabled(job.plan, facts),
        "outcome": job.outcome,
        "run": last and identifiers.show(identifiers.RUN, last.id),
        "started_at": last and last.started_at,
        "duration": job.duration,
        "counts": last and dict(last.counts),
        "error": last and last.error,
        "never_ended_in_the_last_day": facts.unended.get(job.plan.job, 0),
        "next_run_at": job.next if job.plan.enabled else None,
        **_waiting(facts, job.plan.job),
        **_history(history, job.plan, facts.now),
    }


def _waiting(facts: Facts, job: str) -> dict[str, Any]:
    """What waits for a job; None where nothing is ever left to it."""
    due = facts.waiting.get(job)
    oldest = due.oldest if due is not None else None
    return {
        "backlog": None if due is None else due.rules,
        "oldest_due_age": None if oldest is None else facts.now - oldest,
    }


def _enabled(plan: Plan, facts: Facts) -> dict[str, Any]:
    """Whether a job does its work by itself, and what keeps it from it."""
    stops = [f"{each.mode} ({each.scope}): {each.reason}" for each in facts.switches if _stops(each, plan.job)]
    why = ["its schedule is switched off"] if not plan.enabled else []
    return {"enabled": not why and not stops, "why_not": "; ".join(why + stops) or None}


def _stops(switch: Switch, job: str) -> bool:
    whole = switch.scope == "global" or (switch.scope == "job" and switch.scope_id == job)
    return whole and switch.mode == "stop_all"


def _history(history: History | None, plan: Plan, now: datetime) -> dict[str, Any]:
    known = history or History(plan.job, 0, 0, 0, 0, 0, None, 0, None, None)
    return {
        "last_success_at": known.last_success,
        "start_lag": known.lag,
        "success_rate_1d": _rate(known.succeeded_1d, known.ended_1d),
        "success_rate_7d": _rate(known.succeeded_7d, known.ended_7d),
        "missed_in_the_last_day": _missed(known, plan, now),
        "overlapped_in_the_last_day": known.overlapped_1d,
    }


def _rate(succeeded: int, ended: int) -> Decimal | None:
    """A percent of the runs that are over; None where there is none."""
    return (Decimal(succeeded) * 100 / Decimal(ended)).quantize(Decimal("0.1")) if ended else None


def _missed(history: History, plan: Plan, now: datetime) -> int | None:
    """The ticks of a rate that no run has kept since the first run of the last day; None for other schedules."""
    if plan.period is None or history.first_1d is None:
        return None
    return max(int((now - history.first_1d) / plan.period) - history.ticks_1d, 0)

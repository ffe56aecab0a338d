"""How facts are judged: what is green, what is not, and in which words."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest

from automation.status.data import as_data
from automation.status.facts import ChannelState, Due, Facts, Item, LastRun, OrderCount, Plan, Prices, Switch
from automation.status.judgement import Level, age, judge
from infra.local.output import as_json

NOW = datetime(2026, 1, 5, 12, tzinfo=UTC)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
RULES = Plan("auto_invest", "every 15 minutes", 15 * MINUTE)
NAVS = Plan("navs", "daily at 18:00 UTC", None, NOW - 18 * HOUR, NOW + 6 * HOUR)


def ran(job: str, ago: timedelta, status: str = "Succeeded", error: str | None = None) -> LastRun:
    at = NOW - ago
    ended = None if status == "Running" else at + timedelta(seconds=2)
    return LastRun(job, UUID(int=7), "schedule", at, ended, status, {"rules": 3}, False, error)


WELL = Facts(
    now=NOW,
    max_nav_age=3,
    plans=[RULES, NAVS],
    runs={"auto_invest": ran("auto_invest", 10 * MINUTE), "navs": ran("navs", 17 * HOUR)},
    unended={},
    rules={"Active": 2},
    due=Due(0, None),
    overdue=Due(0, None),
    executions={("Success", None): 5},
    orders=[OrderCount("Submitted", 1, NOW - 5 * HOUR), OrderCount("Pending", 1, NOW - MINUTE)],
    ended={"Settled": 4},
    prices=Prices(date(2026, 1, 2), 1),
    suspects=0,
    switches=[],
    items=[],
)


def after(run: LastRun) -> Facts:
    """All is well, but for the last run of one job."""
    return replace(WELL, runs={**WELL.runs, run.job: run})


SWITCH = Switch("client", "C1", "stop_buys", "asked to", None, "me", NOW - HOUR)
TELLING = Plan("notifications", "every 5 minutes", 5 * MINUTE)
BAD: list[tuple[str, Facts, Level, str]] = [
    (
        "messages that wait for longer than two sweeps",
        replace(
            WELL,
            plans=[*WELL.plans, TELLING],
            runs={**WELL.runs, "notifications": ran("notifications", MINUTE)},
            waiting={"notifications": Due(7, NOW - 11 * MINUTE)},
        ),
        Level.AMBER,
        "7 messages not sent yet, the oldest due for 11 min",
    ),
    (
        "a channel that is left alone",
        replace(WELL, channels=[ChannelState("Email", NOW + 4 * MINUTE, 6, "provider_failed")]),
        Level.AMBER,
        "Email is left alone for 4 min: 6 failures in a row (provider_failed)",
    ),
    (
        "messages that nobody can tell the fate of",
        replace(WELL, messages={"Unknown": 2}),
        Level.AMBER,
        "2 messages of the last day may or may not have arrived",
    ),
    ("a message that failed", replace(WELL, messages={"Failed": 1}), Level.AMBER, "1 message of the last day failed"),
    (
        "an order that is not executed for a week",
        replace(WELL, orders=[OrderCount("Submitted", 3, NOW - 192 * HOUR)]),
        Level.AMBER,
        "an order is submitted for 8 days and not executed yet",
    ),
    (
        "a job that never ran",
        replace(WELL, runs={"navs": WELL.runs["navs"]}),
        Level.AMBER,
        "auto_invest never ran (every 15 minutes)",
    ),
    (
        "a rate that missed a tick",
        after(ran("auto_invest", 31 * MINUTE)),
        Level.RED,
        "auto_invest is overdue: it last ran 31 min ago (every 15 minutes)",
    ),
    (
        "a cron tick that nobody kept",
        after(ran("navs", 19 * HOUR)),
        Level.RED,
        "navs is overdue: it last ran 19 h ago (daily at 18:00 UTC)",
    ),
    (
        "a failed run",
        after(ran("navs", HOUR, "Failed", "ValueError: no")),
        Level.RED,
        "navs failed at its last run: ValueError: no",
    ),
    (
        "a run that does not end",
        after(ran("auto_invest", 16 * MINUTE, "Running")),
        Level.RED,
        "auto_invest has not ended the run that it began 16 min ago",
    ),
    (
        "rules that wait too long",
        replace(WELL, due=Due(1, NOW - HOUR), overdue=Due(1, NOW - HOUR)),
        Level.RED,
        "1 rule overdue, the oldest by 60 min",
    ),
    (
        "rules that paused themselves",
        replace(WELL, items=[Item("rule", "AUTO-1", "C1", "paused", NOW)] * 2),
        Level.AMBER,
        "2 rules paused after failures",
    ),
    (
        "a NAV that jumped",
        replace(WELL, suspects=1),
        Level.AMBER,
        "1 NAV suspect: unseen by conditions until confirmed",
    ),
    (
        "a held order",
        replace(WELL, orders=[OrderCount("Held", 2, NOW - MINUTE)]),
        Level.RED,
        "2 orders held for a person, the oldest for 60 s",
    ),
    (
        "an order that is unknown for a moment",
        replace(WELL, orders=[OrderCount("Unknown", 1, NOW - HOUR)]),
        Level.AMBER,
        "1 order with an unknown outcome, the oldest for 60 min",
    ),
    (
        "an order that stays unknown",
        replace(WELL, orders=[OrderCount("Unknown", 1, NOW - HOUR - MINUTE)]),
        Level.RED,
        "1 order with an unknown outcome, the oldest for 61 min",
    ),
    (
        "orders that nobody submits",
        replace(WELL, orders=[OrderCount("Pending", 1, NOW - 16 * MINUTE)]),
        Level.RED,
        "1 order not submitted yet, the oldest for 16 min",
    ),
    ("no prices", replace(WELL, prices=None), Level.RED, "there is no NAV at all"),
    ("no prices and no rules", replace(WELL, prices=None, rules={}), Level.AMBER, "there is no NAV at all"),
    (
        "old prices",
        replace(WELL, prices=Prices(date(2025, 12, 30), 4)),
        Level.RED,
        "the newest NAV is of 2025-12-30, 4 business days old",
    ),
    (
        "a kill switch",
        replace(WELL, switches=[SWITCH]),
        Level.AMBER,
        "kill switch stop_buys stands for client C1: asked to",
    ),
]


def test_when_all_runs_on_time_it_is_green_without_a_finding() -> None:
    status = judge(WELL)
    assert (status.level, status.findings) == (Level.GREEN, [])


@pytest.mark.parametrize(("facts", "level", "said"), [case[1:] for case in BAD], ids=[case[0] for case in BAD])
def test_a_finding_has_its_level_and_its_words(facts: Facts, level: Level, said: str) -> None:
    status = judge(facts)
    assert status.level is level
    assert [tuple(finding) for finding in status.findings] == [(level, said)]


@pytest.mark.parametrize(
    "facts",
    [
        after(ran("auto_invest", 29 * MINUTE)),
        after(ran("auto_invest", 14 * MINUTE, "Running")),
        replace(WELL, due=Due(3, NOW - MINUTE)),
        replace(WELL, prices=Prices(date(2025, 12, 31), 3)),
        replace(WELL, rules={}),
    ],
    ids=["a tick that is a little late", "a long run", "rules that are just due", "prices of three days", "no rules"],
)
def test_what_may_happen_on_a_good_day_is_green(facts: Facts) -> None:
    assert judge(facts).findings == []


def test_the_worst_finding_comes_first_and_is_the_level() -> None:
    status = judge(replace(WELL, switches=[SWITCH], orders=[OrderCount("Held", 1, NOW)]))
    assert status.level is Level.RED
    assert [finding.level for finding in status.findings] == [Level.RED, Level.AMBER]


def test_a_job_shows_its_last_run_and_its_next() -> None:
    rules, navs = judge(WELL).jobs
    assert (rules.outcome, rules.duration, rules.next) == ("Succeeded", timedelta(seconds=2), NOW + 5 * MINUTE)
    assert navs.next == NOW + 6 * HOUR


def test_a_job_that_is_late_is_next_due_now_and_not_in_the_past() -> None:
    late = after(ran("auto_invest", 5 * HOUR))
    assert judge(late).jobs[0].next == NOW


def test_as_data_it_is_plain_json() -> None:
    facts = replace(WELL, switches=[SWITCH], items=[Item("order", "ORD-1", "C1", "Held", NOW)])
    data = json.loads(as_json(as_data(judge(facts))))
    assert data["level"] == "amber"
    assert data["at"] == "2026-01-05T12:00:00Z"
    assert data["jobs"][0]["duration"] == 2.0
    assert data["navs"] == {"newest": "2026-01-02", "age_in_business_days": 1}
    assert data["kill_switches"][0]["scope_id"] == "C1"
    assert data["executions_of_the_last_day"] == [{"status": "Success", "reason": None, "executions": 5}]


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(-3, "0 s"), (0, "0 s"), (119, "119 s"), (120, "2 min"), (7199, "119 min"), (7200, "2 h"), (172_800, "2 days")],
)
def test_a_length_of_time_in_words(seconds: int, words: str) -> None:
    assert age(timedelta(seconds=seconds)) == words


def test_runs_that_never_ended_are_something_to_know() -> None:
    status = judge(replace(WELL, unended={"auto_invest": 2}))
    assert [tuple(finding) for finding in status.findings] == [
        (Level.AMBER, "2 runs of auto_invest in the last day never ended: killed, or out of time")
    ]
    assert [job["never_ended_in_the_last_day"] for job in as_data(status)["jobs"]] == [2, 0]


def test_the_last_run_is_not_told_twice_when_it_never_ended() -> None:
    stuck = replace(after(ran("auto_invest", 20 * MINUTE, "Running")), unended={"auto_invest": 1})
    assert [finding.level for finding in judge(stuck).findings] == [Level.RED]

"""Telling people: fan-out, and claiming and writing what a channel is to send, against auto-invest's own rate."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from automation import identifiers
from automation.channels import Outgoing
from automation.engine.delivery import Sender
from automation.engine.notifications import fan_out
from automation.engine.run import LAST, Run
from automation.runtime import Runtime
from automation.settings import Delivery
from tests.benchmarks import fresh_process
from tests.benchmarks.engine import Engine
from tests.benchmarks.measuring import Sample, figure, interleaved, ratio, timed
from tests.benchmarks.plan import Plan
from tests.benchmarks.report import Row, show
from tests.benchmarks.stage import Stage, morning

MADE: Final = "auto-invest handler executes rules"
TOLD: Final = "fan-out of what they tell"
WRITTEN: Final = "e-mails claimed, asked again and written"
_UNLIMITED: Final = 1_000_000


class Nowhere:
    """A channel that is never come to: what is measured ends before it."""

    def send(self, message: Outgoing) -> str:
        raise AssertionError("nothing is sent here")


def telling(url: str, days: Iterator[int], plan: Plan) -> list[Row]:
    """Each round executes rules, tells what they have to tell, and writes as many e-mails about it."""
    with morning(url, next(days)) as stage:
        stage.plain.execute("truncate notification_preferences, notification_logs, in_app_notifications")
        sides = {
            MADE: lambda: stage.engine.auto_invest(plan.batches),
            TOLD: lambda: timed(lambda: tell(stage.engine)),
            WRITTEN: lambda: _written(stage),
        }
        rates = interleaved(sides, min(plan.rounds_a_day(plan.turn), plan.rounds // 2 - 1))
        few, many = (_memory(stage, batches) for batches in (1, plan.batches))
    show("messages to people", rates, "messages/s")
    return [
        Row("messages told in the app / rules executed", ratio(rates[TOLD], rates[MADE]), 1),
        Row("e-mails claimed and written / rules executed", ratio(rates[WRITTEN], rates[MADE]), 1),
        Row(f"memory of telling, {plan.batches} batches / one", ratio([many], [few]), 1.1, at_most=True),
        Row("memory of the notifications handler", figure([many]), 128, "MiB", at_most=True),
    ]


def _memory(stage: Stage, batches: int) -> float:
    """What the handler needs, in MiB, to tell of so many batches of executed rules, in a process of its own."""
    made = stage.engine.auto_invest(batches).count
    used = fresh_process.memory_of_telling(stage.url, stage.engine.clock.instant, made)
    stage.plain.execute("truncate in_app_notifications, notification_logs")
    return used


def _run(engine: Engine) -> Run:
    runtime = engine.runtime
    return Run(identifiers.new(engine.clock.instant), "notifications", _offering_email(runtime))


def _offering_email(runtime: Runtime) -> Runtime:
    settings = replace(runtime.settings, delivery=Delivery(email_rate=_UNLIMITED))
    return replace(runtime, settings=settings, channels={"Email": Nowhere()})


def tell(engine: Engine) -> int:
    """All that is to be told; how many messages."""
    run, counts = _run(engine), Counter[str]()
    while not counts[LAST]:
        done = fan_out(run)
        if not done:
            break
        counts += done
    return counts["told"]


def _written(stage: Stage) -> Sample:
    """As many e-mails as messages, made outside of the time; they are leased, and sent nowhere."""
    now = {"now": stage.engine.clock.instant}
    stage.plain.execute("update clients set email = id || '@example.com' where email is null")
    stage.plain.execute(_BY_EMAIL, now)
    stage.plain.execute(_AS_EMAILS, now)
    sender = Sender(_run(stage.engine), "Email", Nowhere())

    def write() -> int:
        count = 0
        while parcels := sender.run.runtime.database.transaction(sender.lease).parcels:
            count += len(parcels)
        return count

    sample = timed(write)
    stage.plain.execute(
        "truncate notification_preferences, notification_channels, in_app_notifications, notification_logs"
    )
    return sample


# Who is told wants e-mails, once all has been told in the app.
_BY_EMAIL: Final = """
    insert into notification_preferences (id, client_id, event, channels, created_at, updated_at)
    select gen_random_uuid(), client_id, event, '{In-App,Email}', %(now)s, %(now)s
    from notification_logs
    group by client_id, event
"""
_AS_EMAILS: Final = """
    insert into notification_logs (id, event, source_id, client_id, channel, recipient, payload, deliver_at, created_at)
    select gen_random_uuid(), event, source_id, client_id, 'Email', client_id, payload, %(now)s, %(now)s
    from notification_logs
    where channel = 'In-App'
"""

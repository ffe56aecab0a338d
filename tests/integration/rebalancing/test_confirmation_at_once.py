"""People and the job at the same proposal at once: there is one set of orders, or none."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime

from automation import runtime
from automation.clock import SettableClock
from automation.errors import Conflict
from tests import builders
from tests.rebalancing_floor import Floor


@contextmanager
def elsewhere(floor: Floor, now: datetime) -> Iterator[Floor]:
    """The same floor from another process, by a clock of its own."""
    clock = SettableClock(now)
    own = runtime.assemble(floor.world.runtime.settings, clock=clock)
    with own.database:
        yield Floor(replace(floor.world, runtime=own, clock=clock), floor.file)


def together(*work: Callable[[], object]) -> None:
    threads = [threading.Thread(target=each) for each in work]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_two_who_confirm_at_once_place_one_set_of_orders(floor: Floor) -> None:
    shown = floor.proposed()
    answers: list[list[str]] = []

    def confirm() -> None:
        with elsewhere(floor, floor.world.clock.instant) as other:
            answers.append(other.confirm(shown))

    together(confirm, confirm, confirm)
    assert answers[0] == answers[1] == answers[2]
    assert len(floor.orders()) == 1


def test_confirming_and_expiring_at_once_end_in_one_of_both(floor: Floor) -> None:
    """Whoever comes first has it: either orders and no expiry, or an expiry and no orders."""
    shown = floor.proposed()
    ended: list[str] = []

    def confirm() -> None:
        with elsewhere(floor, floor.world.clock.instant) as other:
            try:
                other.confirm(shown)
                ended.append("confirmed")
            except Conflict:
                ended.append("refused")

    def expire() -> None:
        with elsewhere(floor, builders.at("2024-01-09 21:00")) as other:
            other.tick()

    together(confirm, expire)
    assert (ended, floor.states()[:1], len(floor.orders())) in (
        (["confirmed"], ["Executing"], 1),
        (["refused"], ["Expired"], 0),
    )
    # What still calls for it is proposed anew once the first proposal is over: at once, or where the one who was
    # refused held the client's row just then, at the next tick.
    with elsewhere(floor, builders.at("2024-01-09 21:15")) as other:
        other.tick()
    assert floor.states() in (["Executing"], ["Expired", "Pending"])


def test_two_who_ask_for_a_rebalancing_at_once_get_the_same_one(floor: Floor) -> None:
    rule = floor.add()
    floor.price("110")
    answers: list[str] = []

    def ask() -> None:
        with elsewhere(floor, floor.world.clock.instant) as other:
            answers.append(other.by_hand(rule))

    together(ask, ask)
    assert answers == [floor.shown()] * 2
    assert (floor.states(), len(floor.orders())) == (["Executing"], 1)

"""Auto-invest rules made and changed by people: create, pause, resume, skip, un-skip, cancel."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from automation import identifiers
from automation.auto_invest.request import AutoInvestRequest, parse
from automation.calendar import occurrences
from automation.calendar.business_days import DAY, BusinessCalendar
from automation.calendar.occurrences import Occurrence
from automation.calendar.schedule import Schedule, local_date
from automation.database import Connection
from automation.engine import audit
from automation.engine import rule_checks as checks
from automation.engine.auto_invest import close
from automation.engine.next_occurrence import go_on, to_come
from automation.errors import Conflict, InvalidInput, NotFound
from automation.runtime import Runtime
from automation.store import portfolio, skips
from automation.store import rules as store
from automation.store.rules import ProductTerms
from automation.store.skips import Skip

SHOWN = 5
_COMPARED = 24


@dataclass(frozen=True)
class Reply:
    """What a change answers: the rule's shown id, its next five occurrences, and what a person should know."""

    id: str
    next_occurrences: Sequence[Occurrence]
    warnings: Sequence[str] = ()


def create(runtime: Runtime, body: dict[str, Any], by: str, *, dry_run: bool = False) -> Reply:
    """Check a body and add the rule; InvalidInput names the field, and nothing is written, nor with `dry_run`."""
    request = parse(body)
    key = identifiers.once()
    return runtime.database.transaction(
        lambda connection: _create(connection, runtime, request, by, key), dry_run=dry_run
    )


def _create(
    connection: Connection, runtime: Runtime, request: AutoInvestRequest, by: str, key: Callable[[datetime], UUID]
) -> Reply:
    now = runtime.clock.now(connection)
    sound = checked(connection, runtime, request, now)
    rule_id = key(now)
    first = store.First(sound.coming[0].nominal, sound.coming[0].due)
    if store.insert(connection, rule_id, request, first, by, now):
        row = {"id": rule_id, "client_id": request.client}
        audit.changed(connection, now, by, "auto_invest.create", row, audit.terms(request))
    return Reply(identifiers.show(identifiers.AUTO_INVEST, rule_id), sound.coming[:SHOWN], sound.warnings)


class Checked(NamedTuple):
    """What a sound request means: when it runs, its occurrences from now on, and what a person should know."""

    schedule: Schedule
    calendar: BusinessCalendar
    coming: list[Occurrence]
    warnings: list[str]


def checked(connection: Connection, runtime: Runtime, request: AutoInvestRequest, now: datetime) -> Checked:
    """Check a request against what it refers to; InvalidInput names the field that can't be."""
    client = checks.client(connection, request.client)
    products = checks.products(connection, request, client.currency)
    checks.owned(connection, request)
    checks.watched(connection, request)
    schedule = _schedule(request, client.time_zone)
    calendar = _calendar(connection, runtime, products.values())
    try:
        coming = occurrences.upcoming(schedule, calendar, now, _COMPARED)
    except (KeyError, OSError) as error:
        problem = f"has the time zone {client.time_zone!r}, which does not exist"
        raise InvalidInput("client", problem, hint="correct the client's time zone first") from error
    if not coming:
        raise InvalidInput("end_date", "leaves no occurrence", hint="move end_date, or start_date, to a later date")
    rivals = checks.rival_warnings(connection, request, schedule, calendar, coming)
    return Checked(schedule, calendar, coming, [*checks.size_warnings(request, products), *rivals])


def _schedule(request: AutoInvestRequest, zone: str) -> Schedule:
    return Schedule(
        request.frequency,
        request.start_date,
        request.end_date,
        request.day_of_month,
        request.day_of_week,
        request.time,
        zone,
        request.roll,
    )


def _calendar(connection: Connection, runtime: Runtime, products: Iterable[ProductTerms]) -> BusinessCalendar:
    names = {product.calendar for product in products}
    runtime.calendars.load(connection, names)
    return runtime.calendars.of(names)


def pause(runtime: Runtime, shown_id: str, until: datetime | None, reason: str, by: str) -> None:
    """Pause a rule, with `until` (aware) up to an instant; what falls due meanwhile is recorded Skipped."""

    def work(connection: Connection) -> None:
        now = runtime.clock.now(connection)
        rule = locked(connection, shown_id, "Active", "Paused")
        if rule["next_run_at"] is None:
            raise Conflict(
                f"{shown_id} was set aside ({rule['status_reason']})", hint="mend its cause and resume it first"
            )
        if until is not None and until <= now:
            raise InvalidInput("until", f"{until.isoformat()} is over", hint="name an instant to come, or none")
        if (rule["status"], rule["status_reason"], rule["paused_until"]) == ("Paused", reason, until):
            return
        store.set_status(connection, rule["id"], "Paused", reason, until, now)
        asked = {"status": [rule["status"], "Paused"], "until": until, "reason": reason}
        audit.changed(connection, now, by, "auto_invest.pause", rule, asked)

    runtime.database.transaction(work)


def resume(runtime: Runtime, shown_id: str, by: str) -> Reply:
    """End a pause now. What fell due in it and is not recorded yet is still recorded as paused, by the next run."""

    def work(connection: Connection) -> Reply:
        now = runtime.clock.now(connection)
        rule = locked(connection, shown_id, "Paused", "Active")
        if rule["next_run_at"] is None:
            go_on(connection, runtime, rule)
        status, until = _resumed(rule, now)
        coming = () if status == "Completed" else to_come(connection, runtime, rule, now, SHOWN)
        if (status, until) != (rule["status"], rule["paused_until"]):
            reason = "ended" if status == "Completed" else None
            store.set_status(connection, rule["id"], status, reason, until, now)
            told = {"status": [rule["status"], status], "until": [rule["paused_until"], until]}
            audit.changed(connection, now, by, "auto_invest.resume", rule, told)
        return Reply(shown_id, coming)

    return runtime.database.transaction(work)


def _resumed(rule: Mapping[str, Any], now: datetime) -> tuple[str, datetime | None]:
    """The status of a rule that is resumed; it stays Paused up to now while what fell due in the pause is open."""
    if rule["next_run_at"] is None:
        return "Completed", None
    if rule["status"] == "Paused" and rule["next_run_at"] <= now:
        return "Paused", min(rule["paused_until"] or now, now)
    return "Active", None


def cancel(runtime: Runtime, shown_id: str, reason: str, by: str) -> None:
    """End a rule for good; orders that are not submitted yet are cancelled when their turn comes."""

    def work(connection: Connection) -> None:
        _lock_client(connection, shown_id)
        rule = locked(connection, shown_id, "Active", "Paused", "Cancelled")
        if rule["status"] == "Cancelled":
            return
        now = runtime.clock.now(connection)
        if rule["next_run_at"] is None:
            with suppress(KeyError, ValueError, OSError):  # what set it aside is still there: nothing can be told
                go_on(connection, runtime, rule)
        close(connection, runtime, rule)
        store.set_status(connection, rule["id"], "Cancelled", reason, None, now)
        asked = {"status": [rule["status"], "Cancelled"], "reason": reason}
        audit.changed(connection, now, by, "auto_invest.cancel", rule, asked)

    runtime.database.transaction(work)


def skip(runtime: Runtime, shown_id: str, start: date, end: date, by: str) -> list[tuple[date, date]]:
    """Skip the coming occurrences with nominal dates from `start` to `end`; the skips that stand now."""
    key = identifiers.once()

    def work(connection: Connection) -> list[tuple[date, date]]:
        now = runtime.clock.now(connection)
        rule = locked(connection, shown_id, "Active", "Paused")
        first, coming = _first_to_come(rule, now), rule["next_occurrence"]
        if start < first or end < start or (coming is not None and end < coming.date()):
            earliest = max(first, coming.date()) if coming else first
            raise InvalidInput("from", f"{start} to {end} is not a range to come", hint=f"start at {earliest} or later")
        if (start, end) not in skips.to_come(connection, rule["id"], first):
            skips.insert(connection, rule["id"], Skip(key(now), start, end, by), now)
            audit.changed(connection, now, by, "auto_invest.skip", rule, {"from": start, "to": end})
        return skips.to_come(connection, rule["id"], first)

    return runtime.database.transaction(work)


def unskip(runtime: Runtime, shown_id: str, start: date, end: date, by: str) -> list[tuple[date, date]]:
    """Take back the coming skips of a range of dates, also out of longer ones; the skips that stand now.

    NotFound where no day of the range is skipped.
    """

    def work(connection: Connection) -> list[tuple[date, date]]:
        now = runtime.clock.now(connection)
        rule = locked(connection, shown_id, "Active", "Paused")
        first = _first_to_come(rule, now)
        begin = max(start, first)
        taken = skips.take(connection, rule["id"], begin, end) if begin <= end else []
        if not taken:
            raise NotFound(f"no coming skip lies in {start} to {end}", hint="list the rule's skips")
        for left in (part for each in taken for part in _outside(each, begin, end)):
            skips.insert(connection, rule["id"], left, now)
        audit.changed(connection, now, by, "auto_invest.unskip", rule, {"from": start, "to": end})
        return skips.to_come(connection, rule["id"], first)

    return runtime.database.transaction(work)


def _outside(skip: Skip, start: date, end: date) -> Iterator[Skip]:
    """What is left of a skip before and after a range."""
    if skip.start < start:
        yield Skip(identifiers.beside(skip.id, "before"), skip.start, start - DAY, skip.by)
    if skip.end > end:
        yield Skip(identifiers.beside(skip.id, "after"), end + DAY, skip.end, skip.by)


def _first_to_come(rule: Mapping[str, Any], now: datetime) -> date:
    """Today, or before it the planned date of an occurrence that was moved to a later day."""
    today = local_date(now, rule["time_zone"])
    return min(today, rule["next_occurrence"].date()) if rule["next_occurrence"] else today


def key_of(shown_id: str) -> UUID:
    """The key of a shown rule id; NotFound where it is no such id."""
    try:
        return identifiers.read(identifiers.AUTO_INVEST, shown_id)
    except ValueError as error:
        raise NotFound(str(error), hint="list the rules to see their ids") from error


def _lock_client(connection: Connection, shown_id: str) -> None:
    """Before the rule, as every job does it: two that wait for each other would be a deadlock."""
    if rule := store.read(connection, key_of(shown_id)):
        portfolio.lock_clients(connection, [rule["client_id"]])


def locked(connection: Connection, shown_id: str, *allowed: str) -> dict[str, Any]:
    """A rule's row, locked; NotFound where there is none, Conflict where it is in another status."""
    rule = store.lock(connection, key_of(shown_id))
    if rule is None:
        raise NotFound(f"there is no rule {shown_id}", hint="list the rules to see their ids")
    if rule["status"] not in allowed:
        raise Conflict(f"{shown_id} is {rule['status']}", hint=f"only {' or '.join(allowed)} rules can be changed so")
    return rule

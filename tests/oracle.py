"""What must hold in a database whatever happened before: every violation is found and told in words.

Nothing here calls the product. The names of occurrences are computed again, with another library.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import count
from typing import Any
from uuid import UUID

from dateutil.relativedelta import relativedelta  # type: ignore[import-untyped]
from psycopg.rows import dict_row

from automation.database import Connection
from tests import audit_oracle, rebalancing_oracle, trigger_oracle

Row = dict[str, Any]
MONTHS = {"Monthly": 1, "Quarterly": 3, "Half-Yearly": 6, "Yearly": 12}
DAYS = {"Weekly": 7, "Fortnightly": 14}
ENDED_ORDERS = ("Failed", "Cancelled")
UNDONE = ("order_failed", "order_cancelled")
BOOKED = ("Executed", "Settled")
FILLED = {
    "nav": "filled_nav",
    "nav_date": "filled_on",
    "executed_units": "filled_units",
    "executed_amount": "filled_amount",
    "exit_load": "exit_load",
    "target_nav": "target_nav",
    "target_units": "target_units",
}


def check(connection: Connection, now: datetime, ledger: Mapping[UUID, int] | None = None) -> None:
    """Fails with every violation that there is. `ledger` counts what another gateway than paper accepted, by id."""
    found = violations(connection, now, ledger)
    assert not found, "\n".join(found)


def violations(connection: Connection, now: datetime, ledger: Mapping[UUID, int] | None = None) -> list[str]:
    """Every violation, in words."""
    tables = ["auto_invest_rules", "automation_execution_logs", "orders", "paper_orders", "market_holidays", "products"]
    known = {table: _rows(connection, f"select * from {table}") for table in tables}  # noqa: S608 - our own names
    logged = [row for row in known["automation_execution_logs"] if row["rule_kind"] == "auto_invest"]
    known["automation_execution_logs"] = logged
    return [
        *_ledger(known["orders"], known["paper_orders"], ledger),
        *_occurrences(known, now),
        *_intents(logged, known["orders"]),
        *_totals(known["auto_invest_rules"], logged, known["orders"]),
        *_sums(connection),
        *_bookings(connection),
        *_messages(connection),
        *_found(connection, trigger_oracle.VIOLATIONS),
        *_found(connection, rebalancing_oracle.VIOLATIONS),
        *audit_oracle.violations(connection),
    ]


def _rows(connection: Connection, statement: str) -> list[Row]:
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(statement.encode()).fetchall()


def _ledger(orders: list[Row], paper: list[Row], ledger: Mapping[UUID, int] | None) -> Iterator[str]:
    """The gateway holds each intent at most once, as it was meant, and whatever we count as placed."""
    by_id = {order["id"]: order for order in orders}
    intents = Counter((order["execution_id"], order["leg"]) for order in orders if order["execution_id"])
    yield from (f"{n} orders for one intent: {intent}" for intent, n in intents.items() if n > 1)
    accepted = Counter(row["client_order_id"] for row in paper) if ledger is None else Counter(dict(ledger))
    yield from (f"order {key} was accepted {n} times" for key, n in accepted.items() if n > 1)
    for key in accepted:
        if key not in by_id:
            yield f"the gateway holds {key}, which nobody intended"
        elif by_id[key]["status"] == "Cancelled":
            yield f"order {key} is Cancelled, and the gateway holds it"
    fields = ("client_id", "order_type", "product_id", "target_product_id", "amount", "units", "all_units")
    for row in paper:
        order = by_id.get(row["client_order_id"])
        if order is None:
            continue
        yield from (
            f"order {order['id']} differs at the gateway: {name}" for name in fields if order[name] != row[name]
        )
        if order["status"] in BOOKED and row["filled_units"] is not None:
            differ = [name for name, filled in FILLED.items() if order[name] != row[filled]]
            yield from (f"order {order['id']} was booked with another {name} than executed" for name in differ)
    for order in orders:
        if order["status"] in ("Submitted", *BOOKED) and order["id"] not in accepted:
            yield f"order {order['id']} is {order['status']}, and the gateway never had it"


def _occurrences(known: Mapping[str, list[Row]], now: datetime) -> Iterator[str]:
    """Each occurrence that was due has exactly one execution, and nothing else has one."""
    done: dict[UUID, list[Row]] = defaultdict(list)
    for row in known["automation_execution_logs"]:
        done[row["rule_id"]].append(row)
    for rule in known["auto_invest_rules"]:
        mine = done.pop(rule["id"], [])
        times = Counter(row["occurrence"] for row in mine)
        yield from (f"{rule['name']}: {n} executions of {name}" for name, n in times.items() if n > 1)
        if rule["next_run_at"] is not None and rule["next_run_at"] <= now:
            yield f"{rule['name']}: {rule['next_occurrence']} is due and was left"
        expected = set(_expected(rule, known, set(times)))
        # A day that was closed after it had been named is told by its reason.
        corrected = {row["occurrence"] for row in mine if row["reason"] == "non_business_day"}
        yield from (f"{rule['name']}: {name} has no execution" for name in sorted(expected - times.keys()))
        yield from (f"{rule['name']}: {name} was never due" for name in sorted(times.keys() - expected - corrected))
    yield from (f"executions of rule {key}, which does not exist" for key in done)


def _expected(rule: Row, known: Mapping[str, list[Row]], done: set[datetime]) -> Iterator[datetime]:
    """The names from the first occurrence to the one that comes next, or to the last one where the rule is over."""
    until = rule["next_occurrence"]
    last = max(done, default=None)
    for day in days_of(rule, closed_days(rule, known)):
        name = datetime.combine(day, rule["at_time"])
        if day < rule["first_occurrence"]:
            continue
        over = last is None or name > last if until is None else name >= until
        if over or (rule["end_date"] is not None and day > rule["end_date"]):
            return
        yield name


def closed_days(rule: Row, known: Mapping[str, list[Row]]) -> tuple[set[date], set[date]]:
    """Weekdays without, and weekend days with business, over the calendars of all products of a rule."""
    names = {rule["product_id"], rule["source_product_id"], *(part["product"] for part in rule["allocations"] or ())}
    calendars = {row["calendar"] for row in known["products"] if row["id"] in names}
    days: dict[tuple[str, str], set[date]] = defaultdict(set)
    for row in known["market_holidays"]:
        days[row["calendar"], row["kind"]].add(row["date"])
    closed = set().union(*(days[name, "closed"] for name in calendars))
    return closed, set.intersection(*(days[name, "session"] for name in calendars)) if calendars else set()


def days_of(rule: Row, exceptions: tuple[set[date], set[date]]) -> Iterator[date]:
    """The nominal days of a rule's schedule, without an end."""
    start, frequency = rule["start_date"], rule["frequency"]
    if frequency in MONTHS:
        anchor = rule["day_of_month"] or start.day
        first = start + relativedelta(day=anchor)
        late = first < start
        yield from (
            start + relativedelta(day=1, months=n * MONTHS[frequency] + late) + relativedelta(day=anchor)
            for n in count()
        )
    elif frequency in DAYS:
        wanted = start.isoweekday() % 7 if rule["day_of_week"] is None else rule["day_of_week"]
        first = next(day for day in _from(start) if day.isoweekday() % 7 == wanted)
        yield from (first + timedelta(days=n * DAYS[frequency]) for n in count())
    else:
        closed, sessions = exceptions
        yield from (day for day in _from(start) if (day in sessions if day.isoweekday() > 5 else day not in closed))


def _from(start: date) -> Iterator[date]:
    return (start + timedelta(days=n) for n in count())


def _intents(logged: list[Row], orders: list[Row]) -> Iterator[str]:
    """An execution's orders are what it decided: none where it stopped, all its parts where it went on."""
    by_execution: dict[UUID, list[Row]] = defaultdict(list)
    for order in orders:
        if order["origin"] == "auto_invest":
            by_execution[order["execution_id"]].append(order)
    for row in logged:
        mine = by_execution.pop(row["id"], [])
        decided = row["status"] == "Success" or row["reason"] in UNDONE
        wanted = sorted(_parts(row)) if decided else []
        found = sorted(
            (
                order["target_product_id"] or order["product_id"]
                if order["order_type"] == "Switch"
                else order["product_id"],
                order["amount"],
            )
            for order in mine
        )
        if found != wanted:
            yield f"execution {row['id']} ({row['status']} {row['reason']}) has orders {found}, not {wanted}"
        if decided and sum(order["amount"] for order in mine) != row["amount"]:
            yield f"execution {row['id']} is about {row['amount']}, its orders are not"
        alive = [order for order in mine if order["status"] not in ENDED_ORDERS]
        if decided and bool(alive) != (row["status"] == "Success"):
            yield f"execution {row['id']} is {row['status']}, with {len(alive)} orders alive"
    yield from (f"orders of execution {key}, which does not exist" for key in by_execution)


def _parts(execution: Row) -> Iterator[tuple[str, Decimal]]:
    for part in execution["details"]["decision"]["parts"]:
        if Decimal(part["amount"]) > 0:
            yield part["product_id"], Decimal(part["amount"])


def _totals(rules: list[Row], logged: list[Row], orders: list[Row]) -> Iterator[str]:
    """A rule counts its successes and what their orders that are not over invest."""
    counts = Counter(row["rule_id"] for row in logged if row["status"] == "Success")
    for rule in rules:
        invested = sum(
            order["executed_amount"] + order["exit_load"] if order["status"] in BOOKED else order["amount"]
            for order in orders
            if order["rule_id"] == rule["id"] and order["status"] not in ENDED_ORDERS
        )
        if rule["execution_count"] != counts[rule["id"]]:
            yield f"{rule['name']} counts {rule['execution_count']} executions, the log {counts[rule['id']]}"
        if rule["total_invested"] != invested:
            yield f"{rule['name']} counts {rule['total_invested']} invested, its orders {invested}"
        if rule["max_total_amount"] is not None and invested > rule["max_total_amount"]:
            yield f"{rule['name']} invested {invested} of at most {rule['max_total_amount']}"
        if rule["instalments"] is not None and counts[rule["id"]] > rule["instalments"]:
            yield f"{rule['name']} ran {counts[rule['id']]} times of at most {rule['instalments']}"


_SUMS = {
    "the lots of {} do not sum to its holding": """
        select concat(coalesce(h.client_id, l.client_id), ' ', coalesce(h.product_id, l.product_id))
        from holdings h
        full join (select client_id, product_id, sum(units_left) as units,
                          sum(round(cost * units_left / units, 2)) as cost
                   from lots group by 1, 2) l using (client_id, product_id)
        where coalesce(h.units, 0) <> coalesce(l.units, 0) or coalesce(h.cost, 0) <> coalesce(l.cost, 0)""",
    "the cash of {} is not its journal": """
        select c.id from clients c
        where c.cash_balance <> (select coalesce(sum(j.amount), 0) from cash_journal j where j.client_id = c.id)""",
    "{} is negative": """
        select concat('cash of ', id) from clients where cash_balance < 0
        union all select concat('holding of ', client_id) from holdings where units < 0 or cost < 0
        union all select concat('lot ', id) from lots where units_left < 0 or cost < 0
        union all select concat('order ', id) from orders
        where least(amount, units, nav, executed_units, executed_amount, exit_load, target_units) < 0
        union all select concat('rule ', name) from auto_invest_rules
        where least(total_invested, execution_count) < 0""",
}
_BOOKINGS = {
    "order {} and the cash journal do not agree": """
        select coalesce(o.id, j.order_id)
        from (select id, case order_type when 'Purchase' then -executed_amount else executed_amount end as amount
              from orders where status in ('Executed', 'Settled') and order_type <> 'Switch') o
        full join (select order_id, sum(amount) as amount from cash_journal where order_id is not null group by 1) j
             on j.order_id = o.id
        where o.amount is distinct from j.amount""",
    "order {} and its lot do not agree": """
        select coalesce(o.id, l.order_id)
        from (select id, coalesce(target_product_id, product_id) as product_id, coalesce(target_units, executed_units)
                     as units, executed_amount as cost, coalesce(target_nav, nav) as nav, nav_date
              from orders where status in ('Executed', 'Settled') and order_type <> 'Redemption') o
        full join (select * from lots where order_id is not null) l on l.order_id = o.id
        where (o.product_id, o.units, o.cost, o.nav, o.nav_date)
              is distinct from (l.product_id, l.units, l.cost, l.nav, l.acquired_on)""",
    "the units that left {} are not those of its orders": """
        select concat(coalesce(o.client_id, l.client_id), ' ', coalesce(o.product_id, l.product_id))
        from (select client_id, product_id, sum(executed_units) as units from orders
              where status in ('Executed', 'Settled') and order_type <> 'Purchase' group by 1, 2) o
        full join (select client_id, product_id, sum(units - units_left) as units from lots group by 1, 2) l
             using (client_id, product_id)
        where coalesce(o.units, 0) <> coalesce(l.units, 0)""",
    "order {} took more than was asked": """
        select id from orders where status in ('Executed', 'Settled') and executed_amount > amount""",
    "order {} is {}, and says nothing of when": """
        select id from orders
        where (status in ('Executed', 'Settled') and (executed_at is null or settles_on is null))
           or (status = 'Settled') <> (settled_at is not null)""",
}
_MESSAGES = {
    "nobody was told of execution {}": """
        select l.id from automation_execution_logs l
        where l.status <> 'Skipped' and not exists (select from notification_logs n where n.source_id = l.id)""",
    "nobody was told of order {}": """
        select o.id from orders o
        where o.status in ('Executed', 'Settled', 'Failed', 'Cancelled')
          and not exists (select from notification_logs n where n.source_id = o.id)""",
}


def _sums(connection: Connection) -> Iterable[str]:
    return _found(connection, _SUMS)


def _bookings(connection: Connection) -> Iterable[str]:
    return _found(connection, _BOOKINGS)


def _messages(connection: Connection) -> Iterable[str]:
    return _found(connection, _MESSAGES)


def _found(connection: Connection, queries: Mapping[str, str]) -> Iterator[str]:
    for words, query in queries.items():
        for (what,) in connection.execute(query.encode()):
            yield words.replace("{}", str(what), 1)

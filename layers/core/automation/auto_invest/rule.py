"""An auto-invest rule as its decisions see it: one claimed row, with what is needed of its client."""

from __future__ import annotations

from datetime import date, datetime, time
from decimal import Decimal
from typing import Any, Final, NamedTuple
from uuid import UUID

from automation.calendar.business_days import Roll
from automation.calendar.schedule import Frequency, Schedule

SIP: Final = "SIP"
STP: Final = "STP"
SWP: Final = "SWP"
ON_DATE: Final = "Date"


class Rule(NamedTuple):
    """Money is Decimal with 2 places in the client's currency, percents Decimal; `at_time` is local to `time_zone`.

    `allocations` is a list of {"product", "percent"}; `step_up_*` is None where amounts do not step up.
    `attempts` and `last_reason` are of the looks already taken at `next_occurrence`.
    """

    id: UUID
    version: int
    client_id: str
    plan: str
    product_id: str | None
    source_product_id: str | None
    allocations: list[dict[str, str]] | None
    amount: Decimal
    frequency: str
    day_of_month: int | None
    day_of_week: int | None
    at_time: time
    roll: str
    start_date: date
    end_date: date | None
    trigger_type: str
    trigger_config: dict[str, Any]
    goal_id: str | None
    instalments: int | None
    max_total_amount: Decimal | None
    max_per_execution: Decimal | None
    min_balance_required: Decimal
    step_up_percent: Decimal | None
    step_up_amount: Decimal | None
    step_up_every_months: int | None
    step_up_cap: Decimal | None
    cash_policy: str
    missed: str
    failure_limit: int
    enabled: bool
    status: str
    status_reason: str | None
    paused_until: datetime | None
    execution_count: int
    total_invested: Decimal
    consecutive_failures: int
    first_occurrence: date
    next_occurrence: datetime
    next_run_at: datetime
    attempts: int
    last_reason: str | None
    time_zone: str
    client_status: str
    kyc_status: str

    @property
    def conditional(self) -> bool:
        """Whether the rule looks for its moment inside each period rather than running on a date."""
        return self.trigger_type != ON_DATE

    @property
    def products(self) -> list[str]:
        """Every product that the rule trades, what it takes from first."""
        bought = [part["product"] for part in self.allocations] if self.allocations else [self.product_id or ""]
        return [self.source_product_id, *bought] if self.source_product_id else bought

    @property
    def schedule(self) -> Schedule:
        return Schedule(
            Frequency(self.frequency),
            self.start_date,
            self.end_date,
            self.day_of_month,
            self.day_of_week,
            self.at_time,
            self.time_zone,
            Roll(self.roll),
        )

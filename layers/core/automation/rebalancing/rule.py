"""A rebalancing rule as its decisions see it: one claimed row, with what is needed of its client."""

from __future__ import annotations

from datetime import date, datetime, time
from decimal import Decimal
from typing import Final, NamedTuple
from uuid import UUID

from automation.calendar.business_days import Roll
from automation.calendar.schedule import Frequency, Schedule

THRESHOLD: Final = "Threshold-Based"
TIME: Final = "Time-Based"
DRIFT: Final = "Drift-Based"
HYBRID: Final = "Hybrid"
CASH: Final = "cash"
TO_BAND: Final = "band"
FULL: Final = "full"
BUY_ONLY: Final = "buy_only"
SELL_ONLY: Final = "sell_only"


class Rule(NamedTuple):
    """Percents and money are Decimal; `target_allocation` has percents as text by product, asset class or `cash`.

    Its percents sum to exactly 100. `threshold_percent`, `relative_band_percent` and `min_drift_percent` are None
    where the strategy does without them.
    """

    id: UUID
    version: int
    client_id: str
    strategy: str
    target_allocation: dict[str, str]
    threshold_percent: Decimal | None
    relative_band_percent: Decimal | None
    min_drift_percent: Decimal | None
    trigger_on_drift: bool
    trigger_on_schedule: bool
    frequency: str | None
    day_of_month: int | None
    day_of_week: int | None
    at_time: time
    roll: str
    start_date: date
    end_date: date | None
    rebalance_to: str
    mode: str
    rebalance_amount: Decimal | None
    preferred_products: list[str]
    do_not_trade: list[str]
    cash_buffer: Decimal
    tax_aware: bool
    cooldown_days: int
    execute_automatically: bool
    require_confirmation: bool
    confirm_within_hours: int
    enabled: bool
    status: str
    paused_until: datetime | None
    next_occurrence: datetime | None
    next_run_at: datetime | None
    last_executed_at: datetime | None
    time_zone: str
    client_status: str
    kyc_status: str

    @property
    def targets(self) -> dict[str, Decimal]:
        """Percents by product, asset class or `cash`."""
        return {name: Decimal(percent) for name, percent in self.target_allocation.items()}

    @property
    def watches_drift(self) -> bool:
        """Whether a drift alone, on any day, lets it act."""
        return self.strategy != TIME and self.trigger_on_drift

    @property
    def schedule(self) -> Schedule | None:
        """Its calendar, None where it has none or does not go by it."""
        if self.frequency is None or not self.trigger_on_schedule:
            return None
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
